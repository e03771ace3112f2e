"""Every fact of the hub: one Struct a kind, past tense, appended to the log and never changed.

Rules: an event says what happened, never what shall happen (that is an action). A new field gets a default, so that
old logs still read. The kind's name in the log is the class's name in kebab case. Those of workers, asks,
threads, the board and alerts have modules of their own; this is the one door to all of them.
"""

from hubctl.core.ledger.event import *  # noqa: F403 -- a door: what is an event there is one here
from hubctl.core.ledger.event import Event, Unknown
from hubctl.core.ledger.outside_events import *  # noqa: F403 -- a door
from hubctl.core.ledger.worker_events import *  # noqa: F403 -- a door
from hubctl.core.vocabulary.values import field
from hubctl.core.vocabulary.words import ActionId

# --- the hub ------------------------------------------------------------------------------------------------------


class HubStarted(Event, frozen=True, kw_only=True):
    """A hub took the lock."""

    pid: int
    version: str


class HubStopped(Event, frozen=True, kw_only=True):
    """A hub ended in good order."""

    why: str


class ClockJumped(Event, frozen=True, kw_only=True):
    """The machine slept or its clock was corrected: deadlines of worker, hub and human move by `seconds`."""

    seconds: float


class RequestTaken(Event, frozen=True, kw_only=True):
    """A CLI verb's request was read; `refusal` says why it had no effect (empty: it had)."""

    number: int
    verb: str
    by: str
    refusal: str = ""


class TrustChanged(Event, frozen=True, kw_only=True):
    """The files that can order things and differ from what was trusted; none: all is as trusted.

    While there are `files` nothing is started; in place of those in `held` the version holds that was trusted.
    """

    files: tuple[str, ...]
    held: tuple[str, ...] = ()


class PolicyLoaded(Event, frozen=True, kw_only=True):
    """The rules of these files hold from now on: each file's SHA-256. Without a file the shipped rules hold."""

    files: dict[str, str]


class PolicyRefused(Event, frozen=True, kw_only=True):
    """The newest trusted rules cannot be read, and those before them hold on; `why` names file and line."""

    why: str


class GitChanged(Event, frozen=True, kw_only=True):
    """Files of git that can make it execute things differ from those at the hub's start: each one's SHA-256."""

    files: dict[str, str]


# --- policy at work -----------------------------------------------------------------------------------------------


class ActionBegan(Event, frozen=True, kw_only=True):
    """An order to the outside world is about to be carried out (law 3: durable before the effect)."""

    action: ActionId
    name: str
    because: str
    episode: str
    words: dict[str, str] = field(default_factory=dict)


class ActionEnded(Event, frozen=True, kw_only=True):
    """The order was carried out, or failed with `error`.

    `unreached`: the board did not answer, and asked to be left alone for `seconds`: the order is given again.
    """

    action: ActionId
    error: str = ""
    unreached: bool = False
    seconds: float = 0.0


KINDS: tuple[type[Event], ...] = tuple(
    kind
    for kind in list(globals().values())
    if isinstance(kind, type) and issubclass(kind, Event) and kind not in (Event, Unknown)
)
"""All kinds that this version writes, in the order of the documentation."""
