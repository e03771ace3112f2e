"""Whom the hub believes of a worker's sources, when it counts, and what real hooks of real workers come to."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubctl.agents.claude.belief.belief import (
    DRAWN,
    ENDINGS,
    SETTLE,
    TAKEN,
    answered,
    believe,
    dispute,
    first_look,
    hushed,
    needs_screen,
    next_sight,
    read,
    settled,
    sight,
)
from hubctl.agents.claude.belief.sources import Sources
from hubctl.agents.claude.files import parse_hook
from hubctl.agents.claude.json import EPOCH
from hubctl.core.intake.observations import (
    ClockSeen,
    HookSeen,
    Observation,
    ProcessSeen,
    PromptSeen,
    ScreenSeen,
    SessionSeen,
    TitleSeen,
)
from hubctl.core.vocabulary.values import replace
from hubctl.core.vocabulary.words import View
from support.core.builders import NOW

CAPTURES = Path(__file__).parents[3] / "captures"
RUNS = sorted(CAPTURES.glob("*/*/hooks.jsonl"))
VERSIONS = sorted({path.parts[-3] for path in RUNS})


def alive() -> ProcessSeen:
    return ProcessSeen(at=NOW, worker="w1-1", alive=True)


def ended() -> ProcessSeen:
    return ProcessSeen(at=NOW, worker="w1-1", alive=False, how="exit 1")


def file(status: str | None, waiting_for: str | None = None) -> SessionSeen:
    return SessionSeen(at=NOW, worker="w1-1", session="s", status=status, waiting_for=waiting_for)


def hook(name: str, *, tool: str = "", agent: str = "", background: int = 0) -> HookSeen:
    return HookSeen(at=NOW, worker="w1-1", name=name, tool=tool, agent=agent, background=background)


def screen(view: str) -> ScreenSeen:
    return ScreenSeen(at=NOW, worker="w1-1", view=view)


def title(*, busy: bool) -> TitleSeen:
    return TitleSeen(at=NOW, worker="w1-1", busy=busy)


def closes(reason: str) -> HookSeen:
    return replace(hook("SessionEnd"), source=reason)


def asks(agent: str = "") -> HookSeen:
    return hook("PermissionRequest", tool="Bash", agent=agent)


def elicits() -> HookSeen:
    return hook("PermissionRequest", tool="Elicitation")


def heard(*seen: Observation) -> Sources:
    sources = Sources(touched=NOW)
    for one in seen:
        sources = believe(sources, one, NOW)
    return sources


def view(*seen: Observation) -> tuple[View, str]:
    belief = read(heard(*seen))
    return belief.view, belief.source


# --- the order of belief ------------------------------------------------------------------------------------------

ORDER = {
    "nothing is known": ((), (View.STARTING, "process")),
    "the process lives": ((alive(),), (View.STARTING, "process")),
    "the end beats everything": (
        (file("busy"), asks(agent="a"), screen("idle"), ended()),
        (View.GONE, "process"),
    ),
    "an ask while the file says waiting": ((file("waiting"), asks()), (View.WAITING, "hook")),
    "an ask without a file": ((asks(),), (View.WAITING, "hook")),
    "an ask while the file has no status": ((file(None), asks()), (View.WAITING, "hook")),
    "an ask that outlived its answer": ((file("waiting"), asks(), file("busy")), (View.BUSY, "session")),
    "a subagent's ask whatever the file says": ((file("busy"), asks(agent="a")), (View.WAITING, "hook")),
    "also when it says idle": ((file("idle"), asks(agent="a")), (View.WAITING, "hook")),
    "what a server asks, whatever the file says": ((file("busy"), elicits()), (View.WAITING, "hook")),
    "what a server asked, after its call": (
        (file("busy"), elicits(), hook("PostToolUse", tool="mcp__a__b")),
        (View.BUSY, "session"),
    ),
    "the file over a hook": ((file("busy"), hook("Stop")), (View.BUSY, "session")),
    "the file over the screen": ((screen("busy"), file("idle")), (View.IDLE, "session")),
    "a hook over the screen": ((screen("idle"), hook("UserPromptSubmit")), (View.BUSY, "hook")),
    "the screen at last": ((screen("plan"),), (View.WAITING, "screen")),
    "a background shell": ((file("shell"),), (View.BACKGROUND, "session")),
    "a background task at the end of a turn": ((hook("Stop", background=1),), (View.BACKGROUND, "hook")),
    "a turn that ended by an error": ((hook("StopFailure"),), (View.IDLE, "hook")),
    "a subagent's tool is not the main agent's": (
        (hook("Stop"), hook("PostToolUse", agent="a")),
        (View.IDLE, "hook"),
    ),
    "a hook that says nothing of the turn": ((hook("Stop"), hook("Notification")), (View.IDLE, "hook")),
    "an end that was no end": ((ended(), alive(), file("idle")), (View.IDLE, "session")),
}


@pytest.mark.parametrize("case", ORDER)
def test_who_is_believed(case: str) -> None:
    seen, believed = ORDER[case]
    assert view(*seen) == believed


@pytest.mark.parametrize("word", ["dreaming", "", "IDLE", "resting"])
def test_unknown_is_never_idle(word: str) -> None:
    assert view(file(word))[0] is View.UNKNOWN
    assert view(screen(word))[0] is View.UNKNOWN


def test_what_is_waited_for_is_told() -> None:
    assert read(heard(file("waiting", "permission prompt"))).why == "permission prompt"
    assert read(heard(file("waiting"), asks())).why == "permission for Bash"
    assert read(heard(ended())).why == "exit 1"


# --- an ask is over -----------------------------------------------------------------------------------------------

OVER = {
    "the tool ran": hook("PostToolUse", agent="a"),
    "the tool failed": hook("PostToolUseFailure", agent="a"),
    "the subagent ended": hook("SubagentStop", agent="a"),
    "the turn ended and nothing runs": hook("Stop"),
    "a new session": hook("SessionStart"),
    "the session ended": hook("SessionEnd"),
}


@pytest.mark.parametrize("case", OVER)
def test_a_subagents_ask_ends(case: str) -> None:
    assert view(file("idle"), asks(agent="a"), OVER[case]) == (View.IDLE, "session")


@pytest.mark.parametrize(
    "other",
    [
        hook("PostToolUse", agent="b"),
        hook("PostToolUse"),
        hook("Stop", background=1),
        hook("UserPromptSubmit"),
        hook("StopFailure"),
    ],
)
def test_a_subagents_ask_outlives_what_others_do(other: HookSeen) -> None:
    assert view(file("busy"), asks(agent="a"), other)[0] is View.WAITING


@pytest.mark.parametrize(
    "name", ["PostToolUse", "PostToolUseFailure", "Stop", "StopFailure", "UserPromptSubmit"]
)
def test_the_main_agents_ask_ends(name: str) -> None:
    assert view(asks(), hook(name))[0] is not View.WAITING


def test_a_subagents_ask_that_esc_ended_does_not_outlive_the_file() -> None:
    """No hook tells of it; the file says idle only when no subagent is left."""
    asked = replace(asks(agent="a"), at=NOW - SETTLE)
    rests = replace(file("idle"), updated_at=NOW)
    assert view(file("busy"), asked)[0] is View.WAITING
    assert view(file("busy"), asked, rests) == (View.IDLE, "session")
    assert view(file("busy"), replace(asked, at=NOW + SETTLE), rests)[0] is View.WAITING


# --- without a file ------------------------------------------------------------------------------------------------


def later(view: str, *, background: int = 0) -> ScreenSeen:
    return replace(screen(view), at=NOW + DRAWN, background=background)


WITHOUT_FILE: dict[str, tuple[tuple[Observation, ...], tuple[View, str]]] = {
    "after Esc no hook tells": ((hook("PostToolUse"), later("idle")), (View.IDLE, "screen")),
    "a dialog that no hook tells of": ((hook("UserPromptSubmit"), later("dialog")), (View.WAITING, "screen")),
    "a command that no hook tells of": ((hook("Stop"), later("busy")), (View.BUSY, "screen")),
    "the CLI was killed in its shell": ((hook("Stop"), later("gone")), (View.GONE, "screen")),
    "a screen not yet drawn": ((hook("UserPromptSubmit"), screen("idle")), (View.BUSY, "hook")),
    "a screen that nobody can read": ((hook("Stop"), later("unknown")), (View.IDLE, "hook")),
    "a title that works": ((hook("UserPromptSubmit"), title(busy=True), later("idle")), (View.BUSY, "hook")),
    "a background agent": (
        (hook("Stop", background=1), later("idle", background=1)),
        (View.BACKGROUND, "hook"),
    ),
    "it says that it ends": ((hook("Stop"), closes("prompt_input_exit")), (View.GONE, "hook")),
    "it begins another session": ((hook("Stop"), closes("clear")), (View.IDLE, "hook")),
    "it says so, and its file lives": ((closes("other"), file("busy")), (View.BUSY, "session")),
    "it says so, and speaks again": (
        (hook("Stop"), closes("other"), hook("SessionStart")),
        (View.IDLE, "hook"),
    ),
}


@pytest.mark.parametrize("case", WITHOUT_FILE)
def test_who_is_believed_without_a_file(case: str) -> None:
    seen, believed = WITHOUT_FILE[case]
    assert view(*seen) == believed


def test_a_title_unsettles_nothing_beside_a_file() -> None:
    sources = heard(file("idle"))
    assert believe(sources, title(busy=True), NOW + SETTLE).touched == NOW
    assert believe(heard(hook("Stop")), title(busy=True), NOW + SETTLE).touched == NOW + SETTLE


def test_a_prompt_unsettles_what_was_said_before() -> None:
    """The transcript may tell of a turn before the file does: `background` must not come back in between."""
    sources = heard(file("shell"))
    prompt = PromptSeen(at=NOW, worker="w1-1", prompt="<task-notification>", prompt_ids=("p",))
    assert sight("w1-1", believe(sources, prompt, NOW + SETTLE), NOW + SETTLE) is None


# --- settling -----------------------------------------------------------------------------------------------------


def test_what_is_said_must_stand_for_a_moment() -> None:
    sources = heard(file("idle"))
    assert not settled(sources, NOW + SETTLE - timedelta(milliseconds=1))
    assert settled(sources, NOW + SETTLE)
    assert sight("w1-1", sources, NOW) is None


def test_a_dialog_that_has_its_answer_is_no_dialog_anew() -> None:
    """A busy worker takes a second to go on: its file tells of the old dialog until then, and then of a next one."""
    old = replace(file("waiting", "input needed"), updated_at=NOW)
    asked = replace(asks(), gate="1.gate")
    sources = answered(heard(old, asked), "1.gate", NOW + DRAWN)
    assert sight("w1-1", sources, NOW + DRAWN + SETTLE) is None
    assert next_sight(sources, NOW + DRAWN + SETTLE) == NOW + DRAWN + TAKEN
    kept = sight("w1-1", sources, NOW + DRAWN + TAKEN)
    assert kept is not None
    assert (kept.view, kept.why) == (View.WAITING, "input needed")
    anew = replace(old, updated_at=NOW + 2 * DRAWN)
    seen = sight("w1-1", believe(sources, anew, NOW + 2 * DRAWN), NOW + 2 * DRAWN + SETTLE)
    assert seen is not None
    assert seen.view is View.WAITING


def test_an_end_counts_at_once() -> None:
    seen = sight("w1-1", heard(file("busy"), ended()), NOW)
    assert seen is not None
    assert (seen.view, seen.why) == (View.GONE, "exit 1")


def test_each_word_begins_the_moment_anew() -> None:
    sources = believe(heard(file("busy")), file("idle"), NOW + SETTLE)
    assert sight("w1-1", sources, NOW + SETTLE) is None
    seen = sight("w1-1", sources, NOW + 2 * SETTLE)
    assert seen is not None
    assert seen.view is View.IDLE


def test_what_is_no_source_does_not_disturb() -> None:
    sources = heard(file("idle"))
    assert believe(sources, ClockSeen(at=NOW), NOW + SETTLE) is sources


# --- the screen ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seen", "needed"),
    [
        ((), True),
        ((file(None),), True),
        ((hook("Stop"),), True),
        ((file("idle"),), False),
        ((ended(),), False),
    ],
)
def test_the_screen_is_asked_for_where_there_is_no_file(seen: tuple[Observation, ...], needed: bool) -> None:
    assert needs_screen(heard(*seen)) is needed


def test_a_dialog_of_the_start_is_believed_by_its_name() -> None:
    seen = replace(screen("dialog"), start="trust dialog")
    assert (read(heard(seen)).view, read(heard(seen)).why) == (View.WAITING, "trust dialog")
    assert read(heard(replace(seen, start=""))).why == "dialog"


def test_a_worker_that_nobody_knows_needs_its_screen() -> None:
    assert needs_screen(None)


# --- the law ------------------------------------------------------------------------------------------------------

NAMES = (
    "PermissionRequest",
    "PostToolUse",
    "SubagentStop",
    "Stop",
    "StopFailure",
    "UserPromptSubmit",
    "SessionEnd",
)
agents = st.sampled_from(["", "a", "b"])
sightings = st.one_of(
    st.sampled_from(
        [alive(), screen("idle"), screen("error"), screen("?"), file("busy"), file("waiting"), file(None)]
    ),
    st.builds(hook, st.sampled_from(NAMES), tool=st.just("Bash"), agent=agents, background=st.integers(0, 1)),
)


@given(st.lists(sightings, max_size=12))
def test_a_file_that_says_busy_is_never_idle(seen: list[Observation]) -> None:
    assert view(*seen, file("busy"))[0] in (View.BUSY, View.WAITING)


@given(st.lists(sightings, max_size=12))
def test_nothing_lives_after_the_end(seen: list[Observation]) -> None:
    assert view(*seen, ended()) == (View.GONE, "process")


def placed(seen: Observation, at: datetime) -> Observation:
    return replace(seen, at=at, updated_at=at) if isinstance(seen, SessionSeen) else replace(seen, at=at)


def said(sources: Sources, now: datetime) -> list[Observation]:
    """All that the hub would note of this worker, without the time at which it looks."""
    told = (look("w1-1", sources, now) for look in (sight, dispute, hushed))
    return [replace(one, at=NOW) for one in told if one]


PROMPT = PromptSeen(at=NOW, worker="w1-1", prompt="x", prompt_ids=("p",))
more = st.sampled_from([title(busy=True), title(busy=False), file("idle"), PROMPT])


@given(
    st.lists(st.tuples(st.one_of(sightings, more), st.integers(0, 9000)), max_size=8), st.integers(1, 60_000)
)
def test_time_alone_says_nothing_new_before_the_next_look_is_due(
    seen: list[tuple[Observation, int]], pause: int
) -> None:
    """The hub sleeps until then."""
    sources, now = first_look("w1-1", (), NOW, hooked=True), NOW
    for one, before in seen:
        now += timedelta(milliseconds=before)
        sources = believe(sources, placed(one, now), now)
    later, due = now + timedelta(milliseconds=pause), next_sight(sources, now)
    assert due is None or due > now
    if due is None or later < due:
        assert said(sources, later) == said(sources, now)


# --- real hooks ---------------------------------------------------------------------------------------------------


def recorded(path: Path) -> Iterator[HookSeen]:
    """The payloads of a run; the lines of hooks under test about themselves are none."""
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        at = EPOCH + timedelta(seconds=row["t"])
        seen = parse_hook(json.dumps(row["in"]), worker="w1-1", at=at) if "in" in row else None
        if seen:
            yield seen


def run(version: str, scenario: str) -> list[HookSeen]:
    return list(recorded(CAPTURES / version / scenario / "hooks.jsonl"))


def at_stop(seen: list[HookSeen]) -> list[HookSeen]:
    """Without the end of the session, which the recording made itself."""
    return [one for one in seen if one.name != "SessionEnd"]


def test_there_are_recordings_of_two_versions() -> None:
    assert len(VERSIONS) == 2
    assert len(RUNS) > 100


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    ("scenario", "last", "believed"),
    [
        ("handoff_done", "Stop", View.IDLE),
        ("idle_no_handoff", "Stop", View.IDLE),
        ("running_bash_silent", "UserPromptSubmit", View.BUSY),
        ("perm_write", "PermissionRequest", View.WAITING),
        ("perm_bash", "PermissionRequest", View.WAITING),
        ("plan_approval", "PermissionRequest", View.WAITING),
        ("ask_user", "PermissionRequest", View.WAITING),
        ("permhook_human_first", "PermissionRequest", View.WAITING),
        ("permhook_human_first", "PostToolUse", View.BUSY),
        ("permhook_human_first", "Stop", View.IDLE),
        ("api_529_retry", "StopFailure", View.IDLE),
        ("bg_subagent_idle", "Stop", View.BACKGROUND),
    ],
)
def test_the_hooks_of_a_real_run_come_to_what_was_seen(
    version: str, scenario: str, last: str, believed: View
) -> None:
    seen = run(version, scenario)
    end = next(n for n, one in enumerate(seen, start=1) if one.name == last)
    assert view(*seen[:end]) == (believed, "hook")


@pytest.mark.parametrize("version", VERSIONS)
def test_a_persons_answer_is_known_by_the_file_where_no_hook_tells(version: str) -> None:
    """Esc fires no hook at all: the ask of the main agent must not outlive it."""
    seen = at_stop(run(version, "permhook_human_esc"))
    assert view(file("waiting"), *seen)[0] is View.WAITING
    assert view(*seen, file("idle")) == (View.IDLE, "session")


@pytest.mark.parametrize("version", VERSIONS)
def test_a_subagents_ask_is_open_from_its_request_to_its_tool(version: str) -> None:
    """With a hook that waits, 2.1.329 shows no dialog then, and the file says busy."""
    seen = run(version, "permhook_subagent")
    asked = next(n for n, one in enumerate(seen) if one.name == "PermissionRequest")
    told = next(n for n, one in enumerate(seen) if one.name == "PostToolUse" and one.agent)
    for n in range(len(seen)):
        waits = view(file("busy"), *seen[: n + 1])[0] is View.WAITING
        assert waits is (asked <= n < told)


def test_no_recorded_hook_makes_a_living_worker_gone_or_an_ended_session_wait() -> None:
    for path in RUNS:
        seen = list(recorded(path))
        sources = heard(*seen)
        closed = bool(seen) and seen[-1].name == "SessionEnd" and seen[-1].source in ENDINGS
        assert (read(sources).view is View.GONE) is closed, path
        assert read(believe(sources, file("idle"), NOW)).view is not View.GONE, path
        assert not sources.asks or seen[-1].name != "SessionEnd", path
