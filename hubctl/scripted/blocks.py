"""What one request is answered with: blocks of content with their pace, or a refusal."""

from collections.abc import Mapping
from enum import StrEnum

from hubctl.core.vocabulary.values import Struct, field


class StopReason(StrEnum):
    END_TURN = "end_turn"
    TOOL_USE = "tool_use"
    MAX_TOKENS = "max_tokens"
    REFUSAL = "refusal"
    PAUSE_TURN = "pause_turn"


class Text(Struct, frozen=True, kw_only=True):
    """Words, spread over `seconds` (None: some milliseconds a word).

    Before them come `ping_seconds` with nothing but pings, after them `silent_seconds` with nothing at all.
    """

    words: str
    seconds: float | None = None
    ping_seconds: float = 0.0
    silent_seconds: float = 0.0


class Thinking(Struct, frozen=True, kw_only=True):
    words: str
    seconds: float


class ToolUse(Struct, frozen=True, kw_only=True):
    """`arguments` is the tool's JSON input."""

    name: str
    arguments: Mapping[str, object]


Block = Text | Thinking | ToolUse


class Refusal(Struct, frozen=True, kw_only=True):
    """An HTTP error; after `times` of them the reply's blocks follow. None means for ever."""

    status: int
    message: str
    times: int | None = None


class ScriptedReply(Struct, frozen=True, kw_only=True):
    """`stop` None: what the blocks imply. `context_tokens` None: a guess by the size of the conversation.

    Not even headers come for `hold_seconds`. `cut` breaks the connection after the first words.
    """

    blocks: tuple[Block, ...] = ()
    stop: StopReason | None = None
    context_tokens: int | None = None
    hold_seconds: float = 0.0
    headers: Mapping[str, str] = field(default_factory=dict)
    refusal: Refusal | None = None
    cut: bool = False

    @property
    def stop_reason(self) -> StopReason:
        if self.stop is not None:
            return self.stop
        calls = any(isinstance(block, ToolUse) for block in self.blocks)
        return StopReason.TOOL_USE if calls else StopReason.END_TURN


def join(first: ScriptedReply, second: ScriptedReply) -> ScriptedReply:
    """Both in one turn: the blocks of both in their order; where only one can hold, the second."""
    tokens = first.context_tokens if second.context_tokens is None else second.context_tokens
    return ScriptedReply(
        blocks=first.blocks + second.blocks,
        stop=second.stop or first.stop,
        context_tokens=tokens,
        hold_seconds=second.hold_seconds or first.hold_seconds,
        headers={**first.headers, **second.headers},
        refusal=second.refusal or first.refusal,
        cut=first.cut or second.cut,
    )
