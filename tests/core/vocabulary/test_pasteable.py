"""The rules of text that is typed into a worker."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubctl.core.vocabulary.pasteable import EXIT_WORDS, clean, fits, same_prompt, unsafe

ANY = st.text(st.characters(), max_size=80)
TRICKY = st.text(
    st.sampled_from(
        "ab /!\\\n\r\t\x1b\x00\x85\u2028\u200b\u200d\u202e\ufeffe\u0301\u1100\u1161\u00a0\ud800😀<>"
    ),
    max_size=30,
)
TEXTS = ANY | TRICKY


@given(TEXTS)
def test_cleaning_twice_changes_nothing(text: str) -> None:
    assert clean(clean(text)) == clean(text)


@given(TEXTS)
def test_clean_text_is_composed_and_has_no_control_character_but_the_newline(text: str) -> None:
    result = clean(text)
    assert unicodedata.is_normalized("NFC", result)
    assert {each for each in result if unicodedata.category(each) in ("Cc", "Cs")} <= {"\n"}
    result.encode()


@given(TEXTS)
def test_clean_text_is_known_again_however_the_worker_reports_it(text: str) -> None:
    sent = clean(text)
    assert same_prompt(sent, sent)
    assert same_prompt(sent, f'\n\n<pasted_content id="24f7">\n{sent}\n</pasted_content id="24f7">\n')
    assert same_prompt(sent, sent.replace("\u200d", ""))


@given(TEXTS, TEXTS)
def test_different_words_are_never_taken_for_the_same(one: str, other: str) -> None:
    bare = [clean(text).replace("\u200d", "") for text in (one, other)]
    if clean(bare[0]) != clean(bare[1]):
        assert not same_prompt(one, other)


@given(TEXTS)
def test_text_that_may_be_sent_starts_no_command_and_can_be_submitted(text: str) -> None:
    if not unsafe(text):
        assert text == clean(text)
        assert text[0] not in "/!"
        assert not text.endswith("\\")
        assert text.lower() not in EXIT_WORDS


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("  a\tb \r\nc\rd ", "a    b \nc\nd"),
        ("e\u0301", "é"),
        ("e\u200b\u0301", "é"),
        ("a\x1b[201~b", "a[201~b"),
        ("a\u202eb\ufeffc", "abc"),
        ("a\u2028b\x0cc", "a\nb\nc"),
        ("👩\u200d💻", "👩\u200d💻"),
    ],
)
def test_cleaning(text: str, result: str) -> None:
    assert clean(text) == result


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n ",
        "/clear",
        "!ls",
        "exit",
        "Quit",
        ":wq",
        "ends with \\",
        "a\x1b[201~b",
        "tab\there",
        " blank before",
    ],
)
def test_unsafe_text_has_a_reason(text: str) -> None:
    assert unsafe(text)


@pytest.mark.parametrize(
    "text", ["exit the loop", "a / b", "#1 is next", "-v is a flag", "$(rm -rf /);", "résumé"]
)
def test_plain_text_is_safe(text: str) -> None:
    assert unsafe(text) == ""


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("a\nb\nc", True),
        ("a\nb\nc\nd", False),
        ("x" * 700, True),
        ("x" * 701, False),
        ("😀" * 350, True),
        ("😀" * 351, False),
    ],
)
def test_what_the_composer_shows_unfolded(text: str, result: bool) -> None:
    assert fits(text) is result


def test_a_wrapper_around_other_words_proves_nothing() -> None:
    assert not same_prompt("a", '<pasted_content id="1">\na b\n</pasted_content id="1">')
    assert not same_prompt("a", 'x <pasted_content id="1">\na\n</pasted_content id="1">')


def test_a_prompt_about_the_wrapper_itself_is_known_again() -> None:
    told = '<pasted_content id="1">\na\n</pasted_content id="1">'
    assert same_prompt(told, told)
