"""`hubctl alerts`: what was said out loud because nobody acts."""

from pathlib import Path
from typing import Annotated

from hubctl import clock
from hubctl.cli.options import Option
from hubctl.cli.shared import JsonOption, RepoOption, here, iso, load_state, print_json, table, tell
from hubctl.core.reports.status import alert_documents
from hubctl.core.vocabulary.durations import span


def alerts(
    everything: Annotated[bool, Option("--all", help="The resolved ones too.")] = False,
    repo: RepoOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """List the alerts that are open: raised or acknowledged."""
    state = load_state(here(repo))
    wanted = tuple(state.alerts.values()) if everything else state.open_alerts
    if as_json:
        print_json(alert_documents(wanted, time=iso))
        return
    now = clock.now()
    rows = [(a.id, a.severity, a.state, span(now - a.since), a.text) for a in wanted]
    tell(table(rows, ("ID", "SEVERITY", "STATE", "SINCE", "WHAT")) if rows else "no alerts")
