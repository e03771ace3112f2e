"""What counts as a worker's progress in its checkout, and what does not."""

from collections.abc import Iterable
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubctl.core.intake.checkout import CheckoutLook, Mark, Track, began, ended, rested, worked
from hubctl.core.vocabulary.values import replace
from hubctl.core.vocabulary.words import Work
from support.core.builders import NOW

LATER = NOW + timedelta(minutes=1)
CLEAN = CheckoutLook(head="c0")


def at_rest(seen: CheckoutLook = CLEAN) -> Track:
    return Track(last=seen)


def turning(seen: CheckoutLook = CLEAN) -> Track:
    return began(at_rest(seen), seen, NOW)


def with_file(text: str, name: str = "a.py", head: str = "c0", at: float = 0.0) -> CheckoutLook:
    return CheckoutLook(head=head, files={name: Mark(text=text, at=at)})


@pytest.mark.parametrize(
    ("seen", "made"),
    [
        (CLEAN, None),
        (with_file("1"), Work.FILES),
        (CheckoutLook(head="c1"), Work.COMMIT),
        (with_file("1", head="c1"), Work.COMMIT),
    ],
)
def test_what_a_turn_makes_is_told_at_its_end(seen: CheckoutLook, made: Work | None) -> None:
    track, told = ended(turning(), seen)
    assert told == made
    assert track == at_rest(seen)


def test_a_file_that_is_taken_back_is_a_change() -> None:
    assert ended(turning(with_file("1")), CLEAN)[1] is Work.FILES


def test_a_turn_that_was_never_begun_makes_nothing() -> None:
    assert ended(at_rest(), with_file("1")) == (at_rest(), None)


def test_within_a_turn_a_file_counts_once_and_each_commit() -> None:
    track = turning()
    said: list[Work | None] = []
    for seen in (with_file("1"), with_file("2"), with_file("3", head="c1"), with_file("4", head="c2")):
        track, made = worked(track, seen)
        said.append(made)
    assert said == [Work.FILES, None, Work.COMMIT, Work.COMMIT]
    another = replace(with_file("5", head="c2"), files={"b.py": Mark(text="1")})
    assert worked(track, another)[1] is Work.FILES
    assert ended(track, with_file("9", head="c2"))[1] is None


def test_what_changes_while_no_turn_runs_is_nobodys_and_does_not_count_in_the_next_turn() -> None:
    track = rested(at_rest(), with_file("1"))
    track = began(track, with_file("1"), NOW)
    track, made = ended(track, with_file("2"))
    assert made is None
    # A rest without it, and the same file is the worker's again.
    track = began(rested(track, with_file("2")), with_file("2"), LATER)
    assert ended(track, with_file("3"))[1] is Work.FILES


def test_a_turn_that_begins_before_a_look_at_rest_forgives_no_log() -> None:
    after = (LATER + timedelta(seconds=1)).timestamp()
    track = began(rested(at_rest(), with_file("1")), with_file("1"), NOW)
    track, _ = ended(track, with_file("2"))
    track = began(track, with_file("3", at=after), LATER)
    assert ended(track, with_file("4", at=after))[1] is None


def test_a_commit_between_two_turns_is_nobodys() -> None:
    track = began(at_rest(), CheckoutLook(head="c1"), NOW)
    assert ended(track, CheckoutLook(head="c1"))[1] is None


def test_a_log_that_is_written_slowly_is_found_by_its_time() -> None:
    before = (NOW - timedelta(seconds=1)).timestamp()
    track = began(at_rest(with_file("1")), with_file("2", at=before), NOW)
    assert ended(track, with_file("3"))[1] is None


def test_a_worker_that_is_faster_than_the_first_look_has_made_something() -> None:
    after = (NOW + timedelta(seconds=1)).timestamp()
    track = began(at_rest(), with_file("1", at=after), NOW)
    assert ended(track, with_file("1", at=after))[1] is Work.FILES
    known = began(at_rest(with_file("0")), with_file("1", at=after), NOW)
    assert ended(known, with_file("1", at=after))[1] is Work.FILES


def test_a_second_begin_changes_nothing() -> None:
    track = turning()
    assert began(track, with_file("1"), LATER) == track


@given(st.lists(st.integers(0, 5), min_size=2, max_size=6))
def test_a_log_without_end_never_opens_a_second_episode(looks: Iterable[int]) -> None:
    """Whatever it writes when, as long as it writes between the turns, too."""
    track, told, count = turning(), list[Work | None](), 0
    for number in looks:
        for _ in range(number):
            count += 1
            track, made = worked(track, with_file(f"line {count}"))
            told.append(made)
        track, made = ended(track, with_file(f"end {count}"))
        told.append(made)
        track = rested(track, with_file(f"rest {count}"))
        track = began(track, with_file(f"begin {count}", at=NOW.timestamp()), NOW)
    assert [made for made in told if made] == [Work.FILES]


def test_a_digest_tells_footprints_apart() -> None:
    seen = [CLEAN, CheckoutLook(head="c1"), with_file("1"), with_file("2"), with_file("1", name="b.py")]
    assert len({one.digest for one in seen}) == len(seen)
    assert with_file("1").digest == with_file("1", at=5.0).digest
    assert CheckoutLook(head="", files={"\udcff": Mark(text="x")}).digest
