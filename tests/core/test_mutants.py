"""Each rule is needed: without it the law fails (`scripts/check_mutants` takes the parts of rules away too)."""

import pytest

from hubctl.core.documents.policy import RuleId
from support.core.mutants import INVISIBLE, MUTANTS, WHOLE_STORIES, fate

pytestmark = pytest.mark.law
RULES = [number for number, mutant in enumerate(MUTANTS) if mutant.name in set(RuleId)]
SEEN = [number for number in RULES if MUTANTS[number].rule not in INVISIBLE]


@pytest.mark.parametrize("number", SEEN, ids=[MUTANTS[number].name for number in SEEN])
def test_without_a_rule_the_law_fails(number: int) -> None:
    assert fate(number, most=200).said


def test_with_all_rules_it_holds_in_the_same_stories() -> None:
    assert fate(-1, most=WHOLE_STORIES).said == ""


def test_each_rule_is_taken_away_or_named_with_its_reason() -> None:
    assert len(RULES) == len(RuleId)
    assert all(INVISIBLE.values())
