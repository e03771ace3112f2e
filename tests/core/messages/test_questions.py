"""A person's words as answers: a number or a label chooses, all else is an answer of one's own."""

import pytest

from hubctl.core.messages.asks import Question, QuestionOption, answers_to, questions_of
from hubctl.errors import HubError

ONE = Question(text="Colour?", options=(QuestionOption(label="Red"), QuestionOption(label="Pale blue")))
MANY = Question(
    text="Parts?",
    options=(QuestionOption(label="API"), QuestionOption(label="Docs"), QuestionOption(label="3")),
    many=True,
)


@pytest.mark.parametrize(
    ("question", "word", "answer"),
    [
        (ONE, "2", "Pale blue"),
        (ONE, " red ", "Red"),
        (ONE, "3", "3"),
        (ONE, "0", "0"),
        (ONE, "Red, or so", "Red, or so"),
        (MANY, "1, docs", "API, Docs"),
        (MANY, "docs", "Docs"),
        (MANY, "1,1", "API"),
        (MANY, "1, none", "1, none"),
        (MANY, "3", "3"),
    ],
)
def test_a_word_is_a_choice_or_an_answer(question: Question, word: str, answer: str) -> None:
    assert answers_to([question], [word]) == {question.text: answer}


def test_each_question_wants_its_word() -> None:
    assert answers_to([ONE, MANY], ["1", "2"]) == {"Colour?": "Red", "Parts?": "Docs"}
    with pytest.raises(HubError, match=r"2 questions and 1 answers: Colour\?; Parts\?"):
        answers_to([ONE, MANY], ["1"])


@pytest.mark.parametrize("found", [{}, {"questions": "x"}, {"questions": [1]}])
def test_what_is_no_question_is_left_out(found: dict[str, object]) -> None:
    assert questions_of(found) == ()


def test_questions_are_read_as_the_tool_has_them() -> None:
    option = {"label": "A", "description": "the first"}
    asked = {"questions": [{"question": "Which?", "options": [option, 1], "multiSelect": True}]}
    assert questions_of(asked) == (
        Question(text="Which?", options=(QuestionOption(label="A", about="the first"),), many=True),
    )
