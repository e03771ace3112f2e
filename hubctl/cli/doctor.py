"""`hubctl doctor`: what is there, what is missing, what is odd, with the cure for each."""

import asyncio
import os
import platform
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from typing import Annotated

from hubctl import __version__, clock
from hubctl.agents.claude.environment import check_ready
from hubctl.agents.claude.launch import MEASURED, cli_version
from hubctl.cells.cgroups import ground
from hubctl.cells.proofs import proofs
from hubctl.cells.start import hindrance
from hubctl.cli.boards import board_of, demand_reach, named
from hubctl.cli.options import Option
from hubctl.cli.shared import JsonOption, RepoOption, here, load_state, open_log, print_json, tell
from hubctl.core.documents.config import Containment
from hubctl.core.documents.vaults import NamedVault
from hubctl.core.ledger.alerts import EMBEDDED, labelled
from hubctl.core.ledger.state import Anomaly
from hubctl.core.ledger.waits import failing_targets
from hubctl.core.vocabulary.text import escaped
from hubctl.core.vocabulary.values import Struct
from hubctl.doors.named import vaults_of
from hubctl.errors import HubError
from hubctl.git.directories import locate, open_directory, present
from hubctl.hub.hub import open_runtime
from hubctl.notify.apprise import AppriseNotifier
from hubctl.project import trust
from hubctl.project.config import held_config, load_config, load_policy, load_roles
from hubctl.project.place import Place, is_running, refuse_windows_disk
from hubctl.store.history import SqliteHistory
from hubctl.tmux.program import require_tmux, tmux_version

LEAST_FREE_BYTES = 500 * 1024 * 1024
MEGABYTE = 1024 * 1024
STALE_SECONDS = 30
"""The hub's heart beats every 5 s; this is the default of the rule `hub-dead`."""


class Check(Struct, frozen=True, kw_only=True):
    """One line: `ok` False makes the exit code 1."""

    name: str
    ok: bool
    detail: str
    cure: str = ""


CellOption = Annotated[
    bool, Option("--cell", help="Try from inside what a worker's cell on this machine can see and change.")
]


def doctor(repo: RepoOption = Path(), cell: CellOption = False, as_json: JsonOption = False) -> None:
    """Look at everything hubctl needs and say how to mend what is wrong. Exit code 1 if something is."""
    checks = list(_proofs() if cell else _checks(repo))
    if as_json:
        print_json([{"name": c.name, "ok": c.ok, "detail": c.detail, "cure": c.cure} for c in checks])
    else:
        for check in checks:
            tell(f"{'ok ' if check.ok else 'BAD'} {check.name}: {escaped(check.detail)}")
            if check.cure:
                tell(f"    {escaped(check.cure)}")
    if not all(check.ok for check in checks):
        raise SystemExit(1)


def _checks(repo: Path) -> Iterator[Check]:
    yield Check(name="hubctl", ok=True, detail=f"{__version__}, Python {platform.python_version()}")
    yield _tried("git", _git)
    yield _tried("tmux", _tmux)
    try:
        place = here(repo)
    except HubError as error:
        yield Check(name="repository", ok=False, detail=error.message, cure=error.cure)
        return
    yield _tried("state", lambda: _state(place))
    yield _tried("disk", lambda: _disk(place))
    yield _tried("files", lambda: _files(place))
    yield from _directories(place)
    yield _tried("trust", lambda: _trust(place))
    yield _tried("worker CLI", lambda: _worker_cli(place))
    yield _tried("cells", lambda: _cell(place))
    if vaults := load_config(place.checkout).vaults:
        yield _tried("vaults", lambda: _vaults(vaults))
    yield _tried("login", lambda: _login(place))
    yield _tried("board", lambda: _board(place))
    yield _tried("hub", lambda: _hub(place))
    yield _tried("terminals", lambda: _terminals(place))
    yield _tried("alerts", lambda: _targets(place))
    yield from _failing(place)
    yield from _anomalies(place)
    yield from _snapshot(place)


def _proofs() -> Iterator[Check]:
    """Of a cell that is made for this, in a repository made for this."""
    hindered = hindrance()
    if hindered:
        yield Check(name="cell", ok=False, detail=hindered.message, cure=hindered.cure)
        return
    with tempfile.TemporaryDirectory(prefix="hubctl-cell-") as folder:
        for one in proofs(Path(folder)):
            yield Check(name="cell", ok=one.holds, detail=one.name, cure=one.said)


def _cell(place: Place) -> str:
    wish = load_config(place.checkout).worker.cell
    if wish is Containment.OFF:
        return "workers have none; `worker: {cell: wanted}` in hubctl.yaml gives them one"
    hindered = hindrance()
    if hindered and wish is Containment.REQUIRED:
        raise hindered
    if hindered:
        return f"{wish.value}, and workers have none: {hindered.message} {hindered.cure}"
    keeper = (
        "the kernel holds"
        if ground()
        else "the hub watches, for no cgroup of version 2 is delegated to this user,"
    )
    return f"{wish.value}; {keeper} `worker.limits`; `hubctl doctor --cell` tries what a cell holds"


def _vaults(named: Mapping[str, NamedVault]) -> str:
    """In this shell's environment, which may be another than the hub's."""
    from hubctl.doors.logins import header_of

    for name, vault in vaults_of(named).items():
        try:
            asyncio.run(header_of(vault.secrets[0]))
        except HubError as error:
            raise HubError(f"`{name}`, with what is set here: {error.message}", error.cure) from error
    return f"the logins of {', '.join(sorted(named))} can be read here"


def _tried(name: str, look: Callable[[], str]) -> Check:
    try:
        return Check(name=name, ok=True, detail=look())
    except HubError as error:
        return Check(name=name, ok=False, detail=error.message, cure=error.cure)


def _git() -> str:
    path = shutil.which("git")
    if path is None:
        raise HubError("`git` is not installed.", "apt-get install git")
    return path


def _tmux() -> str:
    require_tmux()
    found = tmux_version()
    return ".".join(str(part) for part in found) if found else "unknown version"


def _state(place: Place) -> str:
    refuse_windows_disk(place.state)
    refuse_windows_disk(place.checkout)
    if place.state.stat().st_mode & 0o077:
        raise HubError(f"Others can read `{place.state}`, which holds tokens.", f"chmod 700 '{place.state}'")
    if sqlite3.sqlite_version_info < (3, 35):
        raise HubError(f"SQLite {sqlite3.sqlite_version} is too old.", "Install a newer Python.")
    return f"{place.state} of {place.checkout}"


def _disk(place: Place) -> str:
    free = shutil.disk_usage(place.state).free
    if free < LEAST_FREE_BYTES:
        raise HubError(
            f"Only {free // MEGABYTE} MB are free at `{place.state}`.", "Make room before you start workers."
        )
    return f"{free // MEGABYTE} MB free"


def _files(place: Place) -> str:
    load_config(place.checkout)
    load_policy(place.checkout)
    roles = load_roles(place.checkout)
    warnings = [f"{role.name}: {warning}" for role in roles.values() for warning in role.warnings]
    return "; ".join([f"hubctl.yaml and POLICY.md can be read, roles: {', '.join(sorted(roles))}", *warnings])


def _directories(place: Place) -> Iterator[Check]:
    """Of roles that work in one; roles that cannot be read are the news of `files`."""
    roles = []
    with suppress(HubError):
        roles = list(load_roles(place.checkout).values())
    for role in roles:
        if path := locate(place.checkout, role):
            yield _tried(f"directory of {role.name}", partial(_directory, place, path, role.name))


def _directory(place: Place, path: Path, role: str) -> str:
    return str(open_directory(place.repository, path, role=role).path)


def _trust(place: Place) -> str:
    trust.demand(place)
    return f"{len(trust.trusted(place))} files, all as they were trusted"


def _worker_cli(place: Place) -> str:
    command = load_config(place.checkout).worker.command
    version = cli_version(command)
    measured = "" if version in MEASURED else f"; hubctl was measured with {' and '.join(MEASURED)}"
    return f"{version} ({' '.join(command)}){measured}"


def _login(place: Place) -> str:
    env = load_config(place.checkout).worker.env
    home = Path(env.get("HOME") or os.environ.get("HOME") or Path.home())
    directories = present(place.checkout, load_roles(place.checkout).values())
    findings = check_ready(home, {**os.environ, **env}, [place.checkout, *directories])
    for finding in findings:
        if not finding.answered:
            raise HubError(finding.message, finding.cure)
    notes = [f"{finding.message} The hub answers that." for finding in findings]
    accepted = "" if notes else ", and the repository is accepted"
    return " ".join([f"logged in{accepted} (HOME {home})" + ("." if notes else ""), *notes])


def _board(place: Place) -> str:
    """Asks the board itself, and what the log knows of it."""
    known = held_config(place)
    reach = demand_reach(board_of(place, known), known.board.repo or "")
    if reach is None:
        return named(known.board)
    who = "private" if reach.private else "everybody may read it"
    budget = reach.budget
    left = (
        f", {budget.left} of {budget.of} requests left until {budget.resets_at:%H:%M} UTC" if budget else ""
    )
    refused = [f"; refused: {key}: {one.why}" for key, one in load_state(place).board.refused.items()]
    return f"{named(known.board)} as {reach.login}, {who}{left}{''.join(refused[:3])}"


def _hub(place: Place) -> str:
    log = open_log(place)
    beat = log.heartbeat()
    log.close()
    if not is_running(place):
        return "not running; `hubctl up` starts it"
    if beat is None:
        return "starting"
    age = (clock.now() - beat.at).total_seconds()
    if age > STALE_SECONDS:
        raise HubError(
            f"The hub (pid {beat.pid}) runs, yet its heart stands still for {age:.0f} s.", f"kill {beat.pid}"
        )
    return f"running, pid {beat.pid}"


def _terminals(place: Place) -> str:
    panes = [
        pane for pane in open_runtime(place, load_config(place.checkout)).panes() if pane.tags.get("worker")
    ]
    return f"{len(panes)} workers' panes" if panes else "none"


def _targets(place: Place) -> str:
    """Apprise, which is slow to load, is asked only about addresses that somebody wrote."""
    config = load_config(place.checkout)
    addresses = labelled(config.alert_targets)
    AppriseNotifier(
        {name: text for name, text in addresses.items() if name != EMBEDDED}, name=place.name
    ).check()
    return f"go to {', '.join(addresses)}"


def _failing(place: Place) -> Iterator[Check]:
    """A target that takes nothing is as silent as one with nothing to say."""
    with suppress(HubError):  # the log that cannot be read has a line of its own
        for target in failing_targets(load_state(place)):
            since = f"{target.failing_since:%Y-%m-%d %H:%M:%S} UTC" if target.failing_since else "its start"
            detail = f"`{target.name}` takes no alerts since {since} ({target.failures} tries): {target.why}"
            cure = "Look at `alerts.targets` in hubctl.yaml and at the service; hubctl tries it again."
            yield Check(name="target", ok=False, detail=detail, cure=cure)


def _anomalies(place: Place) -> Iterator[Check]:
    """What should not be: a bug of hubctl, a log written by another version, a worker CLI that behaves in a new way."""
    try:
        anomalies = load_state(place).anomalies
    except HubError as error:
        yield Check(name="log", ok=False, detail=error.message, cure=error.cure)
        return
    yield Check(name="log", ok=True, detail=f"{len(anomalies)} anomalies")
    for odd in anomalies[-10:]:
        about = f"thread {odd.thread}" if odd.thread else "the hub"
        detail = f"{odd.at:%Y-%m-%d %H:%M:%S} {odd.kind} of {about}: {odd.why}"
        yield Check(name="anomaly", ok=True, detail=detail, cure=_cure(odd))


def _snapshot(place: Place) -> Iterator[Check]:
    """What verbs begin at, against the whole log. A hub that runs may write between the two looks."""
    with (
        suppress(HubError),
        closing(open_log(place)) as log,
    ):  # the log that cannot be read has a line of its own
        begun, whole = SqliteHistory(log), SqliteHistory(log, from_the_start=True)
        whole.read()
        begun.read()
        whole.read()
        same = begun.head != whole.head or begun.agrees_with(whole)
        detail = (
            f"{whole.head} events, and the snapshot says the same"
            if same
            else "the snapshot says something else"
        )
        cure = (
            ""
            if same
            else "This is a bug of hubctl: report it with `hubctl events --json`; the log holds the truth."
        )
        yield Check(name="snapshot", ok=same, detail=detail, cure=cure)


def _cure(odd: Anomaly) -> str:
    if odd.kind == "sources-disagreed":
        return f"Look who is right: `hubctl attach {odd.thread}`. If the belief is wrong, report it with `hubctl logs {odd.thread} --raw`."
    return "Report it with the lines around it: `hubctl events --json`."
