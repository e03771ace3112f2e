"""Replies as the API writes them."""

import json

from hypothesis import example, given
from hypothesis import strategies as st

from hubctl.scripted.blocks import Block, Refusal, ScriptedReply, StopReason, Text, Thinking, ToolUse
from hubctl.scripted.request import Request
from hubctl.scripted.wire import Cut, Frame, Json, Pause, StreamEvent, frames, refused, whole

REQUEST = Request(model="m", tokens=77)


def played(*blocks: Block, **more: bool) -> list[Frame]:
    return list(frames(ScriptedReply(blocks=blocks, **more), REQUEST, key="k"))  # type: ignore[arg-type]


def seconds(*blocks: Block) -> float:
    return sum(frame.seconds for frame in played(*blocks) if isinstance(frame, Pause))


def kinds(made: list[Frame]) -> list[str]:
    return [frame.kind for frame in made if isinstance(frame, StreamEvent)]


def test_the_order_of_a_stream() -> None:
    made = played(
        Thinking(words="hm", seconds=0.0), Text(words="hello"), ToolUse(name="Bash", arguments={"a": 1})
    )
    block = ["content_block_start", "content_block_delta", "content_block_stop"]
    thought = [*block[:2], "content_block_delta", block[2]]
    assert kinds(made) == ["message_start", *thought, *block, *block, "message_delta", "message_stop"]
    indexes = [
        frame.data["index"] for frame in made if isinstance(frame, StreamEvent) and "index" in frame.data
    ]
    assert indexes == [0, 0, 0, 0, 1, 1, 1, 2, 2, 2]


def test_an_event_on_the_wire() -> None:
    encoded = StreamEvent(kind="ping", data={"n": 1}).encoded
    assert encoded == b'event: ping\ndata: {"type": "ping", "n": 1}\n\n'


def test_the_usage_is_the_conversation_or_what_the_script_pretends() -> None:
    for reply, counted in ((ScriptedReply(), (1200, 77)), (ScriptedReply(context_tokens=9), (3, 9))):
        usage = whole(reply, REQUEST, key="k")["usage"]
        assert isinstance(usage, dict)
        assert (usage["input_tokens"], usage["cache_read_input_tokens"]) == counted


def test_a_cut_breaks_off_after_the_words() -> None:
    made = played(Text(words="cut here"), Text(words="never"), cut=True)
    assert isinstance(made[-1], Cut)
    assert kinds(made)[-1] == "content_block_delta"
    assert "content_block_stop" not in kinds(made)


def test_pings_come_before_the_words_and_silence_after_them() -> None:
    made = played(Text(words="a", seconds=0.0, ping_seconds=2.5, silent_seconds=4.0))
    assert kinds(made)[1:5] == ["ping", "ping", "ping", "content_block_start"]
    assert [frame.seconds for frame in made if isinstance(frame, Pause)] == [1.0, 1.0, 0.5, 0.0, 4.0]


def test_words_take_the_time_they_were_given() -> None:
    assert abs(seconds(Text(words="a b c d", seconds=2.0)) - 2.0) < 1e-9
    assert abs(seconds(Thinking(words="a b c d", seconds=3.0)) - 3.0) < 1e-9


def test_a_refusal_names_its_kind() -> None:
    assert refused(Refusal(status=529, message="busy"), request_id="r") == {
        "type": "error",
        "error": {"type": "overloaded_error", "message": "busy"},
        "request_id": "r",
    }
    assert refused(Refusal(status=418, message=""), request_id="r")["error"] == {
        "type": "api_error",
        "message": "api_error",
    }


def assembled(made: list[Frame]) -> Json:
    """What a client makes of a stream."""
    message: dict[str, object] = {}
    content: list[dict[str, str]] = []
    for frame in made:
        if not isinstance(frame, StreamEvent):
            continue
        data = json.loads(frame.encoded.partition(b"data: ")[2])
        match frame.kind:
            case "message_start":
                message = data["message"]
            case "content_block_start":
                content.append(data["content_block"] | {"partial_json": ""})
            case "content_block_delta":
                kind = data["delta"].pop("type").removesuffix("_delta").replace("input_json", "partial_json")
                content[data["index"]][kind] += data["delta"][kind]
            case "message_delta":
                message |= data["delta"] | {"usage": data["usage"]}
            case _:
                pass
    for block in content:
        told = block.pop("partial_json")
        block |= {"input": json.loads(told)} if told else {}
    return {**message, "content": content}


BLOCKS: st.SearchStrategy[Block] = st.one_of(
    st.builds(Text, words=st.text(), seconds=st.none() | st.floats(0, 9)),
    st.builds(Thinking, words=st.text(), seconds=st.floats(0, 9)),
    st.builds(ToolUse, name=st.text(), arguments=st.dictionaries(st.text(), st.text() | st.integers())),
)


@example([Text(words="a b", seconds=5e-324)], None)
@given(st.lists(BLOCKS, max_size=4), st.none() | st.sampled_from(StopReason))
def test_a_stream_tells_the_same_as_the_whole_answer(blocks: list[Block], stop: StopReason | None) -> None:
    reply = ScriptedReply(blocks=tuple(blocks), stop=stop)
    assert assembled(list(frames(reply, REQUEST, key="k"))) == whole(reply, REQUEST, key="k")
