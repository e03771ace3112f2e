"""The main job with a ring of watching broken: no hooks at all, and no session files."""

import json
import subprocess
from pathlib import Path

import pytest

from support.live.project import Project, issue, work

pytestmark = [pytest.mark.live, pytest.mark.core]

MENDED = (
    "@write b.txt right",
    '@bash git commit -qam "b: right"',
    '@bash hubctl done --summary "b is right"',
    "@say Mended.",
)


def _main_job(project: Project) -> None:
    """Two in parallel, one that needs both, one validation that fails once; everybody is told everything once."""
    project.script(
        "scripts:\n"
        "  - when: 'not done yet, attempt 1: the validation failed with exit 1'\n"
        f"    steps: {json.dumps(MENDED)}\n"
    )
    plan = project.plan(
        issue("a", "Write a", *work("a.txt"), validate="test -f a.txt"),
        issue("b", "Write b", *work("b.txt"), validate="grep -q right b.txt"),
        issue("c", "Write c", *work("c.txt"), after=("a", "b"), validate="test -f a.txt && test -f b.txt"),
    )
    ended = project.hubctl("run", "--planner", "file", "--plan", plan, "--json")
    document = json.loads(ended.stdout)
    threads = {thread["title"]: thread for thread in document["threads"]}
    assert {thread["state"] for thread in threads.values()} == {"done"}
    assert [threads[title]["attempt"] for title in ("Write a", "Write b", "Write c")] == [1, 2, 1]
    assert document["alerts"] == 0
    assert all(
        thread["usage"]["input_tokens"] and thread["usage"]["output_tokens"] for thread in threads.values()
    )
    told = project.prompts()
    assert sorted(len([text for text in texts if "hubctl thread" in text]) for texts in told.values()) == [
        1,
        1,
        2,
    ]
    assert len(project.events("--kind", "prompt-proven")) == 3
    # A claim may be faster than the transcript: then it is what proves that the feedback was heard.
    assert len(project.events("--kind", "feedback-proven")) <= 1
    assert project.events("--kind", "prompt-taken") == []


def _proofs(project: Project) -> set[str]:
    events = [*project.events("--kind", "prompt-proven"), *project.events("--kind", "feedback-proven")]
    return {event["data"]["proof"] for event in events}


def _views(project: Project) -> set[str]:
    return {event["data"]["source"] for event in project.events("--kind", "view-changed")}


def test_without_hooks(project: Project) -> None:
    """Prompts are proven by the transcript, views come from the session file."""
    config = project.checkout / "hubctl.yaml"
    content = json.loads(config.read_text())
    content["worker"]["hooks"] = False
    config.write_text(json.dumps(content))
    project.hubctl("trust")
    _main_job(project)
    assert _proofs(project) == {"transcript"}
    assert "hook" not in _views(project)
    place = Path(project.json("init")["state"])
    assert list(place.rglob("spool/*.json")) == []


def test_without_session_files(project: Project) -> None:
    """`sessions` cannot be read by anybody: a file stands where the folder should be. Hooks tell what the worker does."""
    folder = project.home / ".claude"
    folder.mkdir()
    (folder / "sessions").write_text("not a folder")
    _main_job(project)
    assert "session" not in _views(project)
    assert "hook" in _views(project)
    assert (folder / "sessions").read_text() == "not a folder"
    assert (
        subprocess.run(["git", "-C", project.checkout, "status", "--porcelain"], check=True).returncode == 0
    )
