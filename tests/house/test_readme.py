"""The README's blocks are made from the code, and a stale or misspelt one is seen."""

import pytest

from hubctl.core.documents.policy import RuleId
from hubctl.core.ledger.event import kind_of
from hubctl.core.ledger.events import KINDS
from hubctl.core.ledger.transitions import TRANSITIONS
from support import readme
from support.live.drops import SHOWN, TABLE, WITHOUT
from tests.live import test_dropped_balls


def marked(name: str, body: str = "") -> str:
    return f"<!-- begin:{name} -->\n{body}<!-- end:{name} -->\n"


def test_a_block_is_made_anew_and_the_rest_stays() -> None:
    text = f"# A\n{marked('a', 'old' + chr(10))}between\n{marked('b')}end\n"
    wanted = readme.rewrite(text, {"a": lambda: r"new \1", "b": lambda: "more"})
    assert (
        wanted
        == f"# A\n{marked('a', 'new ' + chr(92) + '1' + chr(10))}between\n{marked('b', 'more' + chr(10))}end\n"
    )
    assert readme.differing(text, wanted) == ["a", "b"]
    assert readme.rewrite(wanted, {"a": lambda: r"new \1", "b": lambda: "more"}) == wanted


@pytest.mark.parametrize(
    "text",
    ["", marked("b"), marked("a") + marked("b"), marked("a") * 2, "<!-- begin:a -->\n", "<!-- end:a -->\n"],
    ids=["none", "unknown", "one too many", "twice", "not ended", "not begun"],
)
def test_a_wrong_mark_is_an_error(text: str) -> None:
    with pytest.raises(LookupError, match="each of a must be marked once"):
        readme.rewrite(text, {"a": lambda: "x"})


def test_the_diagram_has_each_change_of_state_once() -> None:
    lines = readme.states().splitlines()
    edges = [tuple(line.split(" : ")[0].split(" --> ")) for line in lines if " : " in line]
    wanted = {(a, to) for a, row in TRANSITIONS.items() for to in row.values() if to is not a}
    assert {(a.strip(), b) for a, b in edges} == {(a.value, b.value) for a, b in wanted}
    assert len(edges) == len(set(edges))
    assert lines[:3] == ["```mermaid", "stateDiagram-v2", "    [*] --> queued"]


def test_every_event_has_a_row_that_says_what_happened() -> None:
    rows = [line.split(" | ") for line in readme.events().splitlines()[2:]]
    assert [row[0] for row in rows] == [f"| `{kind_of(kind)}`" for kind in KINDS]
    assert [row[0] for row in rows if not row[1].endswith(".")] == []


def test_each_way_to_drop_a_ball_has_a_live_test_and_a_row() -> None:
    """What a test shows is kept by its decorator, so a row without one is seen here."""
    assert set(TABLE) == set(SHOWN) == set(RuleId) - WITHOUT
    assert {name for name in SHOWN.values() if not hasattr(test_dropped_balls, name)} == set()
    assert all(
        f"| `{kind}` | {row.dropped} | {row.relative} |" in readme.drops() for kind, row in TABLE.items()
    )


@pytest.mark.parametrize(
    ("docstring", "first"),
    [
        ("It is so. And more.", "It is so."),
        ("It is so. `and` more.", "It is so."),
        ("See `a.b` and\n    3.5 of it.\n\n    More.", "See `a.b` and 3.5 of it."),
    ],
)
def test_the_first_sentence(docstring: str, first: str) -> None:
    assert readme.first_sentence(docstring) == first


def test_a_cell_cannot_break_its_row() -> None:
    assert readme.table(("a",), [("x|y",)]) == "| a |\n| --- |\n| x\\|y |"
