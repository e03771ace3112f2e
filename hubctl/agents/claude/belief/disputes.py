"""Sources that should agree about a worker and do not: an anomaly once it has lasted, for `hubctl doctor`.

Compared is the one thing that all of them tell: whether a turn runs. Rules:
- Session file, title and screen must agree: in every recorded screen of both measured versions file and title do. A
  title that never turned says nothing: 2.1.329 turns none where it finds itself inside tmux (`TMUX` is set).
- Hooks are silent where a turn ends without one (Esc, a denial that interrupts) and where one begins without one (a
  command, a Stop hook that says "go on"). So they count against the file alone, when they tell of work that the file
  should have noticed and did not, and the title does not take the file's side.
- A file that says busy although the turn has ended by the hooks is no dispute yet, but a doubt: the screen is asked.
- A screen counts when it was read after the others spoke. A free composer above background work says nothing: the file
  calls a background agent busy, and 2.1.329 also one whose permission hook waits.
- What a dialog is about is no matter of dispute: the file of 2.1.197 does not know of the rewind menu or an elicitation.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from hubctl.agents.claude.belief.sources import HOOKS, SCREENS, STATUS, Dispute, Sources
from hubctl.core.intake.observations import HookSeen
from hubctl.core.vocabulary.words import View

LASTING = timedelta(seconds=10)
"""Sources differ by 60 ms while all is well. An edge that was lost is found by a list within 5 s, and its screen read by
the next: what still stands after two rounds is no delay."""

BEHIND = timedelta(seconds=1)
"""The file is written at most 60 ms after the hook of the same step; hooks may take a second on a loaded machine."""
_WORDS = {True: "busy", False: "not busy"}


def weigh(sources: Sources, now: datetime) -> Dispute | None:
    """The dispute as it stands after the last sighting: it goes on, begins, or is over."""
    said = disagreement(sources)
    if not said:
        return None
    known = sources.dispute
    return Dispute(since=known.since, said=said, told=known.told) if known else Dispute(since=now, said=said)


def is_lasting(dispute: Dispute | None, now: datetime) -> bool:
    """It is time to tell of it."""
    return dispute is not None and not dispute.told and now - dispute.since >= LASTING


def disagreement(sources: Sources) -> str:
    """Who says what; empty where nobody contradicts anybody."""
    if sources.ended or sources.closed:
        return ""
    said = dict(_strong(sources))
    works = _hooks_say_works(sources)
    if works and said.get("the session file") is False and said.get("the title") is not False:
        said["hooks"] = True
    if len(set(said.values())) < 2:
        return ""
    return ", ".join(f"{who} {'say' if who == 'hooks' else 'says'} {_WORDS[at]}" for who, at in said.items())


def _strong(sources: Sources) -> Iterator[tuple[str, bool]]:
    file = STATUS.get(sources.status or "")
    if file:
        yield "the session file", file is View.BUSY
    if sources.title:
        yield "the title", sources.title.busy
    screen = sources.screen
    others = (sources.session, sources.title)
    if screen is None or screen.background or any(other and other.at > screen.at for other in others):
        return
    view = SCREENS.get(screen.view, View.GONE)
    if view is not View.GONE:
        yield "the screen", view is View.BUSY


def is_doubtful(sources: Sources) -> bool:
    """The hooks said that the turn is over, and the file, which is older, still says busy: a witness is wanted."""
    hook = _newer_hook(sources)
    over = hook is not None and HOOKS[hook.name] is View.IDLE and not hook.background
    return over and STATUS.get(sources.status or "") is View.BUSY


def _hooks_say_works(sources: Sources) -> bool:
    """A prompt was taken, or a tool has run, after the file was written."""
    hook = _newer_hook(sources)
    return hook is not None and HOOKS[hook.name] is View.BUSY and hook.name != "PreCompact"


def _newer_hook(sources: Sources) -> HookSeen | None:
    """The last hook, where the file had time enough to say the same and was not written."""
    hook, session = sources.hook, sources.session
    if hook is None or session is None or session.updated_at is None:
        return None
    return hook if hook.at - session.updated_at > BEHIND else None
