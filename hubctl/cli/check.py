"""`hubctl check`: is all well? For cron and monitoring, with or without a hub.

Rules: it ends, whatever hangs (LIMIT_SECONDS, then with what it knows). What it cannot tell is UNKNOWN, never OK.
"""

import fcntl
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from hubctl import clock
from hubctl.check import look as outside
from hubctl.check.deliver import AlertDelivery, by_apprise
from hubctl.check.look import LookRules
from hubctl.cli.options import Option
from hubctl.cli.shared import JsonOption, RepoOption, here, people_only, print_json, tell
from hubctl.core.documents.policy import Severity
from hubctl.core.ledger.state import HubState
from hubctl.core.reports.check_text import Report, report_document, report_lines
from hubctl.core.reports.health import (
    Finding,
    HubLook,
    Kind,
    findings,
    is_needed,
    may_pass,
    performance,
    worst_first,
)
from hubctl.core.vocabulary.values import replace
from hubctl.disk import writing
from hubctl.errors import HubError
from hubctl.project.place import Place, is_running

LIMIT_SECONDS = 120.0
"""Of a whole check: more than the start of a hub (30 s) and a look before and after it."""
SETTLE_SECONDS, SETTLE_LOOK_SECONDS = 8.0, 0.25
"""A living hub beats every 5 s, and notices a death at once: what is still there after this does not pass."""


@dataclass(slots=True, kw_only=True)
class _SoFar:
    """What is printed when the time is up."""

    report: Report


def check(
    fix: Annotated[bool, Option("--fix", help="Start a dead hub that is needed.")] = False,
    notify: Annotated[
        bool, Option("--notify", help="Tell `alerts.targets` what is new, and what is over.")
    ] = False,
    repo: RepoOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Say whether hub and workers are well: exit code 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN (it cannot tell)."""
    so_far = _SoFar(report=Report(reason=f"It did not end within {LIMIT_SECONDS:.0f} s. `hubctl doctor`"))
    limit = threading.Timer(LIMIT_SECONDS, lambda: _give_up(so_far, as_json=as_json))
    limit.daemon = True
    limit.start()
    try:
        report = _report(repo, so_far, fix=fix, notify=notify)
    except HubError as error:
        report = Report(reason=_said(error))
    limit.cancel()
    _print(report, as_json=as_json)
    raise SystemExit(int(report.level))


def _print(report: Report, *, as_json: bool) -> None:
    if as_json:
        print_json(report_document(report))
    else:
        tell("\n".join(report_lines(report)))


def _give_up(so_far: _SoFar, *, as_json: bool) -> None:
    """In the timer's thread: the main one may hang in a call that nothing interrupts."""
    _print(so_far.report, as_json=as_json)
    sys.stdout.flush()
    os._exit(int(so_far.report.level))


def _report(repo: Path, so_far: _SoFar, *, fix: bool, notify: bool) -> Report:
    place = here(repo)
    acts = fix or notify
    if acts:
        people_only("check")
    with _turn(place) if acts else nullcontext(enter_result=False) as mine:
        rules = outside.read_rules(place)
        try:
            report = _examined(place, rules, fix=fix and mine)
        except HubError as error:
            report = Report(findings=rules.findings, reason=_said(error))
        if acts and not mine:
            return replace(report, notes=("Another check is at work: it mends and tells.",))
        if not notify:
            return report
        so_far.report = replace(report, notes=("LastNotice people did not end in time.",))
        return _told(place, rules, report)


@contextmanager
def _turn(place: Place) -> Iterator[bool]:
    """Whether this is the only check that acts: two would start two hubs, and tell everything twice."""
    path = place.state / "check.lock"
    with writing(path), path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def _said(error: HubError) -> str:
    return f"{error.message} {error.cure}".strip()


# --- looking ------------------------------------------------------------------------------------------------------


def _examined(place: Place, rules: LookRules, *, fix: bool) -> Report:
    state, seen, found = _settled(place, rules)
    mended = _mended(place, state, seen, found) if fix else ()
    if mended:
        state, seen, found = _settled(place, rules)
    return Report(
        findings=worst_first([*mended, *found, *rules.findings]),
        performance=performance(rules.policy, state, seen, clock.now()),
    )


def _settled(place: Place, rules: LookRules) -> tuple[HubState, HubLook, tuple[Finding, ...]]:
    """A look, repeated while a living hub may still mend what was found."""

    def look() -> tuple[HubState, HubLook, tuple[Finding, ...]]:
        state, seen = outside.look(place, rules.config, os.environ)
        return state, seen, findings(rules.policy, state, seen, clock.now())

    return clock.wait_until(
        look,
        lambda looked: not may_pass(looked[2], looked[1]),
        seconds=SETTLE_SECONDS,
        every=SETTLE_LOOK_SECONDS,
    )


def _mended(place: Place, state: HubState, seen: HubLook, found: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """A dead hub is started where it is needed; what came of that is a finding, too."""
    dead = next((one for one in found if one.kind is Kind.HUB_DEAD), None)
    if dead is None or seen.running or not is_needed(state, seen):
        return ()
    people_only("check", place)
    from hubctl.cli.up import start_detached

    try:
        pid = start_detached(place)
    except HubError as error:
        text = f"The hub is dead, and `--fix` could not start it: {_said(error)}"
        return (replace(dead, text=text, episode=f"fix-{dead.episode}"),)
    text = f"The hub was dead, and `--fix` has started it again (pid {pid}): `hubctl status`"
    return (replace(dead, kind=Kind.HUB_STARTED, severity=Severity.WARNING, text=text),)


# --- telling ------------------------------------------------------------------------------------------------------


def _told(place: Place, rules: LookRules, report: Report) -> Report:
    """The report, with what came of telling it."""
    targets = rules.config.alert_targets
    if not targets:
        return replace(report, notes=("Nobody is told: `hubctl.yaml` names no `alerts: {targets: [...]}`.",))
    delivery = AlertDelivery(
        place=place,
        targets=targets,
        alerting=rules.policy.alerting,
        send=by_apprise(place.name),
        running=is_running(place),
    )
    news = [*report.findings, *_unknown(report)]
    try:
        told, failures = delivery.bring(news, now=clock.now(), complete=not report.reason)
    except HubError as error:
        told, failures = 0, [_said(error)]
    notes = (f"Told {told} of {len(targets)} targets.",) if told else ()
    untold = tuple(_untold(why) for why in failures)
    return replace(report, findings=worst_first([*report.findings, *untold]), notes=notes)


def _unknown(report: Report) -> tuple[Finding, ...]:
    """That nothing can be told is news as well."""
    if not report.reason:
        return ()
    text = f"`hubctl check` cannot tell: {report.reason}"
    return (Finding(kind=Kind.FILES, severity=Severity.CRITICAL, thread=None, text=text, episode="unknown"),)


def _untold(why: str) -> Finding:
    text = f"A message was not delivered: {why.rstrip('.')}. Look at `alerts.targets` of `hubctl.yaml`"
    return Finding(kind=Kind.UNDELIVERED, severity=Severity.WARNING, thread=None, text=text, episode="notify")
