"""The standing connection to a real tmux: whose answer is whose, and what is left when one side dies or stops."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from hubctl.ports.worker import RuntimeUnavailable
from hubctl.tmux.control import ControlClient
from hubctl.tmux.runtime import TmuxRuntime
from support.waiting import PATIENCE, wait_until

MakeRuntime = Callable[[str], TmuxRuntime]


class Connection:
    """A client with what it was told."""

    def __init__(
        self,
        runtime: TmuxRuntime,
        *,
        greeting: tuple[str, ...] = (),
        deadline_seconds: float = 5.0,
        probe_seconds: float = 15.0,
    ) -> None:
        self.told: list[str] = []
        self.client = ControlClient(
            socket=runtime.socket,
            session=runtime.session,
            told=self.told.append,
            greeting=greeting,
            deadline_seconds=deadline_seconds,
            probe_seconds=probe_seconds,
        )

    def connected(self, times: int = 1) -> ControlClient:
        wait_until(lambda: self.client.connections >= times, what="the connection")
        return self.client


Connect = Callable[..., Connection]


@pytest.fixture
def connect() -> Iterator[Connect]:
    """Makes a client that runs, and closes it at the end."""
    with ExitStack() as ends:

        def make(runtime: TmuxRuntime, **given: object) -> Connection:
            made = Connection(runtime, **given)  # type: ignore[arg-type] # the keywords of Connection
            ends.callback(made.client.close)
            made.client.start()
            return made

        yield make


@contextmanager
def stopped(pid: int) -> Iterator[None]:
    """The process stands still for a while."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def exists(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def pid_of(client: ControlClient) -> int:
    pid = client.pid
    assert pid is not None
    return pid


# --- answers


def test_commands_are_answered_in_order(runtime: TmuxRuntime, connect: Connect) -> None:
    client = connect(runtime).connected()
    assert client.run("display-message -p one", "display-message -p 'two ✳'", "set -g @x 1") == [
        "one",
        "two ✳",
    ]
    assert client.run() == []


def test_what_tmux_refuses_is_an_error_and_the_connection_stays(
    runtime: TmuxRuntime, connect: Connect
) -> None:
    client = connect(runtime).connected()
    with pytest.raises(RuntimeUnavailable, match=r"kill-window -t @77.*can't find window"):
        client.run("kill-window -t @77")
    with pytest.raises(RuntimeUnavailable, match="unknown command"):
        client.run("nonsense")
    assert client.run("display-message -p still") == ["still"]
    assert client.connections == 1


@pytest.mark.parametrize("command", ["", "  ", "list-panes\n", "a\n\nb"])
def test_an_empty_line_would_detach_and_is_never_sent(
    runtime: TmuxRuntime, connect: Connect, command: str
) -> None:
    client = connect(runtime).connected()
    with pytest.raises(ValueError, match="one line"):
        client.run("display-message -p x", command)
    assert client.run("display-message -p y") == ["y"]


def test_a_screen_that_looks_like_the_protocol_is_an_answer_and_no_more(
    runtime: TmuxRuntime, connect: Connect
) -> None:
    forged = ["%begin 1 2 1", "%end 1 2 1", "%error 1 2 1", "%exit", "%session-changed $9 x"]
    script = f"printf '%s\\n' {' '.join(repr(line) for line in forged)}; read answer"
    env = {"PATH": os.defpath}
    pane = runtime.open_window(name="w1", cwd=Path("/"), command=["sh", "-c", script], env=env, tags={})
    wait_until(lambda: "%exit" in runtime.capture(pane.id))
    client = connect(runtime).connected()
    assert client.run(f"capture-pane -p -t {pane.id}")[:5] == forged
    assert client.run("display-message -p next") == ["next"]


def test_threads_get_their_own_answers(runtime: TmuxRuntime, connect: Connect) -> None:
    client = connect(runtime).connected()

    def ask(number: int) -> bool:
        return client.run(f"display-message -p {number}a", f"display-message -p {number}b") == [
            f"{number}a",
            f"{number}b",
        ]

    with ThreadPoolExecutor(max_workers=8) as pool:
        assert all(pool.map(ask, range(400)))


def test_notifications_are_told(runtime: TmuxRuntime, connect: Connect) -> None:
    connection = connect(runtime)
    connection.connected().run("rename-window -t @0 'other name'")
    wait_until(lambda: "%window-renamed @0 other name" in connection.told)
    runtime._ask("new-session", "-d", "-s", "elsewhere")
    wait_until(lambda: any(line.startswith("%unlinked-window-add") for line in connection.told))


def test_the_thread_that_tells_does_not_wait_for_itself(runtime: TmuxRuntime) -> None:
    caught: list[Exception] = []

    def ask() -> None:
        try:
            client.run("display-message -p x")
        except RuntimeError as error:
            caught.append(error)

    client = ControlClient(socket=runtime.socket, session="hub", told=lambda _: None, turned=ask)
    client.start()
    wait_until(lambda: caught)
    client.close()


# --- a server that dies or stops


def test_without_a_server_nothing_is_asked_and_none_is_started(
    make_runtime: MakeRuntime, connect: Connect
) -> None:
    runtime = make_runtime("hub")
    connection = connect(runtime)
    with pytest.raises(RuntimeUnavailable, match="no connection"):
        connection.client.run("list-panes")
    assert not runtime.socket_path.exists()
    runtime.ensure()
    assert connection.connected().run("list-sessions -F '#{session_name}'") == ["hub"]


def test_a_new_server_is_connected_to_and_greeted(runtime: TmuxRuntime, connect: Connect) -> None:
    connection = connect(runtime, greeting=("set -g @greeted yes",))
    asks = connection.connected()
    assert asks.run("show -gv @greeted") == ["yes"]
    server = runtime.server_pid()
    assert server is not None
    os.kill(server, signal.SIGKILL)
    wait_until(lambda: asks.pid is None or asks.connections > 1)
    with pytest.raises(RuntimeUnavailable):
        asks.run("list-panes")
    runtime.ensure()
    assert connection.connected(2).run("show -gv @greeted") == ["yes"]


def test_a_stopped_server_is_given_up_and_found_again(runtime: TmuxRuntime, connect: Connect) -> None:
    connection = connect(runtime, deadline_seconds=0.3)
    client, server = connection.connected(), runtime.server_pid()
    assert server is not None
    first = pid_of(client)
    with stopped(server):
        with pytest.raises(RuntimeUnavailable, match="the connection was lost at `list-panes`"):
            client.run("list-panes")
        with pytest.raises(RuntimeUnavailable, match="no connection"):
            client.run("list-panes")
    assert connection.connected(2).run("display-message -p back") == ["back"]
    assert not exists(first)


def test_a_silent_connection_is_probed(runtime: TmuxRuntime, connect: Connect) -> None:
    connection = connect(runtime, deadline_seconds=0.2, probe_seconds=0.1)
    client, server = connection.connected(), runtime.server_pid()
    assert server is not None
    wait_until(lambda: client.run("display-message -p fine") == ["fine"])
    with stopped(server):
        first = pid_of(client)
        wait_until(lambda: client.pid != first, what="the wedged connection to be dropped unasked")
    connection.connected(2)


def test_a_server_that_reads_nothing_blocks_nobody(runtime: TmuxRuntime, connect: Connect) -> None:
    client, server = connect(runtime, deadline_seconds=0.3).connected(), runtime.server_pid()
    assert server is not None
    with stopped(server), pytest.raises(RuntimeUnavailable):
        client.run(*["display-message -p " + "x" * 100] * 2000)


# --- a client that dies or stops


def test_a_stopped_client_goes_on_answering(runtime: TmuxRuntime, connect: Connect) -> None:
    connection = connect(runtime)
    client = connection.connected()
    with stopped(pid_of(client)):
        assert client.run("display-message -p on") == ["on"]
        client.run("rename-window -t @0 seen")
        wait_until(lambda: "%window-renamed @0 seen" in connection.told)


def test_a_killed_client_is_made_anew(runtime: TmuxRuntime, connect: Connect) -> None:
    connection = connect(runtime)
    os.kill(pid_of(connection.connected()), signal.SIGKILL)
    assert connection.connected(2).run("display-message -p on") == ["on"]
    wait_until(lambda: len(runtime._ask("list-clients")) == 1)


# --- the end


def test_closing_leaves_no_process_and_no_thread(runtime: TmuxRuntime, connect: Connect) -> None:
    client = connect(runtime).connected()
    pid, threads = pid_of(client), threading.active_count()
    client.close()
    client.close()
    assert not exists(pid)
    assert threading.active_count() == threads - 1
    assert wait_until(lambda: runtime._ask("list-clients") == [])
    assert runtime._ask("list-sessions", "-F", "#{session_name}") == ["hub"]
    with pytest.raises(RuntimeUnavailable):
        client.run("list-panes")


def test_closing_lets_go_of_who_waits(runtime: TmuxRuntime, connect: Connect) -> None:
    client, server = connect(runtime, deadline_seconds=60.0).connected(), runtime.server_pid()
    assert server is not None
    with stopped(server), ThreadPoolExecutor(max_workers=1) as pool:
        waiting = pool.submit(client.run, "list-panes")
        wait_until(lambda: client._asked)
        client.close()
        with pytest.raises(RuntimeUnavailable, match="lost"):
            waiting.result(timeout=PATIENCE)


def test_a_client_that_never_ran_can_be_closed(runtime: TmuxRuntime) -> None:
    ControlClient(socket=runtime.socket, session="hub", told=lambda _: None).close()
