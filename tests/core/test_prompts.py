"""What a worker is told: safe to send, the same after a crash, and told apart when it comes back."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubctl.core.delivery_text import clean, fits, same_prompt, unsafe
from hubctl.core.plan import LONGEST_TITLE
from hubctl.core.prompts import LONGEST_TASK, expected, feedback, nudge, resume, task_prompt
from hubctl.core.state import HubState, fold
from hubctl.core.thread import Thread
from hubctl.core.words import ThreadId
from tests.core.builders import DONE, NOW, ONE, REJECTED, TWO, WORKING, claimed, opened

titles = st.text(max_size=40)
bodies = st.text(max_size=200) | st.sampled_from(
    ["", "!rm -rf /", "/exit", "quit", "tab\there", "\x1b[2J", "a\\", "é"]
)


def scene(title: str = "Do 1", body: str = "The task.") -> tuple[HubState, Thread]:
    state = fold([replace(opened(), title=title, body=body)])
    return state, state.threads[ONE]


# --- laws ---------------------------------------------------------------------------------------------------------


@given(titles, bodies)
def test_whatever_an_issue_says_its_prompts_are_safe_and_arrive_unchanged(title: str, body: str) -> None:
    state, thread = scene(title, body)
    for text in (task_prompt(state, thread).text, nudge(thread), resume(thread)):
        assert text == clean(text)
        assert unsafe(text) == ""
        assert text.startswith("hubctl thread 1:")


@given(titles, bodies)
def test_a_prompt_that_comes_back_is_of_one_purpose(title: str, body: str) -> None:
    state, thread = scene(title, body)
    made = dict(expected(state, thread))
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
    assert "hubctl progress" in text


def test_who_comes_back_is_told_what_its_claim_lacked() -> None:
    state = fold(REJECTED)
    thread = state.threads[ONE]
    assert resume(thread) == feedback(thread) == "hubctl thread 1: not done yet"
    assert next(purpose for purpose, text in expected(state, thread) if text == resume(thread)) == "feedback"


def test_who_comes_back_with_nothing_owed_is_told_to_go_on() -> None:
    state = fold([*REJECTED, claimed()])
    assert "is back" in resume(state.threads[ONE])
    assert feedback(state.threads[ONE]) == ""
    assert "feedback" not in dict(expected(state, state.threads[ONE]))


def test_the_builders_now_is_no_part_of_a_prompt() -> None:
    state = fold(WORKING)
    assert all(str(NOW.year) not in text for _, text in expected(state, state.threads[ONE]))
