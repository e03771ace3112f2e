"""The tmux program on this machine: its version, its sockets' place, and how a server of ours is started."""

import os
import re
import socket
import subprocess
from contextlib import closing
from pathlib import Path

from hubctl import clock
from hubctl.errors import HubError
from hubctl.ports.worker import RuntimeUnavailable

OLDEST = (3, 2)
"""The first with `-N`: never start a server on the way (CHANGES of tmux 3.2)."""
TERMINAL = "screen-256color"
"""In every terminal database, which `tmux-256color` is not."""
COLUMNS, ROWS = 160, 50
"""Of every worker's window, whoever attaches: the screen reader must not see lines wrap anew."""
SOCKET_PATH_BYTES = 107
"""`sun_path` of unix(7), less its NUL."""
CURE = "hubctl doctor"
END_SECONDS, END_LOOK_SECONDS = 2.0, 0.02
DEADLINE_SECONDS = 10.0  # a tmux command takes milliseconds; later than this the server is wedged

NO_SERVER = re.compile(
    r"no server running|error connecting to .* \((No such file or directory|Connection refused)\)"
)
"""What tmux says where nobody answers behind its socket."""

# `tmux_edges` writes the same into the names of workers' windows.
_WINDOW = "#I:#W#{?#{&&:#{pane_dead},#{==:#{@hubctl_name},}}, (dead),}#F"

OPTIONS = (
    ("-s", "exit-empty", "off"),
    ("-s", "set-clipboard", "off"),
    # The message log quotes every command, and with it the variables of every new window.
    ("-s", "message-limit", "0"),
    ("-g", "default-terminal", TERMINAL),
    ("-g", "default-size", f"{COLUMNS}x{ROWS}"),
    # Else a human who attaches leaves his SSH_AUTH_SOCK and DISPLAY to the workers.
    ("-g", "update-environment", ""),
    ("-g", "history-limit", "2000"),
    ("-g", "status-style", "default"),
    ("-g", "status-right", ""),
    ("-gw", "remain-on-exit", "on"),
    # tmux's own words for a death scroll the last screen up by a line; -q: tmux 3.2 does not know the option.
    ("-gwq", "remain-on-exit-format", ""),
    ("-gw", "window-status-format", _WINDOW),
    ("-gw", "window-status-current-format", _WINDOW),
    ("-gw", "automatic-rename", "off"),
    ("-gw", "allow-rename", "off"),
)
"""`set-option` words for the server, in force before its first session is made."""


def tmux_version() -> tuple[int, int] | None:
    """The installed tmux's version, None where there is no tmux; a build from source without one is (99, 0)."""
    try:
        done = subprocess.run(
            ["tmux", "-V"], capture_output=True, text=True, check=False, timeout=DEADLINE_SECONDS
        )
    except FileNotFoundError:
        return None
    except (OSError, subprocess.TimeoutExpired) as error:
        raise RuntimeUnavailable(f"`tmux -V` could not be run: {error!r}", CURE) from error
    return version_of(done.stdout)


def version_of(said: str) -> tuple[int, int]:
    """Reads `tmux 3.3a`, `tmux next-3.4`, `tmux master`."""
    found = re.search(r"(\d+)\.(\d+)", said)
    return (int(found[1]), int(found[2])) if found else (99, 0)


def require_tmux() -> None:
    """Raises HubError where tmux is missing or too old."""
    version = tmux_version()
    if version is None:
        raise HubError("`tmux` is not installed: workers run in its panes", "apt-get install tmux")
    if version < OLDEST:
        have, need = (".".join(map(str, each)) for each in (version, OLDEST))
        raise HubError(f"`tmux` is version {have}, and hubctl needs {need}", f"install tmux {need} or newer")


def socket_path(name: str) -> Path:
    """Where `tmux -L` has its socket. Raises HubError where tmux would fail, or quietly use another folder."""
    given = os.environ.get("TMUX_TMPDIR", "")
    if given and not Path(given).is_dir():
        raise HubError(
            f"`TMUX_TMPDIR` is `{given}`, which is no folder: tmux would quietly use another",
            "make the folder, or unset TMUX_TMPDIR",
        )
    path = Path(given or "/tmp").resolve() / f"tmux-{os.getuid()}" / name
    if (length := len(os.fsencode(path))) > SOCKET_PATH_BYTES:
        raise HubError(
            f"the socket path `{path}` has {length} bytes, and {SOCKET_PATH_BYTES} is the most a socket can have",
            "give a shorter name as `tmux: {socket: NAME}` in hubctl.yaml",
        )
    return path


def clean_env(path: str | None = None) -> dict[str, str]:
    """All that a tmux of ours is started with."""
    env = {name: value for name in ("HOME", "TMUX_TMPDIR") if (value := os.environ.get(name))}
    return {**env, "PATH": path or os.environ.get("PATH", os.defpath), "TERM": TERMINAL, "LANG": "C.UTF-8"}


def pane_processes(socket: str, *, seconds: float) -> dict[str, int] | None:
    """The pid in each living pane, none where no server runs; None where tmux did not say within `seconds`.

    For a look from outside: nothing is started, and a wedged server costs no more than that time.
    """
    words = ["tmux", "-u", "-N", "-L", socket, "list-panes", "-a"]
    words += ["-F", "#{pane_dead} #{pane_id} #{pane_pid}"]
    try:
        done = subprocess.run(
            words, env=clean_env(), capture_output=True, text=True, check=False, timeout=seconds
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    if done.returncode:
        return {} if NO_SERVER.search(done.stderr) else None
    listed = (line.split() for line in done.stdout.splitlines())
    return {pane: int(pid) for dead, pane, pid in listed if dead == "0"}


def is_shell(path: str) -> bool:
    """Whether tmux takes it as its `default-shell`; a refused one would drop the window."""
    return Path(path).is_absolute() and os.access(path, os.X_OK) and Path(path).name != "tmux"


def remove_dead_socket(path: Path) -> None:
    """Removes a socket file behind which no server answers; one that answers, or ends too slowly, keeps it."""
    clock.wait_until(lambda: _has_ended(path), seconds=END_SECONDS, every=END_LOOK_SECONDS)


def _has_ended(path: Path) -> bool:
    """No server answers there; then the file goes."""
    with closing(socket.socket(socket.AF_UNIX)) as client:
        try:
            client.connect(str(path))
        except ConnectionRefusedError:
            path.unlink(missing_ok=True)
        except OSError:
            return True
        else:
            return False
    return True
