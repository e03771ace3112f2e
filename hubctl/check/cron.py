"""The user's crontab, and the one line in it that is this hub's.

Rules: the line is known by the mark at its end; every other line stays byte for byte, so the file is spliced as text and
never rendered anew (`python-crontab` comments out what it does not know, and drops variables behind the last job, so that
one line would be all its use). Nothing in the line is a secret: `ps` shows it while it runs.
"""

import re
import shlex
import subprocess
from collections.abc import Mapping, Sequence
from datetime import timedelta

from hubctl.core.vocabulary.durations import format_duration
from hubctl.errors import HubError

SECONDS = 20.0
LONGEST_COMMAND = 940
"""Debian's cron takes 998 bytes of command (`MAX_COMMAND`), with the mark behind it."""
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
NAMED = {MINUTE: "* * * * *", HOUR: "@hourly", DAY: "@daily"}


def cron_line(command: str, *, every: timedelta, mark: str) -> str:
    """One line of a crontab, with `%` escaped. Raises HubError where cron cannot run it so, or would cut it."""
    schedule = _schedule(every)
    if len(command) > LONGEST_COMMAND:
        raise HubError(
            f"The command has {len(command)} characters, and cron takes {LONGEST_COMMAND}.",
            "Call it with a shorter `PATH`: `PATH=/usr/local/bin:/usr/bin:/bin hubctl cron install`.",
        )
    if "\n" in command:
        raise HubError("A path with a line break cannot stand in a crontab.", "Move the repository.")
    escaped = command.replace("%", r"\%")
    return f"{schedule} {escaped} # {mark}"


def _schedule(every: timedelta) -> str:
    """Cron's words for a time that fits evenly into an hour, or hours that do into a day."""
    if every in NAMED:
        return NAMED[every]
    for unit, whole, fields in ((MINUTE, HOUR, "*/{} * * * *"), (HOUR, DAY, "0 */{} * * *")):
        if MINUTE <= every < whole and not every % unit and not whole % every:
            return fields.format(every // unit)
    raise HubError(
        f"cron cannot run something every `{format_duration(every)}`.",
        "Take minutes that divide an hour, hours that divide a day, or `1d`: `--every 5m`.",
    )


def shell_command(env: Mapping[str, str], words: Sequence[str], *, output: str) -> str:
    """Words for the shell that cron starts, behind the variables that it would not give them."""
    set_first = [f"{name}={shlex.quote(value)}" for name, value in env.items()]
    return " ".join([*set_first, shlex.join(words), f">{shlex.quote(output)}", "2>&1"])


# --- the file -----------------------------------------------------------------------------------------------------


def find(text: str, mark: str) -> list[str]:
    """The lines with the mark, a switched-off one too."""
    return [line for line in text.splitlines() if _is_marked(line, mark)]


def put(text: str, line: str, mark: str) -> str:
    """The crontab with this line in the place of the marked one, or at its end."""
    lines, done = [], False
    for old in text.splitlines(keepends=True):
        if not _is_marked(old, mark):
            lines.append(old)
        elif not done:
            lines.append(f"{line}\n")
            done = True
    if not done:
        lines += ["\n"] * bool(lines and not lines[-1].endswith("\n")) + [f"{line}\n"]
    return "".join(lines)


def take_out(text: str, mark: str) -> str:
    return "".join(line for line in text.splitlines(keepends=True) if not _is_marked(line, mark))


def _is_marked(line: str, mark: str) -> bool:
    return re.search(rf"\s# {re.escape(mark)}\s*$", line) is not None


# --- the program --------------------------------------------------------------------------------------------------


def read_crontab() -> str:
    """The user's crontab as it is; empty where there is none. Raises HubError where `crontab` is missing or refuses."""
    done = _crontab("-l")
    said = done.stderr.decode(errors="replace").strip()
    if done.returncode and not re.search(r"no crontab", said, re.IGNORECASE):
        raise _refusal(said)
    return "" if done.returncode else done.stdout.decode(errors="surrogateescape")


def write_crontab(text: str) -> None:
    done = _crontab("-", stdin=text.encode(errors="surrogateescape"))
    if done.returncode:
        raise _refusal(done.stderr.decode(errors="replace").strip())


def _crontab(word: str, stdin: bytes = b"") -> "subprocess.CompletedProcess[bytes]":
    try:
        return subprocess.run(
            ["crontab", word], input=stdin, capture_output=True, check=False, timeout=SECONDS
        )
    except FileNotFoundError as error:
        raise HubError(
            "`crontab` is not installed: there is no cron to call `hubctl check`.",
            "apt-get install cron; or let something else call `hubctl check --notify`.",
        ) from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise HubError(
            f"`crontab {word}` could not be run: {error}.", "Try it by hand: `crontab -l`."
        ) from error


def _refusal(said: str) -> HubError:
    return HubError(f"`crontab` refused: {said or 'it did not say why'}.", "Try it by hand: `crontab -l`.")
