"""What a worker is told: safe to send, the same after a crash, and told apart when it comes back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubctl.core.documents.plan import LONGEST_TITLE
from hubctl.core.ledger import events as e
from hubctl.core.ledger.fold import fold
from hubctl.core.ledger.state import HubState
from hubctl.core.ledger.thread import Thread
from hubctl.core.messages.prompts import (
    LONGEST_TASK,
    expected,
    feedback,
    message_prompt,
    nudge,
    resume_prompt,
    task_prompt,
    wake,
)
from hubctl.core.vocabulary.pasteable import clean, fits, same_prompt, unsafe
from hubctl.core.vocabulary.values import replace
from hubctl.core.vocabulary.words import ThreadId
from support.core.builders import (
    DONE,
    NOW,
    ONE,
    REJECTED,
    TWO,
    WORKING,
    assigned,
    claimed,
    handed,
    opened,
    proven,
    started,
    written,
)

titles = st.text(max_size=40)
bodies = st.text(max_size=200) | st.sampled_from(
    ["", "!rm -rf /", "/exit", "quit", "tab\there", "\x1b[2J", "a\\", "é"]
)


def scene(title: str = "Do 1", body: str = "The task.") -> tuple[HubState, Thread]:
    state = fold([replace(opened(), title=title, body=body)])
    return state, state.threads[ONE]


def purposes(state: HubState, thread: Thread) -> dict[str, str]:
    return {one.purpose: one.text for one in expected(state, thread)}


# --- laws ---------------------------------------------------------------------------------------------------------


@given(titles, bodies)
def test_whatever_an_issue_says_its_prompts_are_safe_and_arrive_unchanged(title: str, body: str) -> None:
    state, thread = scene(title, body)
    for text in (task_prompt(state, thread).text, nudge(thread), resume_prompt(state, thread).text):
        assert text == clean(text)
        assert unsafe(text) == ""
        assert text.startswith("hubctl thread 1:")


@given(titles, bodies)
def test_a_prompt_that_comes_back_is_of_one_purpose(title: str, body: str) -> None:
    state, thread = scene(title, body)
    made = purposes(state, thread)
    for purpose, text in made.items():
        assert [name for name, other in made.items() if same_prompt(other, text)] == [purpose]


@given(titles, bodies)
def test_the_same_state_makes_the_same_prompt(title: str, body: str) -> None:
    assert task_prompt(*scene(title, body)) == task_prompt(*scene(title, body))


# --- the task -----------------------------------------------------------------------------------------------------


def test_a_task_goes_in_as_it_is() -> None:
    prompt = task_prompt(*scene(body="Write it.\n\nAnd test it.\n"))
    assert prompt.file == ""
    assert prompt.text.startswith("hubctl thread 1: Do 1\n\nWrite it.\n\nAnd test it.\n\n")
    assert prompt.text.endswith('hubctl done --summary "what you did"')


@pytest.mark.parametrize(
    "body", ["x" * LONGEST_TASK, "tab\there", "\x1b[2Jred", "e\N{COMBINING ACUTE ACCENT}"]
)
def test_a_task_that_would_not_arrive_as_it_is_stands_in_a_file(body: str) -> None:
    prompt = task_prompt(*scene(body=body))
    assert prompt.file == ".hubctl/tasks/1.md"
    assert prompt.file in prompt.text
    assert body in prompt.content
    assert body not in prompt.text


def test_a_dependent_is_told_what_was_done_before_it() -> None:
    state = fold([*DONE, opened(TWO, ONE, ThreadId("9"))])
    text = task_prompt(state, state.threads[TWO]).text
    assert "- 1 Do 1: All of it." in text
    assert "- 9" not in text


def test_a_summary_that_was_not_given_is_named_so() -> None:
    state = fold([opened(), opened(TWO, ONE)])
    assert "- 1 Do 1: no summary" in task_prompt(state, state.threads[TWO]).text


# --- later prompts ------------------------------------------------------------------------------------------------


def test_a_nudge_fits_the_composer_with_the_longest_title() -> None:
    assert fits(nudge(scene("x" * LONGEST_TITLE)[1]))


def test_a_nudge_names_every_way_out() -> None:
    text = nudge(scene()[1])
    assert "hubctl done" in text
    assert "hubctl ask" in text
    assert "hubctl handoff" in text


def test_who_comes_back_is_told_what_its_claim_lacked() -> None:
    state = fold(REJECTED)
    thread = state.threads[ONE]
    told = resume_prompt(state, thread).text
    assert told == feedback(thread) == "hubctl thread 1: not done yet"
    assert next(one.purpose for one in expected(state, thread) if one.text == told) == "feedback"


def test_who_comes_back_with_nothing_owed_is_told_to_go_on() -> None:
    state = fold([*REJECTED, claimed()])
    assert "is back" in resume_prompt(state, state.threads[ONE]).text
    assert feedback(state.threads[ONE]) == ""
    assert "feedback" not in purposes(state, state.threads[ONE])


def test_the_builders_now_is_no_part_of_a_prompt() -> None:
    state = fold(WORKING)
    assert all(str(NOW.year) not in one.text for one in expected(state, state.threads[ONE]))


# --- what people write --------------------------------------------------------------------------------------------


@given(st.text(st.characters(exclude_categories=()), max_size=60) | bodies)
def test_a_message_goes_in_word_for_word_or_as_a_file_with_the_same(text: str) -> None:
    thread = fold([*WORKING, written(text=text)]).threads[ONE]
    prompt = message_prompt(thread, thread.messages[0])
    if prompt.file:
        assert prompt.content == text
        assert prompt.file in prompt.text
    else:
        assert prompt.text == text
    assert unsafe(prompt.text) == ""
    assert fits(prompt.text)


@pytest.mark.parametrize("text", ["/clear", "!ls", "exit", ":q", "a\\", "a\tb", "1\n2\n3\n4", "x" * 701])
def test_what_a_terminal_would_obey_or_change_goes_as_a_file(text: str) -> None:
    thread = fold([*WORKING, written(text=text)]).threads[ONE]
    assert message_prompt(thread, thread.messages[0]).file == ".hubctl/tasks/1-message-7.md"


def test_what_was_written_to_a_queued_thread_stands_in_its_task() -> None:
    state = fold([opened(), written(text="Mind the gap."), assigned()])
    assert "A person adds:\nMind the gap." in task_prompt(state, state.threads[ONE]).text


def test_a_thread_that_is_taken_up_again_is_told_the_message_itself() -> None:
    again = e.ThreadReopened(at=NOW, thread=ONE, resume=True, why="taken up")
    state = fold([*DONE, again, written(text="One thing more."), assigned(start=2, resume=True)])
    assert resume_prompt(state, state.threads[ONE]).text == "One thing more."


def test_who_waited_for_a_thread_is_told_what_came_of_it() -> None:
    state = fold([*DONE, opened(TWO), assigned(TWO), started(TWO), proven(TWO), handed(TWO, to="thread:1")])
    text = wake(state, state.threads[TWO])
    assert "Thread 1, which you waited for, is done: All of it." in text
    assert fits(text)
