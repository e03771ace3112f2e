"""`hubctl cron`: the line in your crontab that calls `hubctl check`."""

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from hubctl.check import cron as crontab
from hubctl.cli.options import Option
from hubctl.cli.shared import JsonOption, RepoOption, here, person, print_json, tell
from hubctl.core.vocabulary.durations import parse_duration
from hubctl.project.place import Place

NEEDED = ("tmux", "git", "claude", "node")
USUAL = ("/usr/local/bin", "/usr/bin", "/bin")


def install(
    every: Annotated[str, Option("--every", help="How often: `5m`, `1h`, `1d`.")] = "5m",
    fix: Annotated[bool, Option("--fix", help="It starts a dead hub that is needed.")] = False,
    notify: Annotated[
        bool, Option("--notify/--no-notify", help="It tells `alerts.targets` what is new.")
    ] = True,
    repo: RepoOption = Path(),
) -> None:
    """Write the line, or change it. The output of the last check is kept in the hub's state, not mailed."""
    place = person("cron install", repo)
    command = command_of(place, fix=fix, notify=notify)
    line = crontab.cron_line(command, every=parse_duration(every), mark=_mark(place))
    before = crontab.read_crontab()
    after = crontab.put(before, line, _mark(place))
    if after != before:
        crontab.write_crontab(after)
    tell(
        f"{line}\n{'Written to' if after != before else 'Already in'} your crontab; output: {_output(place)}"
    )


def remove(repo: RepoOption = Path()) -> None:
    """Take the line out of your crontab."""
    place = person("cron remove", repo)
    before = crontab.read_crontab()
    after = crontab.take_out(before, _mark(place))
    if after != before:
        crontab.write_crontab(after)
    tell(
        "Removed from your crontab." if after != before else "There was no line of this hub in your crontab."
    )


def show(repo: RepoOption = Path(), as_json: JsonOption = False) -> None:
    """Print the line as it stands in your crontab."""
    place = here(repo)
    lines = crontab.find(crontab.read_crontab(), _mark(place))
    if as_json:
        print_json({"lines": lines, "output": str(_output(place))})
    else:
        tell("\n".join(lines) or "No line of this hub is in your crontab; `hubctl cron install` writes it.")


def _mark(place: Place) -> str:
    return f"hubctl check {place.id}"


def _output(place: Place) -> Path:
    return place.state / "check.log"


def command_of(place: Place, *, fix: bool, notify: bool) -> str:
    options = [*["--fix"] * fix, *["--notify"] * notify]
    words = [sys.executable, "-I", "-m", "hubctl", "check", "--repo", str(place.checkout), *options]
    command = crontab.shell_command(_environment(_path()), words, output=str(_output(place)))
    if len(command) > crontab.LONGEST_COMMAND:
        return crontab.shell_command(_environment(_short_path()), words, output=str(_output(place)))
    return command


def _environment(path: str) -> dict[str, str]:
    """What cron would not give it. TMUX_TMPDIR is where the workers' server is found."""
    env = {"HOME": str(Path.home()), "LANG": "C.UTF-8", "PATH": path}
    return env | {name: os.environ[name] for name in ("TMUX_TMPDIR",) if os.environ.get(name)}


def _path() -> str:
    """The PATH of now: a hub that `--fix` starts runs validations with it."""
    given = os.environ.get("PATH", os.defpath).split(os.pathsep)
    return os.pathsep.join(
        dict.fromkeys(folder for folder in given if Path(folder).is_dir() and Path(folder).is_absolute())
    )


def _short_path() -> str:
    """The same for a line that would be too long: only where its programs are."""
    return os.pathsep.join(dict.fromkeys([*_homes(), *USUAL]))


def _homes() -> Iterator[str]:
    for name in NEEDED:
        found = shutil.which(name)
        if found:
            yield str(Path(found).absolute().parent)
