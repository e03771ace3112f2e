"""Edges of real panes: titles that turn, screens behind them, ends; and what people see in their window list."""

import contextlib
import os
import pty
import random
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from hubctl import clock
from hubctl.agents.claude.belief.belief import believe, read
from hubctl.agents.claude.belief.sources import Sources
from hubctl.clock import now
from hubctl.core.intake.observations import Observation, ProcessSeen, ScreenSeen, TitleSeen
from hubctl.core.ledger.thread import Worker
from hubctl.core.vocabulary.words import View
from hubctl.ports.worker import Pane
from hubctl.tmux.edges import HOOKS, TmuxEdges
from hubctl.tmux.runtime import TmuxRuntime
from hubctl.watch.edges import EdgeWatcher
from support.waiting import wait_until

MakeRuntime = Callable[[str], TmuxRuntime]
CAPTURES = Path(__file__).parents[1] / "captures" / "2.1.329"
BUSY, REST = "⠂ Parser", "✳ Parser"
NEVER = 1000.0
"""Seconds: the list is not what finds it."""


class CountingEdges(TmuxEdges):
    """Counts the screens that are read, and the lists."""

    captured = 0
    listed = 0

    def capture(self, pane: str) -> str:
        self.captured += 1
        return super().capture(pane)

    def panes(self) -> tuple[Pane, ...]:
        found = super().panes()
        self.listed += 1
        return found


@dataclass
class Scene:
    """A server with a watcher; `better` are the workers that a session file speaks for."""

    runtime: TmuxRuntime
    edges: CountingEdges
    list_seconds: float
    seen: list[Observation] = field(default_factory=list)
    better: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.watcher = EdgeWatcher(
            edges=self.edges,
            runtime=self.runtime,
            put=self.seen.append,
            now=now,
            needs_screen=lambda worker: worker not in self.better,
            list_seconds=self.list_seconds,
        )
        self.watcher.start()

    def open(self, worker: str, command: Sequence[str] = ("sh", "-c", "read answer")) -> Pane:
        return self.runtime.open_window(
            name=f"{worker}-parser",
            cwd=Path("/"),
            command=command,
            env={"PATH": os.defpath},
            tags={"worker": worker},
        )

    def follow(self, worker: str, pane: Pane) -> None:
        self.watcher.watch(
            Worker(
                at=clock.now(),
                worker=worker,
                start=1,
                session="s",
                pane=pane.id,
                window=pane.window,
                pid=pane.pid,
                worktree="/",
                branch="b",
                start_commit="c",
                role_version="r",
            )
        )

    def watch(self, worker: str, pane: Pane) -> Pane:
        """As `follow`; returns when the connection knows the pane."""
        self.follow(worker, pane)
        wait_until(lambda: pane.id in self.watcher._panes and pane.id in self.edges._reset)
        return pane

    def start(self, worker: str) -> Pane:
        return self.watch(worker, self.open(worker))

    @contextmanager
    def terminal(self, pane: Pane) -> Iterator[int]:
        tty = self.runtime._ask("display-message", "-p", "-t", pane.id, "#{pane_tty}")[0]
        descriptor = os.open(tty, os.O_WRONLY | os.O_NOCTTY)
        try:
            yield descriptor
        finally:
            os.close(descriptor)

    def write(self, pane: Pane, text: str) -> None:
        with self.terminal(pane) as descriptor:
            os.write(descriptor, text.encode())

    def title(self, pane: Pane, text: str) -> None:
        self.write(pane, f"\x1b]0;{text}\x07")

    def turn(self, pane: Pane, text: str) -> None:
        """A title that tmux has renamed the window for: one that stands no longer than that makes no edge."""
        before = self.name(pane)
        self.title(pane, text)
        wait_until(lambda: self.name(pane) != before)

    def show(self, pane: Pane, recording: str) -> None:
        self.write(pane, "\x1b[H\x1b[2J" + (CAPTURES / recording / "screen.ansi").read_text())

    def name(self, pane: Pane) -> str:
        return next(each.name for each in self.runtime.panes() if each.id == pane.id)

    def of(self, worker: str) -> list[Observation]:
        return [seen for seen in self.seen if getattr(seen, "worker", "") == worker]

    def believed(self, worker: str) -> View:
        """What the terminal alone makes of it."""
        sources = Sources(touched=datetime(2026, 1, 1, tzinfo=UTC))
        for seen in self.of(worker):
            sources = believe(sources, seen, sources.touched)
        return read(sources).view

    def end_of(self, worker: str) -> str:
        return next((seen.how for seen in self.of(worker) if isinstance(seen, ProcessSeen)), "")


MakeScene = Callable[..., Scene]


@pytest.fixture
def make_scene() -> Iterator[MakeScene]:
    with ExitStack() as ends:

        def make(runtime: TmuxRuntime, *, list_seconds: float = NEVER, session: str = "hub") -> Scene:
            edges = CountingEdges(socket=runtime.socket, session=session)
            scene = Scene(runtime=runtime, edges=edges, list_seconds=list_seconds)
            ends.callback(scene.watcher.close)
            return scene

        yield make


@contextmanager
def human_typing(runtime: TmuxRuntime) -> Iterator[None]:
    """A person is attached, looks at one window after the other, and types all the time."""
    master, terminal = pty.openpty()
    env = {**os.environ, "TERM": "xterm-256color"}
    words = runtime.attach_words(None)
    client = subprocess.Popen(
        words, stdin=terminal, stdout=terminal, stderr=terminal, env=env, start_new_session=True
    )
    os.close(terminal)
    os.set_blocking(master, False)
    ended = threading.Event()

    def type_on() -> None:
        while not ended.wait(0.01):
            with contextlib.suppress(OSError):
                os.write(master, b"\x02nabc ")
                while os.read(master, 65536):
                    pass

    typist = threading.Thread(target=type_on)
    typist.start()
    try:
        wait_until(lambda: any("ignore-size" not in flags for flags in client_flags(runtime)))
        yield
    finally:
        ended.set()
        typist.join()
        client.kill()
        client.wait()
        os.close(master)


def client_flags(runtime: TmuxRuntime) -> list[str]:
    return runtime._ask("list-clients", "-F", "#{client_flags}")


# --- titles and screens


def test_a_turn_is_seen_by_title_and_screen(runtime: TmuxRuntime, make_scene: MakeScene) -> None:
    scene = make_scene(runtime)
    pane = scene.start("3")
    assert scene.believed("3") is View.STARTING
    scene.turn(pane, BUSY)
    scene.show(pane, "running_thinking")
    wait_until(lambda: scene.believed("3") is View.BUSY)
    scene.title(pane, REST)
    wait_until(lambda: scene.believed("3") is not View.BUSY)
    scene.show(pane, "idle_fresh")
    wait_until(lambda: scene.believed("3") is View.IDLE)
    scene.turn(pane, BUSY)
    scene.title(pane, REST)
    scene.show(pane, "perm_bash")
    wait_until(lambda: scene.believed("3") is View.WAITING)
    titles = [seen.busy for seen in scene.of("3") if isinstance(seen, TitleSeen)]
    assert titles == [True, False] * (len(titles) // 2)


def test_a_screen_of_before_the_title_turned_is_not_believed() -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    sources = Sources(touched=at)
    views = []
    for seen in (
        ScreenSeen(at=at, worker="3", view="idle"),
        TitleSeen(at=at, worker="3", busy=True),
        TitleSeen(at=at, worker="3", busy=False),
        ScreenSeen(at=at, worker="3", view="permission"),
    ):
        sources = believe(sources, seen, at)
        views.append(read(sources).view)
    assert views == [View.IDLE, View.BUSY, View.UNKNOWN, View.WAITING]


def test_a_title_at_rest_with_no_screen_to_read_is_not_idle(
    runtime: TmuxRuntime, make_scene: MakeScene
) -> None:
    scene = make_scene(runtime)
    pane = scene.start("3")
    scene.title(pane, BUSY)
    wait_until(lambda: scene.believed("3") is View.BUSY)
    scene.title(pane, REST)
    wait_until(lambda: scene.believed("3") is View.UNKNOWN)
    wait_until(lambda: scene.edges.captured)
    assert scene.believed("3") is View.UNKNOWN


def test_every_edge_of_many_panes_is_seen_while_a_person_types(
    runtime: TmuxRuntime, make_scene: MakeScene
) -> None:
    scene = make_scene(runtime)
    panes = {worker: scene.start(worker) for worker in ("1", "2", "3")}
    with human_typing(runtime):
        for glyph in "⠂⠐◐◑":
            for worker, pane in panes.items():
                scene.title(pane, f"{glyph} working")
                wait_until(lambda worker=worker: scene.believed(worker) is View.BUSY)  # type: ignore[misc]
            for worker, pane in panes.items():
                scene.title(pane, REST)
                wait_until(lambda worker=worker: scene.believed(worker) is not View.BUSY)  # type: ignore[misc]
        assert set(runtime._ask("list-panes", "-a", "-F", "#{pane_in_mode}")) == {"0"}
    for worker in panes:
        assert [s.busy for s in scene.of(worker) if isinstance(s, TitleSeen)] == [True, False] * 4


def test_where_a_better_witness_speaks_no_screen_is_read(runtime: TmuxRuntime, make_scene: MakeScene) -> None:
    scene = make_scene(runtime, list_seconds=0.05)
    scene.better.add("3")
    pane = scene.start("3")
    scene.show(pane, "idle_fresh")
    for title, name in ((BUSY, "3-parser+"), (REST, "3-parser")):
        scene.title(pane, title)
        wait_until(lambda name=name: scene.name(pane) == name)  # type: ignore[misc]
    lists = scene.edges.listed
    wait_until(lambda: scene.edges.listed > lists + 3)
    assert ([type(seen) for seen in scene.of("3")], scene.edges.captured) == ([TitleSeen] * 2, 0)


def test_a_busy_title_is_taken_back_whoever_else_speaks(runtime: TmuxRuntime, make_scene: MakeScene) -> None:
    scene = make_scene(runtime)
    pane = scene.start("3")
    scene.title(pane, BUSY)
    wait_until(lambda: scene.believed("3") is View.BUSY)
    scene.better.add("3")
    scene.title(pane, REST)
    wait_until(lambda: scene.believed("3") is not View.BUSY)


def test_a_dialog_that_ends_without_an_edge_is_found_by_the_list(
    runtime: TmuxRuntime, make_scene: MakeScene
) -> None:
    scene = make_scene(runtime, list_seconds=0.1)
    pane = scene.start("3")
    scene.title(pane, BUSY)
    scene.title(pane, REST)
    scene.show(pane, "perm_bash")
    wait_until(lambda: scene.believed("3") is View.WAITING)
    scene.show(pane, "idle_fresh")
    wait_until(lambda: scene.believed("3") is View.IDLE)


def test_a_screen_is_read_only_after_something_was_printed(
    runtime: TmuxRuntime, make_scene: MakeScene
) -> None:
    scene = make_scene(runtime, list_seconds=0.02)
    pane = scene.start("3")
    scene.title(pane, BUSY)
    scene.title(pane, REST)
    scene.show(pane, "idle_fresh")
    wait_until(lambda: scene.believed("3") is View.IDLE)
    quiet = [-1, 0]

    def is_quiet() -> bool:
        """Ten lists without a look."""
        lists, looks = scene.edges.listed, scene.edges.captured
        wait_until(lambda: scene.edges.listed >= lists + 10)
        quiet[:] = [looks, scene.edges.captured]
        return quiet[0] == quiet[1]

    wait_until(is_quiet, what="the list to leave a quiet pane alone")
    assert len([seen for seen in scene.of("3") if isinstance(seen, ScreenSeen) and seen.view == "idle"]) == 1


def test_a_lost_edge_is_found_by_the_list(runtime: TmuxRuntime, make_scene: MakeScene) -> None:
    scene = make_scene(runtime, list_seconds=0.1)
    pane = scene.start("3")
    runtime._ask("set-hook", "-gu", "pane-title-changed[77]")
    scene.title(pane, BUSY)
    wait_until(lambda: scene.believed("3") is View.BUSY)
    assert scene.name(pane) == "3-parser"


# --- names for people


def test_names_are_readable(runtime: TmuxRuntime, make_scene: MakeScene) -> None:
    scene = make_scene(runtime)
    pane = scene.start("3")
    titles = [BUSY, "build-host", "◐ it's \"a' } title #{pid}", "Gi=31,s=1;", "⠂ x", REST, BUSY]
    for title in titles:
        scene.title(pane, title)
        name = "3-parser+" if not title.isascii() and title[0] != "✳" else "3-parser"
        wait_until(lambda name=name: scene.name(pane) == name, what=title)  # type: ignore[misc]
    os.kill(pane.pid, signal.SIGTERM)
    wait_until(lambda: scene.runtime._reap() or scene.name(pane) == "3-parser (dead)")  # type: ignore[func-returns-value]


def test_titles_that_turn_in_one_instant_leave_no_wrong_name(
    runtime: TmuxRuntime, make_scene: MakeScene
) -> None:
    scene = make_scene(runtime)
    pane = scene.start("3")
    chance = random.Random(1)

    def told(what: str, text: str) -> bool:
        return scene.edges.client.run(f"display-message -p -t {pane.id} '#{{{what}}}'") == [text]

    with scene.terminal(pane) as descriptor:
        for number in range(150):  # a name worked out inside the hook stays wrong after about one in twenty
            os.write(descriptor, f"\x1b]0;{BUSY}\x07".encode())
            end = time.monotonic() + chance.random() / 1000
            while time.monotonic() < end:
                continue
            os.write(descriptor, f"\x1b]0;{REST} {number}\x07".encode())
            wait_until(partial(told, "pane_title", f"{REST} {number}"))
            wait_until(partial(told, "window_name", "3-parser"))


def test_a_pane_that_a_person_splits_off_names_nothing(runtime: TmuxRuntime, make_scene: MakeScene) -> None:
    scene = make_scene(runtime)
    pane = scene.start("3")
    (other,) = runtime._ask("split-window", "-d", "-t", pane.id, "-P", "-F", "#{pane_id}", "read answer")
    scene.title(Pane(id=other, window=pane.window, name="", pid=0), BUSY)
    scene.title(pane, BUSY)
    wait_until(lambda: scene.name(pane) == "3-parser+")
    scene.title(pane, REST)
    wait_until(lambda: scene.name(pane) == "3-parser")


def test_what_the_last_hub_left_in_a_name_swallows_no_edge(
    runtime: TmuxRuntime, make_scene: MakeScene
) -> None:
    scene = make_scene(runtime)
    quiet, loud = scene.open("1"), scene.open("2")
    scene.title(quiet, REST)
    scene.title(loud, BUSY)
    runtime._ask("rename-window", "-t", quiet.window, "1-parser+")
    runtime._ask("rename-window", "-t", loud.window, "2-parser+")
    scene.watch("1", quiet)
    scene.watch("2", loud)
    wait_until(lambda: scene.name(quiet) == "1-parser" and scene.believed("2") is View.BUSY)
    scene.title(quiet, BUSY)
    wait_until(lambda: scene.believed("1") is View.BUSY)


def test_a_persons_hooks_stay(runtime: TmuxRuntime, make_scene: MakeScene) -> None:
    runtime._ask("set-hook", "-g", "pane-died", "display-message ended")
    make_scene(runtime).start("3")
    hooks = runtime._ask("show-hooks", "-g", "-w")
    assert [line.split()[0] for line in hooks if line.startswith("pane-died")] == [
        "pane-died[0]",
        "pane-died[77]",
    ]


def test_the_names_go_on_telling_the_truth_without_a_hub(runtime: TmuxRuntime, make_scene: MakeScene) -> None:
    scene = make_scene(runtime)
    pane = scene.start("3")
    scene.watcher.close()
    scene.title(pane, BUSY)
    wait_until(lambda: scene.name(pane) == "3-parser+")


# --- ends


@pytest.mark.parametrize(
    ("end", "how"),
    [("kill -9", "signal 9"), ("exit", "exit 3"), ("kill-window", "its pane is gone")],
)
def test_an_end_is_told_with_its_how(runtime: TmuxRuntime, make_scene: MakeScene, end: str, how: str) -> None:
    scene = make_scene(runtime)
    pane = scene.watch("3", scene.open("3", ["sh", "-c", "read answer; exit 3"]))
    if end == "kill -9":
        os.kill(pane.pid, signal.SIGKILL)
    elif end == "exit":
        runtime.enter(pane.id)
    else:
        runtime.close_window(pane.window)

    def told() -> bool:
        runtime._reap()  # a quiet tmux may know of no end before its next child ends
        return scene.end_of("3") == how

    wait_until(told)
    assert all(not seen.alive for seen in scene.of("3") if isinstance(seen, ProcessSeen))


def test_an_end_that_tmux_did_not_notice_is_found_by_the_list(
    runtime: TmuxRuntime, make_scene: MakeScene
) -> None:
    scene = make_scene(runtime, list_seconds=0.1)
    panes = {str(number): scene.start(str(number)) for number in range(6)}
    for pane in panes.values():
        os.kill(pane.pid, signal.SIGKILL)
    wait_until(lambda: all(scene.end_of(worker) for worker in panes))
    wait_until(lambda: all(scene.name(pane) == f"{worker}-parser (dead)" for worker, pane in panes.items()))


def test_who_is_forgotten_is_not_reported(runtime: TmuxRuntime, make_scene: MakeScene) -> None:
    scene = make_scene(runtime)
    gone, stays = scene.start("1"), scene.start("2")
    scene.watcher.forget("1")
    runtime.close_window(gone.window)
    scene.title(stays, BUSY)
    wait_until(lambda: scene.believed("2") is View.BUSY)
    lists = scene.edges.listed
    wait_until(lambda: scene.edges.listed > lists or scene.watcher._list_at > 1)
    assert scene.of("1") == []


# --- servers and connections


def test_two_servers_are_not_mixed_up(make_runtime: MakeRuntime, make_scene: MakeScene) -> None:
    one, two = make_runtime("hub"), make_runtime("hub")
    one.ensure()
    two.ensure()
    first, second = make_scene(one), make_scene(two)
    left, right = first.start("3"), second.start("3")
    assert left.id == right.id
    first.title(left, BUSY)
    wait_until(lambda: first.believed("3") is View.BUSY)
    second.title(right, REST)
    one.kill_server()
    wait_until(lambda: first.end_of("3"))
    second.title(right, BUSY)
    wait_until(lambda: second.believed("3") is View.BUSY)
    assert second.end_of("3") == ""


def test_a_server_that_was_killed_and_made_again_is_watched(
    runtime: TmuxRuntime, make_scene: MakeScene
) -> None:
    scene = make_scene(runtime)
    scene.start("1")
    server = runtime.server_pid()
    assert server is not None
    os.kill(server, signal.SIGKILL)
    wait_until(lambda: scene.end_of("1") == "its pane is gone")
    scene.watcher.forget("1")
    runtime.ensure()
    pane = scene.start("2")
    scene.title(pane, BUSY)
    wait_until(lambda: scene.believed("2") is View.BUSY and scene.name(pane) == "2-parser+")


def test_edges_come_while_the_client_is_stopped_and_after_it_was_killed(
    runtime: TmuxRuntime, make_scene: MakeScene
) -> None:
    scene = make_scene(runtime)
    pane, client = scene.start("3"), scene.edges.client
    assert client.pid is not None
    os.kill(client.pid, signal.SIGSTOP)
    scene.title(pane, BUSY)
    wait_until(lambda: scene.believed("3") is View.BUSY)
    os.kill(client.pid, signal.SIGKILL)
    scene.title(pane, REST)  # between two connections: the new one names the windows anew
    wait_until(lambda: client.connections == 2 and scene.believed("3") is View.UNKNOWN)


def test_without_a_connection_the_slow_list_serves(runtime: TmuxRuntime, make_scene: MakeScene) -> None:
    scene = make_scene(runtime, session="no-such-session")
    pane = scene.open("3", ["sh", "-c", "exit 4"])
    wait_until(lambda: runtime._reap() or any(p.dead and p.status for p in runtime.panes()))  # type: ignore[func-returns-value]
    scene.follow("3", pane)
    wait_until(lambda: scene.end_of("3") == "exit 4")
    assert scene.edges.client.connections == 0


def test_closing_leaves_nothing_behind(runtime: TmuxRuntime, make_scene: MakeScene) -> None:
    before = threading.active_count()
    scene = make_scene(runtime)
    scene.start("3")
    pid = scene.edges.client.pid
    scene.watcher.close()
    assert threading.active_count() == before
    assert not Path(f"/proc/{pid}").exists()
    assert wait_until(lambda: client_flags(runtime) == [])


def test_hooks_are_one_line_each() -> None:
    assert all("\n" not in hook for hook in HOOKS)
