"""The script file: what is read, and what is refused with which line."""

from pathlib import Path

import pytest

from hubctl.errors import HubError
from hubctl.scripted.directives import Directive
from hubctl.scripted.script import load_scripts, parse_scripts

SOUND = r"""
scripts:
  - when: 'hubctl thread \d+: Parse words'
    steps:
      - '@write words.py def words(text):\n    return text.split()\n'
      - ['@bash git add -A', '@bash git commit -qm "words"']
      - '@say The work is done.'
  - when: '^second$'
    steps: ['@long']
"""


def steps(*lines: str) -> list[list[Directive]]:
    text = "scripts:\n- when: x\n  steps:\n" + "".join(f"  {line}\n" for line in lines)
    [script] = parse_scripts(text, file="s.yaml")
    return [list(turn) for turn in script.turns]


def only(*lines: str) -> Directive:
    [[directive]] = steps(*lines)
    return directive


def refusal(text: str) -> str:
    with pytest.raises(HubError) as caught:
        parse_scripts(text, file="s.yaml")
    assert caught.value.cure
    return caught.value.message


def test_a_script_is_read_as_written() -> None:
    first, second = parse_scripts(SOUND, file="s.yaml")
    assert first.turns == (
        (Directive(verb="write", argument="words.py def words(text):\n    return text.split()\n"),),
        (
            Directive(verb="bash", argument="git add -A"),
            Directive(verb="bash", argument='git commit -qm "words"'),
        ),
        (Directive(verb="say", argument="The work is done."),),
    )
    assert first.when.search("You work on hubctl thread 3: Parse words\nMore")
    assert second.when.search("first\nsecond\nthird")


def test_a_file_of_several_lines_is_written_as_it_stands() -> None:
    made = only("- |", "  @write words.py", "  @cache", "  def words():", "      return '\\n'")
    assert made == Directive(verb="write", argument="words.py\n@cache\ndef words():\n    return '\\n'\n")


def test_the_first_line_may_begin_the_argument() -> None:
    assert only("- |-", "  @bash cat > a <<'E'", "  x", "  E").argument == "cat > a <<'E'\nx\nE"
    assert only("- |", "  @bash", "  cd a", "  ls").argument == "cd a\nls"


@pytest.mark.parametrize(("verb", "end"), [("bash", ""), ("say", ""), ("write", "\n")])
def test_the_last_newline_belongs_to_files_only(verb: str, end: str) -> None:
    assert only("- |", f"  @{verb} a", "  b").argument == f"a\nb{end}"


def test_a_block_of_one_line_is_a_directive_line() -> None:
    assert only("- |", "  @say one\\ntwo").argument == "one\ntwo"


@pytest.mark.parametrize(
    ("text", "line", "named"),
    [
        ("", 1, "`scripts`"),
        ("scripts: {a: 1}", 1, "`scripts` is not a list"),
        ("scripts: []\nmore: 1", 2, "`more`"),
        ("other: []", 1, "`other`"),
        ("scripts:\n- x", 2, "a script is the text `x`"),
        ("scripts:\n- when: x", 2, "`steps` is missing"),
        ("scripts:\n- steps: ['@long']", 2, "`when` is empty"),
        ("scripts:\n- when: x\n  steps: ['@long']\n  then: y", 4, "`then`"),
        ("scripts:\n- when: '('\n  steps: ['@long']", 2, "`(` is no regular expression"),
        ("scripts:\n- when: 3\n  steps: ['@long']", 2, "`when` is the number `3`"),
        ("scripts:\n- when: x\n  steps: '@long'", 3, "`steps` is not a list"),
        ("scripts:\n- when: x\n  steps: []", 3, "`steps` is empty"),
        ("scripts:\n- when: x\n  steps:\n  - '@long'\n  - '@frob it'", 5, "unknown directive frob"),
        ("scripts:\n- when: x\n  steps:\n  - - '@long'\n    - '@frob it'", 5, "unknown directive frob"),
        ("scripts:\n- when: x\n  steps:\n  - '@hold on'", 4, "`on`"),
        ("scripts:\n- when: x\n  steps:\n  - Hello.", 4, "`Hello.` is no directive"),
        ("scripts:\n- when: x\n  steps:\n  - '@+say a'", 4, "`@+say a` is no directive"),
        ("scripts:\n- when: x\n  steps:\n  - 3", 4, "`3` is no directive"),
        ("scripts:\n- when: x\n  steps:\n  - []", 4, "empty list"),
        ("scripts:\n- when: x\n  steps:\n  - @say a", 4, "no valid YAML"),
    ],
)
def test_a_mistake_is_refused_with_its_line(text: str, line: int, named: str) -> None:
    message = refusal(text)
    assert message.startswith(f"`s.yaml` line {line}")
    assert named in message


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(HubError, match=r"none\.yaml"):
        load_scripts(tmp_path / "none.yaml")
    (tmp_path / "latin.yaml").write_bytes(b"scripts: \xff")
    with pytest.raises(HubError, match=r"latin\.yaml"):
        load_scripts(tmp_path / "latin.yaml")
