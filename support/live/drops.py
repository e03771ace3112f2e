"""Dropped balls with the real worker CLI: the table of the scenarios, and the referee who looks at the alerts.

Rule: a row of the table is shown by a test that has seen both of its halves (`scenario`), and `scripts/readme` writes the
table from here: it cannot say what no test does.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from hubctl.core.documents.policy import RuleId
from hubctl.core.ledger.events import AlertRaised
from hubctl.core.vocabulary.values import Struct
from support.live.project import SECONDS, Project
from support.waiting import wait_until

R = RuleId
WITHOUT = frozenset({R.BOARD_UNREACHABLE, R.LIMIT_OVERDUE})
"""A board that is away is played in `test_github_board.py`; a usage limit needs a login that tests do not have."""


class Row(Struct, frozen=True, kw_only=True):
    """`cure` is the command that the alert must name, with N for the thread."""

    dropped: str
    relative: str
    cure: str


TABLE = {
    R.IDLE_NO_HANDOFF: Row(
        dropped="The turn ends with neither result nor question",
        relative="The turn ends, and a shell that it started runs on in the background",
        cure="`hubctl attach N`",
    ),
    R.ASK_UNANSWERED: Row(
        dropped="A permission dialog waits, and nobody answers it",
        relative="The same request is approved in time",
        cure="`hubctl approve aOTHER`",
    ),
    R.STALLED: Row(
        dropped="The model's answer breaks off after a few words, and the connection stays open",
        relative="A tool says nothing for longer, within its own time limit",
        cure="`hubctl attach N`, or `hubctl interrupt N`",
    ),
    R.WORKER_DEAD: Row(
        dropped="The worker's process is killed (`kill -9`)",
        relative="The worker's process is ended by `hubctl stop`",
        cure="`hubctl logs N`",
    ),
    R.PROMPT_UNDELIVERED: Row(
        dropped="A person's draft stands in the composer, so that a nudge cannot be typed",
        relative="The same draft is removed in time",
        cure="`hubctl attach N`",
    ),
    R.HANDOFF_UNCLAIMED: Row(
        dropped="A ball that was handed to a person lies there",
        relative="`hubctl send` takes it up in time",
        cure="`hubctl send N -- TEXT`",
    ),
    R.WAIT_BROKEN: Row(
        dropped="The thread that a worker waits for is stopped",
        relative="The thread that a worker waits for is done",
        cure="`hubctl retry OTHER`, or `hubctl send N -- TEXT`",
    ),
    R.WAIT_CYCLE: Row(
        dropped="Two workers hand their balls to each other",
        relative="One worker hands its ball to a thread that has not even started",
        cure="`hubctl send N -- TEXT`",
    ),
    R.PING_PONG: Row(
        dropped="A ball is handed to the clock again and again",
        relative="The same, with `hubctl progress` in between",
        cure="`hubctl logs N`, then `hubctl send N -- TEXT`",
    ),
    R.ORPHANED: Row(
        dropped="Hub and worker are killed, and the hub starts again",
        relative="The hub is killed and starts again, and the worker lives",
        cure="`hubctl logs N`",
    ),
    R.UNDISPATCHED: Row(
        dropped="A thread is ready, and others take all places",
        relative="A thread is queued as long, for it waits for one that works",
        cure="`hubctl status`",
    ),
    R.ATTEMPTS_EXHAUSTED: Row(
        dropped="The validation fails in the last attempt, too",
        relative="The last attempt passes",
        cure="`hubctl retry N`",
    ),
    R.UNPROVEN_DONE: Row(
        dropped="Done is claimed twice without a commit",
        relative="Done is claimed once without a commit, then with one",
        cure="`hubctl logs N`, then `hubctl send N -- TEXT`",
    ),
    R.HUB_DEAD: Row(
        dropped="The hub is killed while threads need it, and `hubctl check` looks",
        relative="The hub is ended by `hubctl down` with nothing open",
        cure="`hubctl up --detach`",
    ),
}

SHOWN: dict[RuleId, str] = {}
"""The test that shows each kind."""


@dataclass(slots=True, kw_only=True)
class Referee:
    """Looks at the alerts of a project, and keeps which halves of which rows were seen."""

    project: Project
    fired: set[RuleId] = field(default_factory=set)
    silent: set[RuleId] = field(default_factory=set)

    def drops(self, kind: RuleId, title: str, saw: str, severity: str = "warning") -> None:
        """Waits for the alert of this thread: it says what was `saw`n (a regular expression) and what to do."""
        wait_until(lambda: self._raised(kind, title), SECONDS, f"{kind} of {title}")
        (alert,) = (one for one in self._alerts(title) if one["kind"] == kind)
        thread = self.project.peek()[title].id
        assert (alert["severity"], alert["because"]) == (severity, kind), alert
        assert alert["text"].startswith(f"Thread {thread} ({title}): "), alert
        self.says(kind, alert["text"], saw, thread)

    def says(self, kind: RuleId, text: str, saw: str, thread: str = "") -> None:
        """The evidence and the cure stand in the text."""
        assert re.search(saw, text), text
        cure = re.escape(TABLE[kind].cure).replace(r"\ N", rf"\ {thread}").replace("OTHER", r"\d+")
        assert re.search(cure, text), (text, cure)
        self.fired.add(kind)

    def keeps(self, title: str, *kinds: RuleId) -> None:
        """Nothing at all was ever said of this thread; asked when it would have been."""
        said = self._alerts(title)
        assert said == [], said
        self.silent.update(kinds)

    def _raised(self, kind: RuleId, title: str) -> bool:
        known = self.project.peek()
        raised = (event for event in self.project.logged() if isinstance(event, AlertRaised))
        return title in known and any((one.kind, one.thread) == (kind, known[title].id) for one in raised)

    def _alerts(self, title: str) -> list[dict[str, Any]]:
        thread = self.project.peek()[title].id
        alerts: list[dict[str, Any]] = self.project.json("alerts", "--all")
        return [one for one in alerts if one["thread"] == thread]


Scene = Callable[[Project, Referee], None]


def scenario(*kinds: RuleId) -> Callable[[Scene], Callable[[Project], None]]:
    """A test that shows both halves of the rows of these kinds."""

    def shown(scene: Scene) -> Callable[[Project], None]:
        def test(project: Project) -> None:
            referee = Referee(project=project)
            scene(project, referee)
            assert referee.fired == referee.silent == set(kinds)

        test.__name__, test.__doc__, test.__module__ = scene.__name__, scene.__doc__, scene.__module__
        SHOWN.update(dict.fromkeys(kinds, scene.__name__))
        return test

    return shown
