"""The questions of a worker's AskUserQuestion, and a person's words as the answers that its tool takes.

Rule: a number or a label chooses, anything else is an answer in the person's own words. Several choices are parted by commas,
and reach the tool joined by `, `, which every version understands.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from hubctl.errors import HubError


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """`about` is its explanation."""

    label: str
    about: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """`many`: several options may be chosen."""

    text: str
    options: tuple[Option, ...] = ()
    many: bool = False


def questions_of(fields: Mapping[str, object]) -> tuple[Question, ...]:
    """Of a tool's input; what is no question is left out."""
    return tuple(
        Question(
            text=str(found.get("question", "")),
            options=tuple(
                Option(label=str(one.get("label", "")), about=str(one.get("description", "")))
                for one in _objects(found.get("options"))
            ),
            many=found.get("multiSelect") is True,
        )
        for found in _objects(fields.get("questions"))
    )


def _objects(found: object) -> Iterator[Mapping[str, object]]:
    return (one for one in found if isinstance(one, dict)) if isinstance(found, list) else iter(())


def answers_to(questions: Sequence[Question], words: Sequence[str]) -> dict[str, str]:
    """By the texts of the questions. Raises HubError unless there is one word for each."""
    if len(words) != len(questions):
        asked = "; ".join(question.text for question in questions)
        raise HubError(
            f"There are {len(questions)} questions and {len(words)} answers: {asked}.",
            "Give one answer for each question, in their order, each in quotes.",
        )
    return {question.text: _chosen(question, word) for question, word in zip(questions, words, strict=True)}


def _chosen(question: Question, word: str) -> str:
    whole = chosen([option.label for option in question.options], word)
    if whole or not question.many:
        return whole or word
    labels = [option.label for option in question.options]
    parts = [chosen(labels, part) for part in word.split(",")]
    return ", ".join(dict.fromkeys(parts)) if all(parts) else word


def chosen(labels: Sequence[str], word: str) -> str:
    """The label that a word or a number from 1 means; empty where it is none of them."""
    word = word.strip()
    if word.isdecimal() and 1 <= int(word) <= len(labels):
        return labels[int(word) - 1]
    same = [label for label in labels if label.casefold() == word.casefold()]
    return same[0] if same else ""
