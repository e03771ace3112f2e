"""What a watcher can report seeing: maybe wrong, late or doubled. `notice` and `believe` make facts of it."""

from datetime import datetime

from hubctl.core.documents.plan import Plan
from hubctl.core.ledger.event import Event
from hubctl.core.vocabulary.board import News, Terms
from hubctl.core.vocabulary.limits import Excess
from hubctl.core.vocabulary.values import Struct, field
from hubctl.core.vocabulary.words import ActionId, Proof, ThreadId, View, Work


class Seen(Struct, frozen=True, kw_only=True):
    """`at` is when it was seen, by the hub's clock."""

    at: datetime


class ClockSeen(Seen, frozen=True, kw_only=True):
    """The time itself. `slept` is the wall clock's gap against the monotonic one since the last sighting, in seconds."""

    slept: float = 0.0


class ProcessSeen(Seen, frozen=True, kw_only=True):
    """The worker's process lives or has ended; `how` says how it ended (`exit 0`, `signal 9`, `the pane is gone`)."""

    worker: str
    alive: bool
    how: str = ""


class SessionSeen(Seen, frozen=True, kw_only=True):
    """`sessions/<pid>.json` of a living worker, its `procStart` checked; `status` None where the file has none or is gone.

    `updated_at` is the file's own `statusUpdatedAt`.
    """

    worker: str
    session: str
    status: str | None
    waiting_for: str | None = None
    updated_at: datetime | None = None


class HookSeen(Seen, frozen=True, kw_only=True):
    """One hook payload from the worker's spool. `at` is the time in its file name, `name` the event's.

    `prompt` is UserPromptSubmit's text, `error` StopFailure's word, `message` the last words of the assistant,
    `background` how many tasks still ran at Stop, `agent` the subagent's id where one spoke, `prompt_id` the turn's own
    id: a prompt that is queued has that of the turn which runs. Of a tool's call `input` is the whole input as JSON.
    Where the hook itself waits for an answer, `gate` is what takes it, `options` the labels of its only question, and
    `said` the worker's words just before. `receipt` goes back to the watcher when the sighting is dealt with, so that a hub that dies before sees the payload again.
    """

    worker: str
    name: str
    session: str = ""
    prompt: str = ""
    error: str = ""
    message: str = ""
    source: str = ""
    tool: str = ""
    agent: str = ""
    background: int = 0
    receipt: str = ""
    prompt_id: str = ""
    input: str = ""
    cwd: str = ""
    gate: str = ""
    said: str = ""
    options: tuple[str, ...] = ()


class HooksSeen(Seen, frozen=True, kw_only=True):
    """No hook told of a whole turn of the worker, which began with a prompt at `since`."""

    worker: str
    since: datetime


class ScreenSeen(Seen, frozen=True, kw_only=True):
    """What stands on the worker's screen: asked for only where there is no better source.

    The order is that of docs/design.md#which-source-is-believed.

    `start` names a dialog of the worker CLI's start (`agents/claude/screen/start_dialogs.py`), else it is empty.
    """

    worker: str
    view: str
    start: str = ""
    text: str = ""
    background: int = 0
    """shells and agents that run behind a free composer"""


class TitleSeen(Seen, frozen=True, kw_only=True):
    """The window title turned: its glyph says busy, or not busy, which may be idle, waiting or anything else."""

    worker: str
    busy: bool


class ViewSeen(Seen, frozen=True, kw_only=True):
    """What the sources together say, settled: the one sighting of a worker's state that `notice` turns into a fact."""

    worker: str
    view: View
    source: str
    why: str = ""
    cure: str = ""
    """what a person does about a dialog, after "`hubctl attach N` and "; empty where the dialog tells it"""
    answerable: bool = False
    """the hub may have an answer to this dialog of the worker's start"""


class DisputeSeen(Seen, frozen=True, kw_only=True):
    """Sources about a worker that should agree have not for long: what each says, and what is believed."""

    worker: str
    said: str
    view: View


class PromptSeen(Seen, frozen=True, kw_only=True):
    """A prompt in the worker's transcript. `at` is the line's own time.

    `prompt_ids` are all by which a hook may know it: the turn's it began, and the running one's where it was queued.
    `queued` says that no turn has begun with it yet: an older worker CLI reports it then by a hook with a later id.
    """

    worker: str
    prompt: str
    prompt_ids: tuple[str, ...]
    queued: bool = False


class TokensSeen(Seen, frozen=True, kw_only=True):
    """The tokens of a worker's sessions so far, subagents included, each message counted once.

    `tool` is the one it called last and has no result of yet, `seconds` that call's own time limit (0: none is known).

    `input_tokens` are all that the model read: new ones, and those written to and read from its cache.
    """

    worker: str
    input_tokens: int
    output_tokens: int
    tool: str = ""
    seconds: float = 0.0


class WorkSeen(Seen, frozen=True, kw_only=True):
    """The worker's checkout holds what its turn has made; `mark` is an opaque word for how it looks now."""

    worker: str
    what: Work
    mark: str


class ExcessSeen(Seen, frozen=True, kw_only=True):
    """The worker's cell uses more than it may; told for as long as it does."""

    worker: str
    excess: Excess


class RefusalSeen(Seen, frozen=True, kw_only=True):
    """The doors refused the worker a host (`NAME:PORT`) that no line lists. `at` is when they did."""

    worker: str
    host: str


class RequestSeen(Seen, frozen=True, kw_only=True):
    """A row of the requests table. `number` grows; `by` is who proved to have sent it: `human` or `worker:<thread>`."""

    number: int
    verb: str
    by: str
    thread: ThreadId | None = None
    text: str = ""
    words: dict[str, str] = field(default_factory=dict)
    content: Plan | None = None


class Filed(Struct, frozen=True, kw_only=True):
    """The board has the issue that it was to file, by this number."""

    number: int


class Delivered(Struct, frozen=True, kw_only=True):
    """A prompt has reached the worker, or is `refused` for this reason."""

    proof: Proof | None = None
    refused: str = ""


Made = Filed | Delivered | Event | None
"""What an effect brought about, as the event that it is wherever that can be said outside the core."""


class OutcomeSeen(Seen, frozen=True, kw_only=True):
    """An action has ended. `made` is what it brought about; `error` and `cure` why it failed (empty: it did not).

    `unreached`: the board did not answer, and asked to be left alone for `seconds`.
    """

    action: ActionId
    made: Made = None
    error: str = ""
    cure: str = ""
    unreached: bool = False
    seconds: float = 0.0


class TrustSeen(Seen, frozen=True, kw_only=True):
    """The files that can order things, against their trusted hashes: the ones that changed.

    In place of those in `held` the version is used that was trusted.
    """

    changed: tuple[str, ...]
    held: tuple[str, ...] = ()


class RulesSeen(Seen, frozen=True, kw_only=True):
    """The files of the rules in force, each with its SHA-256; `error` says why newer ones cannot be read."""

    files: dict[str, str]
    error: str = ""


class GitSeen(Seen, frozen=True, kw_only=True):
    """The files of git that can make it execute things and differ from the hub's start: each one's SHA-256."""

    files: dict[str, str]


class TargetsSeen(Seen, frozen=True, kw_only=True):
    """Where alerts go by the configuration: the targets' labels."""

    targets: tuple[str, ...]


class ZoneSeen(Seen, frozen=True, kw_only=True):
    """How many seconds the hub's wall clock is ahead of UTC."""

    offset: int


class BoardSeen(Seen, frozen=True, kw_only=True):
    """What the board told, and by which terms an issue may become a thread."""

    news: News
    terms: Terms


class BoardSilentSeen(Seen, frozen=True, kw_only=True):
    """The board did not answer, and asked to be left alone for `seconds`."""

    why: str
    seconds: float = 0.0


class BoardQuietSeen(Seen, frozen=True, kw_only=True):
    """The board answered, and had nothing new to tell."""


class PlanSeen(Seen, frozen=True, kw_only=True):
    """What a model proposed for an issue that was to be planned by act `act`."""

    issue: int
    act: str
    content: Plan


Observation = (
    ClockSeen
    | ProcessSeen
    | SessionSeen
    | HookSeen
    | HooksSeen
    | TitleSeen
    | ScreenSeen
    | ViewSeen
    | DisputeSeen
    | PromptSeen
    | TokensSeen
    | WorkSeen
    | ExcessSeen
    | RefusalSeen
    | RequestSeen
    | OutcomeSeen
    | TrustSeen
    | RulesSeen
    | GitSeen
    | TargetsSeen
    | ZoneSeen
    | BoardSeen
    | BoardSilentSeen
    | BoardQuietSeen
    | PlanSeen
)
