"""Events and plans to JSON and back, driven by the values' own annotations.

Rules: decoding is total. An unknown kind survives word for word as `Unknown`; an unknown field is dropped; a known kind
that lacks a field it needs becomes `Unknown` too, never an exception.

Two ways lead there and back. msgspec goes the first, a decoder a kind; what it refuses, or would take otherwise than the
log means it, goes the second, which knows those rules by itself and is slower (docs/facts/values.md#codec).
"""

import json
import math
import re
import types
import typing
from collections.abc import Callable, Hashable, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from typing import Any

import msgspec
from msgspec import Struct, structs

from hubctl.core.documents.plan import Plan
from hubctl.core.ledger.event import Event, Unknown, kind_of
from hubctl.core.ledger.events import KINDS
from hubctl.core.vocabulary.words import ThreadId

_BY_KIND: Mapping[str, type[Event]] = {kind_of(kind): kind for kind in KINDS}
_ENVELOPE = frozenset({"at", "thread"})
_REFUSED = (msgspec.MsgspecError, ValueError, TypeError, OverflowError, RecursionError)
"""What msgspec says of what the second way may still know: half a surrogate pair, a huge number, another type."""
_quick_json = msgspec.json.Encoder().encode
SURROGATE = re.compile("[\ud800-\udfff]")


def encode_time(at: datetime) -> str:
    """ISO 8601 in UTC with microseconds and a `Z`: texts sort as the times do."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")[:-6] + "Z"


def decode_time(text: str) -> datetime:
    """The inverse of `encode_time`; raises ValueError for anything that is no aware time."""
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError(f"{text} has no zone")
    try:
        return at.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"{text} is before or after all time in UTC") from error


def encode_data(event: Event) -> str:
    """The event's own fields as a JSON object, without `at` and `thread`."""
    if isinstance(event, Unknown):
        return event.data
    way = _way(type(event))
    own = {name: getattr(event, name) for name in way.own}
    if way.is_quick and (not way.floats or all(math.isfinite(own[name]) for name in way.floats)):
        try:
            return _quick_json(own).decode()
        except _REFUSED:
            pass
    return _json(plain(own))


def decode_event(*, kind: str, at: str, thread: str | None, data: str) -> Event:
    """The event of a row of the log; never raises for its contents."""
    known = _BY_KIND.get(kind)
    if known and at[-1:] == "Z" and '"' not in at and "\\" not in at and (way := _way(known)).is_quick:
        try:
            whose = f'"{thread}"' if thread and thread.isdecimal() else _quick_json(thread or None).decode()
            # The envelope stands at the end, since the last one of a name counts: no field of the data takes its place.
            envelope = f'"at":"{at}","thread":{whose}}}'
            return way.decode(f"{data[:-1]},{envelope}" if data != "{}" else f"{{{envelope}")
        except _REFUSED:
            pass
    return _decoded_slowly(known, kind=kind, at=at, thread=thread, data=data)


def _decoded_slowly(known: type[Event] | None, *, kind: str, at: str, thread: str | None, data: str) -> Event:
    when, whose = _time_or_epoch(at), ThreadId(thread) if thread else None
    try:
        content = json.loads(data)
        if known is None or not isinstance(content, dict):
            return Unknown(at=when, thread=whose, kind=kind, data=data)
        event: Event = _build(known, content, at=when, thread=whose)
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
        return Unknown(at=when, thread=whose, kind=kind, data=data)
    return event


class _Way(Struct, frozen=True, kw_only=True):
    """How a kind goes the first way: not at all where a time is in it, which msgspec takes without a zone and writes shorter."""

    decode: Callable[[str], Event]
    own: tuple[str, ...]
    floats: tuple[str, ...]
    """no infinity may be among them, for which msgspec writes `null`"""
    is_quick: bool


@cache
def _way(kind: type[Event]) -> _Way:
    own = [f for f in structs.fields(kind) if f.name not in _ENVELOPE]
    floats = [f for f in own if f.type is float]
    return _Way(
        decode=msgspec.json.Decoder(kind).decode,
        own=tuple(f.name for f in own),
        floats=tuple(f.name for f in floats),
        is_quick=not any(_holds(f.type, datetime) or _holds(f.type, float) for f in own if f not in floats),
    )


def _holds(hint: Any, wanted: type) -> bool:
    """Whether a value of this type may hold one of the wanted type, at any depth."""
    inner = typing.get_args(hint)
    if isinstance(hint, type) and issubclass(hint, Struct):
        inner = tuple(f.type for f in structs.fields(hint))
    return hint is wanted or any(_holds(one, wanted) for one in inner)


def encode_plan(plan: Plan) -> str:
    """A plan as JSON, for the requests table."""
    return _json(plain(plan))


def decode_plan(text: str) -> Plan:
    """The inverse of `encode_plan`; raises ValueError, TypeError or KeyError for anything else."""
    try:
        made: Plan = _build(Plan, _expect(dict, json.loads(text)))
    except RecursionError as error:
        raise ValueError("the plan is nested too deeply") from error
    return made


def _json(value: object) -> str:
    """Readable where it can be. Half a surrogate pair, as a worker's hook may hold it, is no text for a database."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return json.dumps(value, separators=(",", ":")) if SURROGATE.search(text) else text


def plain(value: object) -> object:
    """A value of the core as JSON's own types."""
    if isinstance(value, Struct):
        return {name: plain(getattr(value, name)) for name in value.__struct_fields__}
    if isinstance(value, datetime):
        return encode_time(value)
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list | frozenset):
        return [plain(item) for item in value]
    return value


def _time_or_epoch(text: str) -> datetime:
    try:
        return decode_time(text)
    except ValueError:
        return datetime.fromtimestamp(0, UTC)


# --- building by annotation ---------------------------------------------------------------------------------------

_Read = Callable[[Any], Any]


def _build(kind: type[Any], content: Mapping[str, Any], **given: object) -> Any:
    values = dict(given)
    for name, (read, needed) in _readers(typing.cast("Hashable", kind)).items():
        if name in values:
            continue
        if name in content:
            values[name] = read(content[name])
        elif needed:
            raise KeyError(name)
    return kind(**values)


@cache
def _readers(kind: Hashable) -> dict[str, tuple[_Read, bool]]:
    return {f.name: (_reader(f.type), f.required) for f in structs.fields(typing.cast("type[Struct]", kind))}


def _reader(hint: Any) -> _Read:
    hint = getattr(hint, "__supertype__", hint)
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        read = _reader(next(arm for arm in inner if arm is not types.NoneType))
        return lambda value: None if value is None else read(value)
    if origin is tuple:
        item = _reader(inner[0])
        return lambda value: tuple(item(one) for one in _expect(list, value))
    if origin in (dict, Mapping):
        return lambda value: {str(key): str(one) for key, one in _expect(dict, value).items()}
    if isinstance(hint, type) and issubclass(hint, Struct):
        return lambda value: _build(typing.cast("type[Any]", hint), _expect(dict, value))
    return _scalar(hint)


def _scalar(hint: Any) -> _Read:
    if hint is datetime:
        return decode_time
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return hint
    if hint is float:
        return lambda value: float(_expect((int, float), value))
    return lambda value: _expect(hint, value)


def _expect(kind: Any, value: Any) -> Any:
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise TypeError(f"{value!r} is no {kind}")
    return value
