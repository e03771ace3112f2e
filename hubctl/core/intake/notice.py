"""Sightings become facts: what is new in an observation, as events. Pure, and silent about what is known already.

Rule (law 7): a worker's words are data. Only a request whose token was proven by the shell speaks for a thread, and
only for its own; nothing that stands in a pane, a hook's text or an issue moves a ball here.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import assert_never

from hubctl.core.intake import observations as o
from hubctl.core.intake.asks import hook_asks, refusals, unwaited
from hubctl.core.intake.board import board_news
from hubctl.core.intake.outcomes import ended
from hubctl.core.intake.prompts import identities, is_news, reset_time
from hubctl.core.intake.requests import take
from hubctl.core.ledger import events as e
from hubctl.core.ledger.settling import recalled
from hubctl.core.ledger.state import HubState
from hubctl.core.ledger.thread import OVER_LIMIT, Thread
from hubctl.core.messages.prompts import expected
from hubctl.core.vocabulary.pasteable import same_prompt
from hubctl.core.vocabulary.words import Proof, ThreadState, View

JUMP_SECONDS = 60.0
"""A gap of the wall clock against the monotonic one above this is an event (law 8)."""
NEED_WORKER = (ThreadState.STARTING, ThreadState.WORKING, ThreadState.WAITING, ThreadState.REVIEWING)
OWN_PROMPTS = ("<task-notification>", "<cross-session-message", "Your claude.ai usage limit has reset")
"""How prompts begin that the worker CLI sends to itself (docs/facts/claude-code.md#hooks)."""


def notice(state: HubState, seen: o.Observation) -> tuple[e.Event, ...]:
    """The events that are new in a sighting; empty when it tells nothing new."""
    match seen:
        case o.ViewSeen() | o.DisputeSeen() | o.SessionSeen() | o.HooksSeen():
            return tuple(_looks(state, seen))
        case o.HookSeen() | o.PromptSeen():
            return tuple(_words(state, seen))
        case o.RequestSeen() | o.OutcomeSeen():
            return take(state, seen) if isinstance(seen, o.RequestSeen) else ended(state, seen)
        case o.TokensSeen() | o.WorkSeen() | o.ExcessSeen() | o.RefusalSeen():
            return tuple(_moves(state, seen))
        case o.TrustSeen() | o.RulesSeen() | o.GitSeen() | o.ClockSeen() | o.TargetsSeen() | o.ZoneSeen():
            return tuple(_of_the_hub(state, seen))
        case o.BoardSeen() | o.BoardSilentSeen() | o.BoardQuietSeen() | o.PlanSeen():
            return tuple(board_news(state, seen))
        case o.ProcessSeen() | o.TitleSeen() | o.ScreenSeen():
            return ()  # single sources count only through what is believed of all: ViewSeen
    assert_never(seen)


Own = o.TrustSeen | o.RulesSeen | o.GitSeen | o.ClockSeen | o.TargetsSeen | o.ZoneSeen


def _of_the_hub(state: HubState, seen: Own) -> Iterator[e.Event]:
    match seen:
        case o.TrustSeen() if (seen.changed, seen.held) != (state.untrusted, state.guarded.held):
            yield e.TrustChanged(at=seen.at, files=seen.changed, held=seen.held)
        case o.RulesSeen():
            yield from _rules(state, seen)
        case o.GitSeen() if seen.files != state.guarded.git:
            yield e.GitChanged(at=seen.at, files=seen.files)
        case o.ClockSeen() if abs(seen.slept) > JUMP_SECONDS:
            yield e.ClockJumped(at=seen.at, seconds=seen.slept)
        case o.TargetsSeen() if set(seen.targets) != {t.name for t in state.targets.values() if t.listed}:
            yield e.TargetsChanged(at=seen.at, targets=seen.targets)
        case o.ZoneSeen() if timedelta(seconds=seen.offset) != state.zone:
            yield e.ZoneChanged(at=seen.at, offset=seen.offset)
        case _:
            return


def _rules(state: HubState, seen: o.RulesSeen) -> Iterator[e.Event]:
    if seen.files != state.guarded.loaded or (state.guarded.refused and not seen.error):
        yield e.PolicyLoaded(at=seen.at, files=seen.files)
    if seen.error and seen.error != state.guarded.refused:
        yield e.PolicyRefused(at=seen.at, why=seen.error)


def _looks(
    state: HubState, seen: o.ViewSeen | o.DisputeSeen | o.SessionSeen | o.HooksSeen
) -> Iterator[e.Event]:
    if isinstance(seen, o.ViewSeen):
        yield from _view(state, seen)
    elif isinstance(seen, o.DisputeSeen):
        yield from _dispute(state, seen)
    elif isinstance(seen, o.HooksSeen):
        yield from _silence(state, seen)
    else:
        yield from _session(state, seen)


def _view(state: HubState, seen: o.ViewSeen) -> Iterator[e.Event]:
    thread = state.worker_thread(seen.worker)
    if thread is None or thread.worker is None or not thread.worker.alive:
        return
    if seen.view is View.GONE:
        if thread.state in NEED_WORKER:
            orphaned = seen.worker not in state.confirmed
            yield e.WorkerDied(at=seen.at, thread=thread.id, how=seen.why, orphaned=orphaned)
        else:
            yield e.WorkerEnded(at=seen.at, thread=thread.id)
        return
    if (seen.view, seen.why) != (thread.view, thread.view_why) or seen.worker not in state.confirmed:
        yield e.ViewChanged(at=seen.at, thread=thread.id, view=seen.view, source=seen.source, why=seen.why)
    if seen.view is View.WAITING and (not thread.dialog or _is_next(thread, seen)):
        yield e.DialogOpened(
            at=seen.at,
            thread=thread.id,
            what=seen.why or "a dialog is open",
            cure=seen.cure,
            answerable=seen.answerable,
        )
    if thread.dialog and seen.view in (View.BUSY, View.IDLE, View.BACKGROUND):
        yield e.DialogClosed(at=seen.at, thread=thread.id)
    yield from unwaited(state, thread, seen)


def _is_next(thread: Thread, seen: o.ViewSeen) -> bool:
    """At a start one dialog follows another, and nothing but the screen tells."""
    return thread.state is ThreadState.STARTING and seen.source == "screen" and seen.why != thread.dialog


def _session(state: HubState, seen: o.SessionSeen | o.HookSeen) -> Iterator[e.Event]:
    """`/clear` begins another session: the one to resume, and the one whose transcript proves prompts."""
    thread = state.worker_thread(seen.worker)
    if thread and thread.worker and thread.worker.alive and seen.session not in ("", thread.worker.session):
        yield e.SessionChanged(at=seen.at, thread=thread.id, session=seen.session)


AGAIN = timedelta(minutes=10)
"""The same words about the same worker are told once in this time: sources that flap must not fill the log."""


def _dispute(state: HubState, seen: o.DisputeSeen) -> Iterator[e.Event]:
    thread = state.worker_thread(seen.worker)
    if thread is None:
        return
    event = e.SourcesDisagreed(at=seen.at, thread=thread.id, said=seen.said, view=seen.view)
    known = (odd for odd in state.anomalies if (odd.thread, odd.kind) == (thread.id, e.kind_of(event)))
    if not any(odd.why.startswith(seen.said) and seen.at - odd.at < AGAIN for odd in known):
        yield event


def _silence(state: HubState, seen: o.HooksSeen) -> Iterator[e.Event]:
    thread = state.worker_thread(seen.worker)
    if thread and thread.hookless is None and thread.worker and thread.worker.alive:
        yield e.HooksSilent(at=seen.at, thread=thread.id, since=seen.since)


def _words(state: HubState, seen: o.HookSeen | o.PromptSeen) -> Iterator[e.Event]:
    thread = state.worker_thread(seen.worker)
    if thread is None:
        return
    state = recalled(state, [thread.id])
    if isinstance(seen, o.PromptSeen):
        yield from _prompt(state, thread, seen)
        return
    if thread.hookless and seen.at > thread.hookless:
        yield e.HooksHeard(at=seen.at, thread=thread.id)
    yield from hook_asks(state, thread, seen)
    if not seen.agent:
        yield from _hook(state, thread, seen)


def _hook(state: HubState, thread: Thread, seen: o.HookSeen) -> Iterator[e.Event]:
    if seen.name == "StopFailure" and thread.turn_error != seen.error:
        until = reset_time(seen.message, seen.at) if seen.error == "rate_limit" else None
        text = seen.message[:300]
        yield e.TurnFailed(at=seen.at, thread=thread.id, error=seen.error, text=text, until=until)
    if seen.name == "SessionStart" and seen.source in ("clear", "resume"):
        yield from _session(state, seen)
    if seen.name == "UserPromptSubmit":
        yield from _prompt(state, thread, seen)


def _prompt(state: HubState, thread: Thread, seen: o.HookSeen | o.PromptSeen) -> Iterator[e.Event]:
    """Whose prompt it was: the hub's own proven by equal text, a person's, or the CLI's. Each is told of once."""
    # A worker may have come from another thread, whose prompts its transcript still holds.
    settled = (one.thread for one in state.settled.values())
    known = (other.heard for other in (*state.threads.values(), *settled) if other)
    if not is_news(seen, heard=known, queued=thread.queued):
        return
    names = identities(seen)
    proof, queued = (Proof.TRANSCRIPT, seen.queued) if isinstance(seen, o.PromptSeen) else (Proof.HOOK, False)
    at, text = seen.at, seen.prompt
    ours = next((own for own in expected(state, thread) if same_prompt(own.text, text)), None)
    purpose = ours.purpose if ours else ""
    if ours and ours.message:
        number = ours.message
        yield e.MessageProven(at=at, thread=thread.id, number=number, proof=proof, heard=names, queued=queued)
    elif purpose == "feedback" and thread.state is ThreadState.REVIEWING:
        yield e.FeedbackProven(at=at, thread=thread.id, proof=proof, heard=names, queued=queued)
    elif purpose:
        yield e.PromptProven(
            at=at, thread=thread.id, purpose=purpose, proof=proof, heard=names, queued=queued
        )
    else:
        by_person = not text.lstrip().startswith(OWN_PROMPTS)
        yield e.PromptTaken(
            at=at, thread=thread.id, by_person=by_person, text=text[:300], heard=names, queued=queued
        )


def _moves(
    state: HubState, seen: o.TokensSeen | o.WorkSeen | o.ExcessSeen | o.RefusalSeen
) -> Iterator[e.Event]:
    if isinstance(seen, o.TokensSeen):
        yield from _tokens(state, seen)
    elif isinstance(seen, o.WorkSeen):
        yield from _work(state, seen)
    elif isinstance(seen, o.ExcessSeen):
        yield from _excess(state, seen)
    else:
        yield from refusals(state, seen)


def _excess(state: HubState, seen: o.ExcessSeen) -> Iterator[e.Event]:
    """Its worker is ended with all that runs in its cell, as that of any thread that failed."""
    thread = state.worker_thread(seen.worker)
    if thread is None or thread.worker is None or not thread.state.running:
        return
    over, worktree = seen.excess, thread.worker.worktree
    yield e.ThreadFailed(
        at=seen.at,
        thread=thread.id,
        rule=OVER_LIMIT,
        why=f"its cell used {over.told}",
        cure=f"Look at what it does in `{worktree}`. If it needs so much, raise `{over.limit}` of `worker: {{limits: ...}}` "
        "in hubctl.yaml, `hubctl trust`, and start the hub anew.",
    )


def _work(state: HubState, seen: o.WorkSeen) -> Iterator[e.Event]:
    thread = state.worker_thread(seen.worker)
    if thread and thread.state.running and thread.view is not View.GONE and thread.work != seen.mark:
        yield e.WorkChanged(at=seen.at, thread=thread.id, what=seen.what, mark=seen.mark)


def _tokens(state: HubState, seen: o.TokensSeen) -> Iterator[e.Event]:
    """A session counts all its tokens; those of the threads that it worked on before are not this one's."""
    thread = state.worker_thread(seen.worker)
    if thread is None or thread.worker is None:
        return
    session = thread.worker.session
    others = [
        t for t in state.threads.values() if t.id != thread.id and t.worker and t.worker.session == session
    ]
    settled_in, settled_out = state.spent.get(session, (0, 0))
    into = max(0, seen.input_tokens - settled_in - sum(t.input_tokens for t in others))
    out = max(0, seen.output_tokens - settled_out - sum(t.output_tokens for t in others))
    if (thread.input_tokens, thread.output_tokens) != (into, out) or seen.seconds or thread.tool_until:
        tool, seconds = seen.tool, seen.seconds
        yield e.TokensCounted(
            at=seen.at, thread=thread.id, input_tokens=into, output_tokens=out, tool=tool, seconds=seconds
        )
