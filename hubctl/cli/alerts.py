"""`hubctl alerts`: what was said out loud because nobody acts."""

from contextlib import closing
from pathlib import Path
from typing import Annotated

from hubctl import clock
from hubctl.cli import shared
from hubctl.cli.options import Option
from hubctl.core.ledger.alerts import Alert, changed
from hubctl.core.ledger.event import kind_of
from hubctl.core.ledger.events import AlertAcknowledged, AlertRaised, AlertResolved
from hubctl.core.reports.status import alert_documents
from hubctl.core.vocabulary.durations import span
from hubctl.project.place import Place


def alerts(
    everything: Annotated[bool, Option("--all", help="The resolved ones too.")] = False,
    repo: shared.RepoOption = Path(),
    as_json: shared.JsonOption = False,
) -> None:
    """List the alerts that are open: raised or acknowledged."""
    place = shared.here(repo)
    wanted = _ever(place) if everything else shared.load_state(place).open_alerts
    if as_json:
        shared.print_json(alert_documents(wanted, time=shared.iso))
        return
    now = clock.now()
    rows = [(a.id, a.severity, a.state, span(now - a.at), a.text) for a in wanted]
    shared.tell(shared.table(rows, ("ID", "SEVERITY", "STATE", "SINCE", "WHAT")) if rows else "no alerts")


def _ever(place: Place) -> tuple[Alert, ...]:
    """All that the log tells of: the state forgets those that are over."""
    known: dict[str, Alert] = {}
    kinds = (AlertRaised, AlertAcknowledged, AlertResolved)
    with closing(shared.open_log(place)) as log:
        for logged in log.read(kinds=[kind_of(kind) for kind in kinds]):
            event = logged.event
            if isinstance(event, kinds):
                name, number = event.alert, len(known) + 1
                known |= changed({name: known[name]} if name in known else {}, event, number=number) or {}
    return tuple(known.values())
