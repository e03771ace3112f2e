"""What is believed of a worker, from sources that may be wrong, late or doubled.

The order of belief (docs/design.md#which-source-is-believed, docs/facts/claude-code.md#who-says-it-first): 1. the
process has ended; 2. an open PermissionRequest: a subagent's whatever the file says, until the file says idle after it;
the main agent's while the file says `waiting` or is missing (a hook outlives a person's answer), and what a server
asks for as a subagent's; 3. the session file; 4. hooks; 5. a window title that says busy; 6. the screen, if it was seen
after the title turned. Without a file a screen that was read well after the last hook, under a title that does not say
busy, is believed before it: hooks are silent after Esc. Sources disagree by up to 60 ms, so what they say must stand for
`SETTLE` before it counts; the end of a process counts at once. Unknown is never idle.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import reduce

from hubctl.agents.claude.belief.disputes import LASTING, is_doubtful, is_lasting, weigh
from hubctl.agents.claude.belief.hook_silence import GRACE, Hearing, listen, silence
from hubctl.agents.claude.belief.sources import HOOKS, SCREENS, STATUS, Sources
from hubctl.agents.claude.screen.start_dialogs import cure_of_dialog, is_answerable, known_start_dialog
from hubctl.core.intake import observations as o
from hubctl.core.ledger.asks import ELICITATION, Ask
from hubctl.core.vocabulary.values import Struct, replace
from hubctl.core.vocabulary.words import View

SETTLE = timedelta(milliseconds=250)
DRAWN = timedelta(seconds=1)
"""A screen that was read so long after a hook shows what the hook told of."""
WRITTEN = timedelta(seconds=3)
"""The file says that the worker waits up to 61 ms after the hook does; a busy machine reads it later."""
TAKEN = timedelta(seconds=10)
"""The worker takes a hook's answer within 0.1 s; a busy machine needed 2 s until the dialog was gone and the file said so."""
MAIN = ""
"""The agent id of the main agent in hook payloads."""
ENDINGS = ("prompt_input_exit", "logout", "other")
"""The reasons of a SessionEnd after which the process ends; `clear` and `resume` begin another session."""


class Belief(Struct, frozen=True, kw_only=True):
    """A view, the source that is believed, and what it said."""

    view: View
    source: str
    why: str = ""


def believe(sources: Sources | None, seen: o.Observation, now: datetime) -> Sources:
    """The sources after one more sighting; sightings of other kinds change nothing."""
    known = sources or Sources(touched=now)
    if known.hearing and (hearing := listen(known.hearing, seen)) is not known.hearing:
        known = replace(known, hearing=hearing)
    after = _take(known, seen, now)
    return after if after is known else replace(after, dispute=weigh(after, now))


def _take(known: Sources, seen: o.Observation, now: datetime) -> Sources:
    match seen:
        case o.ProcessSeen():
            return replace(known, ended=None if seen.alive else seen, touched=now)
        case o.SessionSeen():
            return replace(known, session=seen, touched=now)
        case o.HookSeen():
            return replace(_hear(known, seen), touched=now)
        case o.TitleSeen():
            # What stood on the screen is of before. Beside a file the title decides nothing, so it unsettles nothing.
            touched = known.touched if known.status else now
            return replace(known, title=seen, screen=None, touched=touched)
        case o.ScreenSeen():
            return replace(known, screen=seen, touched=known.touched if known.status else now)
        case o.PromptSeen():
            return replace(known, touched=now)  # a turn begins: what the others say is of before
        case _:
            return known


def _hear(known: Sources, hook: o.HookSeen) -> Sources:
    asks = dict(known.asks or {})
    if hook.name == "PermissionRequest":
        asks[hook.agent] = hook
    elif hook.name in ("PostToolUse", "PostToolUseFailure", "SubagentStop"):
        asks.pop(hook.agent, None)
    elif hook.name in ("SessionStart", "SessionEnd") or (hook.name == "Stop" and not hook.background):
        asks.clear()  # no subagent is left that could still wait: Esc ends one without a hook
    elif hook.name in ("Stop", "StopFailure", "UserPromptSubmit"):
        asks.pop(MAIN, None)
    closed = hook if hook.name == "SessionEnd" and hook.source in ENDINGS else None
    speaks = hook.name in HOOKS and not hook.agent
    return replace(known, asks=asks, closed=closed, hook=hook if speaks else known.hook)


def read(sources: Sources) -> Belief:
    """What the sources say at this moment, settled or not."""
    if sources.ended:
        return Belief(view=View.GONE, source="process", why=sources.ended.how)
    if ask := _open_ask(sources):
        return ask
    if sources.session and sources.status is not None:
        view = STATUS.get(sources.status, View.UNKNOWN)
        return Belief(view=view, source="session", why=sources.session.waiting_for or "")
    return _without_file(sources)


def _without_file(sources: Sources) -> Belief:
    if sources.closed:  # where a shell stands around the CLI, no process that the hub knows has ended
        return Belief(view=View.GONE, source="hook", why=f"it ended its session ({sources.closed.source})")
    if sources.hook and not _is_newer(sources, sources.hook):
        view = HOOKS[sources.hook.name]
        background = view is View.IDLE and sources.hook.background > 0
        return Belief(view=View.BACKGROUND if background else view, source="hook", why=sources.hook.name)
    return _by_terminal(sources)


def _is_newer(sources: Sources, hook: o.HookSeen) -> bool:
    """The screen was read well after the hook, under a title that does not say busy, and contradicts it."""
    title, screen = sources.title, sources.screen
    if (title and title.busy) or screen is None or screen.at - hook.at < DRAWN or screen.background:
        return False
    return SCREENS.get(screen.view, View.UNKNOWN) not in (View.UNKNOWN, HOOKS[hook.name])


def _by_terminal(sources: Sources) -> Belief:
    title, screen = sources.title, sources.screen
    if title and title.busy:
        return Belief(view=View.BUSY, source="title")
    if screen:
        view = SCREENS.get(screen.view, View.UNKNOWN)
        why = "a shell is where the worker was" if view is View.GONE else screen.start or screen.view
        return Belief(view=view, source="screen", why=why)
    if title:
        return Belief(view=View.UNKNOWN, source="title")
    return Belief(view=View.STARTING, source="process")


def _open_ask(sources: Sources) -> Belief | None:
    for agent, hook in (sources.asks or {}).items():
        by_file = agent == MAIN and hook.tool != ELICITATION
        is_open = sources.status in (None, "waiting") if by_file else not _rests_since(sources, hook)
        if is_open:
            return Belief(view=View.WAITING, source="hook", why=f"permission for {hook.tool}")
    return None


def _rests_since(sources: Sources, hook: o.HookSeen) -> bool:
    """The file says idle after the hook: no subagent lives then, so Esc has ended what asked."""
    updated = sources.session.updated_at if sources.session else None
    return sources.status == "idle" and updated is not None and updated > hook.at


def settled(sources: Sources, now: datetime) -> bool:
    """An end counts at once; everything else when no source has spoken for `SETTLE`.

    A hook that has just begun to wait is faster than the file: an older word of the file contradicts it later.
    """
    if sources.ended:
        return True
    if sources.answered and now - sources.answered < TAKEN and _is_answered_wait(sources, sources.answered):
        return False
    return now - sources.touched >= SETTLE and not any(
        _is_ahead(sources, hook) and now - hook.at < WRITTEN for hook in (sources.asks or {}).values()
    )


def _is_ahead(sources: Sources, hook: o.HookSeen) -> bool:
    """The file says something else than that the worker waits, and said so before the hook began to."""
    updated = sources.session.updated_at if sources.session else None
    return sources.status not in (None, "waiting") and (updated is None or updated <= hook.at)


def _is_answered_wait(sources: Sources, answered: datetime) -> bool:
    """The file still tells of the dialog whose hook has its answer: it would become an ask once more."""
    updated = sources.session.updated_at if sources.session else None
    waits = sources.status == "waiting" and not sources.asks
    return waits and (updated is None or updated <= answered)


def answered(sources: Sources, gate: str, now: datetime) -> Sources:
    """Its hook was answered, or let go: nobody waits for it, whatever the file still says for a while."""
    asks = {agent: hook for agent, hook in (sources.asks or {}).items() if hook.gate != gate}
    return replace(sources, asks=asks, touched=now, answered=now)


def reopened(sources: Sources, ask: Ask) -> Sources:
    """A hook of which the log tells still waits when a hub begins to look."""
    hook = o.HookSeen(
        at=ask.at,
        worker=ask.worker,
        name="PermissionRequest",
        tool=ask.tool,
        agent=ask.agent,
        gate=ask.gate,
    )
    return replace(sources, asks={**(sources.asks or {}), ask.agent: hook})


def first_look(worker: str, asks: Iterable[Ask], now: datetime, *, hooked: bool) -> Sources:
    """Of a worker that the hub begins to watch: what its log tells of hooks that wait."""
    sources = Sources(touched=now, hearing=Hearing(last=now) if hooked else None)
    return reduce(reopened, (a for a in asks if a.gate and a.worker == worker and not a.over), sources)


def sight(worker: str, sources: Sources, now: datetime) -> o.ViewSeen | None:
    """The settled belief as an observation, None while the sources have not settled."""
    if not settled(sources, now):
        return None
    belief = read(sources)
    dialog = known_start_dialog(belief.why)
    return o.ViewSeen(
        at=now,
        worker=worker,
        view=belief.view,
        source=belief.source,
        why=belief.why,
        cure=cure_of_dialog(belief.why),
        answerable=dialog is not None and is_answerable(dialog),
    )


def next_sight(sources: Sources, now: datetime) -> datetime | None:
    """When `sight`, `dispute` or `hushed` have something new to say although nobody speaks; None: never."""
    known, session = sources.dispute, sources.session
    dues = (
        sources.touched + SETTLE,
        *(hook.at + WRITTEN for hook in (sources.asks or {}).values()),
        *((sources.answered + TAKEN,) if sources.answered else ()),
        known and not known.told and known.since + LASTING,
        session and sources.hearing and sources.hearing.untold and session.at + GRACE,
    )
    return min((due for due in dues if due and due > now), default=None)


def dispute(worker: str, sources: Sources, now: datetime) -> o.DisputeSeen | None:
    """A disagreement that has lasted, as an observation: once, if `told` is called then."""
    known = sources.dispute
    if known is None or not is_lasting(known, now):
        return None
    return o.DisputeSeen(at=now, worker=worker, said=known.said, view=read(sources).view)


def hushed(worker: str, sources: Sources, now: datetime) -> o.HooksSeen | None:
    """The silence of its hooks, as an observation, for as long as it lasts."""
    return silence(worker, sources.hearing, sources.session, now)


def told(sources: Sources) -> Sources:
    """The dispute is in the log: it is not told again before the sources have agreed."""
    return replace(sources, dispute=replace(sources.dispute, told=True) if sources.dispute else None)


def needs_screen(sources: Sources | None) -> bool:
    """The screen decides only where there is no file: start dialogs, a missing login, old CLIs. It is also a witness
    where others disagree or may be wrong."""
    if sources is None:
        return True
    if sources.ended:
        return False
    return sources.status is None or sources.dispute is not None or is_doubtful(sources)
