"""What is believed of a worker, from sources that may be wrong, late or doubled.

The order of belief (DESIGN section 3, measured in the worker's notes): 1. the process has ended; 2. an open
PermissionRequest: a subagent's whatever the file says, the main agent's while the file says `waiting` or is missing
(a hook outlives a person's answer); 3. the session file; 4. hooks; 5. a window title that says busy; 6. the screen, if
it was seen after the title turned. Sources disagree by up to 60 ms, so what they say must stand for `SETTLE` before it
counts; an end counts at once. Unknown is never idle.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from hubctl.core.observations import (
    HookSeen,
    Observation,
    ProcessSeen,
    ScreenSeen,
    SessionSeen,
    TitleSeen,
    ViewSeen,
)
from hubctl.core.words import View

SETTLE = timedelta(milliseconds=250)
MAIN = ""
"""The agent id of the main agent in hook payloads."""

_STATUS = {"idle": View.IDLE, "busy": View.BUSY, "waiting": View.WAITING, "shell": View.BACKGROUND}
_HOOKS = {
    "UserPromptSubmit": View.BUSY,
    "PostToolUse": View.BUSY,
    "PostToolUseFailure": View.BUSY,
    "PreCompact": View.BUSY,
    "Stop": View.IDLE,
    "StopFailure": View.IDLE,
}
_SCREENS = {
    "busy": View.BUSY,
    "retrying": View.BUSY,
    "idle": View.IDLE,
    "error": View.IDLE,
    "limit": View.IDLE,
    "login": View.WAITING,
    "permission": View.WAITING,
    "question": View.WAITING,
    "plan": View.WAITING,
    "dialog": View.WAITING,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """The last word of each source about one worker; `touched` is when one of them last spoke."""

    touched: datetime
    ended: ProcessSeen | None = None
    session: SessionSeen | None = None
    hook: HookSeen | None = None
    title: TitleSeen | None = None
    screen: ScreenSeen | None = None
    asks: Mapping[str, str] | None = None
    """open PermissionRequests: tool by agent id"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Belief:
    """A view, the source that is believed, and what it said."""

    view: View
    source: str
    why: str = ""


def believe(sources: Sources | None, seen: Observation, now: datetime) -> Sources:
    """The sources after one more sighting; sightings of other kinds change nothing."""
    known = sources or Sources(touched=now)
    match seen:
        case ProcessSeen():
            return replace(known, ended=None if seen.alive else seen, touched=now)
        case SessionSeen():
            return replace(known, session=seen, touched=now)
        case HookSeen():
            return replace(_hear(known, seen), touched=now)
        case TitleSeen():
            return replace(known, title=seen, screen=None, touched=now)  # what stood there is of before
        case ScreenSeen():
            return replace(known, screen=seen, touched=now)
        case _:
            return known


def _hear(known: Sources, hook: HookSeen) -> Sources:
    asks = dict(known.asks or {})
    if hook.name == "PermissionRequest":
        asks[hook.agent] = hook.tool
    elif hook.name in ("PostToolUse", "PostToolUseFailure", "SubagentStop"):
        asks.pop(hook.agent, None)
    elif hook.name in ("SessionStart", "SessionEnd") or (hook.name == "Stop" and not hook.background):
        asks.clear()  # no subagent is left that could still wait: Esc ends one without a hook
    elif hook.name in ("Stop", "StopFailure", "UserPromptSubmit"):
        asks.pop(MAIN, None)
    speaks = hook.name in _HOOKS and not hook.agent
    return replace(known, asks=asks, hook=hook if speaks else known.hook)


def read(sources: Sources) -> Belief:
    """What the sources say at this moment, settled or not."""
    if sources.ended:
        return Belief(view=View.GONE, source="process", why=sources.ended.how)
    status = sources.session.status if sources.session else None
    ask = _open_ask(sources, status)
    if ask:
        return ask
    if sources.session and status is not None:
        view = _STATUS.get(status, View.UNKNOWN)
        return Belief(view=view, source="session", why=sources.session.waiting_for or "")
    if sources.hook:
        view = _HOOKS[sources.hook.name]
        background = view is View.IDLE and sources.hook.background > 0
        return Belief(view=View.BACKGROUND if background else view, source="hook", why=sources.hook.name)
    return _by_terminal(sources)


def _by_terminal(sources: Sources) -> Belief:
    title, screen = sources.title, sources.screen
    if title and title.busy:
        return Belief(view=View.BUSY, source="title")
    if screen:
        view = _SCREENS.get(screen.view, View.UNKNOWN)
        return Belief(view=view, source="screen", why=screen.start or screen.view)
    if title:
        return Belief(view=View.UNKNOWN, source="title")
    return Belief(view=View.STARTING, source="process")


def _open_ask(sources: Sources, status: str | None) -> Belief | None:
    for agent, tool in (sources.asks or {}).items():
        if agent != MAIN or status in (None, "waiting"):
            return Belief(view=View.WAITING, source="hook", why=f"permission for {tool}")
    return None


def settled(sources: Sources, now: datetime) -> bool:
    """An end counts at once; everything else when no source has spoken for `SETTLE`."""
    return sources.ended is not None or now - sources.touched >= SETTLE


def sight(worker: str, sources: Sources, now: datetime) -> ViewSeen | None:
    """The settled belief as an observation, None while the sources have not settled."""
    if not settled(sources, now):
        return None
    belief = read(sources)
    return ViewSeen(at=now, worker=worker, view=belief.view, source=belief.source, why=belief.why)


def needs_screen(sources: Sources | None) -> bool:
    """The screen decides only where there is no file: start dialogs, a missing login, old CLIs."""
    return sources is None or (
        sources.ended is None and (sources.session is None or sources.session.status is None)
    )
