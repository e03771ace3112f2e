"""What a dialog on a worker's screen asks of a person, and which of its labels an answer means."""

import re
from collections.abc import Sequence
from typing import Final

from hubctl.agents.claude.screen.screen import Screen, ScreenView
from hubctl.core.ledger.asks import ESCAPE, Ask
from hubctl.core.ledger.outside_events import AskKind, Decision
from hubctl.core.vocabulary.values import Struct

LONGEST: Final = 10_000
"""Characters; more than a pane shows."""

_KINDS: Final = {
    ScreenView.PERMISSION: AskKind.PERMISSION,
    ScreenView.QUESTION: AskKind.QUESTION,
    ScreenView.PLAN: AskKind.PLAN,
    ScreenView.DIALOG: AskKind.DIALOG,
    ScreenView.LIMIT: AskKind.DIALOG,
    ScreenView.LOGIN: AskKind.DIALOG,
}


class ScreenAsk(Struct, frozen=True, kw_only=True):
    """What is asked, in the screen's words; without `options` it is answered in the pane alone. `yes`, `no`: see `Ask`."""

    kind: AskKind
    text: str
    options: tuple[str, ...] = ()
    yes: str = ""
    no: str = ""


def asked_on(screen: Screen) -> ScreenAsk | None:
    """None where the screen shows no dialog. Boxes to tick and a login want more than a label."""
    kind = _KINDS.get(screen.view)
    if kind is None or (screen.view is ScreenView.LIMIT and not screen.options):
        return None
    text = (screen.text or " ".join(screen.anchors))[:LONGEST]
    closed = screen.many or screen.view is ScreenView.LOGIN
    options = () if closed else choosable(screen.options)
    yes, no = (plain_label(kind, options, decision) for decision in (Decision.ALLOW, Decision.DENY))
    # A plan has no No but one that wants words: Esc refuses it.
    return ScreenAsk(
        kind=kind, text=text, options=options, yes=yes, no=ESCAPE if kind is AskKind.PLAN else no
    )


def shows(screen: Screen, ask: Ask) -> bool:
    """It is the very dialog that the ask tells of, in all its words."""
    found = asked_on(screen)
    return found is not None and (found.kind, found.text, found.options) == (ask.kind, ask.text, ask.options)


def label_at(screen: Screen, ask: Ask) -> int | None:
    """Which of the labels its answer means; None on every other screen, and where it is not one label alone."""
    if ask.answer is None or not shows(screen, ask):
        return None
    said = {Decision.ALLOW: ask.yes, Decision.DENY: ask.no}.get(
        ask.answer.decision, ask.answer.answers.get("", "")
    )
    found = [i for i, label in enumerate(screen.options) if label == said]
    return found[0] if said in ask.options and len(found) == 1 else None


_TYPED = re.compile(r"Type something|Tell Claude what to change", re.I)

_PLAIN = {
    (AskKind.PERMISSION, Decision.ALLOW): re.compile(r"Yes$"),
    (AskKind.PERMISSION, Decision.DENY): re.compile(r"No\b"),
    (AskKind.PLAN, Decision.ALLOW): re.compile(r"Yes(, manually approve edits)?$"),
}


def choosable(labels: Sequence[str]) -> tuple[str, ...]:
    """Those that Enter alone chooses."""
    return tuple(label for label in labels if not _TYPED.match(label))


def plain_label(kind: AskKind, labels: Sequence[str], decision: Decision) -> str:
    """The label that says just this Yes or No; empty where there is none, or more than one."""
    pattern = _PLAIN.get((kind, decision))
    found = [label for label in labels if pattern and pattern.match(label)]
    return found[0] if len(found) == 1 else ""
