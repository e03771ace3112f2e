"""LastNotice targets: each has its own memory, and what was not taken is sent again to it alone."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import time, timedelta
from pathlib import Path

from hubctl.check.deliver import MEMORY, AlertDelivery
from hubctl.core.documents.policy import Alerting, Severity
from hubctl.core.reports.health import Finding, Kind
from hubctl.core.vocabulary.values import replace
from hubctl.project.place import Place
from support.core.builders import NOW

FOUND = Finding(kind=Kind.LATE, severity=Severity.WARNING, thread=None, text="It is late.", episode="1")
ALERTING = Alerting(group=timedelta(0), repeat=timedelta(hours=4))


@dataclass(slots=True, kw_only=True)
class Post:
    """Takes what it is given, but for targets that are `closed`."""

    closed: set[str] = field(default_factory=set)
    taken: list[tuple[str, str, str]] = field(default_factory=list)

    def __call__(self, targets: Sequence[str], title: str, body: str) -> list[str]:
        self.taken += [(target, title, body) for target in targets if target not in self.closed]
        return [f"({target[:1]}) is closed" for target in targets if target in self.closed]


def delivery(folder: Path, post: Post, *targets: str) -> AlertDelivery:
    place = Place(id="i", state=folder, checkout=folder / "project")
    return AlertDelivery(place=place, targets=targets, alerting=ALERTING, send=post, running=False)


def test_a_target_that_was_closed_is_told_later_and_the_others_once(tmp_path: Path) -> None:
    post = Post(closed={"b"})
    both = delivery(tmp_path, post, "a", "b")
    assert both.bring([FOUND], now=NOW, complete=True) == (1, ["target 2 (b) is closed"])
    post.closed.clear()
    assert both.bring([FOUND], now=NOW, complete=True) == (1, [])
    assert both.bring([FOUND], now=NOW, complete=True) == (0, [])
    assert both.bring([], now=NOW, complete=True) == (2, [])
    said = ("WARNING", "WARNING: It is late.")
    over = ("over", "Over: It is late.")
    assert post.taken == [("a", *said), ("b", *said), ("a", *over), ("b", *over)]


def test_a_torn_memory_tells_again(tmp_path: Path) -> None:
    for text in ("{", "[]", '{"x": 1}', '{"x": {"y": {"at": "never", "text": ""}}}'):
        post = Post()
        (tmp_path / MEMORY).write_text(text)
        assert delivery(tmp_path, post, "a").bring([FOUND], now=NOW, complete=True) == (1, [])
    assert (tmp_path / MEMORY).stat().st_mode & 0o777 == 0o600


def test_quiet_hours_are_those_of_the_wall(tmp_path: Path) -> None:
    post, wall = Post(), NOW.astimezone().hour
    quiet = Alerting(group=timedelta(0), repeat=timedelta(hours=4), quiet=(time(wall), time((wall + 1) % 24)))
    night = replace(delivery(tmp_path, post, "a"), alerting=quiet)
    assert night.bring([FOUND], now=NOW, complete=True) == (0, [])
    assert night.bring([FOUND], now=NOW + timedelta(hours=1), complete=True) == (1, [])
