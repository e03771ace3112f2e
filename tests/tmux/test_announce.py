"""Alerts in the hub's own tmux, as somebody who is attached sees and hears them."""

import os
import pty
import select
import subprocess
from collections.abc import Callable, Iterator

import pytest

from hubctl.core.messages.notices import Gravity, Notice
from hubctl.tmux.runtime import TmuxRuntime
from support.waiting import wait_until


def notice(gravity: Gravity, count: int, title: str = "alert: stalled of thread 1") -> Notice:
    return Notice(title=title, body="", gravity=gravity, open=count)


@pytest.fixture
def screen(runtime: TmuxRuntime) -> Iterator[Callable[[], bytes]]:
    """A person who is attached; gives what the terminal got so far."""
    master, terminal = pty.openpty()
    env = {**os.environ, "TERM": "xterm"}
    human = subprocess.Popen(
        runtime.attach_words(None), stdin=terminal, stdout=terminal, stderr=terminal, env=env
    )
    got = bytearray()

    def read() -> bytes:
        while select.select([master], [], [], 0)[0]:
            got.extend(os.read(master, 65536))
        return bytes(got)

    try:
        wait_until(lambda: b"hub" in read() and runtime._ask("list-clients"), what="the client")
        yield read
    finally:
        human.kill()
        human.wait()
        os.close(master)
        os.close(terminal)


def test_who_is_attached_sees_and_hears_an_alert(runtime: TmuxRuntime, screen: Callable[[], bytes]) -> None:
    assert b"\a" not in screen()
    runtime.announce(notice(Gravity.WARNING, 2, title="alert: #(touch x) %H #[fg=red]1"))
    wait_until(lambda: b"hubctl: alert: (touch x) %H [fg=red]1 (hubctl alerts)" in screen(), what="a message")
    wait_until(lambda: b"\a" in screen(), what="the bell")
    assert runtime._ask("show-options", "-gv", "status-right") == [
        "#[reverse] 2 alerts: hubctl alerts #[default]"
    ]


def test_what_is_over_is_silent(runtime: TmuxRuntime, screen: Callable[[], bytes]) -> None:
    runtime.announce(notice(Gravity.OVER, 1, title="resolved: stalled"))
    wait_until(lambda: b"resolved: stalled" in screen() and b" 1 alert: hubctl alerts" in screen())
    assert b"\a" not in screen()
    runtime.announce(notice(Gravity.SILENT, 0))
    assert not "".join(runtime._ask("show-options", "-gv", "status-right"))
    assert b"0 alerts" not in screen()


def test_a_server_that_is_made_later_tells_the_number_too(make_runtime: Callable[[str], TmuxRuntime]) -> None:
    runtime = make_runtime("hub")
    runtime.announce(notice(Gravity.CRITICAL, 3))
    assert runtime.server_pid() is None
    runtime.ensure()
    assert "3 alerts" in runtime._ask("show-options", "-gv", "status-right")[0]
