"""What an issue shows of its thread: one label and one comment, made of the state alone.

Rule: where strangers read, the comment says state and counts; reasons, branches and what a worker wrote are for
those with access, or for projects whose policy publishes all.
"""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

from hubctl.core.documents.plan import draw_graph
from hubctl.core.documents.policy import Policy, Publish
from hubctl.core.ledger.asks import open_asks
from hubctl.core.ledger.board import Planning
from hubctl.core.ledger.state import HubState
from hubctl.core.ledger.thread import Thread
from hubctl.core.messages.asks import ask_lines
from hubctl.core.vocabulary.board import LABELS, Face, PullRequest
from hubctl.core.vocabulary.text import fingerprint, in_line
from hubctl.core.vocabulary.words import ThreadId

if TYPE_CHECKING:
    from hubctl.core.ledger.state import HubState
EDITED = (
    "The text of this issue was changed after the work began. The worker goes by the text as it was; to give it the new"
    " one, write `/hub send` and what is new."
)


def face_of(policy: Policy, state: HubState, thread: Thread) -> Face:
    """The issue as it should look now."""
    full = is_open_book(policy, state)
    parts = [_head(thread), *_notes(state, thread, full=full)]
    if full:
        parts += [_table(state, thread)]
    return Face(label=LABELS[thread.state], comment="\n\n".join([*parts, _data(state, thread)]))


def is_open_book(policy: Policy, state: HubState) -> bool:
    """All may be told: to those with access alone, or because the policy wants it."""
    return state.board.private or policy.board.publish is Publish.FULL


def face_digest(face: Face) -> str:
    return fingerprint(f"{face.label}\n{face.comment}")


def _head(thread: Thread) -> str:
    held = "" if thread.state.closed else f" · ball: {_holder(thread)}"
    return f"**hubctl** · {thread.state.value} · attempt {thread.attempt}{held}"


def _holder(thread: Thread) -> str:
    """A thread is named as its issue, which the board makes a link of."""
    kind, colon, name = thread.ball.holder.partition(":")
    return f"waits for #{name}" if colon and kind == "thread" else thread.ball.holder


def _notes(state: HubState, thread: Thread, *, full: bool) -> Iterator[str]:
    if state.board.is_edited(thread.id) and not thread.state.closed:
        yield EDITED
    alerts = _alerts(state, thread)
    if alerts:
        yield f"{alerts} open alert{'s' * (alerts > 1)}."
    yield from ask_lines(state, thread, full=full)
    order = state.board.of(thread.issue).order
    if order:
        yield f"`{order.order}` had no effect{': ' + in_line(order.refusal) if full else ''}."


def _table(state: HubState, thread: Thread) -> str:
    pulled = state.board.of(thread.id).pull
    rows = {
        "why": thread.ball.why,
        "role": thread.role,
        "branch": f"`{thread.worker.branch}`" if thread.worker and thread.worker.branch else "",
        "pull request": pulled.address if pulled else "",
        "summary": thread.summary,
        "touches": ", ".join(f"`{file}`" for file in thread.guarded),
    }
    lines = [f"| {name} | {in_line(text)} |" for name, text in rows.items() if text]
    return "\n".join(["| | |", "|---|---|", *lines])


def _alerts(state: HubState, thread: Thread) -> int:
    return sum(alert.thread == thread.id for alert in state.open_alerts)


def _data(state: HubState, thread: Thread) -> str:
    """For machines: states and counts, never a text that somebody wrote."""
    said = {
        "thread": thread.id,
        "state": thread.state.value,
        "ball": thread.ball.holder,
        "attempt": thread.attempt,
        "alerts": _alerts(state, thread),
        "asks": len(open_asks(state.asks, thread.id)),
    }
    return f"<!-- hub:v1 {json.dumps(said, sort_keys=True)} -->"


GUARDED = (
    "**This branch changes files that can make hubctl, git, CI or the worker program execute things: read them before you"
    " merge.** hubctl itself never merges such a branch."
)

MARK = "[orders] "
"""Before the title, so that it is seen in every list."""


def pull_request(state: HubState, thread: Thread, *, draft: bool) -> PullRequest:
    """For the finished branch of this thread."""
    branch = thread.worker.branch if thread.worker else ""
    title = f"{MARK if thread.guarded else ''}{thread.title}"
    return PullRequest(branch=branch, title=title, body="\n\n".join(_body(state, thread)), draft=draft)


def _body(state: HubState, thread: Thread) -> Iterator[str]:
    yield f"Closes #{thread.issue}."
    if thread.guarded:
        yield "\n".join([GUARDED, "", *(f"- `{file}`" for file in thread.guarded)])
    others = [state.threads[name] for name in thread.after if name in state.threads]
    if others:
        yield f"Holds the branches of {', '.join(f'#{other.issue}' for other in others)} too: merge those first."


MOST_SHOWN = 20_000


def planning_face(state: "HubState", planning: Planning, *, full: bool) -> Face:
    """The issue has no thread of its own, so no state label."""
    return Face(comment="\n\n".join(_said(state, planning, full=full)))


def _said(state: "HubState", planning: Planning, *, full: bool) -> Iterator[str]:
    plan = planning.content
    if planning.accepted:
        yield f"**hubctl** · planned: {', '.join(_parts(state, planning)) or 'its issues are being filed'}"
        return
    if plan is None:
        failed = f"label/hub/{planning.episode}" in state.failures
        yield "**hubctl** · " + (
            "it could not be planned: set the label again" if failed else "is being planned"
        )
        return
    many = f"{len(plan.issues)} issue{'s' * (len(plan.issues) != 1)}"
    yield f"**hubctl** · planned as {many}. Set `hub:ready` to accept it; take `hub:plan` off to drop it."
    if full:
        lines = [f"- {issue.title} ({issue.role})" for issue in plan.issues]
        yield "\n".join(["```", *lines, "", draw_graph(plan), "```"])[:MOST_SHOWN]
    else:
        yield "Whoever runs the hub reads it by `hubctl events --kind plan-proposed`."


def _parts(state: "HubState", planning: Planning) -> list[str]:
    plan = state.plans.get(planning.accepted)
    filed: list[ThreadId] = list(plan.filed.values()) if plan else []
    return [f"#{name}" for name in filed]
