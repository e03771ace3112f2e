"""Replies as the Messages API writes them: whole, or as a stream of frames.

Order of a stream: message_start, for each block its start, deltas and stop, then message_delta and message_stop; a
ping may come at any time. A tool's input is `{}` in the start and comes as JSON in deltas; thinking ends with a
signature.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Final, assert_never

from hubctl.core.vocabulary.values import Struct
from hubctl.scripted.blocks import Block, Refusal, ScriptedReply, Text, Thinking, ToolUse
from hubctl.scripted.request import Request

WORD: Final = re.compile(r"\S+\s*|\s+")
SECONDS_A_WORD: Final = 0.004
SHORTEST_PAUSE: Final = 0.002
"""Below it several words go into one delta: a shorter wait is not kept by the machine."""
SIGNATURE: Final = "c2NyaXB0ZWQ="
OUTPUT_TOKENS: Final = 42
ERRORS: Final = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    500: "api_error",
    503: "api_error",
    529: "overloaded_error",
}

Json = Mapping[str, object]


class StreamEvent(Struct, frozen=True, kw_only=True):
    kind: str
    data: Json

    @property
    def encoded(self) -> bytes:
        return f"event: {self.kind}\ndata: {json.dumps({'type': self.kind, **self.data})}\n\n".encode()


class Pause(Struct, frozen=True, kw_only=True):
    seconds: float


class Cut(Struct, frozen=True, kw_only=True):
    """The connection breaks here."""


Frame = StreamEvent | Pause | Cut


def frames(reply: ScriptedReply, request: Request, *, key: str) -> Iterator[Frame]:
    """`key` makes the ids of this answer and its tool calls: letters and digits, used once."""
    envelope = _envelope(request, key)
    counted = _usage(reply, request)
    start = {**envelope, "content": [], "stop_reason": None, "usage": counted}
    yield _event("message_start", message=start)
    for index, block in enumerate(reply.blocks):
        yield from _block_frames(block, index, key)
        if reply.cut and not isinstance(block, ToolUse):
            yield Cut()
            return
        yield _event("content_block_stop", index=index)
    yield _event(
        "message_delta",
        delta={"stop_reason": reply.stop_reason, "stop_sequence": None},
        usage={**counted, "output_tokens": OUTPUT_TOKENS},
    )
    yield _event("message_stop")


def whole(reply: ScriptedReply, request: Request, *, key: str) -> Json:
    """The same answer without streaming, and so without its pace."""
    return {
        **_envelope(request, key),
        "content": [_content(block, index, key) for index, block in enumerate(reply.blocks)],
        "stop_reason": reply.stop_reason,
        "usage": {**_usage(reply, request), "output_tokens": OUTPUT_TOKENS},
    }


def refused(refusal: Refusal, *, request_id: str) -> Json:
    kind = ERRORS.get(refusal.status, "api_error")
    error = {"type": kind, "message": refusal.message or kind}
    return {"type": "error", "error": error, "request_id": request_id}


def _event(kind: str, **data: object) -> StreamEvent:
    return StreamEvent(kind=kind, data=data)


def _envelope(request: Request, key: str) -> Json:
    fixed = {"type": "message", "role": "assistant", "stop_sequence": None}
    return {"id": f"msg_{key}", "model": request.model, **fixed}


def _usage(reply: ScriptedReply, request: Request) -> Json:
    """What was read counts as cached but for a little, as in a real conversation."""
    fresh, cached = (1200, request.tokens) if reply.context_tokens is None else (3, reply.context_tokens)
    return {
        "input_tokens": fresh,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": cached,
        "output_tokens": 1,
    }


def _content(block: Block, index: int, key: str) -> Json:
    match block:
        case Text():
            return {"type": "text", "text": block.words}
        case Thinking():
            return {"type": "thinking", "thinking": block.words, "signature": SIGNATURE}
        case ToolUse():
            call = {"id": f"toolu_{key}{index:02d}", "name": block.name, "input": dict(block.arguments)}
            return {"type": "tool_use", **call}
        case _:
            assert_never(block)


def _block_frames(block: Block, index: int, key: str) -> Iterator[Frame]:
    """All frames of a block but its stop."""
    content = _content(block, index, key)
    match block:
        case Text():
            yield from _pings(block.ping_seconds)
            yield _started(index, {**content, "text": ""})
            yield from _words(block.words, index, kind="text", seconds=block.seconds)
            yield Pause(seconds=block.silent_seconds)
        case Thinking():
            yield _started(index, {**content, "thinking": "", "signature": ""})
            yield from _words(block.words, index, kind="thinking", seconds=block.seconds)
            yield _delta(index, type="signature_delta", signature=SIGNATURE)
        case ToolUse():
            yield _started(index, {**content, "input": {}})
            yield _delta(index, type="input_json_delta", partial_json=json.dumps(content["input"]))
        case _:
            assert_never(block)


def _started(index: int, content: Json) -> StreamEvent:
    return _event("content_block_start", index=index, content_block=content)


def _delta(index: int, **delta: object) -> StreamEvent:
    return _event("content_block_delta", index=index, delta=delta)


def _pings(seconds: float) -> Iterator[Frame]:
    """One a second, so that the client neither gives up nor shows a word."""
    while seconds > 0.0:
        yield Pause(seconds=min(1.0, seconds))
        yield _event("ping")
        seconds -= 1.0


def _words(text: str, index: int, *, kind: str, seconds: float | None) -> Iterator[Frame]:
    words = WORD.findall(text)
    pause = SECONDS_A_WORD if seconds is None else seconds / max(1, len(words))
    brief = pause * len(words) < SHORTEST_PAUSE
    at_once = max(1, len(words) if brief else int(SHORTEST_PAUSE / pause))
    for start in range(0, len(words), at_once):
        some = "".join(words[start : start + at_once])
        yield _delta(index, **{"type": f"{kind}_delta", kind: some})
        yield Pause(seconds=pause * at_once)
