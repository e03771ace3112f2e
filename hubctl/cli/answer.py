"""`hubctl answer`: a person's answer to a worker's question, by number, by label or in words."""

import json
from pathlib import Path
from typing import Annotated

from hubctl.cli.answering import Answers
from hubctl.cli.completing import open_asks_here
from hubctl.cli.options import Argument
from hubctl.cli.shared import RepoOption
from hubctl.core.ledger.asks import Ask
from hubctl.core.ledger.outside_events import AskVia
from hubctl.core.messages.asks import answers_to, chosen, questions_of
from hubctl.errors import HubError, UsageError


def answer(
    name: Annotated[str, Argument(metavar="ID", help="As `hubctl inbox` shows it.", offers=open_asks_here)],
    words: Annotated[
        list[str],
        Argument(
            metavar="TEXT...",
            help="One for each question: a number, a label, or your own words; several choices with commas.",
        ),
    ],
    repo: RepoOption = Path(),
) -> None:
    """Answer a worker's question. Of a dialog it chooses a label. Put -- before a text that begins with a dash."""
    answers = Answers("answer", repo)
    if not all(word.strip() for word in words):
        raise UsageError("An answer is empty.", "`hubctl answer a3 -- TEXT`")
    (ask,) = answers.meant([name], everything=False)
    text, said = _answers(ask, words)
    answers.show(ask)
    answers.answer(ask, text=text, words={"answers": json.dumps(said)})
    answers.settle()


def _answers(ask: Ask, words: list[str]) -> tuple[str, dict[str, str]]:
    """What a worker's own question is sent, and what a tool's questions or a dialog's labels are answered."""
    if ask.via is AskVia.HOOK:
        return " / ".join(words), answers_to(questions_of(ask.fields), words)
    whole = " ".join(words)
    if ask.via is AskVia.WORDS:
        return whole, {}
    label = chosen(ask.options, whole)
    if not label:
        labels = "; ".join(ask.options)
        raise HubError(f"`{whole}` is no label of this dialog: {labels}.", f"`hubctl attach {ask.thread}`")
    return label, {"": label}
