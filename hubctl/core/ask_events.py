"""The facts about asks: what a worker waits on a person for, and how that ended."""

from dataclasses import dataclass, field
from enum import StrEnum

from hubctl.core.event import Event


class AskKind(StrEnum):
    """What is wanted of a person."""

    PERMISSION = "permission"
    QUESTION = "question"
    PLAN = "plan"
    DIALOG = "dialog"
    """something else that stands on the worker's screen"""


class AskVia(StrEnum):
    """By which channel it came, and its answer goes back."""

    HOOK = "hook"
    """a hook of the worker CLI waits for the answer"""
    SCREEN = "screen"
    """only the screen tells of it, and keys answer it"""
    WORDS = "words"
    """`hubctl ask`: the answer is the worker's next prompt"""


class Decision(StrEnum):
    """What an answer says; a question has answers of its own."""

    ALLOW = "allow"
    DENY = "deny"
    ANSWER = "answer"


@dataclass(frozen=True, slots=True, kw_only=True)
class AskOpened(Event):
    """A worker waits. `input` is the tool's whole input as JSON, `gate` where its hook takes the answer.

    `agent` is the subagent that asks, empty for the main one; `said` what the worker said just before; `text` the words
    of the screen, `options` the labels to choose from.
    """

    ask: str
    kind: AskKind
    via: AskVia
    worker: str
    tool: str = ""
    input: str = "{}"
    cwd: str = ""
    agent: str = ""
    gate: str = ""
    said: str = ""
    text: str = ""
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AskJudged(Event):
    """The policy's permissions leave the ask to a person; `reason` says why."""

    ask: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AskAnswered(Event):
    """It is decided, once: `by` whom and `how`. What was shown is what runs: `input` is empty, or a person's own version.

    `answers` are by the texts of the questions; `number` is the person's request (0: the policy's answer).
    """

    ask: str
    by: str
    how: str
    decision: Decision
    reason: str = ""
    input: str = ""
    answers: dict[str, str] = field(default_factory=dict)
    number: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class AskClosed(Event):
    """Nobody waits for an answer any more: it was taken (`answered`), or `why` there is no use for one."""

    ask: str
    why: str
