"""README's picture shows what hubctl prints today; when this fails, `scripts/picture` makes it anew."""

import re
import xml.etree.ElementTree as Xml
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hubctl.cli.follow import Follower
from hubctl.cli.plans import show_plan
from hubctl.cli.status import HEAD
from hubctl.cli.verbs import VERBS
from hubctl.core.documents.plan_file import parse_plan
from hubctl.core.ledger import events as e
from hubctl.core.ledger.fold import fold
from hubctl.core.ledger.thread import Thread
from hubctl.core.vocabulary.values import replace
from hubctl.core.vocabulary.words import ThreadId, ThreadState

ROOT = Path(__file__).resolve().parents[2]
PICTURE = ".github/run.svg"
SVG = "{http://www.w3.org/2000/svg}"
FOLLOWED = re.compile(r"(?P<id>\d+) (?P<state>\w+) (?P<holder>\S+) \d+\w (?P<title>[^\d:][^:]*): ")


@pytest.fixture(scope="module")
def lines() -> list[str]:
    """The words of the picture, row by row; a break between two styles is a space."""
    rows = defaultdict(list)
    for text in Xml.parse(ROOT / PICTURE).getroot().iter(f"{SVG}text"):
        if "y" in text.attrib and "clip-path" in text.attrib:
            rows[float(text.attrib["y"])].append((float(text.attrib["x"]), text.text or ""))
    parts = ([word for _, word in sorted(rows[y])] for y in sorted(rows))
    return [" ".join("".join(row).replace("\u00a0", " ").split()) for row in parts]


def words(text: str) -> str:
    return " ".join(text.split())


def test_the_readme_shows_it() -> None:
    assert f"]({PICTURE})" in (ROOT / "README.md").read_text(encoding="utf-8").partition("\n## ")[0]


def test_it_brings_all_it_needs() -> None:
    text = (ROOT / PICTURE).read_text(encoding="utf-8")
    assert set(re.findall(r"https?://[^\"\s]+", text)) == {"http://www.w3.org/2000/svg"}
    assert "<script" not in text


def test_its_verbs_exist(lines: list[str]) -> None:
    typed = [line.removeprefix("$").split() for line in lines if line.startswith("$")]
    assert [words[:2] for words in typed] == [["hubctl", "run"], ["hubctl", "status"]]
    assert {words[1] for words in typed} <= set(VERBS)


def test_the_plan_is_shown_as_it_is_today(lines: list[str]) -> None:
    plan = parse_plan((ROOT / "templates/sample/plan.yaml").read_text(), file="plan.yaml", roles=["coder"])
    for line in filter(str.strip, show_plan(plan).splitlines()):
        assert any(line and shown and words(line).startswith(shown) for shown in lines), line


def test_status_has_its_head_and_its_words(lines: list[str]) -> None:
    head = lines.index(" ".join(HEAD))
    assert re.fullmatch(r"hub: running \(pid \d+\)", lines[head - 1])
    states = [line.split()[1] for line in lines[head + 1 : head + 4]]
    assert states == [ThreadState.DONE, ThreadState.WORKING, ThreadState.QUEUED]


def test_the_run_is_followed_as_it_is_today(lines: list[str]) -> None:
    follower = Follower(plan="p")
    found = [match for match in map(FOLLOWED.match, lines) if match]
    assert len(found) == 6
    for match in found:
        drawn = words(re.sub(r"\x1b\[[0-9;]*m", "", follower._line(thread(match))))
        today = FOLLOWED.match(drawn)
        assert today is not None
        assert today.groupdict() == match.groupdict()


def thread(shown: re.Match[str]) -> Thread:
    opened = e.ThreadOpened(
        at=datetime.now(UTC),  # noqa: TID251 -- its age is printed
        thread=ThreadId(shown["id"]),
        issue=int(shown["id"]),
        title=shown["title"],
        body="",
        role="coder",
        plan="p",
        key="k",
        base="c",
    )
    made = fold([opened]).threads[ThreadId(shown["id"])]
    return replace(made, state=ThreadState(shown["state"]), ball=replace(made.ball, holder=shown["holder"]))


def test_the_run_ends_with_the_branches_to_merge(lines: list[str]) -> None:
    assert "3 of 3 done. To take the work, in hubctl-demo:" in lines
    assert len([line for line in lines if line.startswith("git merge hub/")]) == 3
