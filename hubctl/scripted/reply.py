"""The scripted model itself: a pure function from a request to its reply.

It keeps no state. The newest text of the user that holds a directive line of its own, or is matched by the `when` of
a script, decides; the answers given since then say which turn is next. So a worker may be resumed, asked again or
doubled, and a prompt in between that scripts nothing lets the script go on.
"""

import json
import re
from collections.abc import Sequence, Set
from functools import reduce
from typing import Final

from hubctl.errors import HubError
from hubctl.scripted.blocks import ScriptedReply, Text, join
from hubctl.scripted.directives import Directive, Turn, turns_in
from hubctl.scripted.request import Request, Sender
from hubctl.scripted.script import Script
from hubctl.scripted.verbs import perform

COMPACTION: Final = re.compile(
    r"Your task is to create a detailed summary of (?:the|this)\b.{0,40}conversation"
)
"""The worker CLI's request for its own summary, typed or automatic: alone in the last message in 2.1.329, behind the
last prompt, and so behind its script, in 2.1.197."""
SUMMARY: Final = (
    "<analysis>short</analysis>\n<summary>\nScripted summary of the conversation so far.\n</summary>"
)
COMPACTION_SECONDS: Final = 1.0
EMPTY: Final[dict[str, object]] = {
    "string": "Scripted title",
    "boolean": False,
    "array": [],
    "number": 0,
    "integer": 0,
}


def reply_to(request: Request, scripts: Sequence[Script] = (), *, now: float) -> ScriptedReply:
    """`now` in seconds since the epoch: limits name the time of their reset."""
    if _is_compaction(request):
        return ScriptedReply(blocks=(Text(words=SUMMARY),), hold_seconds=COMPACTION_SECONDS)
    turns, done = _chosen(request, scripts)
    if not request.tools and (fixed := _fixed_shape(request, turns[done : done + 1])):
        return _said(fixed)
    if not turns:
        return _said("I am idle: no directive found." if request.tools else "ok")
    if done >= len(turns):
        return _said("All steps finished.")
    return reduce(join, (_part(directive, request, now) for directive in turns[done]))


def _said(words: str) -> ScriptedReply:
    return ScriptedReply(blocks=(Text(words=words),))


def _is_compaction(request: Request) -> bool:
    last = request.messages[-1:]
    return any(message.role is Sender.USER and any(map(COMPACTION.search, message.texts)) for message in last)


def _chosen(request: Request, scripts: Sequence[Script]) -> tuple[tuple[Turn, ...], int]:
    """The turns that hold now, and how many of them are over."""
    done = 0
    for message in reversed(request.messages):
        if message.role is Sender.ASSISTANT:
            done += 1
            continue
        for text in reversed(message.texts):
            turns = turns_in(text) or _matched(text, scripts)
            if turns:
                return turns, done
    return (), 0


def _matched(text: str, scripts: Sequence[Script]) -> tuple[Turn, ...]:
    return next((script.turns for script in scripts if script.when.search(text)), ())


def _fixed_shape(request: Request, turn: Sequence[Turn]) -> str | None:
    """The answer to a side request (title, topic), which carries no tools, but the prompt with its directives.

    A turn that is one `@json` with names that the asked shape has is such an answer too: so a program that asks for
    JSON without tools can be scripted, and the title of the same prompt is still only a title.
    """
    if request.shape is None:
        return '{"isNewTopic": false, "title": null}' if request.asks_topic else None
    match turn:
        case [[Directive(verb="json", argument=written)]] if _fits(written, request.shape.keys()):
            return written
    return json.dumps({name: EMPTY.get(kind) for name, kind in request.shape.items()})


def _fits(written: str, names: Set[str]) -> bool:
    try:
        made = json.loads(written, strict=False)
    except ValueError:
        return False
    return isinstance(made, dict) and made.keys() <= names


def _part(directive: Directive, request: Request, now: float) -> ScriptedReply:
    """A mistake in a prompt is told in the answer: there is no file and line to name."""
    try:
        return perform(directive, request, now=now)
    except HubError as error:
        return _said(error.message)
