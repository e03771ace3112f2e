"""Events to JSON and back: every kind, and no exception for whatever stands in a log."""

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubctl.core.documents.plan import Plan
from hubctl.core.ledger import events as e
from hubctl.core.vocabulary.values import replace
from hubctl.core.vocabulary.words import Proof, ThreadId
from hubctl.store.codec import (
    _BY_KIND,
    _decoded_slowly,
    decode_event,
    decode_plan,
    decode_time,
    encode_data,
    encode_plan,
    encode_time,
    plain,
)
from support.core.builders import NOW, proven, started
from support.core.strategies import event, events, plans, texts, times

KINDS = st.sampled_from([e.kind_of(kind) for kind in e.KINDS])
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(texts, inner, max_size=2),
    max_leaves=4,
)
FIELDS = sorted({name for kind in e.KINDS for name in kind.__struct_fields__})


def again(made: e.Event) -> e.Event:
    """Through the log and back."""
    return decode_event(
        kind=e.kind_of(made), at=encode_time(made.at), thread=made.thread, data=encode_data(made)
    )


def decoded(kind: str, data: str) -> e.Event:
    return decode_event(kind=kind, at=encode_time(NOW), thread="1", data=data)


# --- there and back -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", e.KINDS, ids=e.kind_of)
def test_every_kind_comes_back_as_it_went(kind: type[e.Event]) -> None:
    @given(event(kind))
    def check(made: e.Event) -> None:
        assert again(made) == made

    check()


@given(events())
def test_what_is_encoded_is_text_that_a_database_takes(made: e.Event) -> None:
    encode_data(made).encode()
    assert json.loads(encode_data(made)).keys() == {*made.__struct_fields__} - {"at", "thread"}


@given(plans)
def test_a_plan_comes_back_as_it_went(made: Plan) -> None:
    assert decode_plan(encode_plan(made)) == made


def test_text_stays_readable_in_the_log() -> None:
    said = e.ProgressReported(at=NOW, thread=ThreadId("1"), text="Grüße 🙂")
    assert encode_data(said) == '{"text":"Grüße 🙂"}'


def test_kinds_have_names_of_their_own() -> None:
    assert len({e.kind_of(kind) for kind in e.KINDS}) == len(e.KINDS)
    assert e.kind_of(e.WorkerStarted) == e.kind_of(started()) == "worker-started"


# --- other versions -----------------------------------------------------------------------------------------------


def test_a_kind_of_the_future_survives_word_for_word() -> None:
    data = '{ "how": ["deep"],  "n": 1e3 }'
    made = decoded("thread-dreamt", data)
    assert made == e.Unknown(at=NOW, thread=ThreadId("1"), kind="thread-dreamt", data=data)
    assert again(made) == made
    assert (e.kind_of(made), encode_data(made)) == ("thread-dreamt", data)


@given(events(), st.dictionaries(texts.map(lambda name: f"x-{name}"), json_values, max_size=3))
def test_fields_of_the_future_are_dropped(made: e.Event, more: dict[str, object]) -> None:
    data = json.dumps({**json.loads(encode_data(made)), **more})
    old = decode_event(kind=e.kind_of(made), at=encode_time(made.at), thread=made.thread, data=data)
    assert old == made


def test_a_field_of_today_that_an_old_log_lacks_has_its_default() -> None:
    assert decoded("worker-assigned", '{"start": 2}') == e.WorkerAssigned(
        at=NOW, thread=ThreadId("1"), start=2, resume=False
    )


def test_a_field_that_is_needed_and_missing_makes_it_unknown() -> None:
    assert isinstance(decoded("worker-assigned", "{}"), e.Unknown)


def test_the_envelope_is_not_taken_from_the_data() -> None:
    data = '{"summary": "x", "thread": "7", "at": "never"}'
    assert decoded("done-claimed", data) == e.DoneClaimed(at=NOW, thread=ThreadId("1"), summary="x")


# --- garbage ------------------------------------------------------------------------------------------------------


@given(KINDS, st.text() | st.builds(json.dumps, json_values))
def test_garbage_becomes_unknown_and_keeps_its_words(kind: str, data: str) -> None:
    made = decoded(kind, data)
    assert not isinstance(made, e.Unknown) or (made.kind, made.data) == (kind, data)


@given(KINDS, st.dictionaries(st.sampled_from(FIELDS), json_values, max_size=12))
def test_fields_of_wrong_types_never_raise(kind: str, content: dict[str, object]) -> None:
    made = decoded(kind, json.dumps(content))
    assert e.kind_of(made) == kind


@given(KINDS, st.dictionaries(st.sampled_from(FIELDS), json_values, max_size=12), st.none() | texts)
def test_both_ways_read_the_same(kind: str, content: dict[str, object], thread: str | None) -> None:
    row: Any = {"kind": kind, "at": encode_time(NOW), "thread": thread, "data": json.dumps(content)}
    assert decode_event(**row) == _decoded_slowly(_BY_KIND[kind], **row)


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("clock-jumped", '{"seconds": ' + "9" * 400 + "}"),
        ("clock-jumped", '{"seconds": ' + "9" * 5000 + "}"),
        ("clock-jumped", '{"seconds": true}'),
        ("worker-assigned", '{"start": true}'),
        ("worker-assigned", '{"start": 1.5}'),
        ("view-changed", '{"view": [], "source": "hook"}'),
        ("view-changed", '{"view": "asleep", "source": "hook"}'),
        ("trust-changed", '{"files": "POLICY.md"}'),
        ("plan-accepted", '{"plan": "p", "base": "b", "content": []}'),
        ("done-claimed", "[" * 100_000),
        ("done-claimed", "null"),
        ("done-claimed", ""),
    ],
)
def test_what_only_looks_like_an_event_is_unknown(kind: str, data: str) -> None:
    made = decoded(kind, data)
    assert isinstance(made, e.Unknown)
    assert made.data == data


@given(st.text())
def test_a_time_that_is_none_does_not_raise(at: str) -> None:
    made = decode_event(kind="dialog-closed", at=at, thread=None, data="{}")
    assert made.at.utcoffset() == timedelta(0)


@given(st.text() | st.builds(json.dumps, json_values) | st.just("[" * 100_000))
def test_a_plan_that_is_none_is_refused(text: str) -> None:
    with pytest.raises((ValueError, TypeError, KeyError)):
        decode_plan(text)


# --- time ---------------------------------------------------------------------------------------------------------


@given(times, st.integers(-14, 14))
def test_a_time_comes_back_and_sorts_as_text(utc: datetime, hours: int) -> None:
    at = utc.astimezone(timezone(timedelta(hours=hours)))
    later = at.astimezone(UTC) + timedelta(microseconds=1)
    assert decode_time(encode_time(at)) == at
    assert encode_time(at) < encode_time(later)


def test_a_time_is_written_in_utc() -> None:
    east = datetime(2026, 1, 1, 12, 30, tzinfo=timezone(timedelta(hours=2)))
    assert encode_time(east) == "2026-01-01T10:30:00.000000Z"
    assert decode_time("2026-01-01T12:30:00+02:00").tzinfo is UTC


@pytest.mark.parametrize("text", ["2026-01-01T10:00:00", "soon", "", "0001-01-01T00:00:00+14:00"])
def test_a_time_without_a_place_in_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        decode_time(text)


def test_plain_values_are_json() -> None:
    assert plain(replace(proven(), thread=None)) == {
        "at": "2026-01-01T10:00:00.000000Z",
        "thread": None,
        "purpose": "task",
        "proof": Proof.HOOK.value,
        "heard": [],
        "queued": False,
    }
    assert plain(frozenset({"a"})) == ["a"]
