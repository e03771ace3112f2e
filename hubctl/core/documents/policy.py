"""The policy as data: the rules and limits of a hub, and how the files that state them become one.

* A file's patch is flat: one setting a key, with the place where it stands. "The nearest wins, key by key" is
  therefore one dict update.
* `deny` and `requires` have one setting an *item*, which makes the same update a union: a repository can forbid
  more and ask for more proof, never less.
* Overrides are a list: the nearest file that has any replaces them all.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import time, timedelta
from enum import StrEnum
from typing import Any, Final, Literal

from hubctl.core.documents.roles import Role
from hubctl.core.vocabulary.hosts import Host
from hubctl.core.vocabulary.values import Struct, field, replace
from hubctl.errors import HubError


class Requirement(StrEnum):
    """What a claim of done may have to show."""

    CLEAN_WORKTREE = "clean-worktree"
    COMMIT = "commit"
    VALIDATION = "validation"


class Restarts(Struct, frozen=True, kw_only=True):
    """At most `count` restarts of one worker `within` this time, as an OTP supervisor has it."""

    count: int
    within: timedelta


class Limits(Struct, frozen=True, kw_only=True):
    workers: int
    attempts: int
    restarts: Restarts


SHIPPED_POLICY = "POLICY.md (shipped)"
"""How the default that comes with hubctl is named in places and messages."""


class Permissions(Struct, frozen=True, kw_only=True):
    """Rules in the worker CLI's own syntax, to be united with the role's (`permission_rules`). Deny wins."""

    allow: tuple[str, ...] = ()
    ask: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()


class DoorRules(Struct, frozen=True, kw_only=True):
    """Where a worker in a cell may go, beside its model."""

    hosts: tuple[Host, ...] = ()


class Alerting(Struct, frozen=True, kw_only=True):
    """`quiet` is from and to, by the clock on the wall, and may pass midnight; None: no quiet hours."""

    group: timedelta
    repeat: timedelta
    quiet: tuple[time, time] | None = None


class Lane(Struct, frozen=True, kw_only=True):
    """Threads of one lane run one after the other; `key` is what they share: a standing worker, or a directory."""

    key: str
    standing: bool = False
    """its worker outlives its threads"""


Value = timedelta | int | str | Restarts | tuple[str, ...] | tuple[time, time] | tuple[Host, ...] | None
"""Of one setting; the enums are `str`, a `bool` is an `int`."""
Key = tuple[str, ...]
"""Where a setting belongs: `("rules", "stalled", "after")`, `("permissions", "deny", "Bash(git push *)")`."""


class FileLine(Struct, frozen=True, kw_only=True):
    """A line of a file, from 1."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"`{self.file}` line {self.line}"


class Setting(Struct, frozen=True, kw_only=True):
    """One value that a file states, and where."""

    value: Value
    place: FileLine


def _below(settings: Mapping[Key, Setting], *above: str) -> dict[str, Any]:
    """The values right below a path, by their last word; the parser has seen to their types."""
    depth = len(above) + 1
    return {
        path[-1]: setting.value
        for path, setting in settings.items()
        if len(path) == depth and path[:-1] == above
    }


def _needed() -> Iterator[Key]:
    for id in RuleId:
        yield from (("rules", id, key) for key in ("pause", "then", "severity"))
    yield from (("rules", id, "count") for id in sorted(COUNTED))
    yield ("rules", RuleId.ASK_UNANSWERED, "answer")
    yield from (("limits", key) for key in ("workers", "attempts", "restarts"))
    yield from (("permissions", key) for key in ("allow", "ask"))
    yield from (("alerts", key) for key in ("group", "repeat", "quiet"))


class RuleId(StrEnum):
    """The sixteen ways to drop a ball (docs/design.md#dropped-balls)."""

    IDLE_NO_HANDOFF = "idle-no-handoff"
    ASK_UNANSWERED = "ask-unanswered"
    STALLED = "stalled"
    WORKER_DEAD = "worker-dead"
    PROMPT_UNDELIVERED = "prompt-undelivered"
    HANDOFF_UNCLAIMED = "handoff-unclaimed"
    WAIT_BROKEN = "wait-broken"
    WAIT_CYCLE = "wait-cycle"
    PING_PONG = "ping-pong"
    ORPHANED = "orphaned"
    UNDISPATCHED = "undispatched"
    LIMIT_OVERDUE = "limit-overdue"
    ATTEMPTS_EXHAUSTED = "attempts-exhausted"
    UNPROVEN_DONE = "unproven-done"
    HUB_DEAD = "hub-dead"
    BOARD_UNREACHABLE = "board-unreachable"


COUNTED: Final = frozenset({RuleId.PING_PONG, RuleId.UNPROVEN_DONE})
"""The rules that count how often, and so have `count`."""


class Step(StrEnum):
    """What `then` may hold."""

    ALERT = "alert"
    RESUME = "resume"
    """the same session, told why"""
    REASSIGN = "reassign"
    """a fresh session with a hand-over note"""
    FAIL = "fail"
    """the process ended, the thread failed"""
    ESCALATE = "escalate"
    """a critical alert, whatever the rule's severity"""


class DefaultAnswer(StrEnum):
    """What an ask is answered that nobody answered in time."""

    NONE = "none"
    DENY = "deny"
    ALLOW = "allow"


NUDGE: Final = "nudge"
"""The other thing that a rung can do: say it to the worker, or of an ask once more to the person."""
ANSWER: Final = "answer"  # the last rung of an ask whose rule has a default answer
Deed = Step | Literal["nudge", "answer"]


class Rung(Struct, frozen=True, kw_only=True):
    """One step of a rule's ladder, `offset` after the fact that made the ball late."""

    does: Deed
    offset: timedelta


class Severity(StrEnum):
    """Quiet hours hold warnings, never critical alerts."""

    WARNING = "warning"
    CRITICAL = "critical"


class Rule(Struct, frozen=True, kw_only=True):
    """When a ball counts as dropped, and what is done about it.

    `after` is None where the fact itself is the drop (a dead worker, a count that is full): the first rung is due at
    once. `pause` lies between all rungs. `count` is None for every rule that is not in COUNTED.
    """

    after: timedelta | None = None
    nudges: int = 0
    pause: timedelta = timedelta(minutes=3)
    then: tuple[Step, ...] = (Step.ALERT,)
    severity: Severity = Severity.WARNING
    off: bool = False
    count: int | None = None
    answer: DefaultAnswer | None = None
    """of `ask-unanswered` alone"""

    @property
    def rungs(self) -> tuple[Rung, ...]:
        """The ladder, lowest rung first: the nudges, the steps of `then`, the answer. Empty when the rule is off."""
        if self.off:
            return ()
        first = self.after or timedelta(0)
        deeds: list[Deed] = [NUDGE for _ in range(self.nudges)]
        deeds += self.then
        if self.answer not in (None, DefaultAnswer.NONE):
            deeds.append(ANSWER)
        return tuple(Rung(does=deed, offset=first + self.pause * n) for n, deed in enumerate(deeds))


class Override(Struct, frozen=True, kw_only=True):
    """Other values for the threads of a role, or with a label; where both are given both must hold.

    `changes` says where each value stands, by rule and key: `("stalled", "after")`. Of `rules` nothing else counts.
    """

    role: str | None
    label: str | None
    rules: Mapping[RuleId, Rule]
    changes: Mapping[Key, FileLine]
    place: FileLine

    def holds(self, role: str | None, labels: frozenset[str]) -> bool:
        return self.role in (None, role) and (self.label is None or self.label in labels)

    def changed(self, id: RuleId, rule: Rule) -> Rule:
        """The rule with this override's values in it."""
        return replace(rule, **{key: self.value(id, key) for name, key in self.changes if name == id})

    def value(self, id: str, key: str) -> Any:
        return getattr(self.rules[RuleId(id)], key)


def override(
    changes: Mapping[Key, Setting], *, role: str | None, label: str | None, place: FileLine
) -> Override:
    """Of the values that a file states."""
    return Override(
        role=role,
        label=label,
        rules={RuleId(id): Rule(**_below(changes, id)) for id, _ in changes},
        changes={key: setting.place for key, setting in changes.items()},
        place=place,
    )


class PolicyPatch(Struct, frozen=True, kw_only=True):
    """What one file says, and no more. `overrides` is None when the file has no such key.

    `items` says where the items of a list stand that is one setting: `("permissions", "allow", "Read")`.
    """

    file: str
    settings: Mapping[Key, Setting]
    items: Mapping[Key, FileLine] = field(default_factory=dict)
    overrides: tuple[Override, ...] | None
    prose: str


def _demand_complete(default: PolicyPatch) -> None:
    missing = [".".join(path) for path in _needed() if path not in default.settings]
    if missing:
        raise HubError(
            f"The default policy `{default.file}` does not say `{'`, `'.join(missing)}`: it must say everything.",
            "Install hubctl again.",
        )


class Publish(StrEnum):
    """What an issue says of its thread on a board that is not private."""

    STATE = "state"
    """state and counts"""
    FULL = "full"
    """as on a private one: reasons, branch and summary too"""


class Pulls(StrEnum):
    """What becomes of a finished branch on a board with pull requests."""

    DRAFT = "draft"
    READY = "ready"
    OFF = "off"


class BoardPolicy(Struct, frozen=True, kw_only=True):
    """What the board shows of the work."""

    publish: Publish = Publish.STATE
    pulls: Pulls = Pulls.DRAFT


class Policy(Struct, frozen=True, kw_only=True):
    """Everything in force. `places` says for each setting, and for each item of a list, where it comes from."""

    rules: Mapping[RuleId, Rule]
    limits: Limits
    requires: frozenset[Requirement]
    permissions: Permissions
    alerting: Alerting
    board: BoardPolicy = field(default_factory=BoardPolicy)
    doors: DoorRules = DoorRules()
    overrides: tuple[Override, ...] = ()
    prose: str = ""
    roles: Mapping[str, Role] = field(default_factory=dict)
    home: str = ""  # the workers' own
    proofs: tuple[str, ...] = ()  # the named commands of hubctl.yaml
    lanes: Mapping[str, Lane] = field(default_factory=dict)
    """by the role's name; `hub` finds them in the roles, no policy file says them"""
    places: Mapping[Key, FileLine] = field(default_factory=dict)

    def __eq__(self, other: object) -> bool:
        """Whether both say the same, wherever it is written."""
        said = [name for name in self.__struct_fields__ if name != "places"]
        return isinstance(other, Policy) and all(getattr(self, name) == getattr(other, name) for name in said)

    def rule(self, id: RuleId, *, role: str | None = None, labels: frozenset[str] = frozenset()) -> Rule:
        """The rule as it holds for a thread: the overrides that fit, applied in their order."""
        rule = self.rules[id]
        for override in self.overrides:
            if override.holds(role, labels):
                rule = override.changed(id, rule)
        return rule


def merge(patches: Sequence[PolicyPatch]) -> Policy:
    """One policy of many files: the shipped default first, the nearest last.

    The default's prose is for its own readers; the prose of the others reaches the workers, in order. Raises HubError
    when the first patch is not complete.
    """
    default, *nearer = patches
    _demand_complete(default)
    settings = {path: setting for patch in patches for path, setting in patch.settings.items()}
    overrides = [patch.overrides for patch in patches if patch.overrides is not None]
    return Policy(
        rules={id: Rule(**_below(settings, "rules", id)) for id in RuleId},
        limits=Limits(**_below(settings, "limits")),
        requires=frozenset(Requirement(name) for name in _below(settings, "done", "requires")),
        permissions=Permissions(
            **_below(settings, "permissions"), deny=tuple(_below(settings, "permissions", "deny"))
        ),
        alerting=Alerting(**_below(settings, "alerts")),
        board=BoardPolicy(**_below(settings, "board")),
        doors=DoorRules(**_below(settings, "doors")),
        overrides=overrides[-1] if overrides else (),
        prose="\n\n".join(dict.fromkeys(patch.prose for patch in nearer if patch.prose)),
        places={key: place for patch in patches for key, place in patch.items.items()}
        | {path: setting.place for path, setting in settings.items()},
    )


class Rules(Struct, frozen=True, kw_only=True):
    """Whoever needs more than one of them takes the value once, and not each from its own moment."""

    policy: Policy
    roles: Mapping[str, Role] = field(default_factory=dict)
