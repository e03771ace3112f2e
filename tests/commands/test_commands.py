"""Commands: their end, their limits, and that nothing of theirs survives them."""

import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread

import pytest

from hubctl.commands.run import run_command, tail_of
from hubctl.core.vocabulary.limits import Excess
from hubctl.errors import HubError
from hubctl.ports.workspaces import CommandResult

ENV = {"PATH": "/usr/bin:/bin"}
LONG_SECONDS = 60.0
linux = pytest.mark.skipif(sys.platform != "linux", reason="a subreaper finds what left its group")


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., CommandResult]:
    def run(command: str, *, seconds: float = LONG_SECONDS, **more: object) -> CommandResult:
        words: dict[str, object] = {"env": ENV, "cwd": tmp_path} | more
        return run_command(command, output=tmp_path / "out", seconds=seconds, **words)  # type: ignore[arg-type]

    return run


@pytest.fixture
def told(tmp_path: Path) -> Path:
    """A pipe with a name: opening it for reading waits until a command writes to it."""
    os.mkfifo(tmp_path / "told")
    return tmp_path / "told"


@pytest.fixture
def watched() -> Callable[[int], bool]:
    """Whether a process has ended, or ends within ten seconds."""

    def ended(process: int) -> bool:
        try:
            descriptor = os.pidfd_open(process)
        except ProcessLookupError:
            return True
        try:
            return bool(select.select([descriptor], [], [], 10)[0])
        finally:
            os.close(descriptor)

    return ended


def test_the_exit_code_and_the_output_in_order(run: Callable[..., CommandResult]) -> None:
    result = run("echo one; echo two >&2; echo three; exit 7")
    assert (result.exit_code, result.timed_out, result.stopped) == (7, False, False)
    assert result.output.read_text() == "one\ntwo\nthree\n"


def test_a_command_that_kills_itself_has_the_shells_code(run: Callable[..., CommandResult]) -> None:
    assert run("kill -9 $$").exit_code == 137


def test_the_environment_is_exact_and_stdin_is_empty(
    run: Callable[..., CommandResult], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUB_SECRET", "s3cret")
    result = run("/usr/bin/env; cat", env={"ODD": "a\udcff b"})
    lines = set(result.output.read_bytes().splitlines())
    made_by_bash = {b"PWD=" + os.fsencode(result.output.parent), b"SHLVL=0", b"SHLVL=1", b"_=/usr/bin/env"}
    assert lines - made_by_bash == {b"ODD=a\xff b"}


@linux
def test_no_descriptor_leaks_in(run: Callable[..., CommandResult], tmp_path: Path) -> None:
    with (tmp_path / "private").open("w") as file:
        os.set_inheritable(file.fileno(), True)
        result = run("exec ls -l /proc/$$/fd")
    targets = [line.partition(" -> ")[2] for line in result.output.read_text().splitlines()[1:]]
    empty, out, err, *own = targets
    assert (empty, out[:5], err) == ("/dev/null", "pipe:", out)
    assert all(target.startswith("/proc/") for target in own)


def test_a_time_limit_ends_it_even_when_it_ignores_the_request(run: Callable[..., CommandResult]) -> None:
    result = run("trap 'echo asked' TERM; echo begun; while :; do :; done", seconds=0.5)
    assert (result.exit_code, result.timed_out, result.stopped) == (None, True, False)
    assert result.output.read_text() == "begun\nasked\n"


def test_a_stop_ends_it(run: Callable[..., CommandResult], told: Path) -> None:
    stop = Event()
    results: list[CommandResult] = []
    thread = Thread(target=lambda: results.append(run(f"echo $$ > {told}; sleep 1000", stop=stop)))
    thread.start()
    told.read_text()
    stop.set()
    thread.join(LONG_SECONDS)
    assert [(result.exit_code, result.timed_out, result.stopped) for result in results] == [
        (None, False, True)
    ]


def test_an_endless_output_keeps_its_two_ends_and_says_what_is_missing(
    run: Callable[..., CommandResult],
) -> None:
    result = run("echo first; head -c 3000000 /dev/zero | tr '\\0' x; echo last; exit 3", output_bytes=20_000)
    text = result.output.read_text()
    assert result.exit_code == 3
    assert text.startswith("first\n")
    assert text.endswith("last\n")
    assert f"[hubctl: {3_000_011 - 20_000} bytes are left out here]" in text
    assert len(text) < 20_100


def test_a_command_that_prints_for_ever_is_ended_by_its_time_alone(run: Callable[..., CommandResult]) -> None:
    result = run("yes", seconds=0.5, output_bytes=10_000)
    assert result.timed_out
    assert b" bytes are left out here]\n" in result.output.read_bytes()
    assert result.output.stat().st_size < 10_100


def test_exactly_full_is_not_cut(run: Callable[..., CommandResult]) -> None:
    result = run("head -c 1000 /dev/zero", output_bytes=1000)
    assert result.output.read_bytes() == bytes(1000)


BACKGROUND = """
mkfifo go
{
  sleep 1000 & echo $!
  setsid sh -c 'echo $$; exec sleep 1000' &
  (setsid sh -c 'echo $$; sleep 1000' &) &
} > go &
for i in 1 2 3; do read -r pid; echo $pid; done < go
"""


@linux
def test_what_it_left_in_the_background_dies_with_it(
    run: Callable[..., CommandResult], watched: Callable[[int], bool]
) -> None:
    result = run(BACKGROUND)
    found = [int(word) for word in result.output.read_text().split()]
    assert len(found) == 3
    assert all(watched(process) for process in found)


@linux
def test_a_crowd_that_keeps_forking_dies(run: Callable[..., CommandResult], tmp_path: Path) -> None:
    (tmp_path / "fork").write_text("#!/bin/sh\nprintf . >> alive\nsetsid ./fork &\nexit 0\n")
    (tmp_path / "fork").chmod(0o755)
    run("./fork", seconds=5)
    assert (tmp_path / "alive").exists()
    assert not [link for link in Path("/proc").glob("[0-9]*/cwd") if _leads_to(link, tmp_path)]


def _leads_to(link: Path, folder: Path) -> bool:
    try:
        return link.readlink() == folder
    except OSError:
        return False


PARENT = """
import sys
from pathlib import Path
from hubctl.commands.run import run_command
script, folder = sys.argv[1:]
run_command(script, cwd=Path(folder), env={"PATH": "/usr/bin:/bin"}, output=Path(folder, "out"), seconds=600)
"""


@linux
def test_a_killed_hub_takes_its_commands_along(
    told: Path, tmp_path: Path, watched: Callable[[int], bool]
) -> None:
    script = f"setsid sh -c 'echo $PPID $$ > {told}; exec sleep 1000' & sleep 1000"
    hub = subprocess.Popen([sys.executable, "-c", PARENT, script, str(tmp_path)])
    processes = [int(word) for word in told.read_text().split()]
    assert processes
    hub.kill()
    hub.wait()
    assert all(watched(process) for process in processes)


@linux
def test_a_command_whose_hub_and_warden_are_killed_dies_too(
    told: Path, tmp_path: Path, watched: Callable[[int], bool]
) -> None:
    script = f"echo $PPID $$ > {told}; exec sleep 1000"
    hub = subprocess.Popen([sys.executable, "-c", PARENT, script, str(tmp_path)])
    reaper, command = (int(word) for word in told.read_text().split())
    hub.send_signal(signal.SIGSTOP)
    os.kill(reaper, signal.SIGKILL)
    hub.kill()
    hub.wait()
    assert watched(command)


@linux
def test_a_killed_warden_is_said_and_its_group_dies(
    run: Callable[..., CommandResult], told: Path, watched: Callable[[int], bool]
) -> None:
    errors: list[HubError] = []

    def lose() -> None:
        try:
            run(f"sleep 1000 & echo $PPID $$ $! > {told}; wait")
        except HubError as error:
            errors.append(error)

    thread = Thread(target=lose)
    thread.start()
    reaper, *others = (int(word) for word in told.read_text().split())
    os.kill(reaper, signal.SIGKILL)
    thread.join(LONG_SECONDS)
    assert [error.message.count("was lost") for error in errors] == [1]
    assert all(watched(process) for process in others)


def test_a_missing_folder_is_an_error(run: Callable[..., CommandResult], tmp_path: Path) -> None:
    with pytest.raises(HubError, match="gone") as caught:
        run("true", cwd=tmp_path / "gone")
    assert "could not be started" in caught.value.message


def test_a_command_that_uses_too_much_is_ended(run: Callable[..., CommandResult]) -> None:
    over = Excess(limit="processes", used="41", most="40")
    result = run("tail -f /dev/null", excess=lambda pid: over if pid > 1 else None)
    assert (result.excess, result.exit_code, result.stopped) == (over, None, False)
    assert result.cut == "used 41 processes, and its limit is 40"


def test_an_output_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(HubError, match="No such file"):
        run_command("true", cwd=tmp_path, env=ENV, output=tmp_path / "none" / "out", seconds=5)


@linux
def test_a_full_disk_loses_output_and_not_the_result(tmp_path: Path) -> None:
    result = run_command(
        "echo words; exit 4", cwd=tmp_path, env=ENV, output=Path("/dev/full"), seconds=LONG_SECONDS
    )
    assert result.exit_code == 4


def test_the_tail_is_fit_for_a_prompt(run: Callable[..., CommandResult], tmp_path: Path) -> None:
    result = run(
        "printf '\\033[31mFAILED\\033[0m a\\n\\n'; head -c 100000 /dev/zero; printf '\\nb\\nc\\nd\\n'"
    )
    assert tail_of(result.output) == "b\nc\nd"
    assert tail_of(tmp_path / "none") == ""
