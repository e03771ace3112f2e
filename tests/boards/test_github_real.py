"""One pass over GitHub itself, for who asks for it: about 40 requests to a scratch repository.

    HUBCTL_SMOKE_REPO=OWNER/NAME GITHUB_TOKEN=... scripts/test --all tests/boards/test_github_real.py

It opens two issues there and closes them again.
"""

import os
import threading
from uuid import uuid4

import pytest

from hubctl.boards.github.board import GithubBoard
from hubctl.core.vocabulary.board import MARKER, READY, RUNNING, Face, Label

REPO, TOKEN = os.environ.get("HUBCTL_SMOKE_REPO", ""), os.environ.get("GITHUB_TOKEN", "")
"""Read at once: no test sees them in its environment."""

pytestmark = [
    pytest.mark.extra,
    pytest.mark.skipif(not (REPO and TOKEN), reason="HUBCTL_SMOKE_REPO and GITHUB_TOKEN are not given"),
]


@pytest.fixture
def board() -> GithubBoard:
    return GithubBoard(REPO, token=lambda: TOKEN, stop=threading.Event())


def test_what_the_hub_does_is_understood_by_github_itself(board: GithubBoard) -> None:
    reach = board.reach()
    assert reach is not None
    assert list(reach.missing) == []
    board.prepare(
        [Label(name=name, color="6f42c1", description="A test.") for name in (MARKER, READY, RUNNING)]
    )
    told = board.news(cursor="", triggers=[READY])
    assert told is not None
    run = uuid4().hex
    parent = board.file(nonce=f"{run}:a", title="A test of hubctl", body="Closed soon.", labels=[READY])
    part = board.file(nonce=f"{run}:b", title="Part of a test", body="", parent=parent.number)
    try:
        assert board.file(nonce=f"{run}:a", title="Other", body="").number == parent.number
        for _ in range(2):
            board.link(part.number, parent=parent.number, blocked_by=[parent.number])
            board.show(parent.number, Face(label=RUNNING, comment="At work."))
        look = board.issue(parent.number)
        assert (look.nonce, set(look.labels), look.body) == (f"{run}:a", {MARKER, RUNNING}, "Closed soon.")
        news = board.news(cursor=told.cursor, triggers=[READY])
        assert news is not None
        assert {parent.number, part.number} <= {look.number for look in news.looks}
        (seen,) = [look for look in news.looks if look.number == parent.number]
        assert {(act.label, act.own) for act in seen.acts} >= {(READY, True), (RUNNING, True)}
        assert {issue.number: issue.parent for issue in board.issues()}[part.number] == parent.number
    finally:
        for issue in (part, parent):
            board.close(issue.number, outcome="not planned")
    assert not board.issue(parent.number).open
