"""The table: complete, and what an event does to a thread, its ball and its attempts."""

from datetime import timedelta
from typing import Final, get_args

import pytest

from hubctl.core.ledger import events as e
from hubctl.core.ledger.balls import BALLS
from hubctl.core.ledger.board import BoardEvent
from hubctl.core.ledger.fold import apply, fold
from hubctl.core.ledger.thread_fields import FIELDS
from hubctl.core.ledger.transitions import TRANSITIONS, advance, record, rewait, shift
from hubctl.core.vocabulary.values import replace
from hubctl.core.vocabulary.words import HUB, HUMAN, NOBODY, WORKER, Proof, ThreadId, ThreadState, View, Work
from support.core.builders import (
    CANCELED,
    DONE,
    FAILED,
    IDLE,
    NOW,
    ONE,
    REJECTED,
    REVIEWING,
    STARTING,
    TWO,
    WAITING,
    WORKING,
    accepted,
    asked,
    assigned,
    claimed,
    dialog,
    died,
    fed_back,
    handed,
    message_proven,
    opened,
    proven,
    rejected,
    started,
    taken,
    thread,
    undelivered,
    viewed,
    written,
)

S = ThreadState

OF_THE_HUB: Final = frozenset(
    {
        e.HubStarted,
        e.HubStopped,
        e.ClockJumped,
        e.RequestTaken,
        e.TrustChanged,
        e.PolicyLoaded,
        e.PolicyRefused,
        e.GitChanged,
        e.PlanAccepted,
        e.ThreadOpened,
        e.ActionBegan,
        e.ActionEnded,
        e.AskOpened,
        e.AskJudged,
        e.AskAnswered,
        e.AskClosed,
        e.AlertRaised,
        e.AlertAcknowledged,
        e.AlertResolved,
        e.SourcesDisagreed,
        e.TargetsChanged,
        e.ZoneChanged,
        e.NoticeSent,
        e.NoticeFailed,
        *get_args(BoardEvent),
    }
)
"""Kinds that the state folds itself, also where they name a thread."""

CLAIM: Final[set[type[e.Event]]] = {e.ClaimAccepted, e.ClaimRejected}
SAID: Final[set[type[e.Event]]] = {e.HandedOff, e.Asked}
HOSTS: Final[set[type[e.Event]]] = {e.HostRefused, e.HostDecided}
ORDERED: Final[set[type[e.Event]]] = {e.InterruptOrdered, e.TurnInterrupted}
CLOSED: Final[set[type[e.Event]]] = {
    e.WorkerAssigned,
    e.StartFailed,
    e.FeedbackProven,
    e.DoneClaimed,
    e.ThreadFailed,
    e.MessageWritten,
    e.AnswerOrdered,
    e.HumanCalled,
    e.BallTakenBack,
    *SAID,
    *HOSTS,
    *ORDERED,
    *CLAIM,
}
OF_A_THREAD: Final = frozenset(set(e.KINDS) - OF_THE_HUB)
REFUSED: Final[dict[ThreadState, set[type[e.Event]]]] = {
    S.QUEUED: {
        e.StartFailed,
        e.FeedbackProven,
        e.DoneClaimed,
        e.ThreadReopened,
        e.AnswerOrdered,
        *SAID,
        *HOSTS,
        *ORDERED,
        *CLAIM,
    },
    S.STARTING: {e.FeedbackProven, e.ThreadReopened, *CLAIM},
    S.WORKING: {e.FeedbackProven, e.AnswerOrdered, e.ThreadReopened, *CLAIM},
    S.WAITING: {e.FeedbackProven, e.AnswerOrdered, e.ThreadReopened, *CLAIM},
    S.REVIEWING: {e.AnswerOrdered, e.ThreadReopened, *SAID, *ORDERED},
    S.DONE: {*CLOSED, e.ThreadCanceled},
    S.FAILED: CLOSED,
    S.CANCELED: {*CLOSED, e.ThreadCanceled},
}
"""What must not happen in a state; everything else has a cell."""

IN: Final = {
    S.QUEUED: (opened(),),
    S.STARTING: STARTING,
    S.WORKING: WORKING,
    S.WAITING: WAITING,
    S.REVIEWING: REVIEWING,
    S.DONE: DONE,
    S.FAILED: FAILED,
    S.CANCELED: CANCELED,
}

EXAMPLES: Final[dict[type[e.Event], e.Event]] = {
    type(event): event
    for event in (
        e.IssueClosed(at=NOW, thread=ONE),
        assigned(start=2, resume=True),
        started(start=2),
        e.StartFailed(at=NOW, thread=ONE, why="`app.py` conflicts"),
        proven(),
        fed_back(),
        undelivered(),
        taken(),
        viewed(View.UNKNOWN),
        e.SessionChanged(at=NOW, thread=ONE, session="s2"),
        dialog(),
        e.AnswerOrdered(at=NOW, thread=ONE),
        e.DialogClosed(at=NOW, thread=ONE),
        e.TurnFailed(at=NOW, thread=ONE, error="server_error"),
        died(),
        e.WorkerEnded(at=NOW, thread=ONE),
        e.RetryAnnounced(at=NOW, thread=ONE, until=NOW),
        e.HooksSilent(at=NOW, thread=ONE, since=NOW),
        e.HooksHeard(at=NOW, thread=ONE),
        e.TokensCounted(at=NOW, thread=ONE, input_tokens=7, output_tokens=8),
        e.ProgressReported(at=NOW, thread=ONE, text="half of it"),
        e.WorkChanged(at=NOW, thread=ONE, what=Work.FILES, mark="m1"),
        claimed(),
        accepted(),
        rejected(),
        e.ThreadFailed(at=NOW, thread=ONE, rule="stalled", why="given up"),
        e.ThreadCanceled(at=NOW, thread=ONE, why="stopped by a person"),
        e.IssueReopened(at=NOW, thread=ONE),
        e.ThreadReopened(at=NOW, thread=ONE, resume=True, why="tried again by a person"),
        e.DoneRefused(at=NOW, thread=ONE, why="There is no commit of yours on this branch."),
        handed(),
        asked(),
        e.HostRefused(at=NOW, thread=ONE, host="pypi.example:443", ask="a1"),
        e.HostDecided(at=NOW, thread=ONE, host="pypi.example:443", opened=True),
        written(),
        message_proven(),
        e.InterruptOrdered(at=NOW, thread=ONE, number=7),
        e.TurnInterrupted(at=NOW, thread=ONE),
        e.RequestFailed(at=NOW, thread=ONE, number=7, why="a dialog is open"),
        e.HumanCalled(at=NOW, thread=ONE, rule="stalled", episode="1", why="nothing of it moves"),
        e.BallTakenBack(at=NOW, thread=ONE),
    )
}
CALL: Final = EXAMPLES[e.HumanCalled]
BACK: Final = EXAMPLES[e.BallTakenBack]
CELLS: Final = [(state, kind) for state in ThreadState for kind in sorted(OF_A_THREAD, key=e.kind_of)]


# --- the table ----------------------------------------------------------------------------------------------------


def test_every_state_has_its_row() -> None:
    assert set(TRANSITIONS) == set(ThreadState)


def test_the_examples_know_every_kind() -> None:
    assert set(EXAMPLES) == OF_A_THREAD


@pytest.mark.parametrize("state", ThreadState)
def test_what_a_row_lacks_is_what_must_not_happen(state: ThreadState) -> None:
    assert set(OF_A_THREAD) - set(TRANSITIONS[state]) == REFUSED[state]


def test_only_kinds_of_the_table_fill_fields_and_pass_balls() -> None:
    used = {kind for row in TRANSITIONS.values() for kind in row}
    assert set(FIELDS) <= used
    assert set(BALLS) <= used


@pytest.mark.parametrize("state", [S.DONE, S.CANCELED])
def test_what_is_closed_stays_closed_unless_a_person_takes_it_up_again(state: ThreadState) -> None:
    leading = {kind: to for kind, to in TRANSITIONS[state].items() if to is not state}
    assert leading == {e.ThreadReopened: S.QUEUED}


@pytest.mark.parametrize("state", ThreadState)
def test_the_scenes_are_in_the_states_they_are_named_after(state: ThreadState) -> None:
    assert thread(*IN[state]).state is state


@pytest.mark.parametrize(("state", "kind"), CELLS)
def test_an_event_leads_where_the_table_says_or_nowhere(state: ThreadState, kind: type[e.Event]) -> None:
    before = thread(*IN[state])
    after = advance(before, EXAMPLES[kind])
    to = TRANSITIONS[state].get(kind)
    if after and to in (S.WORKING, S.WAITING):
        to = S.WAITING if after.dialog or after.handoff or after.called else S.WORKING
    assert (after.state if after else None) is to


@pytest.mark.parametrize(("state", "kind"), [(s, k) for s, k in CELLS if k in REFUSED[s]])
def test_a_misfit_leaves_the_thread_as_it_is_and_is_an_anomaly(
    state: ThreadState, kind: type[e.Event]
) -> None:
    before = fold(IN[state])
    after = apply(before, EXAMPLES[kind])
    assert after.threads == before.threads
    assert [anomaly.kind for anomaly in after.anomalies] == [e.kind_of(kind)]


# --- the ball -----------------------------------------------------------------------------------------------------

HOLDERS: Final = {
    "opened": ((opened(),), HUB),
    "assigned": ((opened(), assigned()), HUB),
    "started": (STARTING, WORKER),
    "start failed": ((opened(), assigned(), EXAMPLES[e.StartFailed]), HUMAN),
    "prompt proven": (WORKING, WORKER),
    "dialog at the start": ((*STARTING, dialog()), HUMAN),
    "that dialog closed": ((*STARTING, dialog(), EXAMPLES[e.DialogClosed]), WORKER),
    "dialog": (WAITING, HUMAN),
    "dialog closed": ((*WAITING, EXAMPLES[e.DialogClosed]), WORKER),
    "progress while a dialog is open": ((*WAITING, EXAMPLES[e.ProgressReported]), HUMAN),
    "prompt proven while a dialog is open": ((*WAITING, proven()), HUMAN),
    "undelivered": ((*IDLE, undelivered()), HUMAN),
    "undelivered, then a person writes": ((*IDLE, undelivered(), taken()), WORKER),
    "undelivered, then the CLI writes to itself": ((*IDLE, undelivered(), taken(by_person=False)), HUMAN),
    "undelivered, then proven after all": ((*IDLE, undelivered(), proven(purpose="nudge")), WORKER),
    "undelivered, then progress": ((*IDLE, undelivered(), EXAMPLES[e.ProgressReported]), WORKER),
    "undelivered, then a dialog, which closes": (
        (*IDLE, undelivered(), dialog(), EXAMPLES[e.DialogClosed]),
        HUMAN,
    ),
    "done claimed": (REVIEWING, HUB),
    "done claimed while a dialog is open": ((*WAITING, claimed()), HUMAN),
    "dialog while judged": ((*REVIEWING, dialog()), HUMAN),
    "that dialog closed again": ((*REVIEWING, dialog(), EXAMPLES[e.DialogClosed]), HUB),
    "death while judged": ((*REVIEWING, died()), HUB),
    "death with a dialog while judged": ((*REVIEWING, dialog(), died()), HUB),
    "rejected": (REJECTED, HUB),
    "feedback proven": ((*REJECTED, fed_back()), WORKER),
    "feedback undelivered": ((*REJECTED, undelivered()), HUMAN),
    "feedback undelivered, then a person writes": ((*REJECTED, undelivered(), taken()), HUB),
    "accepted": (DONE, NOBODY),
    "death while starting": ((*STARTING, died()), HUB),
    "death while working": ((*WORKING, died()), HUB),
    "death while waiting": ((*WAITING, died()), HUB),
    "a word heard after the death": ((*WORKING, died(), proven()), HUB),
    "progress heard after the death": ((*WORKING, died(), EXAMPLES[e.ProgressReported]), HUB),
    "resumed": ((*WORKING, died(), assigned(start=2, resume=True)), HUB),
    "handed to a person": ((*WORKING, handed()), HUMAN),
    "handed to the hub": ((*WORKING, handed(to=HUB)), HUB),
    "handed to a thread": ((*WORKING, handed(to="thread:2")), "thread:2"),
    "handed off at the start": ((*STARTING, handed()), HUMAN),
    "asked": ((*WORKING, asked()), HUMAN),
    "asked, then answered": ((*WORKING, asked(), written()), HUB),
    "and the answer arrived": ((*WORKING, asked(), written(), message_proven()), WORKER),
    "or was refused": ((*WORKING, asked(), written(), EXAMPLES[e.RequestFailed]), HUMAN),
    "asked, then a person writes in the pane": ((*WORKING, asked(), taken()), WORKER),
    "asked, then the CLI writes to itself": ((*WORKING, asked(), taken(by_person=False)), HUMAN),
    "handed off, then progress": ((*WORKING, handed(), EXAMPLES[e.ProgressReported]), HUMAN),
    "handed off, then done after all": ((*WORKING, handed(), claimed()), HUB),
    "handed off, then the worker died": ((*WORKING, handed(to="thread:2"), died()), "thread:2"),
    "handed off, and a dialog closed": (
        (*WORKING, handed(to="outside"), dialog(), EXAMPLES[e.DialogClosed]),
        "outside",
    ),
    "woken": ((*WORKING, handed(to="clock"), proven(purpose="wake")), WORKER),
    "interrupted": ((*WORKING, EXAMPLES[e.TurnInterrupted]), HUMAN),
    "a message to a worker that works": ((*WORKING, written()), WORKER),
    "a message while judged": ((*REVIEWING, written(), message_proven()), WORKER),
    "taken up again": ((*FAILED, EXAMPLES[e.ThreadReopened]), HUB),
    "failed": (FAILED, HUMAN),
    "death after the failure": ((*FAILED, died()), HUMAN),
    "canceled": (CANCELED, NOBODY),
    "canceled after the failure": ((*FAILED, EXAMPLES[e.ThreadCanceled]), NOBODY),
    "a human is called": ((*WORKING, CALL), HUMAN),
    "a human is called while it is queued": ((opened(), CALL), HUMAN),
    "a human is called while it is judged": ((*REVIEWING, CALL), HUMAN),
    "called, and the worker is seen to move": ((*WORKING, CALL, viewed(View.BUSY)), HUMAN),
    "called, then taken back": ((*WORKING, CALL, BACK), WORKER),
    "called, then taken back while it is judged": ((*REVIEWING, CALL, BACK), HUB),
    "called, then a person writes in the pane": ((*WORKING, CALL, taken()), WORKER),
    "called, then a person's message arrives": ((*WORKING, CALL, written(), message_proven()), WORKER),
    "called, then done after all": ((*WORKING, CALL, claimed()), HUB),
    "called, then handed away": ((*WORKING, CALL, handed(to="outside")), "outside"),
    "called, then the worker died, which is taken back": ((*WORKING, CALL, died(), BACK), HUB),
    "called, then canceled": ((*WORKING, CALL, EXAMPLES[e.ThreadCanceled]), NOBODY),
    "called while queued, then started": ((opened(), CALL, assigned()), HUB),
}


@pytest.mark.parametrize("case", HOLDERS)
def test_who_must_act_next(case: str) -> None:
    events, holder = HOLDERS[case]
    assert thread(*events).ball.holder == holder


def test_the_ball_remembers_since_when_it_lies_there() -> None:
    later = NOW + timedelta(minutes=5)
    first, again = dialog(at=later), dialog(at=later + timedelta(minutes=5))
    assert thread(*WORKING, first, again).ball.since == later


def test_words_of_the_worker_do_not_close_a_dialog() -> None:
    """Law 7: a background shell may report progress while the dialog stands."""
    said = thread(*WAITING, EXAMPLES[e.ProgressReported])
    assert (said.state, said.dialog, said.note) == (S.WAITING, "permission for Bash", "half of it")


def test_a_dialog_of_the_start_is_over_when_the_first_prompt_is_proven() -> None:
    told = thread(*STARTING, dialog(), proven())
    assert (told.state, told.dialog) == (S.WORKING, "")


# --- a human is called --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", [S.QUEUED, S.STARTING, S.WORKING, S.WAITING, S.REVIEWING])
def test_who_starts_or_works_waits_for_the_human_who_was_called_and_every_other_keeps_its_state(
    state: ThreadState,
) -> None:
    called = thread(*IN[state], CALL)
    assert called.state is (S.WAITING if state in (S.STARTING, S.WORKING) else state)
    assert (called.ball.holder, called.ball.why) == (HUMAN, "nothing of it moves")
    assert called.own.state is state
    assert thread(*IN[state], CALL, BACK).own == replace(thread(*IN[state]), calls=1)


def test_below_the_call_the_threads_own_facts_go_on() -> None:
    assert thread(*STARTING, CALL, proven()).state is S.WAITING
    assert thread(*STARTING, CALL, proven(), BACK).state is S.WORKING
    assert thread(*STARTING, CALL, dialog(), BACK).state is S.STARTING
    assert thread(*WORKING, CALL, dialog(), BACK).state is S.WAITING
    state = fold([opened(), opened(TWO, ONE), replace(CALL, thread=TWO), *DONE[1:]])
    assert state.threads[TWO].ball.holder == HUMAN
    assert state.threads[TWO].own.ball.holder == HUB


# --- a ball that is handed away -----------------------------------------------------------------------------------


@pytest.mark.parametrize("away", ["handed", "asked", "interrupted"])
def test_a_thread_waits_as_long_as_its_ball_is_away_or_a_dialog_is_open(away: str) -> None:
    said = {"handed": handed(), "asked": asked(), "interrupted": EXAMPLES[e.TurnInterrupted]}[away]
    waits = (*WORKING, said)
    assert thread(*waits).state is S.WAITING
    assert thread(*waits, dialog(), EXAMPLES[e.DialogClosed]).state is S.WAITING
    assert thread(*waits, dialog(), taken()).state is S.WAITING
    assert thread(*waits, dialog(), taken(), EXAMPLES[e.DialogClosed]).state is S.WORKING


def test_each_handing_away_is_an_episode_of_its_own() -> None:
    first, again = thread(*WORKING, handed()), thread(*WORKING, handed(), handed())
    assert first.handoff
    assert again.handoff
    assert first.handoff.episode < again.handoff.episode == again.episode


def test_a_message_is_kept_until_it_is_proven_or_refused() -> None:
    two = (written(7), written(8))
    assert [one.number for one in thread(*WORKING, *two).messages] == [7, 8]
    assert [one.number for one in thread(*WORKING, *two, message_proven(7)).messages] == [8]
    assert [one.number for one in thread(*WORKING, *two, EXAMPLES[e.RequestFailed]).messages] == [8]
    assert thread(*WORKING, *two, EXAMPLES[e.ThreadCanceled]).messages == ()


def test_the_first_prompt_holds_all_that_was_written_before() -> None:
    first = thread(opened(), written(7), written(8), assigned())
    assert first.opening == (7, 8)
    told = thread(opened(), written(7), assigned(), written(8), started(), proven())
    assert [one.number for one in told.messages] == [8]


def test_a_session_that_is_taken_up_is_opened_with_one_message() -> None:
    again = (*FAILED, EXAMPLES[e.ThreadReopened], written(7), written(8), assigned(start=2, resume=True))
    assert thread(*again).opening == (7,)
    assert [one.number for one in thread(*again, started(start=2), message_proven(7)).messages] == [8]


def test_who_is_tried_again_begins_from_the_first_attempt() -> None:
    failed = (*REJECTED, fed_back(), EXAMPLES[e.ThreadFailed])
    kept = thread(*failed, e.ThreadReopened(at=NOW, thread=ONE, resume=True, why="again"))
    fresh = thread(*failed, e.ThreadReopened(at=NOW, thread=ONE, resume=False, why="again"))
    assert (kept.attempt, kept.failed_by, kept.resume, kept.proven) == (1, "", True, True)
    assert (fresh.attempt, fresh.resume, fresh.proven) == (1, False, False)


# --- attempts -----------------------------------------------------------------------------------------------------

RESUMED = (assigned(start=2, resume=True), started(start=2))
AGAIN = (viewed(View.IDLE), rejected())
ATTEMPTS: Final = {
    "working": (WORKING, 1),
    "claimed": (REVIEWING, 1),
    "judged, and not told yet": (REJECTED, 1),
    "told": ((*REJECTED, fed_back()), 2),
    "told, and claimed again": ((*REJECTED, fed_back(), claimed()), 2),
    "judged again": ((*REJECTED, fed_back(), claimed(), *AGAIN), 2),
    "claimed again before it was told": ((*REJECTED, claimed()), 2),
    "claimed three times before it was told": ((*REJECTED, claimed(), claimed(), claimed()), 2),
    "claimed twice before a verdict": ((*REVIEWING, claimed()), 1),
    "rejected, and the worker died": ((*REJECTED, died()), 1),
    "then resumed": ((*REJECTED, died(), *RESUMED), 1),
    "and told by its first prompt": ((*REJECTED, died(), *RESUMED, proven(purpose="feedback")), 2),
    "or claimed before the proof": ((*REJECTED, died(), *RESUMED, claimed()), 2),
    "or died and was resumed once more": (
        (
            *REJECTED,
            died(),
            *RESUMED,
            died(),
            assigned(start=3, resume=True),
            started(start=3),
            proven(purpose="feedback"),
        ),
        2,
    ),
    "died before any claim": ((*WORKING, died(), *RESUMED, proven(purpose="resume")), 1),
    "rejected, told, rejected, told": (
        (*REJECTED, fed_back(), claimed(), *AGAIN, fed_back()),
        3,
    ),
}


@pytest.mark.parametrize("case", ATTEMPTS)
def test_a_judged_claim_ends_an_attempt(case: str) -> None:
    events, attempt = ATTEMPTS[case]
    assert thread(*events).attempt == attempt


def test_a_worker_that_was_told_owes_nothing_more() -> None:
    assert thread(*REJECTED, fed_back()).rejection is None
    assert thread(*REJECTED, died(), *RESUMED, proven(purpose="feedback")).rejection is None
    assert thread(*REJECTED, claimed()).rejection is None


# --- the worker ---------------------------------------------------------------------------------------------------


def test_the_dead_stay_dead_until_a_start() -> None:
    late = (proven(), taken(), viewed(View.IDLE), EXAMPLES[e.ProgressReported])
    dead = thread(*WORKING, died(), *late)
    assert dead.view is View.GONE
    assert dead.idle_since is None
    assert thread(*WORKING, died(), *late, assigned(start=2)).view is View.STARTING


@pytest.mark.parametrize("state", [S.WORKING, S.REVIEWING, S.FAILED, S.CANCELED])
def test_a_worker_is_known_wherever_the_news_of_its_start_finds_the_thread(state: ThreadState) -> None:
    ways: dict[ThreadState, e.Event] = {
        S.WORKING: EXAMPLES[e.ProgressReported],
        S.REVIEWING: claimed(),
        S.FAILED: EXAMPLES[e.ThreadFailed],
        S.CANCELED: EXAMPLES[e.ThreadCanceled],
    }
    ordered = (opened(), assigned(), ways[state])
    known = thread(*ordered, started())
    assert known.state is state
    assert known.worker is not None
    assert known.worker.alive
    assert known.ball == thread(*ordered).ball or state is S.WORKING


def test_the_end_of_a_worker_keeps_its_branch_and_session() -> None:
    ended = thread(*DONE, e.WorkerEnded(at=NOW, thread=ONE)).worker
    assert ended is not None
    assert (ended.alive, ended.pane, ended.branch, ended.session) == (False, "", "hub/1", "session-1")


def test_idle_counts_from_the_end_of_the_turn_and_not_from_the_last_look() -> None:
    later = NOW + timedelta(minutes=2)
    again = e.ViewChanged(at=later, thread=ONE, view=View.IDLE, source="session", why="another word")
    assert thread(*IDLE, again).idle_since == NOW
    assert thread(*IDLE, viewed(View.BUSY), again).idle_since == later


def test_a_working_turn_forgets_the_error_of_the_last_one() -> None:
    failed = (*IDLE, EXAMPLES[e.TurnFailed])
    assert thread(*failed).turn_error == "server_error"
    for sign in (viewed(View.BUSY), taken(), proven(purpose="nudge")):
        assert thread(*failed, sign).turn_error == ""


def test_only_a_person_and_the_worker_open_a_new_episode() -> None:
    """Law 6."""
    episode = thread(*WORKING).episode
    for own in (
        proven(purpose="nudge"),
        taken(by_person=False),
        viewed(View.IDLE),
        died(),
        assigned(start=2),
    ):
        assert thread(*WORKING, own).episode == episode
    for other in (taken(), EXAMPLES[e.ProgressReported], claimed()):
        assert thread(*WORKING, other).episode == episode + 1


def test_a_word_of_the_worker_proves_that_it_was_reached() -> None:
    assert not thread(*STARTING).proven
    for word in (proven(), claimed(), EXAMPLES[e.ProgressReported]):
        assert thread(*STARTING, word).proven


def test_a_worker_that_spoke_or_was_reached_has_no_prompt_outstanding() -> None:
    stuck = (*IDLE, undelivered())
    assert thread(*stuck).undelivered == "Enter was swallowed"
    for sign in (
        claimed(),
        EXAMPLES[e.ProgressReported],
        taken(),
        proven(purpose="nudge"),
        assigned(start=2),
    ):
        assert thread(*stuck, sign).undelivered == ""


def test_tokens_of_a_closed_thread_are_counted_still() -> None:
    assert thread(*DONE, EXAMPLES[e.TokensCounted]).output_tokens == 8


# --- waiting for others -------------------------------------------------------------------------------------------


def test_a_queued_thread_waits_for_the_first_unfinished() -> None:
    first, second = opened(ONE), opened(TWO)
    waiting = opened(ThreadId("3"), ONE, TWO)
    state = fold([first, second, waiting])
    assert state.threads[waiting.thread or ONE].ball.holder == "thread:1"
    state = fold([*DONE, second, waiting])
    assert state.threads[waiting.thread or ONE].ball.holder == "thread:2"


@pytest.mark.parametrize(("end", "fate"), [(FAILED, "which is failed"), (CANCELED, "which is canceled")])
def test_the_ball_says_what_became_of_a_broken_predecessor(end: tuple[e.Event, ...], fate: str) -> None:
    waiting = thread(opened(TWO, ONE), *end, id=TWO)
    assert waiting.state is S.QUEUED
    assert waiting.ball.why == f"waits for 1, {fate}"


def test_waiting_for_nothing_that_exists_is_said() -> None:
    assert thread(opened(TWO, ONE), id=TWO).ball.why == "waits for 1, which does not exist"


def test_the_joint_rule_leaves_what_is_not_queued_alone() -> None:
    running = thread(*WORKING)
    assert rewait(running, {}, NOW) is running


# --- the clock and the rules --------------------------------------------------------------------------------------


def test_a_clock_jump_moves_deadlines() -> None:
    hour = timedelta(hours=1)
    before = record(thread(*IDLE), rule="idle-no-handoff", episode="1", at=NOW)
    after = shift(before, hour)
    assert after.idle_since == NOW + hour
    assert after.acted["idle-no-handoff"].at == NOW + hour


def test_a_clock_jump_leaves_the_past_of_closed_threads() -> None:
    closed = thread(*DONE)
    assert shift(closed, timedelta(hours=1)) is closed


def test_rungs_are_counted_within_an_episode() -> None:
    once = record(thread(*IDLE), rule="idle-no-handoff", episode="1", at=NOW)
    twice = record(once, rule="idle-no-handoff", episode="1", at=NOW)
    anew = record(twice, rule="idle-no-handoff", episode="2", at=NOW)
    assert [t.acted["idle-no-handoff"].rungs for t in (once, twice, anew)] == [1, 2, 1]


def test_a_transcript_is_proof_as_good_as_a_hook() -> None:
    told = e.FeedbackProven(at=NOW, thread=ONE, proof=Proof.TRANSCRIPT)
    assert thread(*REJECTED, told) == thread(*REJECTED, fed_back())
