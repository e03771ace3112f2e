"""A person at the desk: workers that may do nothing unasked, and answers by the threads' titles."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hubctl.core.ledger.asks import Ask, open_asks
from support.live.project import Project, view_of
from support.waiting import PATIENCE, wait_until

SECONDS = PATIENCE
LATE = {"idle-no-handoff": {"after": "10m"}, "stalled": {"after": "10m"}}


def asker(project: Project, name: str = "asker", **settings: object) -> None:
    """A role whose every call that the worker CLI does not allow by itself is asked."""
    # In a cell only what a rule of one's own names is asked.
    rules = project.cell != "off" and "permission_mode" not in settings
    asked = {"ask": ["Bash", "Edit", "Write", "NotebookEdit", "WebFetch"]} if rules else {}
    told = {"description": name, "permission_mode": "default", "commits": "none", **asked, **settings}
    project.role(name, f"---\n{json.dumps(told)}\n---\nAsk.\n")


def begin(project: Project, *issues: dict[str, Any], **policy: object) -> None:
    """Files the issues and starts a hub that runs all of them at once."""
    project.policy(**{"rules": LATE, "limits": {"workers": max(4, len(issues))}, **policy})
    project.hubctl("split", "--planner", "file", "--plan", project.plan(*issues))
    project.up()


def waiting(project: Project) -> tuple[Ask, ...]:
    """The open asks, by the log: a look with a verb would take a core."""
    return open_asks(project.folded().asks)


def first_ask(project: Project) -> Ask:
    return wait_until(lambda: waiting(project), SECONDS, "an ask")[0]


def answer_all(project: Project, answers: Mapping[str, tuple[str, ...]]) -> dict[str, Ask]:
    """Gives each thread's first ask its answer as it comes: the verb, then what follows the ask's name. The asks."""
    met: dict[str, Ask] = {}
    while len(met) < len(answers):
        missing = answers.keys() - met.keys()
        for ask in wait_until(lambda: waiting(project), SECONDS, f"asks of {missing}"):
            title = project.folded().threads[ask.thread].title
            verb, *more = answers[title]
            project.hubctl(verb, ask.id, *more)
            met[title] = ask
    return met


def rests(project: Project, *titles: str) -> None:
    """The turns of these threads are over."""
    for title in titles:
        wait_until(lambda title=title: view_of(project, title) == "idle", SECONDS, f"{title} rests")  # type: ignore[misc]


def place(project: Project, title: str) -> Path:
    worker = project.peek()[title].worker
    assert worker
    return Path(worker.worktree)


def results(project: Project, title: str) -> list[str]:
    """What the tools of this thread's main agent told the model."""
    worker = project.peek()[title].worker
    assert worker
    mine = [request["results"] for request in project.requests() if request["session"] == worker.session]
    return max(mine, key=len, default=[])
