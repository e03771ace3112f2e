"""The bench of dropped balls: its simulator stands on its own feet, and a small run finds all and nothing else."""

import ast
import random
from pathlib import Path

import pytest

from hubctl.core.documents.policy import RuleId
from support.stories.lives.kept import KEPT
from support.stories.lives.words import Story
from support.stories.noise import Noise
from support.stories.player import Player
from support.stories.score import ACTING, DROPPED, played, score, shipped
from support.stories.stand import Moment, Played

LIVES = Path(__file__).resolve().parents[2] / "support" / "stories" / "lives"
JOBS = [(number, 0, "undisturbed") for number in range(len(DROPPED) + len(KEPT))]


@pytest.mark.parametrize("path", sorted(LIVES.glob("*.py")), ids=lambda path: path.stem)
def test_the_simulator_imports_nothing_of_hubctl(path: Path) -> None:
    found: list[str] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [name.name for name in node.names]
        elif isinstance(node, ast.ImportFrom):
            found.append(node.module or "")
    assert not [name for name in found if name.split(".")[0] == "hubctl"]
    assert not [name for name in found if name.startswith("support.") and ".lives." not in name]


def test_all_drops_of_acting_kinds_are_found_and_nothing_else() -> None:
    plays = [played(job) for job in JOBS]
    scores = score(plays, shipped())
    assert {kind: mine.wrong for kind, mine in scores.items() if mine.wrong} == {}
    assert {kind: scores[kind].missed for kind in ACTING if scores[kind].missed} == {}
    assert [kind for kind, mine in scores.items() if not mine.drops] == []
    assert [odd for one in plays for odd in one.anomalies] == []


def test_with_all_rules_off_nothing_is_found() -> None:
    plays = [played((number, seed, "off")) for number, seed, _ in JOBS]
    assert [moment for one in plays for moment in one.detections] == []


def test_the_same_seed_plays_the_same() -> None:
    assert played((0, 3, "disturbed")) == played((0, 3, "disturbed"))


def test_noise_loses_doubles_and_delays() -> None:
    noise = Noise("seed")
    times = [noise.times(float(at), "hook", "1") for at in range(200)]
    assert {len(seen) for seen in times} == {0, 1, 2}
    assert any(seen and seen[0] > at for at, seen in enumerate(times))
    in_order = [seen for pair in times for seen in pair]
    assert in_order == sorted(in_order)


def test_the_score_knows_what_is_missed_wrong_and_early() -> None:
    idle = RuleId.IDLE_NO_HANDOFF.value
    drop = Moment(at=10, kind=idle, issue="1")

    def one(*detections: Moment) -> Played:
        story = Story(name="made up", seconds=1)
        return Played(story=story, drops=(drop,), detections=detections, anomalies=())

    def numbers(*detections: Moment) -> tuple[int, int, int]:
        mine = score([one(*detections)], shipped())[idle]
        return mine.found, len(mine.wrong), len(mine.missed)

    assert numbers() == (0, 0, 1)
    assert numbers(Moment(at=101, kind=idle, issue="1")) == (1, 0, 0)
    assert numbers(Moment(at=50, kind=idle, issue="1")) == (0, 1, 0)
    assert numbers(Moment(at=101, kind=idle, issue="2")) == (0, 1, 1)


def test_a_story_is_told_by_its_seed() -> None:
    tell = DROPPED[0]
    assert tell(random.Random("a")) == tell(random.Random("a")) != tell(random.Random("b"))
    assert Player(story=tell(random.Random("a")), policy=shipped(), seeing=Noise("b")).play().drops
