"""Reading what the worker CLI leaves behind: whole, torn, foreign or nonsense."""

import json
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubctl.agents.claude.files import (
    NOWHERE,
    believed_folder,
    cli_below,
    parse_hook,
    parse_spooled,
    process_alive,
    process_start,
    read_object,
    read_session_file,
    session_of,
    session_path,
    session_seen,
)
from hubctl.agents.claude.transcripts import (
    last_words,
    read_transcript_lines,
    transcript_path,
    usage_by_message,
    user_prompts,
)
from support.waiting import wait_until

NOW = datetime(2026, 1, 2, tzinfo=UTC)
PID = os.getpid()
KEYS = st.sampled_from(
    ("pid", "sessionId", "procStart", "status", "waitingFor", "statusUpdatedAt")
) | st.sampled_from(
    (
        "hook_event_name",
        "prompt",
        "background_tasks",
        "type",
        "message",
        "content",
        "usage",
        "id",
        "input_tokens",
    )
)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.just("user")
    | st.just("assistant"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=6),
    max_leaves=12,
)
GARBAGE = st.text(max_size=60) | JSON.map(json.dumps)


def session_text(**changes: object) -> str:
    fields = {
        "pid": PID,
        "procStart": process_start(PID),
        "sessionId": "s1",
        "cwd": "/p",
        "version": "2.1.329",
    }
    return json.dumps({**fields, "status": "busy", "statusUpdatedAt": 1_767_225_600_000, **changes})


def written(home: Path, text: str, pid: int = PID) -> Path:
    file = session_path(home, pid)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return file


def test_a_session_file(tmp_path: Path) -> None:
    written(tmp_path, session_text(waitingFor="permission prompt"))
    found = session_of(tmp_path, PID)
    assert found is not None
    assert (found.session, found.status, found.waiting_for) == ("s1", "busy", "permission prompt")
    assert found.updated_at == datetime(2026, 1, 1, tzinfo=UTC)


def test_the_nearest_process_below_has_the_session(tmp_path: Path) -> None:
    """A worker may run the CLI once more in a tool: that one is farther off."""
    folder = session_path(tmp_path, PID).parent
    folder.mkdir(parents=True)
    with subprocess.Popen(["sh", "-c", "sleep 60; :"]) as near:
        (far,) = wait_until(lambda: children(near.pid))
        for pid in (near.pid, far, 4_000_000):
            (folder / f"{pid}.json").write_text("{}")
        try:
            assert cli_below(folder, PID) == (folder / f"{near.pid}.json", near.pid)
            assert cli_below(folder, near.pid) == (folder / f"{near.pid}.json", near.pid)
            assert cli_below(folder, far) == (folder / f"{far}.json", far)
            (folder / f"{near.pid}.json").unlink()
            assert cli_below(folder, near.pid) == (folder / f"{far}.json", far)
        finally:
            os.kill(far, signal.SIGKILL)
    assert cli_below(tmp_path / "none", PID) is None


def children(pid: int) -> list[int]:
    return [int(name) for name in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_a_version_without_a_status(tmp_path: Path) -> None:
    file = written(tmp_path, session_text(status=None, statusUpdatedAt=None))
    found = read_session_file(file)
    assert found is not None
    assert (found.status, found.updated_at) == (None, None)


@pytest.mark.parametrize(
    "text",
    ["", session_text()[:40], "[]", session_text(pid=PID + 1), session_text(sessionId=7)],
    ids=["empty", "torn", "a list", "another process", "a number for the id"],
)
def test_a_torn_or_foreign_session_file_is_none(tmp_path: Path, text: str) -> None:
    assert read_session_file(written(tmp_path, text)) is None


@pytest.mark.skipif(not process_start(PID), reason="there is no /proc to tell two processes of one pid apart")
def test_a_file_that_a_dead_process_left_behind_is_none(tmp_path: Path) -> None:
    assert read_session_file(written(tmp_path, session_text(procStart="1"))) is None
    file = written(tmp_path, session_text())
    assert session_seen(file, worker="w1", start="1", at=NOW) is None
    assert session_seen(file, worker="w1", start="", at=NOW) is not None


def test_the_key_file_beside_it_is_no_session_file(tmp_path: Path) -> None:
    file = written(tmp_path, session_text())
    assert read_session_file(file.rename(file.with_name(f"{PID}.abc.json"))) is None


def test_a_zombie_is_dead() -> None:
    child = subprocess.Popen([sys.executable, "-c", ""])
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    if process_start(PID):
        assert not process_alive(child.pid)
    child.wait()
    assert not process_alive(child.pid)
    assert process_alive(PID, process_start(PID) or "")


@given(GARBAGE)
def test_no_text_at_all_breaks_a_parser(text: str) -> None:
    parse_hook(text, worker="w1", at=NOW)
    parse_spooled(f"\n{text}", token="", worker="w1", at=NOW)
    parse_spooled(text, token="t", worker="w1", at=NOW)
    usage_by_message([text])
    user_prompts([text])


@given(st.binary(max_size=80) | GARBAGE.map(str.encode))
def test_no_bytes_at_all_break_a_reader(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    file = tmp_path_factory.getbasetemp() / f"{PID}.json"
    file.write_bytes(data)
    read_session_file(file)
    read_object(file)
    read_transcript_lines(file)


def test_a_stop_hook_counts_what_still_runs() -> None:
    tasks = [
        {"id": "a", "status": "running"},
        {"id": "b", "status": "completed"},
        {"id": "c", "status": "pending"},
    ]
    text = json.dumps(
        {
            "hook_event_name": "Stop",
            "session_id": "s",
            "last_assistant_message": "bye",
            "background_tasks": tasks,
        }
    )
    seen = parse_hook(text, worker="w1", at=NOW)
    assert seen is not None
    assert (seen.name, seen.session, seen.message, seen.background) == ("Stop", "s", "bye", 2)


@pytest.mark.parametrize("key", ["source", "reason", "trigger"])
def test_where_a_hook_comes_from(key: str) -> None:
    seen = parse_hook(json.dumps({"hook_event_name": "Any", key: "clear"}), worker="w1", at=NOW)
    assert seen is not None
    assert seen.source == "clear"


@pytest.mark.parametrize(
    ("text", "known"),
    [("good\n{}", True), ("bad\n{}", False), ("{}", False), ("goodness\n{}", False), ("", False)],
)
def test_only_the_workers_own_token_opens_a_payload(text: str, known: bool) -> None:
    payload = text.replace("{}", '{"hook_event_name": "Stop"}')
    assert (parse_spooled(payload, token="good", worker="w1", at=NOW) is not None) is known


# --- what a worker may lay in its way ----------------------------------------------------------------------------

SECRET = (
    json.dumps({"type": "assistant", "message": {"content": [{"type": "text", "text": "secret"}]}}) + "\n"
)


@pytest.fixture
def transcript(tmp_path: Path) -> Path:
    """Where the worker whose HOME is `home` would write; it is not there yet. A secret lies beside that HOME."""
    (tmp_path / "secret.jsonl").write_text(SECRET)
    path = transcript_path(tmp_path / "home", Path("/p"), "secret")
    path.parent.parent.mkdir(parents=True)
    return path


def is_read(path: Path) -> bool:
    assert bool(last_words(path)) == bool(read_transcript_lines(path)[0])
    return last_words(path) == "secret"


def test_a_link_in_the_place_of_a_file_is_not_followed(transcript: Path, tmp_path: Path) -> None:
    transcript.parent.mkdir()
    transcript.symlink_to(tmp_path / "secret.jsonl")
    assert not is_read(transcript)
    transcript.unlink()
    transcript.write_text(SECRET)
    assert is_read(transcript)


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_a_folder_that_leads_out_of_the_home_is_not_followed(
    transcript: Path, tmp_path: Path, depth: int
) -> None:
    """The session's folder, `projects`, or `.claude` itself."""
    inside = transcript.relative_to(transcript.parents[depth - 1])
    outside = tmp_path / "outside"
    (outside / inside).parent.mkdir(parents=True)
    (outside / inside).write_text(SECRET)
    folder = transcript.parents[depth - 1]
    if depth > 1:
        transcript.parents[1].rmdir()
    if depth > 2:
        transcript.parents[2].rmdir()
    folder.symlink_to(outside)
    assert transcript.read_text() == SECRET
    assert not is_read(transcript)


def test_a_link_that_stays_in_the_home_is_fine(transcript: Path) -> None:
    elsewhere = transcript.parents[3] / "kept"
    elsewhere.mkdir()
    (elsewhere / transcript.name).write_text(SECRET)
    transcript.parent.symlink_to(elsewhere)
    assert is_read(transcript)


def test_the_persons_own_claude_folder_may_lie_elsewhere(
    transcript: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = transcript.parents[2]
    own.rename(tmp_path / "elsewhere")
    own.symlink_to(tmp_path / "elsewhere")
    transcript.parent.mkdir()
    transcript.write_text(SECRET)
    assert not is_read(transcript)
    monkeypatch.setenv("HOME", str(own.parent))
    assert is_read(transcript)


def test_a_pipe_is_not_waited_for(transcript: Path) -> None:
    transcript.parent.mkdir()
    os.mkfifo(transcript)
    assert not is_read(transcript)


def test_a_link_to_another_session_file_is_none(tmp_path: Path) -> None:
    real = written(tmp_path / "other", session_text())
    assert read_session_file(real)
    mine = session_path(tmp_path / "home", PID)
    mine.parent.mkdir(parents=True)
    mine.symlink_to(real)
    assert read_session_file(mine) is None


def test_a_folder_is_believed_inside_worktree_and_home_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    roots = (tmp_path / "worktree", tmp_path / "home")
    for name in ("worktree/src", "home", "worktree2"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "worktree" / "out").symlink_to("/etc")
    for name in ("worktree", "worktree/src", "home", "worktree/not/yet"):
        assert believed_folder(str(tmp_path / name), *roots) == str(tmp_path / name)
    monkeypatch.chdir(roots[0])
    for told in (
        "",
        ".",
        "/",
        "/etc",
        str(tmp_path / "worktree2"),
        str(tmp_path / "worktree/out"),
        f"{roots[0]}/../..",
    ):
        assert believed_folder(told, *roots) == NOWHERE
