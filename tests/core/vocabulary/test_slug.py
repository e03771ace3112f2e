"""Slugs: any title makes a branch name."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubctl.core.vocabulary.text import slug


@pytest.mark.parametrize(
    ("title", "made"),
    [
        ("Parse words", "parse-words"),
        ("  Fix #12: don't crash!  ", "fix-12-dont-crash"),
        ("Überprüfe die Größe", "uberprufe-die-grosse"),
        ("日本語", "work"),
        ("", "work"),
        ("../../etc/passwd", "etc-passwd"),
        ("x" * 60, "x" * 40),
        ("a word " * 10, "a-word-a-word-a-word-a-word-a-word-a"),
    ],
)
def test_a_title_becomes_words(title: str, made: str) -> None:
    assert slug(title) == made


@given(st.text())
def test_every_slug_is_a_safe_name_and_stays_one(title: str) -> None:
    made = slug(title)
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", made)
    assert len(made) <= 40
    assert slug(made) == made
