"""What tests of the board's side say people do there."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import count
from typing import Any

from hubctl.core.intake.observations import BoardSeen
from hubctl.core.ledger import events as e
from hubctl.core.ledger.rest import face_mark
from hubctl.core.messages.issue_face import face_digest, face_of, is_open_book, planning_face
from hubctl.core.vocabulary.board import MARKER, READY, Act, ActKind, Look, News, Terms
from hubctl.core.vocabulary.values import replace
from hubctl.core.vocabulary.words import ThreadId
from support.core.builders import NOW
from support.core.stage import Stage

NUMBERS = count(1)
TERMS = Terms(
    triggers={READY: "coder", "agent:reviewer": "reviewer"},
    commands={"tests": "python -m pytest -q"},
    roles=("coder", "reviewer"),
    base="base",
)


def act(
    kind: ActKind,
    *,
    label: str = "",
    text: str = "",
    by: str = "maria",
    counts: bool = True,
    own: bool = False,
    edited: bool = False,
    seconds: int = 0,
) -> Act:
    return Act(
        kind=kind,
        source="c" if kind is ActKind.COMMENTED else "e",
        number=next(NUMBERS),
        actor=by,
        at=NOW + timedelta(seconds=seconds),
        counts=counts,
        own=own,
        label=label,
        text=text,
        edited=edited,
    )


def labelled(label: str = READY, **said: Any) -> Act:
    return act(ActKind.LABELED, label=label, **said)


def unlabelled(label: str = READY, **said: Any) -> Act:
    return act(ActKind.UNLABELED, label=label, **said)


def comment(text: str, **said: Any) -> Act:
    return act(ActKind.COMMENTED, text=text, **said)


def look(*acts: Act, number: int = 9, labels: Sequence[str] = (MARKER, READY), **said: Any) -> Look:
    """An issue that a person with write access wrote, with `hub:ready` on it."""
    known = Look(
        number=number,
        title="Count words",
        body="Count them.",
        labels=tuple(labels),
        author="maria",
        counts=True,
        updated_at=max((one.at for one in acts), default=NOW),
        acts=acts,
    )
    return replace(known, **said)


def shown(stage: Stage, thread: ThreadId) -> str:
    """The board takes what it should show, as `perform.board` reports it; the label that the issue has then."""
    while any(p.name == "show-issue" for p in stage.state.pending.values()):
        pending, state, mark = stage.pending("show-issue"), stage.state, ""
        name = pending.thread or thread
        if name in stage.state.threads:
            face = face_of(stage.policy, state, stage.thread(name))
            mark = face_mark(stage.thread(name), state.alerts, state.asks, state.board)
        else:
            full = is_open_book(stage.policy, stage.state)
            face = planning_face(stage.state, stage.state.board.plannings[name], full=full)
        digest = face_digest(face)
        made = e.IssueShown(at=stage.now, thread=pending.thread, face=digest, label=face.label, mark=mark)
        stage.finish(pending.action, made)
    return stage.state.board.shown_of(thread).label


def told(*looks: Look, cursor: str = "c1", terms: Terms = TERMS, private: bool = False) -> BoardSeen:
    return BoardSeen(at=NOW, news=News(cursor=cursor, looks=looks, private=private), terms=terms)
