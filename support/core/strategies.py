"""Arbitrary events, made from the values' own annotations."""

import typing
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from hubctl.core.documents.plan import Plan, PlannedIssue
from hubctl.core.ledger import events as e
from hubctl.core.vocabulary.words import ActionId, ThreadId

times = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 -- hypothesis wants naive borders
texts = st.text(st.characters(exclude_categories=()), max_size=8)
"""Half surrogate pairs too: a worker's hook may hold one."""
few = st.sampled_from(["1", "2", "3"])
threads = few.map(ThreadId)
issues = st.builds(PlannedIssue, key=few, title=texts, body=texts, after=st.lists(few, max_size=2).map(tuple))
plans = st.builds(Plan, goal=st.none() | texts, issues=st.lists(issues, max_size=3).map(tuple))

BY_HINT: Mapping[Any, st.SearchStrategy[Any]] = {
    datetime: times,
    datetime | None: st.none() | times,
    str: texts | few,
    float: st.floats(allow_nan=False),
    Plan: plans,
    ThreadId: threads,
    ActionId: few.map(ActionId),
    ThreadId | None: st.none() | threads,
    str | None: st.none() | texts,
    dict[str, str]: st.dictionaries(texts, texts, max_size=2),
    tuple[str, ...]: st.lists(texts, max_size=2).map(tuple),
    tuple[ThreadId, ...]: st.lists(threads, max_size=2).map(tuple),
}


def event(kind: type[e.Event]) -> st.SearchStrategy[e.Event]:
    """Any event of a kind; a hint that stands in no row is hypothesis' own affair."""
    hints = typing.get_type_hints(kind)
    made = {name: BY_HINT.get(hints[name], st.from_type(hints[name])) for name in kind.__struct_fields__}
    return st.builds(kind, **made)


def events(kinds: Iterable[type[e.Event]] = e.KINDS) -> st.SearchStrategy[e.Event]:
    return st.one_of(*(event(kind) for kind in kinds))


unknown = st.builds(
    e.Unknown, at=times, thread=st.none() | threads, kind=st.just("dreamt"), data=st.just("{}")
)
