"""Which of the settled an observation may be about: they are looked up before it is judged.

Rule: rather too many than too few. What is looked up in vain costs a moment.
"""

import re
from collections.abc import Iterator

from hubctl.core.documents.issue_text import FRONT
from hubctl.core.intake import observations as o
from hubctl.core.intake.prompts import identities
from hubctl.core.ledger.prompt_marks import anywhere
from hubctl.core.vocabulary.values import Struct
from hubctl.core.vocabulary.words import ThreadId

NUMBER = re.compile(r"\d{1,18}")


class Sought(Struct, frozen=True, kw_only=True):
    """`prompts` are the identities of a prompt that another thread of its worker may have heard."""

    issues: tuple[ThreadId, ...] = ()
    worker: str = ""
    prompts: tuple[str, ...] = ()


def sought(seen: o.Observation) -> Sought:
    match seen:
        case o.RequestSeen():
            whose = (seen.thread,) if seen.thread else ()
            other = ThreadId(seen.words.get("to", "").partition(":")[2])
            worker = seen.by.partition(":")[2]
            return Sought(issues=(*whose, other), worker=worker)
        case o.BoardSeen():
            return Sought(issues=tuple(_named(seen)))
        case o.PlanSeen():
            return Sought(issues=(ThreadId(str(seen.issue)),))
        case o.PromptSeen() | o.HookSeen() if seen.prompt:
            return Sought(worker=seen.worker, prompts=(*identities(seen), anywhere(seen.prompt)))
        case _:
            return Sought(worker=getattr(seen, "worker", ""))


def _named(seen: o.BoardSeen) -> Iterator[ThreadId]:
    """The issues that were looked at, and those that their front matters name."""
    for look in seen.news.looks:
        yield ThreadId(str(look.number))
        front = FRONT.match(look.body)
        if front:
            yield from (ThreadId(str(int(number))) for number in NUMBER.findall(front[0]))
