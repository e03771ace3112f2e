"""plan.yaml: what is read, and what is refused with which line."""

import json

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from hubctl.core.documents.plan import Plan, PlannedIssue
from hubctl.core.documents.plan_file import parse_plan
from hubctl.errors import HubError

ROLES = ("coder", "planner", "reviewer")

SOUND = """\
goal: Add a word counter
issues:
  - key: parser
    title: Parse words
    body: |
      What to do.

      In Markdown.
    validate: python -m pytest -q
  - key: counter
    title: Count words
    role: reviewer
    after: [parser]
    validate: null
"""


def parse(text: str) -> Plan:
    return parse_plan(text, file="plan.yaml", roles=ROLES)


def refusal(text: str) -> list[str]:
    with pytest.raises(HubError) as caught:
        parse(text)
    assert caught.value.cure
    return caught.value.message.splitlines()


def test_a_plan_is_read_as_written() -> None:
    parser = PlannedIssue(
        key="parser",
        title="Parse words",
        body="What to do.\n\nIn Markdown.\n",
        validate="python -m pytest -q",
    )
    counter = PlannedIssue(key="counter", title="Count words", role="reviewer", after=("parser",))
    assert parse(SOUND) == Plan(goal="Add a word counter", issues=(parser, counter))


def test_a_key_and_a_title_are_enough() -> None:
    assert parse("issues: [{key: a, title: Do it}]").issues == (PlannedIssue(key="a", title="Do it"),)


def test_the_json_of_a_planner_is_read() -> None:
    data = {"goal": None, "issues": [{"key": "a", "title": 'Grüße 🙂: "x"', "body": "a\n\tb", "after": []}]}
    (only,) = parse(json.dumps(data, ensure_ascii=False)).issues
    assert (only.title, only.body) == ('Grüße 🙂: "x"', "a\n\tb")


def test_an_after_that_is_named_twice_counts_once() -> None:
    made = parse("issues: [{key: a, title: t}, {key: b, title: t, after: [a, a]}]")
    assert made.issues[1].after == ("a",)


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("", 1, "the plan has no issues"),
        ("goal: x\nissues: []\n", 2, "the plan has no issues"),
        ("- key: a\n", 1, "a plan is a list"),
        ("issues: {key: a}\n", 1, "`issues` is not a list"),
        ("issues:\n- a\n", 2, "an issue is the text `a`"),
        ("issues:\n- key: a\n  title: t\n  roll: coder\n", 4, "`roll` is no key of an issue: write `role`"),
        ("issues:\n- title: t\n", 2, "the issue has no `key`"),
        ("issues:\n- key: a\n", 2, "the issue has no `title`"),
        ("issues:\n- key: a\n  title:\n", 3, "the issue has no `title`"),
        ("issues:\n- key: a\n  title: ''\n", 3, "`title` is empty"),
        (
            "issues:\n- key: 1\n  title: t\n",
            2,
            "`key` is the number `1`, and text is wanted: put it in quotes",
        ),
        ("issues:\n- key: on\n  title: t\n", 2, "`key` is the switch `true`"),
        ("issues:\n- key: a\n  title: |\n    t\n    u\n", 3, "`title` holds more than one line"),
        ('issues:\n- key: a\n  title: "t\\e[2J"\n', 3, "`title` holds the character `\\x1b`"),
        ('issues:\n- key: a\n  title: t\n  body: "\\0"\n', 4, "`body` holds the character `\\x00`"),
        ('issues:\n- key: a\n  title: t\n  body: "\\ud800"\n', 4, "`body` holds the character `\\ud800`"),
        (
            'issues:\n- key: a\n  title: t\n  validate: "a\\u202eb"\n',
            4,
            "`validate` holds the character `\\u202e`",
        ),
        (f"issues:\n- key: a\n  title: {'t' * 257}\n", 3, "257 characters"),
        (f"issues:\n- key: a\n  title: t\n  body: {'b' * 1_000_001}\n", 4, "1000001 bytes"),
        (
            "issues:\n- {key: a, title: t}\n- {key: a, title: u}\n",
            3,
            "taken by another issue: take another word (see line 2)",
        ),
        (
            "issues:\n- key: a\n  title: t\n  role: codr\n",
            4,
            "there is no role `codr`: write `coder` (known: ",
        ),
        ("issues:\n- key: a\n  title: t\n  after: b\n", 4, "a list is wanted: write `[b]`"),
        ("issues:\n- key: a\n  title: t\n  after: [a]\n", 4, "cannot be done after itself"),
        (
            "issues:\n- key: a\n  title: t\n- key: b\n  title: t\n  after:\n  - a\n  - aa\n",
            8,
            "`after` names `aa`",
        ),
        ("issues:\n- key: a\n  title: t\n  after: [null]\n", 4, "item 1 of `after` is empty"),
    ],
)
def test_a_problem_names_its_line_and_the_right_words(text: str, line: int, words: str) -> None:
    (only,) = refusal(text)
    assert only.startswith(f"`plan.yaml` line {line}: ")
    assert words in only


def test_a_key_of_the_plan_that_is_misspelled_is_told_the_right_one() -> None:
    wrong, missing = refusal("issue:\n- {key: a, title: t}\n")
    assert (
        wrong == "`plan.yaml` line 1: `issue` is no key of a plan: write `issues` (known: `goal`, `issues`)."
    )
    assert "the plan has no issues" in missing


def test_a_ring_is_spelled_out_with_its_lines() -> None:
    text = """\
issues:
- key: a
  title: t
  after: [c]
- key: b
  title: t
  after: [a]
- key: c
  title: t
  after:
  - b
"""
    (only,) = refusal(text)
    assert only.startswith("`plan.yaml` line 4: ")
    assert "`a -> c -> b -> a`" in only
    assert only.endswith("(see line 7, 10).")


def test_all_problems_are_named_in_the_order_of_the_file() -> None:
    text = "gaol: x\nissues:\n- key: a\n  titel: t\n- key: b\n  title: t\n  role: x\n  after: [z]\n"
    lines = [int(problem.split(" line ")[1].partition(":")[0]) for problem in refusal(text)]
    assert lines == [1, 3, 4, 7, 8]


def test_a_file_of_nothing_but_mistakes_is_not_listed_in_full() -> None:
    problems = refusal("".join(f"k{n}: 1\n" for n in range(200)))
    assert len(problems) == 51
    assert "151 more problems" in problems[-1]


def check_refusal(error: HubError) -> None:
    """What is printed cannot steer a terminal, whatever stood in the file."""
    assert error.message
    assert all(line.isprintable() for line in error.message.splitlines() if "YAML" not in error.message)


@given(st.text())
@example("issues: [{key: 0x" + "f" * 5000 + "}]")
@example('issues: [{key: "\\e[2J", title: "a\\u2028b", after: ["\\e"]}]')
def test_any_text_is_a_plan_or_refused(text: str) -> None:
    try:
        assert parse(text).issues
    except HubError as error:
        check_refusal(error)


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
WORDS = SCALARS | st.lists(SCALARS, max_size=3) | st.dictionaries(st.text(), SCALARS, max_size=3)
ISSUES = st.dictionaries(
    st.sampled_from(["key", "title", "body", "role", "after", "validate", "x"]),
    WORDS | st.sampled_from(ROLES),
)


@given(st.fixed_dictionaries({"goal": WORDS, "issues": st.lists(ISSUES | WORDS, max_size=4) | WORDS}))
def test_any_data_in_the_shape_of_a_plan_is_a_plan_or_refused(data: object) -> None:
    try:
        assert parse(yaml.safe_dump(data)).issues
    except HubError as error:
        check_refusal(error)
