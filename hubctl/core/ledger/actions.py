"""Every order that policy can give: imperative, each with the rule that wants it (`because`) and its occasion (`episode`).

`because/thread/episode` is an action's identity: it is begun once (law 6). A *verdict* changes nothing but the log, so
it is carried out by appending its events; all others go through `ActionBegan`, the effect, `ActionEnded`. All of them
look before they act, so an action in doubt after a crash is simply performed again (law 3).
"""

from typing import ClassVar, Final

from hubctl.core.ledger.board import BOARD_ORDERS
from hubctl.core.ledger.thread import Thread
from hubctl.core.vocabulary.values import Struct, kebab
from hubctl.core.vocabulary.words import ActionId, ThreadId

ENVELOPE = frozenset({"because", "episode", "thread"})
"""The fields of every action; all others are its own."""


class _Ordered(Struct, frozen=True, kw_only=True):
    because: str
    episode: str
    thread: ThreadId | None = None
    rung: int = 0
    """the step of a rule's ladder within the episode, from 1; 0 where there is no ladder"""

    name: ClassVar[str] = ""
    """the class's own in kebab case"""

    def __init_subclass__(cls) -> None:
        cls.name = kebab(cls)

    @property
    def id(self) -> ActionId:
        rung = f".{self.rung}" if self.rung else ""
        return ActionId(f"{self.because}/{self.thread or 'hub'}/{self.episode}{rung}")

    @property
    def words(self) -> dict[str, str]:
        """The fields that are the action's own, as text for the log."""
        said = {name: getattr(self, name) for name in sorted({*self.__struct_fields__} - ENVELOPE)}
        return {name: str(value) for name, value in said.items() if value}


class Effect(_Ordered, frozen=True, kw_only=True):
    """An order to the outside world."""


class FileIssue(Effect, frozen=True, kw_only=True):
    """Put the issue `key` of an accepted plan on the board, once."""

    plan: str
    key: str


class StartWorker(Effect, frozen=True, kw_only=True):
    """Make worktree and pane and start the worker's process with its first prompt."""

    start: int
    resume: bool = False


class Deliver(Effect, frozen=True, kw_only=True):
    """Bring a prompt to a living worker, with proof. `purpose` is `task`, `nudge`, `feedback`, `wake` or `message`.

    Only a message goes to a busy worker too, and only it has a number (`message`).
    """

    purpose: str
    message: int = 0


class Interrupt(Effect, frozen=True, kw_only=True):
    """Cut the worker's turn, as request `request` of a person wants it; 0: because its thread has ended."""

    request: int = 0


class ReadScreen(Effect, frozen=True, kw_only=True):
    """Read the screen of a worker that says nothing: an API retry may stand there."""


class ReadDialog(Effect, frozen=True, kw_only=True):
    """Read what a dialog asks that no hook tells of."""


class AnswerDialog(Effect, frozen=True, kw_only=True):
    """Choose a worker's answer to a dialog of its start (`agents/claude/screen/start_dialogs.py`), and see it gone."""

    dialog: str


class AnswerAsk(Effect, frozen=True, kw_only=True):
    """Bring what was decided on an ask to the worker that waits for it."""

    ask: str


class CloseHosts(Effect, frozen=True, kw_only=True):
    """Close the hosts that a person opened for a thread which is over, while its standing worker lives on."""


class JudgeAsk(Effect, frozen=True, kw_only=True):
    """Look at what the permissions' decision depends on: whether secrets lie where a command reads."""

    ask: str


class DecideAsk(_Ordered, frozen=True, kw_only=True):
    """A verdict: what the policy says of an ask. `decision` is `allow`, `deny`, or `ask`, which leaves it to a person."""

    ask: str
    decision: str
    reason: str


class JudgeClaim(Effect, frozen=True, kw_only=True):
    """Gather the evidence that the policy asks for, the validation's run included."""


class EndWorker(Effect, frozen=True, kw_only=True):
    """End the worker's process and close its window."""


class CloseIssue(Effect, frozen=True, kw_only=True):
    """Close the thread's issue on the board; `outcome` is `completed` or `not planned`."""

    outcome: str


class ReopenIssue(Effect, frozen=True, kw_only=True):
    """Open the closed issue of a thread on the board again."""


class ShowIssue(Effect, frozen=True, kw_only=True):
    """Let the thread's issue show how the thread stands now: its label, and the hub's comment."""


class PlanIssue(Effect, frozen=True, kw_only=True):
    """Let a model plan issue `issue`, which has no thread; a person decides on what it says."""

    issue: int


class OpenPull(Effect, frozen=True, kw_only=True):
    """Publish a finished branch at `commit` and offer it as a pull request."""

    commit: str


class Notify(Effect, frozen=True, kw_only=True):
    """Tell a target of alerts: `NUMBER:STATE` of each, oldest first; of none: only show anew how many are open."""

    target: str
    alerts: str = ""


class ReopenThread(_Ordered, frozen=True, kw_only=True):
    """A verdict: a person wrote before the thread was done, and reads nothing of it in the result."""

    why: str


class FailThread(_Ordered, frozen=True, kw_only=True):
    """A verdict: the thread is given up and the human has the ball."""

    why: str
    cure: str


def alert_id(kind: str, thread: ThreadId | None, episode: str, rung: int = 0) -> str:
    return f"{kind}:{thread or 'hub'}:{episode}{f'.{rung}' if rung else ''}"


class RaiseAlert(_Ordered, frozen=True, kw_only=True):
    """A verdict: say it out loud."""

    kind: str
    severity: str
    text: str

    @property
    def alert(self) -> str:
        """Its id. Two rungs of one ladder are two alerts: the second may be the escalation of the first."""
        return alert_id(self.kind, self.thread, self.episode, self.rung)


class ResolveAlert(_Ordered, frozen=True, kw_only=True):
    """A verdict: the facts took an alert back."""

    alert: str
    why: str

    @property
    def id(self) -> ActionId:
        return ActionId(f"{self.because}/{self.thread or 'hub'}/resolve/{self.alert}")


class CallHuman(_Ordered, frozen=True, kw_only=True):
    """A verdict: a rule has nothing left but what it said, so the ball is the human's. `number` is how many calls this is."""

    why: str
    number: int

    @property
    def id(self) -> ActionId:
        return ActionId(f"{self.because}/{self.thread}/call/{self.number}")


class TakeBallBack(_Ordered, frozen=True, kw_only=True):
    """A verdict: what a human was called for is over by itself."""

    number: int

    @property
    def id(self) -> ActionId:
        return ActionId(f"{self.because}/{self.thread}/call/{self.number}")


def answer_episode(thread: Thread) -> str:
    """The occasion to answer a dialog: each start is one, in which a dialog is answered once."""
    return f"start-{thread.start}"


def claim_episode(thread: Thread) -> str:
    """The occasion to judge: each claim is one."""
    return f"claim-{thread.claims}"


def feedback_episode(thread: Thread) -> str:
    """The occasion to tell what a claim lacked: once, and again when the worker took something else instead."""
    return f"feedback-{thread.claims}-{thread.episode}-{thread.prompts}"


Verdict = DecideAsk | FailThread | ReopenThread | RaiseAlert | ResolveAlert | CallHuman | TakeBallBack
Action = Effect | Verdict
EFFECTS: Final = {kind.name: kind for kind in Effect.__subclasses__()}
OF_A_WORKER: Final = tuple(kind for kind in EFFECTS.values() if kind.name not in BOARD_ORDERS)
"""What may still change a worker or its checkout: a board that takes its time is none of a worker's business."""
