"""The facts about workers: how they start, look and end, what they say, and how that is judged."""

from datetime import datetime

from hubctl.core.ledger.event import Event
from hubctl.core.vocabulary.words import Proof, View, Work

# --- the worker ---------------------------------------------------------------------------------------------------


class WorkerAssigned(Event, frozen=True, kw_only=True):
    """The hub decided to start a worker: the `start`-th of this thread, with its old session or a fresh one."""

    start: int
    resume: bool = False


class WorkerStarted(Event, frozen=True, kw_only=True):
    """The worker's process runs in its pane. `start_commit` is HEAD of its worktree before its own first commit.

    A `standing` worker outlives its threads. `untold`: it lived already, takes this thread, and must be told its task.
    """

    worker: str
    start: int
    session: str
    pane: str
    window: str
    pid: int
    worktree: str
    branch: str
    start_commit: str
    role_version: str
    standing: bool = False
    untold: bool = False


class StartFailed(Event, frozen=True, kw_only=True):
    """No worker could be started, and the hub will not try again by itself."""

    why: str
    cure: str = ""


class PromptProven(Event, frozen=True, kw_only=True):
    """A prompt of the hub reached the worker: `purpose` is `task`, `resume`, `nudge` or `wake`.

    `heard` are its identities (`core/ledger/prompt_marks.py`), by which a second sighting of it is known.
    """

    purpose: str
    proof: Proof
    heard: tuple[str, ...] = ()
    queued: bool = False


class MessageProven(Event, frozen=True, kw_only=True):
    """What a person wrote with `hubctl send` reached the worker: the ball is the worker's again."""

    number: int
    proof: Proof
    heard: tuple[str, ...] = ()
    queued: bool = False


class FeedbackProven(Event, frozen=True, kw_only=True):
    """What a rejected claim lacked has reached the worker: the next attempt begins."""

    proof: Proof
    heard: tuple[str, ...] = ()
    queued: bool = False


class PromptUndelivered(Event, frozen=True, kw_only=True):
    """A prompt of the hub was sent and never accepted; nothing is known of it but that it has no proof."""

    purpose: str
    why: str


class PromptTaken(Event, frozen=True, kw_only=True):
    """The worker took a prompt that the hub did not send: a person typed it, or the CLI itself did (`task`)."""

    by_person: bool
    text: str
    heard: tuple[str, ...] = ()
    queued: bool = False


class ViewChanged(Event, frozen=True, kw_only=True):
    """The worker looks different: `source` is what was believed, `why` what it said."""

    view: View
    source: str
    why: str = ""


class SessionChanged(Event, frozen=True, kw_only=True):
    """The worker is in another session than before: a person typed `/clear` or `/resume` in its pane."""

    session: str


class SourcesDisagreed(Event, frozen=True, kw_only=True):
    """Sources that should agree about the worker have not for long; `said` is what each said, `view` was believed."""

    said: str
    view: View


class DialogOpened(Event, frozen=True, kw_only=True):
    """The worker waits for a person: a permission, a question, a plan, or a dialog of its start (`ViewSeen`)."""

    what: str
    cure: str = ""
    answerable: bool = False


class AnswerOrdered(Event, frozen=True, kw_only=True):
    """The hub decided to answer a dialog of the start by itself: it has the ball until that has ended."""


class DialogClosed(Event, frozen=True, kw_only=True):
    """The dialog is gone: somebody answered it, or the turn ended."""


class TurnFailed(Event, frozen=True, kw_only=True):
    """The worker's turn ended by an API error; `error` is StopFailure's closed word, `until` when a usage limit resets."""

    error: str
    text: str = ""
    until: datetime | None = None


class RetryAnnounced(Event, frozen=True, kw_only=True):
    """The worker's screen says that it asks the API again at `until`; nothing else tells of it."""

    until: datetime


class HooksSilent(Event, frozen=True, kw_only=True):
    """No hook told of a whole turn of the worker, which began with a prompt at `since`: they may be switched off."""

    since: datetime


class HooksHeard(Event, frozen=True, kw_only=True):
    """A hook of the worker spoke after a silence."""


class WorkerDied(Event, frozen=True, kw_only=True):
    """The process of a thread that still needs it has ended; `orphaned`: this hub never saw it alive."""

    how: str
    orphaned: bool = False


class WorkerEnded(Event, frozen=True, kw_only=True):
    """The hub ended the worker, or it was gone when the hub wanted to."""


class TokensCounted(Event, frozen=True, kw_only=True):
    """The tokens of the worker's session so far, and the tool that it called last, with its own time limit in seconds."""

    input_tokens: int
    output_tokens: int
    tool: str = ""
    seconds: float = 0.0


# --- the worker's words, and their judgement ----------------------------------------------------------------------


class ProgressReported(Event, frozen=True, kw_only=True):
    """`hubctl progress`: data for people; it opens a new episode and decides nothing."""

    text: str


class WorkChanged(Event, frozen=True, kw_only=True):
    """The worker's turn made a commit, or changed files of its checkout: progress, of which nobody says a word.

    `mark` is an opaque word for how the checkout looks now.
    """

    what: Work
    mark: str


class HandedOff(Event, frozen=True, kw_only=True):
    """`hubctl handoff`: the worker gives the ball to a holder; a clock's has a time in `until`."""

    to: str
    why: str
    until: datetime | None = None


class Asked(Event, frozen=True, kw_only=True):
    """`hubctl ask`: the worker cannot go on without a person's answer. `ask` is its name in the inbox."""

    text: str
    ask: str = ""


class DoneClaimed(Event, frozen=True, kw_only=True):
    """`hubctl done`: a claim, judged when the turn has ended."""

    summary: str


class ClaimAccepted(Event, frozen=True, kw_only=True):
    """The claim has the evidence that the policy asks for. `commit` is the branch's head then."""

    commit: str
    guarded: tuple[str, ...] = ()


class ClaimRejected(Event, frozen=True, kw_only=True):
    """The claim lacks evidence. `why` is a sentence, `feedback` what the worker is told, `output` the file with all.

    `unproven`: it lacked what it could have shown at once, and not only a validation that passes.
    """

    why: str
    feedback: str
    output: str = ""
    unproven: bool = False


class DoneRefused(Event, frozen=True, kw_only=True):
    """`hubctl done` was refused at once, for what the worker could see itself; no attempt is used by that."""

    why: str
