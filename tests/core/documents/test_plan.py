"""What is wrong with a plan, in what order it runs, and how it is drawn."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubctl.core.documents.plan import (
    GRAPH_WIDTH,
    LARGEST_BODY,
    Misfit,
    Plan,
    PlannedIssue,
    dispatch_order,
    draw_graph,
    misfits,
)
from hubctl.core.vocabulary.values import replace

ROLES = ("coder", "planner", "reviewer")


def issue(key: str, *after: str, title: str = "Do it", role: str = "coder") -> PlannedIssue:
    return PlannedIssue(key=key, title=title, after=after, role=role)


def plan(*issues: PlannedIssue) -> Plan:
    return Plan(issues=issues)


def found(*issues: PlannedIssue) -> list[Misfit]:
    return list(misfits(plan(*issues), roles=ROLES))


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """Any `after` at all: rings, the issue itself, keys of nothing."""
    keys = [f"k{n}" for n in range(draw(st.integers(0, 12)))]
    after = st.lists(st.sampled_from([*keys, "nothing"]), max_size=3)
    return plan(*(issue(key, *draw(after)) for key in keys))


@st.composite
def sound_plans(draw: st.DrawFn) -> Plan:
    """Each issue waits for earlier ones of a hidden order, and is written at any place."""
    keys = [f"k{n}" for n in range(draw(st.integers(1, 12)))]
    made = [
        issue(key, *draw(st.lists(st.sampled_from(keys[:n]), unique=True, max_size=4)) if n else ())
        for n, key in enumerate(keys)
    ]
    return plan(*draw(st.permutations(made)))


def test_a_sound_plan_has_no_misfit() -> None:
    assert found(issue("a"), issue("b", "a", role="reviewer"), issue("c", "a", "b")) == []


@pytest.mark.parametrize(
    ("wrong", "field", "text"),
    [
        (PlannedIssue(key="", title="t"), "key", "no `key`"),
        (PlannedIssue(key="a b", title="t"), "key", "cannot be `a b`"),
        (PlannedIssue(key="-a", title="t"), "key", "cannot be `-a`"),
        (PlannedIssue(key="a", title=" "), "title", "no `title`"),
        (PlannedIssue(key="a", title="t\nu"), "title", "line breaks or control characters"),
        (PlannedIssue(key="a", title="t\x1b[2J"), "title", "line breaks or control characters"),
        (PlannedIssue(key="a", title="t" * 257), "title", "257 characters: write at most 256"),
        (PlannedIssue(key="a", title="t", body="ä" * (LARGEST_BODY // 2) + "x"), "body", "1000001 bytes"),
        (
            PlannedIssue(key="a", title="t", role="codr"),
            "role",
            "write `coder` (known: `coder`, `planner`, `reviewer`)",
        ),
        (PlannedIssue(key="a", title="t", after=("a",)), "after", "cannot be done after itself"),
    ],
)
def test_each_misfit_names_its_field_and_the_cure(wrong: PlannedIssue, field: str, text: str) -> None:
    (only,) = found(wrong)
    assert only.field == field
    assert text in only.text


def test_the_limits_themselves_are_allowed() -> None:
    assert found(PlannedIssue(key="a" * 64, title="t" * 256, body="x" * LARGEST_BODY)) == []


def test_a_key_that_is_taken_names_the_first_issue_that_has_it() -> None:
    (only,) = found(issue("a"), issue("b"), issue("a"))
    assert (only.issue, only.field, only.others) == (2, "key", (0,))


def test_an_after_that_names_nothing_is_told_the_nearest_key() -> None:
    (only,) = found(issue("parser"), issue("counter", "parsr"))
    assert (only.issue, only.word) == (1, "parsr")
    assert "write `parser`" in only.text


def test_a_ring_is_spelled_out_from_its_first_issue() -> None:
    (only,) = found(issue("x"), issue("a", "x", "c"), issue("b", "a"), issue("c", "b"), issue("behind", "c"))
    assert "`a -> c -> b -> a`" in only.text
    assert (only.issue, only.field, only.word, set(only.others)) == (1, "after", "c", {2, 3})


def test_two_rings_are_two_misfits() -> None:
    texts = [one.text for one in found(issue("a", "b"), issue("b", "a"), issue("c", "d"), issue("d", "c"))]
    assert ["`a -> b -> a`" in texts[0], "`c -> d -> c`" in texts[1]] == [True, True]
    assert len(texts) == 2


def test_a_ring_of_thousands_is_found() -> None:
    size = 3000
    (only,) = found(*(issue(f"k{n}", f"k{(n + 1) % size}") for n in range(size)))
    assert len(only.others) == size - 1


def test_a_plan_that_can_run_as_written_runs_as_written() -> None:
    assert dispatch_order(plan(issue("a"), issue("b", "a"), issue("c"))) == ("a", "b", "c")
    assert dispatch_order(plan(issue("late", "c"), issue("b"), issue("c"))) == ("b", "c", "late")


def test_what_can_never_start_is_left_out_of_the_order() -> None:
    assert dispatch_order(plan(issue("a", "b"), issue("b", "a"), issue("c"), issue("d", "a"))) == ("c",)


@given(sound_plans())
def test_each_issue_comes_once_and_behind_what_it_waits_for(made: Plan) -> None:
    order = dispatch_order(made)
    assert sorted(order) == sorted(one.key for one in made.issues)
    assert misfits(made, roles=ROLES) == ()
    for one in made.issues:
        assert all(order.index(earlier) < order.index(one.key) for earlier in one.after)


@given(plans())
def test_a_plan_misses_an_issue_in_its_order_exactly_when_it_has_a_ring(made: Plan) -> None:
    alone = plan(
        *(
            replace(one, after=tuple(w for w in one.after if w not in (one.key, "nothing")))
            for one in made.issues
        )
    )
    rings = misfits(alone, roles=ROLES)
    assert bool(rings) == (len(dispatch_order(made)) < len(made.issues))
    assert all(" -> " in ring.text for ring in rings)


@given(plans())
def test_a_ring_that_is_named_is_one(made: Plan) -> None:
    after = {one.key: one.after for one in made.issues}
    for ring in misfits(made, roles=ROLES):
        path = (
            ring.text.partition(", `")[2].partition("`")[0].split(" -> ") if "in a ring" in ring.text else []
        )
        assert all(later in after[earlier] for earlier, later in pairwise(path))
        assert path[:1] == path[-1:]


def test_the_graph_shows_steps_and_arrows() -> None:
    made = plan(
        issue("parser", title="Parse words"),
        issue("docs", title="Write the manual"),
        issue("counter", "parser", title="Count words"),
        issue("review", "counter", "docs", title="Review it", role="reviewer"),
    )
    assert draw_graph(made).splitlines() == [
        "1.  parser   Parse words (coder)",
        "    docs     Write the manual (coder)",
        "2.  counter  Count words (coder)  <- parser",
        "3.  review   Review it (reviewer)  <- counter, docs",
    ]


def test_many_arrows_go_below_their_issue_and_stay_narrow() -> None:
    keys = [f"part-number-{n}" for n in range(49)]
    drawn = draw_graph(
        plan(*(issue(key, title="word " * 40) for key in keys), issue("end", *keys))
    ).splitlines()
    assert len(drawn) < 70
    assert max(map(len, drawn)) <= GRAPH_WIDTH
    assert all(key in "\n".join(drawn[49:]) for key in keys)


@given(plans())
def test_the_graph_draws_each_issue_that_can_start_once(made: Plan) -> None:
    drawn = [line[4:].split()[0] for line in draw_graph(made).splitlines()]
    assert sorted(drawn) == sorted(dispatch_order(made))
