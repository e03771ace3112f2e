"""What `approve`, `deny` and `answer` share: which asks are meant, how they are shown, and what came of the answers."""

import getpass
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

from hubctl.cli.ask_shown import lines_of
from hubctl.cli.completing import open_asks_here
from hubctl.cli.options import Argument, Option
from hubctl.cli.orders import SentRequest
from hubctl.cli.shared import put, tell
from hubctl.core.intake.asks import VERBS, answer_refusal
from hubctl.core.ledger.asks import ANSWERED, Ask, open_asks
from hubctl.core.ledger.outside_events import AskKind
from hubctl.core.ledger.state import HubState
from hubctl.core.messages.asks import SAID, told
from hubctl.errors import HubError, UsageError

SECONDS = 15.0
"""A hook takes its answer in milliseconds, a screen in a second."""

AsksArgument = Annotated[
    list[str] | None,
    Argument(help="As `hubctl inbox` shows them.", offers=open_asks_here, show_default=False),
]
AllOption = Annotated[bool, Option("--all", help="Every open ask that `--kind` and `--tool` leave.")]
KindOption = Annotated[AskKind | None, Option("--kind", help="Only those of this kind.")]
ToolOption = Annotated[str, Option("--tool", help="Only those for this tool.", show_default=False)]


class Answers(SentRequest):
    """The answers of one call of a verb. Nothing is given before all that is meant could be."""

    def __init__(self, verb: str, repo: Path) -> None:
        super().__init__(verb, repo)
        self._given: dict[str, int] = {}
        """request numbers by ask"""

    def meant(
        self, ids: Sequence[str] | None, *, everything: bool, kind: AskKind | None = None, tool: str = ""
    ) -> list[Ask]:
        """The asks of these names, or all that fit. Raises HubError where one of them cannot be answered so."""
        if bool(ids) is everything:
            raise UsageError("Which asks?", "Name them as `hubctl inbox` shows them, or say `--all`.")
        if (kind or tool) and not everything:
            raise UsageError(
                "`--kind` and `--tool` choose among all.", "Say `--all` with them, or name asks."
            )
        asks = self.state.asks
        fitting = [ask for ask in open_asks(asks) if kind in (None, ask.kind) and tool in ("", ask.tool)]
        if everything:
            return [ask for ask in fitting if not answer_refusal(asks, ask.id, self.verb)]
        for name in ids or ():
            if why := answer_refusal(asks, name, self.verb):
                raise HubError(f"Nothing was done: {why}.", "See `hubctl inbox`.")
        return [asks[name] for name in dict.fromkeys(ids or ())]

    def show(self, ask: Ask) -> None:
        """What is decided on is seen first."""
        for line in lines_of(ask, self.state.thread(ask.thread)):
            put(line, sys.stderr)

    def answer(self, ask: Ask, *, text: str = "", words: Mapping[str, str] | None = None) -> None:
        told_by = {"ask": ask.id, "who": _who(), "how": "command line", **(words or {})}
        self.write(ask.thread, text=text, words=told_by)
        self._given[ask.id] = self.number

    def settle(self) -> None:
        """Waits for what comes of them, and tells. Raises HubError where one of them changed nothing."""
        failed = [why for name, number in self._given.items() if (why := self._settled(name, number))]
        if failed:
            raise HubError(" ".join(failed), "See `hubctl inbox`.")
        if not self._given:
            tell("nothing waits for you")

    def _settled(self, name: str, number: int) -> str:
        """Why it changed nothing; empty: it did, or nobody knows yet."""

        def is_open(state: HubState, number: int) -> bool:
            ask = state.asks.get(name)
            return (ask is not None and not ask.over) or _is_telling(state, ask, number)

        state = self.await_end(number, is_open, seconds=SECONDS)
        ask = state.asks.get(name)
        if why := state.refusals.get(number):
            return _refused(ask, number, why)
        return self._said(ask, name, number)

    def _said(self, ask: Ask | None, name: str, number: int) -> str:
        if self.state.requests < number or ask is None or not ask.over:
            tell(f"{name}: {self.later()}")
        elif ask.over == ANSWERED:
            tell(f"{name}: {SAID[VERBS[self.verb]]}")
        else:
            return f"The ask `{name}` took no answer: {told(ask)}."
        return ""


def _is_telling(state: HubState, ask: Ask | None, number: int) -> bool:
    """What the worker must read of it is on its way, as a message."""
    thread = state.thread(ask.thread) if ask else None
    return thread is not None and any(message.number == number for message in thread.messages)


def _refused(ask: Ask | None, number: int, why: str) -> str:
    if ask and ask.over == ANSWERED and ask.answer and ask.answer.number == number:
        return f"The ask `{ask.id}` is {SAID[ask.answer.decision]}, but the worker could not be told: {why}."
    return f"Nothing was done: {why}."


def _who() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "human"
