"""The command as a whole: wrong words, exit codes, pipes, a full disk, and what is not loaded."""

import errno
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from hubctl import __main__, __version__
from hubctl.cli.parser import command_of
from hubctl.cli.verbs import VERBS, Verb
from hubctl.core.ledger import events as e
from support.shell import AT, HUBCTL, Shell

LOADED = "import sys\nfrom hubctl.__main__ import main\ntry:\n    main()\nfinally:\n    print(*sys.modules, file=sys.stderr)\n"
HEAVY = {"anthropic", "apprise", "github", "inotify_simple", "libtmux", "rich"}


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ([], "Verbs:"),
        (["policy"], "check"),
        (["nope"], "'nope'"),
        (["status", "--nope"], "--nope"),
        (["status", "too", "many"], "too many"),
        (["stop"], "'thread'"),
        (["done"], "--summary"),
        (["events", "--since", "yesterday"], "yesterday"),
    ],
    ids=str,
)
def test_wrong_words_are_named_with_exit_code_2(shell: Shell, words: list[str], named: str) -> None:
    before = shell.files()
    ended = shell.hubctl(*words)
    assert ended.returncode == 2
    assert "Usage: hubctl" in ended.stderr
    if words:
        assert named in ended.stderr
    assert shell.files() == before


def test_the_version(shell: Shell) -> None:
    assert shell.told("--version", cwd=shell.root) == f"hubctl {__version__}\n"


@pytest.mark.parametrize("verb", VERBS.values(), ids=lambda verb: verb.name)
def test_every_verb_has_a_module_and_a_help(verb: Verb) -> None:
    assert command_of(verb).help


@pytest.mark.parametrize(
    ("words", "more"), [(["--help"], ("yaml", "sqlite3")), (["status"], ("yaml",))], ids=str
)
def test_quick_verbs_load_nothing_heavy(prepared: Shell, words: list[str], more: tuple[str, ...]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOADED, *words],
        cwd=prepared.checkout,
        env=prepared.env,
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = set(done.stderr.split())
    assert "hubctl.cli" in loaded
    assert not (HEAVY | set(more)) & loaded


# --- where the answer goes ----------------------------------------------------------------------------------------


def test_a_reader_that_has_seen_enough_is_no_error(prepared: Shell) -> None:
    prepared.log(*(e.HubStopped(at=AT, why="x" * 500) for _ in range(500)))
    with subprocess.Popen(
        [*HUBCTL, "events"],
        cwd=prepared.checkout,
        env=prepared.env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout
        assert process.stderr
        assert b"hub-stopped" in process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""


def test_an_answer_that_cannot_be_written_is_no_bug(prepared: Shell) -> None:
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(
            [*HUBCTL, "status"],
            cwd=prepared.checkout,
            env=prepared.env,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert ended.returncode == 1
    assert ended.stderr == "hubctl: `the output`: No space left on device.\nFree some space: `df -h`.\n"


def test_an_encoding_that_lacks_a_character_still_gets_an_answer(prepared: Shell) -> None:
    prepared.log(e.TrustChanged(at=AT, files=("Größe",)))
    ended = prepared.hubctl("status", env={"PYTHONIOENCODING": "ascii"})
    assert ended.returncode == 0
    assert "not trusted" in ended.stdout


# --- where it is called -------------------------------------------------------------------------------------------


def test_a_mistyped_folder_does_not_lead_to_the_repository_around_it(prepared: Shell) -> None:
    message, cure = prepared.refused("status", "--repo", "mistyped")
    assert message == f"`{prepared.checkout / 'mistyped'}` does not exist."
    assert cure


def test_a_folder_that_was_removed(prepared: Shell) -> None:
    script = f'cd "$1" && rmdir "$1" && exec "{sys.executable}" -m hubctl status'
    gone = prepared.root / "gone"
    gone.mkdir()
    ended = subprocess.run(
        ["sh", "-c", script, "sh", str(gone)], env=prepared.env, capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.startswith("hubctl: The current folder was removed.")


def test_verbs_work_from_a_subfolder_and_from_a_worktree(prepared: Shell) -> None:
    below = prepared.checkout / "a" / "b"
    below.mkdir(parents=True)
    prepared.git("worktree", "add", "-q", str(prepared.root / "worktree"))
    assert prepared.json("status", cwd=below) == prepared.json("status", cwd=prepared.root / "worktree")


def test_no_git(prepared: Shell) -> None:
    message, cure = prepared.refused("init", env={"PATH": str(prepared.root)})
    assert "`git` is not installed" in message
    assert cure


# --- bugs ---------------------------------------------------------------------------------------------------------


def fail_with(error: BaseException, monkeypatch: pytest.MonkeyPatch) -> object:
    def fail(_: object) -> None:
        raise error

    monkeypatch.setattr("hubctl.cli.run", fail)
    with pytest.raises(SystemExit) as caught:
        __main__.main()
    return caught.value.code


def test_a_bug_leaves_a_log_and_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    assert fail_with(RuntimeError("oh"), monkeypatch) == 3
    (log,) = tmp_path.glob("hubctl-crash-*.log")
    said = capsys.readouterr().err
    assert said == f"hubctl: a bug: RuntimeError: oh\nWhat happened is written to `{log}`.\n"
    assert "Traceback" in log.read_text()
    assert __version__ in log.read_text()


def test_a_bug_on_a_machine_without_room_for_a_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "missing"))
    assert fail_with(RuntimeError("oh"), monkeypatch) == 3
    assert "Traceback" in capsys.readouterr().err


def test_other_errors_of_the_system_are_bugs_and_interrupts_are_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    assert fail_with(OSError(errno.EBADF, os.strerror(errno.EBADF)), monkeypatch) == 3
    assert fail_with(KeyboardInterrupt(), monkeypatch) == 130
