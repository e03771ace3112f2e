"""Transcripts that grow, tear, change with `/clear` and have subagents beside them."""

import json
import queue
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hubctl.agents.claude.transcripts import Transcript, transcript_path
from hubctl.core.intake.observations import Observation, PromptSeen, TokensSeen
from hubctl.watch.transcripts import TranscriptWatcher
from support.waiting import PATIENCE

NOW = datetime(2026, 1, 2, tzinfo=UTC)
STAMP = "2026-01-01T10:00:00.500Z"


def user(text: str, name: str, **more: object) -> str:
    return json.dumps(
        {"type": "user", "promptId": name, "timestamp": STAMP, "message": {"content": text}, **more}
    )


def queued(operation: str, text: str = "") -> str:
    return json.dumps(
        {"type": "queue-operation", "operation": operation, "content": text, "timestamp": STAMP}
    )


def answer(name: str, read: int, written: int) -> str:
    usage = {"input_tokens": read, "cache_read_input_tokens": 100, "output_tokens": written}
    return json.dumps({"type": "assistant", "message": {"id": name, "usage": usage}})


@dataclass(slots=True)
class Watched:
    """A watcher whose rounds never come unless asked for: what is seen was told by the kernel."""

    home: Path
    seen: "queue.SimpleQueue[Observation]" = field(default_factory=queue.SimpleQueue)
    watcher: TranscriptWatcher = field(init=False)
    round_seconds: float = 3600.0

    def __post_init__(self) -> None:
        self.watcher = TranscriptWatcher(put=self.seen.put, now=lambda: NOW, round_seconds=self.round_seconds)

    def watch(self, worker: str = "w1", session: str = "s1") -> None:
        self.watcher.watch(
            worker=worker,
            sessions=(session,),
            open=lambda name: Transcript(self.path(name, worker)),
        )

    def path(self, session: str = "s1", worker: str = "w1") -> Path:
        return transcript_path(self.home, Path(f"/tree/{worker}"), session)

    def write(self, *lines: str, session: str = "s1", worker: str = "w1") -> None:
        self.append(self.path(session, worker), "".join(f"{line}\n" for line in lines))

    def append(self, path: Path, text: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a") as file:
            file.write(text)

    def prompt(self) -> PromptSeen:
        found = self.seen.get(timeout=PATIENCE)
        assert isinstance(found, PromptSeen), found
        return found

    def tokens(self) -> tuple[int, int]:
        found = self.seen.get(timeout=PATIENCE)
        assert isinstance(found, TokensSeen), found
        return found.input_tokens, found.output_tokens


@pytest.fixture
def watched(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Watched]:
    made = Watched(tmp_path, round_seconds=getattr(request, "param", 3600.0))
    made.watcher.start()
    yield made
    made.watcher.close()


def test_a_transcript_that_is_made_later_is_followed_line_by_line(watched: Watched) -> None:
    watched.watch()
    watched.write(user("first", "p1"))
    assert watched.prompt() == PromptSeen(
        at=datetime(2026, 1, 1, 10, 0, 0, 500_000, tzinfo=UTC),
        worker="w1",
        prompt="first",
        prompt_ids=("p1",),
    )
    watched.write(answer("m1", 5, 7), answer("m1", 5, 7))
    assert watched.tokens() == (105, 7)
    watched.write(answer("m2", 1, 1))
    assert watched.tokens() == (206, 8)


def test_a_torn_line_waits_for_its_rest(watched: Watched) -> None:
    watched.watch()
    line = user("whole", "p1")
    watched.append(watched.path(), line[:20])
    watched.append(watched.path(), f"{line[20:]}\n{line[:9]}")
    assert watched.prompt().prompt == "whole"
    watched.append(watched.path(), f"{line[9:]}\nnonsense\n[1]\n")
    assert watched.prompt().prompt == "whole"
    assert watched.seen.empty()


@pytest.mark.parametrize("watched", [3600.0, 0.05], indirect=True)
def test_the_tokens_of_subagents_count(watched: Watched) -> None:
    watched.watch()
    watched.write(answer("m1", 5, 7))
    assert watched.tokens() == (105, 7)
    watched.append(watched.path().with_suffix("") / "subagents" / "agent-a.jsonl", answer("m2", 10, 3) + "\n")
    watched.append(watched.path().with_suffix("") / "subagents" / "agent-b.jsonl", answer("m2", 10, 3) + "\n")
    assert watched.tokens() == (215, 10)


def test_the_session_after_a_clear_is_followed_and_the_one_before_counts(watched: Watched) -> None:
    watched.watch()
    watched.write(answer("m1", 5, 7))
    assert watched.tokens() == (105, 7)
    watched.watcher.follow("w1", "s2")
    watched.write(user("after", "p2"), answer("m2", 1, 1), session="s2")
    assert watched.prompt().prompt == "after"
    assert watched.tokens() == (206, 8)


def test_another_session_in_the_same_folder_is_nobodys(watched: Watched) -> None:
    watched.watch()
    watched.write(user("a person's own", "p9"), session="other")
    watched.write(user("ours", "p1"))
    assert watched.prompt().prompt == "ours"


def test_what_nobody_prompted_with_is_no_prompt(watched: Watched) -> None:
    watched.watch()
    result = [{"type": "tool_result", "content": "no"}]
    watched.write(
        user("meta", "p1", isMeta=True),
        user("summary", "p1", isCompactSummary=True),
        user("<command-name>/clear</command-name>", "p1"),
        json.dumps({"type": "user", "promptId": "p1", "message": {"content": result}}),
        json.dumps({"type": "user", "message": {"content": "an old version's, without an id"}}),
        user("[Request interrupted by user]", "p1"),
        user("real", "p2"),
    )
    assert watched.prompt().prompt == "real"


def test_a_queued_prompt_has_the_id_of_the_turn_that_runs(watched: Watched) -> None:
    """And the new turn's too, when it begins one."""
    watched.watch()
    watched.write(user("first", "p1"), queued("enqueue", "one"), queued("enqueue", "two"))
    assert [(seen.prompt, seen.prompt_ids, seen.queued) for seen in (watched.prompt() for _ in range(3))] == [
        ("first", ("p1",), False),
        ("one", ("p1",), True),
        ("two", ("p1",), True),
    ]
    watched.write(queued("remove"), queued("dequeue"), user("two", "p2", promptSource="queued"))
    taken = watched.prompt()
    assert (taken.prompt, taken.prompt_ids, taken.queued) == ("two", ("p1", "p2"), False)


def test_a_prompt_queued_and_taken_at_once_is_told_of_once(watched: Watched) -> None:
    watched.watch()
    watched.write(user("a", "p1"), queued("enqueue", "b"), user("b", "p2", promptSource="queued"))
    assert watched.prompt().prompt == "a"
    seen = watched.prompt()
    assert (seen.prompt_ids, seen.queued) == (("p1", "p2"), False)
    watched.write(user("c", "p3"))
    assert watched.prompt().prompt == "c"


def test_what_the_worker_sent_to_itself_is_told_with_both_ids(watched: Watched) -> None:
    watched.watch()
    watched.write(user("a", "p1"), queued("enqueue", "<task-notification>"))
    assert [watched.prompt().prompt_ids for _ in range(2)] == [("p1",)] * 2
    watched.write(queued("dequeue"), user("<task-notification>", "p2", promptSource="system"))
    seen = watched.prompt()
    assert (seen.prompt_ids, seen.queued) == (("p1", "p2"), False)


def test_a_worker_that_is_watched_anew_is_told_from_its_start(watched: Watched) -> None:
    """The hub that died may not have heard it."""
    watched.write(user("first", "p1"))
    watched.watch()
    assert watched.prompt().prompt == "first"
    watched.watch()
    assert watched.prompt().prompt == "first"


def test_a_worker_that_is_forgotten_is_looked_at_once_more(tmp_path: Path) -> None:
    watched = Watched(tmp_path)  # never started: nothing but the last look reads
    watched.watch()
    watched.write(answer("m1", 5, 7))
    watched.watcher.forget("w1")
    assert watched.tokens() == (105, 7)
    watched.write(answer("m2", 5, 7))
    watched.watcher.forget("w1")
    assert watched.seen.empty()


def test_an_unreadable_folder_harms_nobody_else(watched: Watched) -> None:
    watched.path(worker="w1").parent.parent.mkdir(parents=True)
    watched.path(worker="w1").parent.write_text("a file where a folder should be")
    watched.watch("w1")
    watched.watch("w2", session="s2")
    watched.write(user("fine", "p1"), session="s2", worker="w2")
    assert watched.prompt().worker == "w2"
