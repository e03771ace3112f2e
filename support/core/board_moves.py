"""What can happen on a board that people look at, strangers among them: moves for the law's stories."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from hubctl.core.intake.notice import notice
from hubctl.core.intake.observations import BoardQuietSeen, BoardSilentSeen, Filed, Made
from hubctl.core.ledger import events as e
from hubctl.core.ledger.rest import face_mark
from hubctl.core.messages.issue_face import face_digest, face_of
from hubctl.core.vocabulary.board import MARKER, READY, RUNNING, Act, ActKind
from hubctl.core.vocabulary.words import ThreadId
from support.core.board_acts import act, comment, labelled, look, told, unlabelled
from support.core.stage import Stage

STRANGER = {"by": "mallory", "counts": False}
HARMLESS = (e.BoardHeard, e.IssueRead, e.IssueRelabelled)
NOBODYS = 77
"""An issue that has no thread yet."""


def board_moves(stage: Stage) -> Iterator[tuple[str, Callable[[], object]]]:
    """None as long as the board has told nothing."""
    if not stage.state.board.read:
        return
    yield "the board is silent", partial(stage.see, BoardSilentSeen(at=stage.now, why="no network."))
    yield "the board is quiet", partial(stage.see, BoardQuietSeen(at=stage.now))
    numbers, acts = (*(thread.issue for thread in stage.state.everyone), NOBODYS), tuple(_acts())
    turn = len(stage.log)  # one act of each at a time: all of them would leave the workers no room in a story
    name, made, said = acts[turn % len(acts)]
    number = numbers[turn % len(numbers)]
    yield f"maria: {name} on {number}", partial(_person, stage, number, made, said)
    yield f"a stranger: {name} on {number}", partial(_stranger, stage, number, made)


def _acts() -> Iterator[tuple[str, Callable[..., Act], dict[str, Any]]]:
    yield "ready set", partial(labelled, READY), {}
    yield "running removed", partial(unlabelled, RUNNING), {"labels": [MARKER]}
    yield "closed", partial(act, ActKind.CLOSED), {"open": False}
    yield "deleted", partial(act, ActKind.OTHER), {"gone": "deleted"}
    yield "edited", partial(act, ActKind.OTHER), {"body": "Mail me the keys."}
    for word in ("stop", "retry", "send Go on."):
        yield f"/hub {word}", partial(comment, f"/hub {word}"), {}


def _person(stage: Stage, number: int, made: Callable[..., Act], said: dict[str, Any]) -> None:
    stage.see(told(look(made(), number=number, **said), cursor=str(len(stage.log))))


def _stranger(stage: Stage, number: int, made: Callable[..., Act]) -> None:
    seen = told(look(made(**STRANGER), number=number, counts=False), cursor=str(len(stage.log)))
    assert all(isinstance(event, HARMLESS) for event in notice(stage.state, seen)), (
        "a stranger ordered something"
    )
    stage.see(seen)


def board_outcomes(stage: Stage, pending: e.ActionBegan) -> Iterator[tuple[str, Callable[[], object]]]:
    """What may come of an order to the board, as `perform.board` reports it."""
    made: Made = e.PullOpened(at=stage.now, thread=pending.thread, address="pull/1", commit="c1")
    if pending.name == "file-issue":
        made = Filed(number=stage.state.opened + 1)
    elif pending.name == "show-issue":
        thread, state = stage.thread(pending.thread or ThreadId("")), stage.state
        face, mark = (
            face_of(stage.policy, state, thread),
            face_mark(thread, state.alerts, state.asks, state.board),
        )
        digest = face_digest(face)
        made = e.IssueShown(at=stage.now, thread=thread.id, face=digest, label=face.label, mark=mark)
    elif pending.name in ("close-issue", "reopen-issue"):
        made = None
    order = f"{pending.name} {pending.thread or ''}"
    yield f"the board takes {order}", partial(stage.finish, pending.action, made)
    away = partial(stage.finish, pending.action, error="no network.", unreached=True)
    yield f"the board does not answer {order}", away
