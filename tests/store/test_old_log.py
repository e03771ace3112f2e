"""A log that the version before the Structs wrote (commit fad4590, worker CLI 2.1.329) reads to the state that it had.

The run in it: seven threads, asks that were approved, denied and answered, alerts of three rules, a worker killed with
`kill -9`, a hub killed before event 128 and again while the worker was being started anew. `tests/logs/before-structs.json`
is what that version folded, at both deaths of the hub.

Rule: a fact is found by its name, at whatever depth it stands today; what got another name stands in `RENAMED`.
"""

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import datetime, timedelta
from enum import Enum
from pathlib import Path
from typing import Any

import pytest

from hubctl.core.ledger.event import Unknown
from hubctl.core.ledger.fold import fold
from hubctl.core.ledger.settling import recalled
from hubctl.core.ledger.state import HubState
from hubctl.core.vocabulary.values import Struct, replace
from hubctl.ports.log import Logged
from hubctl.store.codec import encode_data, encode_time
from hubctl.store.eventlog import SqliteEventLog

LOGS = Path(__file__).resolve().parents[1] / "logs"
THEN: dict[str, dict[str, Any]] = json.loads((LOGS / "before-structs.json").read_text(encoding="utf-8"))
RENAMED: Mapping[str, tuple[str, ...]] = {
    "id": ("id", "thread", "worker", "ask", "alert"),
    "opened_at": ("at",),
    "asked_at": ("at",),
    "since": ("since", "at"),
}
EMPTY: tuple[object, ...] = (None, "", 0, False, [])


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("old") / "hub.db"
    with closing(sqlite3.connect(path)) as database:
        database.executescript((LOGS / "before-structs.sql").read_text(encoding="utf-8"))
    return path


@pytest.fixture(scope="module")
def log(database: Path) -> list[Logged]:
    with closing(SqliteEventLog(database)) as log:
        return list(log.read())


def facts(value: object) -> Any:
    """A value as the old version's file holds it: a mapping is a list of pairs."""
    if isinstance(value, Struct):
        return {name: facts(getattr(value, name)) for name in value.__struct_fields__}
    if isinstance(value, Mapping):
        return [[str(key), facts(one)] for key, one in value.items()]
    if isinstance(value, frozenset):
        return sorted(map(facts, value))
    if isinstance(value, tuple | list):
        return [facts(one) for one in value]
    if isinstance(value, datetime):
        return encode_time(value)
    if isinstance(value, timedelta):
        return value.total_seconds()
    return value.value if isinstance(value, Enum) else value


def found(now: object, name: str) -> Iterator[object]:
    """All that has this name in a value of today."""
    if isinstance(now, dict):
        if name in now:
            yield now[name]
        for one in now.values():
            yield from found(one, name)


def lost(then: object, now: object, path: str = "") -> Iterator[str]:
    """What was known then and is not known now, a path each."""
    if isinstance(then, dict):
        for name, one in then.items():
            today = [each for now_named in RENAMED.get(name, (name,)) for each in found(now, now_named)]
            if not (any(not [*lost(one, each)] for each in today) or (not today and one in EMPTY)):
                yield from lost(one, today[0], f"{path}.{name}") if today else [f"{path}.{name}"]
    elif isinstance(then, list) and isinstance(now, list) and len(then) == len(now):
        for place, (before, after) in enumerate(zip(then, now, strict=True)):
            yield from lost(before, after, f"{path}[{place}]")
    elif then != now:
        yield f"{path}: {then!r} is {now!r}"


@pytest.mark.parametrize("seq", THEN)
def test_an_old_log_reads_to_the_same_state(log: list[Logged], seq: str) -> None:
    state: HubState = fold(logged.event for logged in log if logged.seq <= int(seq))
    whole = recalled(state, tuple(state.settled))
    whole = replace(whole, workers=dict(sorted(whole.workers.items())))
    assert [*lost(remembered(THEN[seq], state), facts(whole))] == []


def remembered(then: dict[str, Any], now: HubState) -> dict[str, Any]:
    """Without what is forgotten today: alerts that are over and told, and who of the settled was seen alive."""
    alerts = [[name, one] for name, one in then["alerts"] if name in now.alerts or one["state"] != "resolved"]
    names = [name for name, _ in alerts]
    targets = [
        [target, {**one, "told": [told for told in one["told"] if told[0] in names]}]
        for target, one in then["targets"]
    ]
    confirmed = [worker for worker in then["confirmed"] if worker in now.workers]
    workers = sorted(then["workers"])
    return {**then, "alerts": alerts, "targets": targets, "confirmed": confirmed, "workers": workers}


def test_what_is_lost_is_seen() -> None:
    then = {"thread": {"state": "done", "worker": None, "acted": [["rule", {"rungs": 1}]]}, "gone": ""}
    assert [*lost(then, {"thread": {"life": {"state": "done"}, "acted": [["rule", {"rungs": 1}]]}})] == []
    assert [*lost(then, {"thread": {"life": {"state": "failed"}, "acted": []}})] == [
        ".thread.state: 'done' is 'failed'",
        ".thread.acted: [['rule', {'rungs': 1}]] is []",
    ]


def test_every_event_of_an_old_log_is_known_and_loses_nothing(database: Path, log: list[Logged]) -> None:
    with closing(sqlite3.connect(database)) as rows:
        written = [data for (data,) in rows.execute("select data from events order by seq")]
    assert [logged for logged in log if isinstance(logged.event, Unknown)] == []
    again = [json.loads(encode_data(logged.event)) for logged in log]
    assert [{**now, **json.loads(data)} for data, now in zip(written, again, strict=True)] == again
