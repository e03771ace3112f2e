"""One start of Claude Code: which session it goes on with, and what its settings deny."""

import json
from pathlib import Path

import pytest

from hubctl.agents.claude.transcripts import transcript_path
from hubctl.agents.claude.worker import ClaudeAgent
from hubctl.core.documents.config import Config
from hubctl.core.documents.roles import Role, WorkspaceChoice, WorkspaceKind
from hubctl.git.repository import find_repository
from hubctl.ports.worker import Launch
from hubctl.project.place import make_place
from hubctl.project.rules import load_rules

SESSION = "5d1bc3de-0000-4000-8000-000000000000"


@pytest.fixture
def agent(repository: Path, tmp_path: Path) -> ClaudeAgent:
    place = make_place({"XDG_STATE_HOME": str(tmp_path / "state")}, find_repository(repository))[0]
    rules, home = load_rules(place), {"HOME": str(tmp_path / "home")}
    return ClaudeAgent(place=place, config=Config(), rules=lambda: rules, source=home, python="python")


def launch(
    agent: ClaudeAgent, folder: Path, *, session: str = "", kind: WorkspaceKind | None = None
) -> Launch:
    workspace = WorkspaceChoice(kind=kind or WorkspaceKind.WORKTREE)
    role = Role(name="r", description="", allow=("Edit(/**)",), workspace=workspace, prompt="p", version="v")
    return agent.launch(
        thread="2", start=1, session=session, role=role, prompt="the task", resumed="go on", cwd=folder
    )


def write_transcript(agent: ClaudeAgent, folder: Path, session: str) -> None:
    path = transcript_path(agent.home, folder, session)
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({"type": "user", "message": {"content": "the first task"}}) + "\n")


def test_a_session_goes_on(agent: ClaudeAgent, tmp_path: Path) -> None:
    write_transcript(agent, tmp_path, SESSION)
    made = launch(agent, tmp_path, session=SESSION)
    assert made.session == SESSION
    assert made.command[1:3] == ("--resume", SESSION)
    assert made.command[-1] == "go on"


def test_a_session_that_is_gone_begins_anew_with_the_whole_task(agent: ClaudeAgent, tmp_path: Path) -> None:
    """The worker CLI throws old transcripts away, and `--resume` of what it does not know ends at once."""
    made = launch(agent, tmp_path, session=SESSION)
    assert made.session != SESSION
    assert ("--session-id", made.session) == made.command[1:3]
    assert made.command[-1] == "the task"


def test_a_start_that_was_cut_short_goes_on(agent: ClaudeAgent, tmp_path: Path) -> None:
    fresh = launch(agent, tmp_path).session
    write_transcript(agent, tmp_path, fresh)
    assert launch(agent, tmp_path).command[1:3] == ("--resume", fresh)


@pytest.mark.parametrize("kind", WorkspaceKind)
def test_a_read_only_worker_cannot_write_files(
    agent: ClaudeAgent, tmp_path: Path, kind: WorkspaceKind
) -> None:
    launch(agent, tmp_path, kind=kind)
    settings = json.loads((agent.folder("w2-1") / "settings.json").read_text())
    denied = {"Write", "Edit", "NotebookEdit"} & set(settings["permissions"]["deny"])
    assert bool(denied) == (kind is WorkspaceKind.READ_ONLY)
    assert len(denied) in (0, 3)
