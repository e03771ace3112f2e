"""Workers in the panes of one private tmux server; the only module that knows libtmux.

- What tmux did not answer is unknown, never gone: every foreign error becomes `RuntimeUnavailable`.
- A secret reaches a worker by a command file on stdin. It is in no argv, no `#{pane_start_command}`, no message log.
- The server's environment is made here, word by word: whatever it holds, every worker would get.
"""

import os
import re
import secrets
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from hubctl.core.messages.notices import Gravity, Notice
from hubctl.errors import HubError
from hubctl.ports.worker import Pane, RuntimeUnavailable
from hubctl.tmux import syntax
from hubctl.tmux.announce import MESSAGE, message, status_line, tell_client
from hubctl.tmux.program import (
    COLUMNS,
    CURE,
    DEADLINE_SECONDS,
    NO_SERVER,
    OPTIONS,
    ROWS,
    clean_env,
    is_shell,
    remove_dead_socket,
    require_tmux,
    socket_path,
    tmux_version,
)

if TYPE_CHECKING:
    from libtmux import Server

__all__ = ["Pane", "RuntimeUnavailable", "TmuxRuntime", "require_tmux", "tmux_version"]

ADDED_BY_TMUX = frozenset(
    {"TERM", "TERM_PROGRAM", "TERM_PROGRAM_VERSION", "TMUX", "TMUX_PANE", "PWD", "SHELL"}
)
"""Variables that tmux sets in each pane, over whatever it is given (`SHELL` from its `default-shell`)."""
_IDLE = ("tail", "-f", "/dev/null")


class _NoServer(RuntimeUnavailable):
    """tmux answered that no server runs behind the socket."""


class TmuxRuntime:
    """One tmux server (`tmux -L socket`), one session, a window for each worker.

    Methods raise RuntimeUnavailable where tmux fails. `pane` and `window` are ids (`%5`, `@5`).
    """

    def __init__(self, *, socket: str, session: str) -> None:
        """`session` may be any text: what tmux gives a meaning becomes `_`."""
        if not re.fullmatch(r"[\w.-]+", socket):
            raise HubError(
                f"`{socket}` is no name for a tmux socket", "use letters, digits, `.`, `_` and `-`"
            )
        self.socket = socket
        self.session = re.sub(r"[^\w-]", "_", session) or "hub"
        self.socket_path = socket_path(socket)
        self._status = ""

    def ensure(self) -> None:
        """Make the server and the session, where they are missing."""
        if self._has_session():
            return
        words: list[str] = ["start-server"]
        for option in OPTIONS:
            words += [";", "set-option", *option]
        words += [";", "set-option", "-g", "status-right", self._status]
        words += [";", "set-environment", "-gu", "TMUX_TMPDIR", ";", "new-session", "-d", "-s", self.session]
        words += ["-n", "hub", "-x", str(COLUMNS), "-y", str(ROWS), "-c", "/", "--", *_IDLE]
        try:
            self._run(*words, env=clean_env())
        except RuntimeUnavailable:
            if not self._has_session():  # made by somebody else in between, it is as good
                raise

    def open_window(
        self, *, name: str, cwd: Path, command: Sequence[str], env: Mapping[str, str], tags: Mapping[str, str]
    ) -> Pane:
        """Start a worker in a window of its own; the session must be there.

        The command's words are executed as they are, so that the pane's pid is the worker's. `env` is all the worker
        gets, but for ADDED_BY_TMUX and the server's `HOME` and `LANG`; of those names only `SHELL` is heeded. A
        command that cannot be executed is a dead pane. After RuntimeUnavailable the window may exist: look for its tags.
        """
        if not cwd.is_dir():  # tmux would silently start in the home folder
            raise HubError(f"the worker's folder `{cwd}` does not exist or is no folder")
        mark = f"new-{secrets.token_hex(8)}"
        batch = self._window_batch(mark, syntax.plain_name(name), cwd, command, env, tags)
        path = env.get("PATH", os.defpath)
        # tmux puts the PATH of an unattached client over the one it is given by `-e`.
        self._run("source-file", "-", stdin=syntax.command_file(*batch), env=clean_env(path))
        made = self._list("-f", f"#{{==:#{{@hubctl_mark}},{mark}}}")
        if not made:
            raise RuntimeUnavailable(f"the window `{name}` was made, and was gone when tmux was asked for it")
        return made[0]

    def _window_batch(
        self,
        mark: str,
        name: str,
        cwd: Path,
        command: Sequence[str],
        env: Mapping[str, str],
        tags: Mapping[str, str],
    ) -> Iterable[list[str]]:
        """The commands that make one window and its tags. Until the last one the mark is the window's name."""
        session, window = f"={self.session}:", f"={self.session}:={mark}"
        given = ((key, value) for key, value in env.items() if key not in ADDED_BY_TMUX)
        # `-c` is a format, and what a format does to `#[` differs from `##`: an option's value is taken as it is.
        yield ["set-option", "-t", session, "@hubctl_cwd", str(cwd.absolute())]
        if is_shell(env.get("SHELL", "")):
            yield ["set-option", "-t", session, "default-shell", env["SHELL"]]
        yield [
            *("new-window", "-d", "-t", session, "-n", mark, "-c", "#{@hubctl_cwd}"),
            *(*syntax.env_words(given), "--", *syntax.exec_words(command)),
        ]
        options = [syntax.tag_option(tag, value) for tag, value in tags.items()]
        for option in (*options, ("@hubctl_mark", mark)):
            yield ["set-option", "-p", "-t", window, *option]
        # Makes `window-size` manual for this one window. Never `set -g window-size manual`: the next new window
        # kills the server (https://github.com/tmux/tmux/pull/4849).
        yield ["resize-window", "-t", window, "-x", str(COLUMNS), "-y", str(ROWS)]
        # From here on `tmux_edges` may rename it.
        yield ["set-option", "-p", "-t", window, "@hubctl_name", name]
        yield ["rename-window", "-t", window, name]

    def panes(self) -> tuple[Pane, ...]:
        """All panes of the server, the hub's own and those that people made too; no server is no panes.

        A pane may be dead for a moment before it has its `status` or `signal`.
        """
        panes = self._list()
        if any(pane.dead and pane.status is None and pane.signal is None for pane in panes):
            self._reap()
        return panes

    def _reap(self) -> None:
        """On a quiet server tmux may leave a dead process until its next child ends: give it one."""
        self._ask("run-shell", "-b", "true")

    def capture(self, pane: str) -> str:
        """The visible screen with its colours as escape sequences; blank lines at the end are left out.

        A dead pane keeps its screen, yet what a process wrote in its last instant may be missing: tmux does not
        always read it.
        """
        return "\n".join(self._ask("capture-pane", "-e", "-p", "-t", syntax.check_id(pane)))

    def paste(self, pane: str, text: str) -> None:
        """Paste, bracketed where the application asked for it; HubError for text with control characters.

        Not submitted: that is `enter`. A pane in a mode takes the paste and swallows the Enter.
        """
        data = syntax.pasteable(text).encode(errors="replace")
        name = f"hubctl-{secrets.token_hex(8)}"  # buffers are the server's: a shared name pastes the other's text
        paste = syntax.if_alive(pane, f"paste-buffer -p -d -b {name} -t {pane}")
        words = ["load-buffer", "-b", name, "-", ";", *paste]
        try:
            self._check_alive(pane, self._run(*words, stdin=data, env=clean_env()))
        except RuntimeUnavailable:
            self._forget(name)
            raise

    def _forget(self, buffer: str) -> None:
        try:
            self._ask("delete-buffer", "-b", buffer)
        except RuntimeUnavailable:
            return  # never loaded, or the server is gone and the buffer with it

    def enter(self, pane: str) -> None:
        self.key(pane, "Enter")

    def key(self, pane: str, name: str) -> None:
        """Press one key by tmux's name for it, such as `Escape`, `Down`, `C-u` or `2`."""
        if not syntax.KEY_NAME.fullmatch(name):
            raise HubError(f"`{name}` is no key that the hub presses")
        self._check_alive(pane, self._ask(*syntax.if_alive(pane, f"send-keys -t {pane} {name}")))

    def _check_alive(self, pane: str, printed: list[str]) -> None:
        if printed == [syntax.DEAD]:
            raise RuntimeUnavailable(f"the process in the pane `{pane}` has ended: nothing was sent to it")

    def close_window(self, window: str) -> None:
        """Kill the window and hang up its process; no effect on a window that is not there."""
        from libtmux import Window

        window = syntax.check_id(window)
        with self._settled("kill-window", gone="can't find window") as server:
            Window(server=server, window_id=window).kill()

    def kill_server(self) -> None:
        """End the server and all its panes, and take away the socket file that tmux leaves behind."""
        with self._settled("kill-server", gone="server exited") as server:
            server.kill()
        remove_dead_socket(self.socket_path)

    def announce(self, notice: Notice) -> None:
        """To everybody who is attached; the status line of a server that is made later tells the number, too."""
        from libtmux.constants import OptionScope

        self._status = status_line(notice.open)
        with self._settled("set-option", gone="server exited") as server:
            for option, value in (("status-right", self._status), (MESSAGE, message(notice))):
                server.set_option(option, value, global_=True, scope=OptionScope.Session)
            people = [client for client in server.clients if client.client_control_mode == "0"]
            for client in people if notice.gravity is not Gravity.SILENT else ():
                tell_client(client.client_tty or "", notice, server.cmd)

    def server_pid(self) -> int | None:
        """The server's process, None where there is no server."""
        try:
            return int(self._ask("display-message", "-p", "#{pid}")[0])
        except _NoServer:
            return None
        except (ValueError, IndexError):
            raise RuntimeUnavailable(f"tmux did not say its pid on the socket `{self.socket}`") from None

    def attach_words(self, window: str | None) -> list[str]:
        """What to execute to show the session to a human, at `window` or where it was last."""
        select = ["select-window", "-t", f"={self.session}:{syntax.check_id(window)}", ";"] if window else []
        # Inside somebody else's tmux it attaches; inside one of these panes tmux itself refuses.
        words = ["tmux", "-u", "-N", "-L", self.socket]
        return [*words, *select, "attach-session", "-t", f"={self.session}"]

    def _has_session(self) -> bool:
        with self._objects("has-session") as server:
            return server.has_session(self.session)

    def _list(self, *filters: str) -> tuple[Pane, ...]:
        try:
            return syntax.parse_panes(self._ask("list-panes", "-a", *filters, "-F", syntax.LIST_FORMAT))
        except _NoServer:
            return ()

    @contextmanager
    def _settled(self, what: str, *, gone: str) -> "Iterator[Server]":
        """For what ends something, or speaks to it; that it had ended already is fine."""
        try:
            with self._objects(what) as server:
                yield server
        except _NoServer:
            return
        except RuntimeUnavailable as error:
            if gone not in error.message:
                raise

    def _ask(self, *words: str) -> list[str]:
        """One command for which libtmux has no object, or one that asks for more: the lines it printed."""
        with self._objects(words[0]) as server:
            # -u: under cron's locale `✳` would arrive as `_`. -N: no server with the hub's own environment.
            done = server.cmd("-u", "-N", *words)
        if done.returncode:
            raise self._refused(words[0], " ".join(done.stderr))
        return done.stdout

    @contextmanager
    def _objects(self, what: str) -> "Iterator[Server]":
        """libtmux's objects, with errors as ours."""
        from libtmux import Server
        from libtmux.exc import LibTmuxException

        try:
            yield Server(socket_name=self.socket)
        except (LibTmuxException, ValueError, OSError) as error:
            raise self._refused(what, str(error)) from error

    def _run(self, *words: str, env: Mapping[str, str], stdin: bytes = b"") -> list[str]:
        """What libtmux cannot do: a command with an environment, or with stdin; the lines it printed."""
        argv = [shutil.which("tmux") or "tmux", "-u", "-f", "/dev/null", "-L", self.socket, *words]
        try:
            done = subprocess.run(
                argv, input=stdin, env=dict(env), capture_output=True, check=False, timeout=DEADLINE_SECONDS
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise RuntimeUnavailable(f"`tmux` could not be run: {error!r}", CURE) from error
        if done.returncode:
            said = (done.stderr or done.stdout).decode(errors="replace").strip()
            raise self._refused(words[0], said)
        return done.stdout.decode(errors="replace").splitlines()

    def _refused(self, what: str, said: str) -> RuntimeUnavailable:
        kind = _NoServer if NO_SERVER.search(said) else RuntimeUnavailable
        return kind(
            f"tmux on the socket `{self.socket}` refused `{what}`: {said or 'it did not say why'}", CURE
        )
