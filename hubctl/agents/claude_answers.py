"""What Claude Code's PermissionRequest hook must print for an answer: measured, for the versions differ in what they need.

Rule: an allowed call runs with the input that was shown, or with the person's own version of it.
"""

import json
from collections.abc import Mapping

from hubctl.core.ask_events import AskKind, Decision
from hubctl.core.asks import Answer, Ask


def decision_text(ask: Ask, answer: Answer) -> str:
    """The hook's output, one JSON document."""
    decision = _denial(answer) if answer.decision is Decision.DENY else _allowance(ask, answer)
    output = {"hookEventName": "PermissionRequest", "decision": decision}
    return json.dumps({"hookSpecificOutput": output})


def _denial(answer: Answer) -> Mapping[str, object]:
    return {"behavior": "deny", "message": answer.reason or "Denied."}


def _allowance(ask: Ask, answer: Answer) -> Mapping[str, object]:
    """2.1.329 takes a plan as accepted only with its input; a question's answers go in beside the questions."""
    shown = json.loads(answer.input) if answer.input else dict(ask.fields)
    if ask.kind is AskKind.QUESTION:
        shown = {**shown, "answers": dict(answer.answers)}
    return {"behavior": "allow", "updatedInput": shown}
