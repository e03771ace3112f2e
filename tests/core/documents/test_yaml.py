"""Both readers of YAML understand the same, and neither can be blown up."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from hubctl.core.documents.fields import Problems
from hubctl.core.documents.policy_words import split_blocks
from hubctl.core.documents.yaml import DEEPEST, ODD, parse_yaml
from hubctl.errors import HubError

ROOT = Path(__file__).resolve().parents[3]
PIECES = (
    *(
        "a",
        "b",
        ": ",
        ":",
        "\n",
        "\n  ",
        "\n    ",
        "- ",
        "-",
        "[",
        "]",
        "{",
        "}",
        ", ",
        ",",
        "'",
        '"',
        "#",
        " #",
        " ",
    ),
    *(
        "|",
        ">",
        "|-",
        "\\n",
        "*",
        "&x ",
        "@",
        "`",
        "~",
        "1",
        "on",
        "2020-01-01",
        "\r\n",
        "é",
        "😀",
        "0x1",
        "'' ",
        '"x"',
    ),
    *("key: value\n", "- x\n", "- y: 1\n", '"Bash(git *)"', "\\ud800", '"\\u00e9"', "\xa0"),
    "rules:\n  stalled: {after: 90s, then: [alert, fail]}\n",
    "issues:\n- key: a\n  body: |\n    x\n    y\n  after: [b, c]\n",
)


def tree(node: yaml.Node | None) -> object:
    """Tags, values and lines; an empty value after a comment stands in another line."""
    if isinstance(node, yaml.SequenceNode):
        return node.start_mark.line, [tree(item) for item in node.value]
    if isinstance(node, yaml.MappingNode):
        return node.start_mark.line, [(tree(key), tree(value)) for key, value in node.value]
    return node and (node.tag, node.value, node.start_mark.line if node.value else 0)


@settings(max_examples=400, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=14).map("".join))
def test_what_libyaml_takes_of_a_plain_text_it_reads_as_the_other(text: str) -> None:
    if ODD.search(text):
        return
    try:
        found = yaml.compose(text, Loader=yaml.CSafeLoader)
    except yaml.YAMLError:
        return
    assert tree(found) == tree(yaml.compose(text, Loader=yaml.SafeLoader))


def test_what_is_shipped_is_read_fast() -> None:
    policy = (ROOT / "policies" / "POLICY.md").read_text(encoding="utf-8")
    blocks, _ = split_blocks(policy, Problems("POLICY.md"))
    roles = [
        path.read_text(encoding="utf-8").split("---\n")[1]
        for path in (ROOT / "templates" / "roles").glob("*.md")
    ]
    assert [text for text in [*(block.text for block in blocks), *roles] if ODD.search(text)] == []


def test_aliases_are_refused_with_their_line() -> None:
    with pytest.raises(HubError, match="`x` line 12: aliases"):
        parse_yaml("a: &a [1]\nb: 2\nc: *a\n", file="x", first_line=10)


@pytest.mark.parametrize("odd", ["", "# ?"])
def test_a_deep_nesting_is_refused_by_both_readers(odd: str) -> None:
    parse_yaml(f"{odd}\n{'[' * DEEPEST}a{']' * DEEPEST}", file="x")
    with pytest.raises(HubError, match="`x` line 2: this is nested deeper than 40 levels"):
        parse_yaml(f"{odd}\n{'[' * 100_000}", file="x")
