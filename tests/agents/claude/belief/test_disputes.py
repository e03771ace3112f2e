"""Sources that contradict each other: when it counts, when it is known and no matter, and how often it is told."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubctl.agents.claude.belief.belief import believe, dispute, needs_screen, told
from hubctl.agents.claude.belief.disputes import BEHIND, LASTING, disagreement
from hubctl.agents.claude.belief.sources import Sources
from hubctl.core.intake.notice import AGAIN, notice
from hubctl.core.intake.observations import (
    DisputeSeen,
    HookSeen,
    Observation,
    ProcessSeen,
    ScreenSeen,
    SessionSeen,
    TitleSeen,
)
from hubctl.core.ledger import events as e
from hubctl.core.ledger.fold import fold
from hubctl.core.ledger.state import HubState
from hubctl.core.vocabulary.values import replace
from hubctl.core.vocabulary.words import View
from support.core.builders import NOW, ONE, WORKING, worker_of

WORKER = worker_of(ONE, 1)
SECOND = timedelta(seconds=1)


def file(status: str | None, at: datetime = NOW) -> SessionSeen:
    return SessionSeen(at=at, worker=WORKER, session="s", status=status, updated_at=at)


def title(busy: bool, at: datetime = NOW) -> TitleSeen:
    return TitleSeen(at=at, worker=WORKER, busy=busy)


def screen(view: str, at: datetime = NOW, background: int = 0) -> ScreenSeen:
    return ScreenSeen(at=at, worker=WORKER, view=view, background=background)


def hook(name: str, at: datetime = NOW, background: int = 0, agent: str = "") -> HookSeen:
    return HookSeen(at=at, worker=WORKER, name=name, background=background, agent=agent)


def ended() -> ProcessSeen:
    return ProcessSeen(at=NOW, worker=WORKER, alive=False, how="exit 0")


def heard(*seen: Observation) -> Sources:
    sources = Sources(touched=NOW)
    for one in seen:
        sources = believe(sources, one, one.at)
    return sources


LATER = NOW + BEHIND + SECOND
DISPUTED: dict[str, tuple[Observation, ...]] = {
    "the file rests, the title works": (file("idle"), title(True)),
    "the file works, the title rests": (file("busy"), title(False)),
    "the file waits, the title works": (file("waiting"), title(True)),
    "a background shell, and a title that works": (file("shell"), title(True)),
    "the file rests, the screen works": (file("idle"), screen("busy", LATER)),
    "the title rests, the screen retries": (title(False), screen("retrying", LATER)),
    "a tool ran, and the file noticed nothing": (file("idle"), hook("PostToolUse", LATER)),
    "a prompt was taken, and the file noticed nothing": (file("idle"), hook("UserPromptSubmit", LATER)),
}
AGREED: dict[str, tuple[Observation, ...]] = {
    "nothing is known": (),
    "one alone": (file("busy"),),
    "all work": (file("busy"), title(True), hook("UserPromptSubmit")),
    "all rest": (file("idle"), title(False), hook("Stop"), screen("idle", LATER)),
    "an error ended the turn": (file("idle"), title(False), hook("StopFailure"), screen("error", LATER)),
    "a dialog": (file("waiting"), title(False), hook("PermissionRequest"), screen("permission", LATER)),
    "Esc fires no hook": (file("busy"), hook("UserPromptSubmit"), file("idle", LATER)),
    "Esc, where the file says nothing new in time": (file("idle"), title(False), hook("PostToolUse", LATER)),
    "a hook in the moment in which the file is written": (file("idle"), hook("PostToolUse", NOW + BEHIND)),
    "a command's turn has no hook at its beginning": (hook("Stop"), file("busy", LATER), title(True)),
    "a Stop hook of the user that says `go on`": (file("busy"), title(True), hook("Stop", LATER)),
    "a subagent's tool": (file("idle"), hook("PostToolUse", LATER, agent="a")),
    "compaction that is refused": (file("idle"), hook("PreCompact", LATER)),
    "a background agent": (file("busy"), hook("Stop", background=1), screen("idle", LATER, background=1)),
    "2.1.329, where a subagent's hook waits": (
        file("busy"),
        title(True),
        hook("PermissionRequest", agent="a"),
    ),
    "2.1.197, where the rewind menu is open": (file("idle"), title(False), screen("dialog", LATER)),
    "no login": (file("idle"), title(False), screen("login", LATER)),
    "a screen of before": (screen("idle"), file("busy", LATER)),
    "a screen that cannot be read": (file("busy"), screen("unknown", LATER)),
    "a worker that has ended": (file("busy"), title(False), ended()),
    "a file without a status": (file(None), title(True)),
}


@pytest.mark.parametrize("case", DISPUTED)
def test_who_should_agree(case: str) -> None:
    sources = heard(*DISPUTED[case])
    assert "not busy" in disagreement(sources)
    assert sources.dispute is not None
    assert needs_screen(sources), "the screen is asked as a witness"


@pytest.mark.parametrize("case", AGREED)
def test_what_is_no_disagreement(case: str) -> None:
    sources = heard(*AGREED[case])
    assert disagreement(sources) == ""
    assert sources.dispute is None


def test_a_file_that_outlives_its_turn_is_doubted_and_the_screen_decides() -> None:
    """2.1.329 turns no title in tmux: nothing else would tell."""
    sources = heard(file("busy"), hook("Stop", LATER))
    assert needs_screen(sources)
    assert sources.dispute is None
    at = LATER + SECOND
    assert believe(sources, screen("idle", at), at).dispute is not None
    assert believe(sources, screen("busy", at), at).dispute is None
    for fine in (hook("Stop", LATER, background=1), hook("Stop", NOW + BEHIND), hook("PostToolUse", LATER)):
        assert not needs_screen(heard(file("busy"), fine))


def test_it_says_who_says_what() -> None:
    sources = heard(file("idle"), title(True), hook("PostToolUse", LATER))
    assert disagreement(sources) == "the session file says not busy, the title says busy, hooks say busy"


# --- time -----------------------------------------------------------------------------------------------------------


def test_it_must_last() -> None:
    sources = heard(file("idle"), title(True))
    assert dispute(WORKER, sources, NOW + LASTING - SECOND) is None
    seen = dispute(WORKER, sources, NOW + LASTING)
    assert seen is not None
    assert (seen.view, seen.worker) == (View.IDLE, WORKER)


def test_an_episode_is_told_once() -> None:
    sources = told(heard(file("idle"), title(True)))
    assert dispute(WORKER, sources, NOW + LASTING) is None
    sources = believe(sources, screen("busy", LATER), LATER)
    assert "the screen" in disagreement(sources)
    assert dispute(WORKER, sources, NOW + 10 * LASTING) is None


def test_who_agrees_again_begins_anew() -> None:
    sources = told(heard(file("idle"), title(True)))
    again = NOW + LASTING
    for seen in (file("busy", again), file("idle", again + SECOND)):
        sources = believe(sources, seen, seen.at)
    assert dispute(WORKER, sources, again + LASTING) is None
    assert dispute(WORKER, sources, again + SECOND + LASTING) is not None


def test_who_changes_sides_goes_on_with_it() -> None:
    sources = heard(file("idle"), title(True), title(False, NOW + SECOND), file("busy", NOW + SECOND))
    assert dispute(WORKER, sources, NOW + LASTING) is None, "they agreed in between"


# --- the log ---------------------------------------------------------------------------------------------------------


def seen_at(at: datetime, said: str = "the title says busy") -> DisputeSeen:
    return DisputeSeen(at=at, worker=WORKER, said=said, view=View.IDLE)


def test_it_becomes_an_anomaly_that_changes_no_thread() -> None:
    before = fold(WORKING)
    (event,) = notice(before, seen_at(NOW))
    assert isinstance(event, e.SourcesDisagreed)
    after = fold([event], before)
    assert after.threads == before.threads
    (odd,) = after.anomalies
    assert (odd.thread, odd.kind) == (ONE, "sources-disagreed")
    assert odd.why == "the title says busy; believed was idle"


def test_sources_that_flap_do_not_fill_the_log() -> None:
    state: HubState = fold(WORKING)
    for minute in range(25):
        state = fold(notice(state, seen_at(NOW + minute * timedelta(minutes=1))), state)
    assert len(state.anomalies) == 1 + 24 // (AGAIN // timedelta(minutes=1))
    assert notice(state, seen_at(NOW + timedelta(minutes=25), "something else"))


def test_the_worker_of_nobody_is_not_heard() -> None:
    assert notice(fold(WORKING), replace(seen_at(NOW), worker="w9-9")) == ()


# --- the law ---------------------------------------------------------------------------------------------------------

steps = st.lists(
    st.sampled_from(
        [
            file("idle"),
            file("busy"),
            title(True),
            title(False),
            screen("busy"),
            screen("idle"),
            hook("PostToolUse"),
        ]
    ),
    max_size=12,
)


@given(steps)
def test_a_dispute_is_as_old_as_the_disagreement(seen: list[Observation]) -> None:
    sources, since = Sources(touched=NOW), None
    for number, one in enumerate(seen):
        at = NOW + number * timedelta(seconds=3)
        sources = believe(sources, replace(one, at=at), at)
        since = (since or at) if disagreement(sources) else None
        assert (sources.dispute.since if sources.dispute else None) == since
