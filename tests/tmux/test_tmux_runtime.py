"""The tmux adapter against a real tmux: what a worker gets, what nobody else sees, and what death looks like."""

import contextlib
import fcntl
import os
import pty
import select
import shutil
import signal
import struct
import subprocess
import termios
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hubctl.core.messages.notices import Gravity, Notice
from hubctl.errors import HubError
from hubctl.ports.worker import Pane, RuntimeUnavailable
from hubctl.tmux.program import require_tmux, tmux_version, version_of
from hubctl.tmux.runtime import ADDED_BY_TMUX, TmuxRuntime
from hubctl.tmux.syntax import parse_panes, pasteable
from support.waiting import wait_until

if TYPE_CHECKING:
    from libtmux import Session

MakeRuntime = Callable[[str], TmuxRuntime]

WAITING = ["sh", "-c", "read answer"]  # lives until its window is closed, whatever words follow
SECRET = "s3cr3t-b4ll"
NASTY = "\"'`$HOME ~ \\ ; #{pid} #[fg=red] %H {a} é ✳ --"


def start(
    runtime: TmuxRuntime,
    command: Sequence[str] = WAITING,
    *,
    name: str = "w1",
    cwd: Path = Path("/"),
    env: Mapping[str, str] | None = None,
    tags: Mapping[str, str] | None = None,
) -> Pane:
    path = {"PATH": os.defpath}
    return runtime.open_window(
        name=name, cwd=cwd, command=command, env={**path, **(env or {})}, tags=tags or {}
    )


def words_of(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="surrogateescape").split("\0")[:-1]


def env_of(pid: int) -> dict[str, str]:
    text = Path(f"/proc/{pid}/environ").read_bytes().decode(errors="surrogateescape")
    return dict(item.split("=", 1) for item in text.split("\0")[:-1])


def executed(pane: Pane, command: str) -> list[str]:
    """The words of the pane's own process once it has become the command."""
    return wait_until(lambda: words if (words := words_of(pane.pid))[:1] == [command] else [])


def now(runtime: TmuxRuntime, pane: Pane) -> Pane:
    return next(each for each in runtime.panes() if each.id == pane.id)


def dead(runtime: TmuxRuntime, pane: Pane) -> Pane:
    """The pane once tmux knows how its process ended."""

    def look() -> Pane | None:
        seen = now(runtime, pane)
        return seen if seen.status is not None or seen.signal is not None else None

    seen = wait_until(look)
    assert seen is not None
    return seen


def print_format(runtime: TmuxRuntime, target: str, text: str) -> str:
    return runtime._ask("display-message", "-p", "-t", target, text)[0]


# --- server and session


def test_a_server_that_does_not_run_has_no_panes(make_runtime: MakeRuntime) -> None:
    runtime = make_runtime("hub")
    assert runtime.panes() == ()
    assert runtime.server_pid() is None
    runtime.close_window("@1")
    runtime.kill_server()


def test_ensure_twice_makes_one_session_with_an_idle_window(make_runtime: MakeRuntime) -> None:
    runtime = make_runtime("my.pro:ject")
    runtime.ensure()
    pid = runtime.server_pid()
    runtime.ensure()
    (pane,) = runtime.panes()
    assert (pane.name, pane.dead, pane.tags, runtime.server_pid()) == ("hub", False, {}, pid)
    assert runtime._ask("list-sessions", "-F", "#{session_name}") == ["my_pro_ject"]
    assert print_format(runtime, pane.id, "#{window_width}x#{window_height}") == "160x50"


def test_a_session_whose_name_begins_like_ours_is_not_ours(make_runtime: MakeRuntime) -> None:
    longer = make_runtime("hub10")
    longer.ensure()
    ours = TmuxRuntime(socket=longer.socket, session="hub1")
    ours.ensure()
    assert sorted(longer._ask("list-sessions", "-F", "#{session_name}")) == ["hub1", "hub10"]


def test_two_servers_do_not_see_each_other(make_runtime: MakeRuntime) -> None:
    one, two = make_runtime("hub"), make_runtime("hub")
    one.ensure()
    two.ensure()
    start(one, tags={"thread": "1"})
    assert [pane.tags for pane in one.panes()] == [{}, {"thread": "1"}]
    assert [pane.tags for pane in two.panes()] == [{}]
    one.kill_server()
    assert len(two.panes()) == 1


def test_the_server_starts_with_nothing_of_the_hubs_environment(
    make_runtime: MakeRuntime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", SECRET)
    monkeypatch.setenv("TMUX", "/nowhere,1,0")
    runtime = make_runtime("hub")
    runtime.ensure()
    server = runtime.server_pid()
    assert server is not None
    assert set(env_of(server)) <= {"HOME", "PATH", "TERM", "LANG", "TMUX_TMPDIR"}
    assert SECRET not in "".join(runtime._ask("show-environment", "-g"))


def test_the_server_of_somebody_else_is_left_alone(runtime: TmuxRuntime, session: "Session") -> None:
    """`session` is libtmux's own fixture: another server, with whatever its user configured."""
    start(runtime)
    runtime.announce(Notice(title="alert", body="", gravity=Gravity.WARNING, open=1))
    runtime.kill_server()
    session.refresh()
    assert [pane.pane_dead for window in session.windows for pane in window.panes] == ["0"]
    assert "alert" not in str(session.show_option("status-right", global_=True))


def test_a_killed_server_has_no_panes_and_can_be_started_again(runtime: TmuxRuntime) -> None:
    pane = start(runtime)
    server = runtime.server_pid()
    assert server is not None
    ended = os.pidfd_open(server)
    os.kill(server, signal.SIGKILL)
    assert select.select([ended], [], [], 10)[0]
    os.close(ended)
    assert runtime.server_pid() is None
    assert runtime.panes() == ()
    assert runtime.socket_path.exists()
    with pytest.raises(RuntimeUnavailable):
        runtime.capture(pane.id)
    runtime.ensure()
    assert [each.name for each in runtime.panes()] == ["hub"]


# --- what a worker gets


def test_a_worker_gets_its_environment_and_no_more(
    make_runtime: MakeRuntime, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", SECRET)
    runtime = make_runtime("hub")
    runtime.ensure()
    monkeypatch.setenv("GITHUB_TOKEN", SECRET)
    env = {
        "HOME": str(tmp_path),
        "PATH": "/only/here:/usr/bin:/bin",
        "LANG": "C",
        "SHELL": "/bin/sh",
        "TERM": "vt52",
    }
    pane = start(runtime, env={**env, "HUBCTL_TOKEN": "a\n  # b\n\tc"})
    executed(pane, "sh")
    got = env_of(pane.pid)
    assert set(got) <= {*env, "HUBCTL_TOKEN"} | ADDED_BY_TMUX
    assert {name: got[name] for name in env} == {**env, "TERM": "screen-256color"}
    assert got["HUBCTL_TOKEN"] == "a\n  # b\n\tc"
    assert got["TMUX_PANE"] == pane.id


def test_a_secret_is_in_no_argv_and_nothing_that_tmux_shows(
    make_runtime: MakeRuntime, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    real, log = shutil.which("tmux"), tmp_path / "argv"
    shim = tmp_path / "tmux"
    shim.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" >>"{log}"\nexec {real} "$@"\n')
    shim.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    runtime = make_runtime("hub")
    runtime.ensure()
    pane = start(runtime, env={"HUBCTL_TOKEN": SECRET})
    executed(pane, "sh")
    assert env_of(pane.pid)["HUBCTL_TOKEN"] == SECRET
    shown = [log.read_text(), *every_argv(), message_log(runtime)]
    shown += runtime._ask("list-panes", "-a", "-F", "#{pane_start_command}")
    shown += runtime._ask("show-environment", "-g") + runtime._ask("show-environment", "-t", "=hub")
    assert "source-file" in shown[0]
    assert not [text for text in shown if SECRET in text]


def every_argv() -> list[str]:
    """The words of every process on the machine."""
    found = []
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError):  # it ended meanwhile
            found.append((entry / "cmdline").read_bytes().decode(errors="replace"))
    return found


def message_log(runtime: TmuxRuntime) -> str:
    """What `show-messages` tells an attached client."""
    argv = ["tmux", "-u", "-N", "-L", runtime.socket, "-C", "attach-session", "-t", f"={runtime.session}"]
    said: list[str] = []
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as client:
        assert client.stdin
        assert client.stdout
        for line in client.stdout:
            said.append(line)
            if line.startswith("%session-changed"):
                client.stdin.write("show-messages\n")
                client.stdin.flush()
            elif line.startswith(("%end", "%error")) and line.endswith(" 1\n"):  # the answer to us
                client.kill()
    assert said[-1].startswith("%end"), said
    return "".join(said)


def test_the_panes_process_is_the_worker_and_no_shell_reads_its_words(
    runtime: TmuxRuntime, tmp_path: Path
) -> None:
    program = tmp_path / "cat; exit $HOME"
    program.symlink_to(shutil.which("cat") or "")
    pane = start(runtime, [str(program)])
    assert executed(pane, str(program)) == [str(program)]
    assert pane.pid == now(runtime, pane).pid


# What a process can be given: all Unicode text but NUL, and bytes that are none (as surrogates).
texts = st.text(
    st.one_of(
        st.characters(exclude_characters="\0", exclude_categories=["Cs"]),
        st.sampled_from("\"'`$~\\;#{}[]%,: \n\t\r\x1b\udc80\udcff"),
    ),
    max_size=30,
)


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=st.lists(texts, max_size=4), value=texts)
def test_words_and_values_arrive_as_they_are(runtime: TmuxRuntime, words: list[str], value: str) -> None:
    pane = start(runtime, [*WAITING, *words], env={"VALUE": value})
    try:
        assert executed(pane, "sh") == [*WAITING, *words]
        assert env_of(pane.pid)["VALUE"] == value
    finally:
        runtime.close_window(pane.window)


printable = st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn", "Co"]), min_size=1, max_size=20)


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=st.one_of(printable, st.text("\"'`$~\\;#{}[]%,: 0", min_size=1)))
def test_tags_come_back_as_they_are(runtime: TmuxRuntime, value: str) -> None:
    pane = start(runtime, tags={"thread": value, "start": "0"})
    try:
        assert pane.tags == {"thread": value, "start": "0"}
        assert now(runtime, pane).tags == pane.tags
    finally:
        runtime.close_window(pane.window)


@pytest.mark.parametrize("name", [NASTY, "##[x", "#(touch x)", "new\nline", " blank "])
def test_any_folder_can_be_the_workers(runtime: TmuxRuntime, tmp_path: Path, name: str) -> None:
    folder = tmp_path / name
    folder.mkdir()
    pane = start(runtime, cwd=folder)
    executed(pane, "sh")
    assert Path(f"/proc/{pane.pid}/cwd").readlink() == folder


@pytest.mark.parametrize(
    ("command", "env", "tags", "named"),
    [
        ([], {}, {}, "command"),
        (["cat", "a\0b"], {}, {}, "NUL"),
        (["cat", "\ud800"], {}, {}, "Unicode"),
        (["cat"], {"A=B": "x"}, {}, "A=B"),
        (["cat"], {}, {"other": "x"}, "other"),
        (["cat"], {}, {"thread": "1\n%9"}, "thread"),
        (["cat"], {}, {"thread": ""}, "thread"),
    ],
)
def test_what_no_process_can_be_given_makes_no_window(
    runtime: TmuxRuntime, command: list[str], env: dict[str, str], tags: dict[str, str], named: str
) -> None:
    with pytest.raises(HubError, match=named):
        start(runtime, command, env=env, tags=tags)
    assert len(runtime.panes()) == 1


def test_a_folder_that_is_not_there_makes_no_window(runtime: TmuxRuntime, tmp_path: Path) -> None:
    with pytest.raises(HubError, match="no folder"):
        start(runtime, cwd=tmp_path / "gone")
    assert len(runtime.panes()) == 1


def test_windows_whose_names_begin_alike_are_told_apart(runtime: TmuxRuntime) -> None:
    ten, one, twin = (start(runtime, name=name, tags={"worker": name}) for name in ("w10", "w1", "w1"))
    assert len({one.id, twin.id, ten.id}) == 3
    assert [pane.name for pane in (one, twin, ten)] == ["w1", "w1", "w10"]
    runtime.close_window(one.window)
    runtime.close_window(one.window)
    assert [pane.id for pane in runtime.panes() if pane.tags] == [ten.id, twin.id]
    with pytest.raises(HubError, match="`w1`"):
        runtime.close_window("w1")


# --- death


def test_a_dead_pane_keeps_its_screen_its_tags_and_its_status(runtime: TmuxRuntime) -> None:
    pane = start(
        runtime, ["sh", "-c", "stty -echo; echo last words; read answer; exit 3"], tags={"thread": "7"}
    )
    wait_until(lambda: runtime.capture(pane.id))
    runtime.enter(pane.id)
    seen = dead(runtime, pane)
    assert (seen.dead, seen.status, seen.signal, seen.tags) == (True, 3, None, {"thread": "7"})
    assert runtime.capture(pane.id) == "last words"


def test_a_killed_worker_has_a_signal_and_no_status(runtime: TmuxRuntime) -> None:
    pane = start(runtime)
    executed(pane, "sh")
    os.kill(pane.pid, signal.SIGKILL)
    seen = dead(runtime, pane)
    assert (seen.dead, seen.status, seen.signal, seen.pid) == (True, None, 9, pane.pid)


def test_quiet_deaths_are_all_told(runtime: TmuxRuntime) -> None:
    panes = [start(runtime) for _ in range(20)]
    for pane in panes:
        executed(pane, "sh")
        os.kill(pane.pid, signal.SIGTERM)
    assert {dead(runtime, pane).signal for pane in panes} == {15}


@pytest.mark.parametrize("command", [["/nowhere/claude"], ["/nowhere/claude", "--model", "x"]])
def test_a_command_that_does_not_exist_is_a_dead_pane(runtime: TmuxRuntime, command: list[str]) -> None:
    pane = start(runtime, command)
    assert dead(runtime, pane).status != 0


def test_sending_to_a_dead_pane_is_refused_and_the_server_lives(runtime: TmuxRuntime) -> None:
    pane = start(runtime, ["true"])
    dead(runtime, pane)
    with pytest.raises(RuntimeUnavailable, match="has ended"):
        runtime.paste(pane.id, "hello")
    with pytest.raises(RuntimeUnavailable, match="has ended"):
        runtime.enter(pane.id)
    assert now(runtime, pane).dead
    assert runtime._ask("list-buffers") == []


def test_sending_to_no_pane_is_refused_and_leaves_no_text(runtime: TmuxRuntime) -> None:
    with pytest.raises(RuntimeUnavailable, match="%77"):
        runtime.paste("%77", "hello")
    with pytest.raises(RuntimeUnavailable, match="%77"):
        runtime.enter("%77")
    assert runtime._ask("list-buffers") == []


# --- sending


def test_a_long_paste_arrives_verbatim(runtime: TmuxRuntime, tmp_path: Path) -> None:
    got = tmp_path / "got"
    pane = start(runtime, ["sh", "-c", 'exec cat >"$0"', str(got)])
    executed(pane, "cat")
    text = "".join(f"{number}\t{NASTY};\n" for number in range(40))
    runtime.paste(pane.id, text)
    wait_until(lambda: len(got.read_bytes()) >= len(text.encode()))
    assert got.read_text() == text
    assert runtime._ask("list-buffers") == []


def test_a_paste_is_bracketed_for_who_asked_and_not_submitted(runtime: TmuxRuntime, tmp_path: Path) -> None:
    got = tmp_path / "got"
    asking = r'''stty raw -echo; printf "\033[?2004hready"; exec cat >"$0"'''
    pane = start(runtime, ["sh", "-c", asking, str(got)])
    wait_until(lambda: "ready" in runtime.capture(pane.id) and got.exists())
    runtime.paste(pane.id, "one\r\ntwo")
    wait_until(lambda: got.read_bytes().endswith(b"\x1b[201~"))
    assert got.read_bytes() == b"\x1b[200~one\rtwo\x1b[201~"
    runtime.enter(pane.id)
    runtime.key(pane.id, "Escape")
    wait_until(lambda: got.read_bytes().endswith(b"\r\x1b"))


@pytest.mark.parametrize("text", ["a\x1b[201~b", "\x03", "a\rb", "\x9b201~", "\x7f", "\0"])
def test_text_that_would_act_as_a_key_is_refused(text: str) -> None:
    with pytest.raises(HubError, match="control character"):
        pasteable(text)


def test_only_keys_are_pressed(runtime: TmuxRuntime) -> None:
    pane = start(runtime)
    for name in ("rm -rf", "-X", "Escape ; kill-server", "", "Enter\n"):
        with pytest.raises(HubError, match="no key"):
            runtime.key(pane.id, name)
    with pytest.raises(HubError, match="no id"):
        runtime.enter("%1 ; kill-server")


def test_a_mode_is_seen(runtime: TmuxRuntime) -> None:
    pane = start(runtime)
    runtime._ask("copy-mode", "-t", pane.id)
    assert now(runtime, pane).in_mode


# --- what a worker shows


def test_a_title_is_text_whatever_it_holds(runtime: TmuxRuntime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "C")  # as under cron
    title = "✳ #{pid} #[fg=red] %H\n%9\t@9\t1;#(touch x)"
    pane = start(runtime, ["sh", "-c", r'printf "\033]0;%s\007done" "$0"; read answer', title])
    wait_until(lambda: "done" in runtime.capture(pane.id))
    seen = now(runtime, pane)
    assert len(runtime.panes()) == 2
    assert seen.title.startswith("✳ #{pid} #[fg=red] %H")
    assert seen.name == "w1"


def test_a_tag_or_name_with_line_ends_forges_no_pane(runtime: TmuxRuntime) -> None:
    pane = start(runtime, tags={"thread": "1"})
    forged = "x\n%9\t@9\t1\t0\t\t\t0\tw9\ttitle\t9\t\t"
    runtime._ask("set-option", "-p", "-t", pane.id, "@hubctl_worker", forged)
    runtime._ask("rename-window", "-t", pane.window, forged)
    assert [each.id for each in runtime.panes()] == ["%0", pane.id]
    assert now(runtime, pane).tags["thread"] == "1"


def test_capture_keeps_colours(runtime: TmuxRuntime) -> None:
    pane = start(runtime, ["sh", "-c", r'printf "\033[31mred\033[0m ✳"; read answer'])
    wait_until(lambda: "✳" in runtime.capture(pane.id))
    assert "\x1b[31mred" in runtime.capture(pane.id)


@given(
    lines=st.lists(
        st.one_of(st.text(), st.lists(st.text(max_size=4), min_size=12, max_size=12).map("\t".join))
    )
)
def test_lines_that_do_not_fit_are_skipped(lines: list[str]) -> None:
    good = "%5\t@5\t42\t1\t\t9\t0\tw1\ttitle\t3\t\tw1"
    panes = parse_panes([*lines, good, good])
    assert panes[-1] == Pane(
        id="%5",
        window="@5",
        name="w1",
        pid=42,
        dead=True,
        signal=9,
        title="title",
        tags={"thread": "3", "worker": "w1"},
    )
    assert len(panes) == 1 or lines


# --- a human looks in


def test_a_human_neither_resizes_the_worker_nor_leaves_it_his_environment(runtime: TmuxRuntime) -> None:
    pane = start(runtime)
    master, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    env = {**os.environ, "TERM": "xterm", "SSH_AUTH_SOCK": SECRET, "TMUX": "/nowhere,1,0"}
    human = subprocess.Popen(
        runtime.attach_words(pane.window),
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        env=env,
        close_fds=True,
    )
    try:
        wait_until(lambda: runtime._ask("list-clients", "-F", "#{window_id}") == [pane.window])
        later = start(runtime, name="w2")
        executed(later, "sh")
        sizes = [print_format(runtime, each.id, "#{pane_width}x#{pane_height}") for each in (pane, later)]
        assert sizes == ["160x50", "160x50"]
        assert "SSH_AUTH_SOCK" not in env_of(later.pid)
        assert runtime._ask("list-clients", "-F", "#{window_id}") == [pane.window]
    finally:
        human.kill()
        human.wait()
        os.close(master)
        os.close(terminal)


def test_attaching_where_no_server_runs_starts_none(make_runtime: MakeRuntime) -> None:
    runtime = make_runtime("hub")
    done = subprocess.run(runtime.attach_words(None), capture_output=True, check=False)
    assert done.returncode != 0
    assert not runtime.socket_path.exists()


# --- the program itself


def test_without_tmux_nothing_is_known(
    make_runtime: MakeRuntime, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    runtime = make_runtime("hub")
    with monkeypatch.context() as bare:
        bare.setenv("PATH", str(tmp_path))
        assert tmux_version() is None
        with pytest.raises(HubError, match="not installed") as missing:
            require_tmux()
        assert missing.value.cure == "apt-get install tmux"
        for ask in (runtime.panes, runtime.ensure, runtime.server_pid, lambda: runtime.paste("%1", "x")):
            with pytest.raises(RuntimeUnavailable):
                ask()


def test_an_old_tmux_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "tmux").write_text("#!/bin/sh\necho tmux 3.1c\n")
    (tmp_path / "tmux").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(HubError, match=r"3\.1.*3\.2"):
        require_tmux()


@pytest.mark.parametrize(
    ("said", "version"),
    [
        ("tmux 3.3a\n", (3, 3)),
        ("tmux next-3.10", (3, 10)),
        ("tmux 3.2-rc2", (3, 2)),
        ("tmux master", (99, 0)),
    ],
)
def test_versions(said: str, version: tuple[int, int]) -> None:
    assert version_of(said) == version


def test_this_tmux_will_do() -> None:
    require_tmux()


def test_an_answer_that_is_no_answer_is_unknown_and_not_gone(
    runtime: TmuxRuntime, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "tmux").write_text("#!/bin/sh\necho 'server exited unexpectedly' >&2\nexit 1\n")
    (tmp_path / "tmux").chmod(0o755)
    with monkeypatch.context() as broken:
        broken.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
        with pytest.raises(RuntimeUnavailable, match="unexpectedly"):
            runtime.panes()
    assert len(runtime.panes()) == 1


def test_a_socket_path_that_no_socket_can_have_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TMUX_TMPDIR", str(tmp_path))
    room = 107 - len(str(tmp_path.resolve() / f"tmux-{os.getuid()}")) - 1
    TmuxRuntime(socket="s" * room, session="hub")
    with pytest.raises(HubError, match="108 bytes"):
        TmuxRuntime(socket="s" * (room + 1), session="hub")
    with pytest.raises(HubError, match="no name"):
        TmuxRuntime(socket="a/b", session="hub")


def test_a_socket_folder_that_is_not_there_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TMUX_TMPDIR", str(tmp_path / "gone"))
    with pytest.raises(HubError, match="TMUX_TMPDIR"):
        TmuxRuntime(socket="hub", session="hub")
