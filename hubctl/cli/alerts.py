"""`hubctl alerts`: what was said out loud because nobody acts."""

from contextlib import closing
from pathlib import Path
from typing import Annotated

from hubctl import clock
from hubctl.cli.options import Option
from hubctl.cli.shared import (
    JsonOption,
    RepoOption,
    here,
    iso,
    load_state,
    open_log,
    print_json,
    table,
    tell,
)
from hubctl.core.ledger.alerts import Alert, changed
from hubctl.core.ledger.event import kind_of
from hubctl.core.ledger.events import AlertAcknowledged, AlertRaised, AlertResolved
from hubctl.core.reports.status import alert_documents
from hubctl.core.vocabulary.durations import span
from hubctl.project.place import Place


def alerts(
    everything: Annotated[bool, Option("--all", help="The resolved ones too.")] = False,
    repo: RepoOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """List the alerts that are open: raised or acknowledged."""
    place = here(repo)
    wanted = _ever(place) if everything else load_state(place).open_alerts
    if as_json:
        print_json(alert_documents(wanted, time=iso))
        return
    now = clock.now()
    rows = [(a.id, a.severity, a.state, span(now - a.at), a.text) for a in wanted]
    tell(table(rows, ("ID", "SEVERITY", "STATE", "SINCE", "WHAT")) if rows else "no alerts")


def _ever(place: Place) -> tuple[Alert, ...]:
    """All that the log tells of: the state forgets those that are over."""
    known: dict[str, Alert] = {}
    kinds = (AlertRaised, AlertAcknowledged, AlertResolved)
    with closing(open_log(place)) as log:
        for logged in log.read(kinds=[kind_of(kind) for kind in kinds]):
            event = logged.event
            if isinstance(event, kinds):
                name, number = event.alert, len(known) + 1
                known |= changed({name: known[name]} if name in known else {}, event, number=number) or {}
    return tuple(known.values())
