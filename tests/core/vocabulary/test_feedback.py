"""Last words: what may be pasted into a worker's prompt."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubctl.core.vocabulary.text import last_words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("one\ntwo\n\nthree\nfour\n\n", "two\nthree\nfour"),
        ("\x1b[31mred\x1b[0m \x1b[1;38;5;9mbold\x1b[m", "red bold"),
        ("\x1b]0;title\x07seen\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "seenlink"),
        ("10%\r50%\r100%\r\ndone\r\n", "100%\ndone"),
        ("a\x00\x08b\u202ec\u200b\ud800", "abc"),
        ("\x1b]0;never ended\nFAILED", "FAILED"),
        ("", ""),
    ],
)
def test_only_words_are_left(text: str, words: str) -> None:
    assert last_words(text, 3, 700) == words


def test_a_cut_keeps_the_end() -> None:
    assert last_words("x" * 100 + "END", 3, 10) == "…xxxxxxEND"


@given(st.text(), st.integers(0, 5), st.integers(0, 50))
def test_bounds_hold_for_any_text(text: str, lines: int, characters: int) -> None:
    words = last_words(text, lines, characters)
    assert len(words) <= characters
    assert all(part for part in words.split("\n")) or not words
    assert len(words.split("\n")) <= max(lines, 1)
    assert not any(unicodedata.category(sign) == "Cc" for sign in words if sign != "\n")
