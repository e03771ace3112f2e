"""What watchers make of a beat, for `balls`: the simulator's words become hubctl's observations, hooks by hubctl's own parser."""

from collections.abc import Callable, Mapping
from datetime import datetime

from hubctl.agents.claude.files import parse_hook
from hubctl.core.documents.plan import Plan, PlannedIssue
from hubctl.core.intake import observations as o
from hubctl.core.vocabulary.values import Struct
from hubctl.core.vocabulary.words import ThreadId, Work
from support.stories.lives.words import Beat, Story
from support.stories.stand import Process


class Sight(Struct, frozen=True, kw_only=True):
    """A beat that is seen: it happened `at`; `number` is a request's."""

    beat: Beat
    issue: str
    process: Process | None
    at: float
    number: int


def sighting(seen: Sight, *, now: datetime, at: datetime) -> o.Observation | None:
    """None where nobody would see anything. `at` is when it happened."""
    if seen.beat.what in ("says", "person"):
        return _request(seen, at)
    if seen.process is None:
        return None
    match seen.beat.what:
        case "session":
            return _file(seen.process, now)
        case "hook":
            return parse_hook(seen.beat.text, worker=seen.process.worker, at=at)
        case "prompt":
            ids = (seen.beat.word,)
            return o.PromptSeen(at=at, worker=seen.process.worker, prompt=seen.beat.text, prompt_ids=ids)
        case what:
            return _SIMPLE[what](seen.beat, seen.process.worker, now)


def _file(process: Process, now: datetime) -> o.SessionSeen | None:
    """As it is now, whatever it was when its watcher was called."""
    if process.ended:
        return None
    return o.SessionSeen(
        at=now,
        worker=process.worker,
        session=process.session,
        status=process.status,
        waiting_for=process.waits_for or None,
        updated_at=process.written,
    )


def _process(beat: Beat, worker: str, now: datetime) -> o.Observation:
    return o.ProcessSeen(at=now, worker=worker, alive=False, how=beat.text)


def _tokens(beat: Beat, worker: str, now: datetime) -> o.Observation:
    count = int(beat.word)
    return o.TokensSeen(
        at=now,
        worker=worker,
        input_tokens=count,
        output_tokens=count // 9,
        tool=beat.text,
        seconds=float(beat.to or 0),
    )


def _title(beat: Beat, worker: str, now: datetime) -> o.Observation:
    return o.TitleSeen(at=now, worker=worker, busy=beat.word == "busy")


def _screen(beat: Beat, worker: str, now: datetime) -> o.Observation:
    return o.ScreenSeen(at=now, worker=worker, view=beat.word, start=beat.text)


def _work(beat: Beat, worker: str, now: datetime) -> o.Observation:
    return o.WorkSeen(at=now, worker=worker, what=Work(beat.word), mark=beat.text)


_SIMPLE: Mapping[str, Callable[[Beat, str, datetime], o.Observation]] = {
    "process": _process,
    "tokens": _tokens,
    "title": _title,
    "screen": _screen,
    "work": _work,
}


def _request(seen: Sight, at: datetime) -> o.RequestSeen:
    by = "human" if seen.beat.what == "person" else f"worker:{seen.issue}"
    return o.RequestSeen(
        at=at,
        number=seen.number,
        verb=seen.beat.word,
        by=by,
        thread=ThreadId(seen.issue),
        text=seen.beat.text,
        words={"to": seen.beat.to} if seen.beat.to else {},
    )


def plan_request(story: Story, *, now: datetime) -> o.RequestSeen:
    """The first request of all: the story's issues as a plan."""
    issues = tuple(
        PlannedIssue(
            key=f"k{number}",
            title=f"Do {number}",
            body="The task.",
            after=tuple(f"k{name}" for name in after),
        )
        for number, after in enumerate(story.after, 1)
    )
    return o.RequestSeen(at=now, number=1, verb="plan", by="human", content=Plan(issues=issues))
