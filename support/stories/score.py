"""Plays the stories, and holds what was found against the truth that they bring along: by kind, what was found, when, and what was wrong."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache

from hubctl.core.documents.policy import Policy, RuleId, merge
from hubctl.core.documents.policy_file import parse_policy_text
from hubctl.project import shipped as data
from support.stories.lives.alone import ALONE
from support.stories.lives.kept import KEPT
from support.stories.lives.together import TOGETHER
from support.stories.noise import Noise, Silence
from support.stories.player import Player
from support.stories.stand import Moment, Played

DROPPED = (*ALONE, *TOGETHER)
ACTING = frozenset(
    {
        RuleId.IDLE_NO_HANDOFF,
        RuleId.ASK_UNANSWERED,
        RuleId.PROMPT_UNDELIVERED,
        RuleId.HANDOFF_UNCLAIMED,
        RuleId.WAIT_BROKEN,
        RuleId.WAIT_CYCLE,
        RuleId.WORKER_DEAD,
        RuleId.STALLED,
        RuleId.PING_PONG,
        RuleId.LIMIT_OVERDUE,
        RuleId.UNPROVEN_DONE,
        RuleId.ORPHANED,
        RuleId.UNDISPATCHED,
        RuleId.ATTEMPTS_EXHAUSTED,
        RuleId.BOARD_UNREACHABLE,
    }
)
"""Kinds whose recall must be 1.0; of all kinds precision must be. `hub-dead` is seen by nobody within a hub."""
SHOWN = tuple(rule for rule in RuleId if rule is not RuleId.HUB_DEAD)
EARLY_SECONDS = 0.5


@cache
def shipped(*, off: bool = False) -> Policy:
    """The default policy, or the same with every rule switched off."""
    default = parse_policy_text((data.policies() / "POLICY.md").read_text(encoding="utf-8"), file="shipped")
    if not off:
        return merge([default])
    lines = [f"  {rule}: {{off: true}}" for rule in RuleId]
    text = "\n".join(["```yaml hubctl", "rules:", *lines, "```"])
    return merge([default, parse_policy_text(text, file="off")])


def played(job: tuple[int, int, str]) -> Played:
    """The story of a teller and a seed; `how` is `undisturbed`, `disturbed` or `off`."""
    teller, seed, how = job
    tell = (*DROPPED, *KEPT)[teller]
    name = f"{tell.__name__}-{seed}"
    seeing = Noise(name) if how == "disturbed" else Silence()
    story = tell(random.Random(name))
    return Player(story=story, policy=shipped(off=how == "off"), seeing=seeing).play()


# --- the score ----------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Score:
    """Of one kind. Delays are seconds after the rule allowed it."""

    drops: int = 0
    found: int = 0
    wrong: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)
    first: list[float] = field(default_factory=list)
    alert: list[float] = field(default_factory=list)

    @property
    def precision(self) -> float:
        told = self.found + len(self.wrong)
        return self.found / told if told else 1.0

    @property
    def recall(self) -> float:
        return self.found / self.drops if self.drops else 1.0


def score(plays: Sequence[Played], policy: Policy) -> dict[str, Score]:
    """By kind."""
    scores = {rule.value: Score() for rule in SHOWN}
    for one in plays:
        drops, detections = _firsts(one.drops), _firsts(one.detections)
        for (kind, issue), drop in drops.items():
            scores[kind].drops += 1
            allowed = drop.at + _after(policy, drop)
            found = detections.get((kind, issue))
            if found is None:
                scores[kind].missed.append(one.story.name)
            elif found.at >= allowed - EARLY_SECONDS:
                scores[kind].found += 1
                scores[kind].first.append(found.at - allowed)
                scores[kind].alert += list(_alert_delay(policy, one, drop))
        for kind, issue in _wrong(drops, detections, policy, one):
            scores[kind].wrong.append(f"{one.story.name} (issue {issue})")
    return scores


def _firsts(moments: Sequence[Moment]) -> dict[tuple[str, str], Moment]:
    return {_key(moment): moment for moment in reversed(moments)}


def _key(moment: Moment) -> tuple[str, str]:
    return moment.kind, moment.issue


def _after(policy: Policy, drop: Moment) -> float:
    after = policy.rules[RuleId(drop.kind)].after
    return 0.0 if drop.at_once or after is None else after.total_seconds()


def _alert_delay(policy: Policy, one: Played, drop: Moment) -> Iterator[float]:
    """From its rung to the first alert of this drop, which a worker may have repeated; nothing where none was raised."""
    rule = policy.rules[RuleId(drop.kind)]
    alerts = [m for m in one.detections if m.alert and _key(m) == _key(drop)]
    telling = next((rung for rung in rule.rungs if rung.does in ("alert", "escalate")), None)
    if alerts and telling:
        late = telling.offset.total_seconds() - (rule.after.total_seconds() if rule.after else 0)
        waits = 0.0 if drop.at_once else late
        last = max(m.at for m in one.drops if _key(m) == _key(drop) and m.at <= alerts[0].at)
        yield alerts[0].at - last - _after(policy, drop) - waits


def _wrong(
    drops: dict[tuple[str, str], Moment],
    detections: dict[tuple[str, str], Moment],
    policy: Policy,
    one: Played,
) -> Iterator[tuple[str, str]]:
    for key, found in detections.items():
        drop = drops.get(key)
        early = drop is not None and found.at < drop.at + _after(policy, drop) - EARLY_SECONDS
        if early or (drop is None and key[0] not in one.story.also):
            yield key
