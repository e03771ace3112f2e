"""Sizes as people write and read them, and when a cell uses more than it may."""

import pytest

from hubctl.core.vocabulary.limits import (
    CellLimits,
    CellUse,
    Excess,
    excess,
    format_size,
    is_near,
    parse_size,
)
from hubctl.errors import HubError

M, G = 1 << 20, 1 << 30


@pytest.mark.parametrize(
    ("text", "size"),
    [("600M", 600 * M), ("4G", 4 * G), ("2048K", 2 * M), ("1T", 1 << 40), ("1024T", 1 << 50)],
)
def test_a_size_is_a_number_and_a_unit(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "4", "4g", "4GB", "4 G", "4.5G", "-1G", "0G", "1023K", "1025T", "٤G"])
def test_what_is_no_size_of_a_cell_is_refused_with_the_cure(text: str) -> None:
    with pytest.raises(HubError) as caught:
        parse_size(text)
    assert caught.value.cure.startswith("Write ")


@pytest.mark.parametrize(
    ("size", "text"), [(4 * G, "4G"), (600 * M, "600M"), (600 * M + 1, "601M"), (1 << 40, "1T"), (0, "0M")]
)
def test_what_is_used_is_never_said_to_be_less(size: int, text: str) -> None:
    assert format_size(size) == text


LIMITS = CellLimits(memory=600 * M, processes=40, disk=50 * M)


def test_as_much_as_the_limit_may_be_used() -> None:
    assert excess(LIMITS, CellUse(memory=600 * M, processes=40, disk=50 * M)) is None
    assert excess(LIMITS, CellUse()) is None


@pytest.mark.parametrize(
    ("use", "told"),
    [
        (CellUse(memory=700 * M, processes=41), Excess(limit="memory", used="700M", most="600M")),
        (CellUse(processes=41), Excess(limit="processes", used="41", most="40")),
        (CellUse(disk=120 * M), Excess(limit="disk", used="120M", most="50M")),
    ],
)
def test_the_first_limit_that_is_passed_is_told(use: CellUse, told: Excess) -> None:
    assert excess(LIMITS, use) == told


def test_what_is_near_a_limit_is_worth_a_closer_look() -> None:
    assert is_near(LIMITS, CellUse(memory=301 * M))
    assert is_near(LIMITS, CellUse(processes=21))
    assert not is_near(LIMITS, CellUse(memory=300 * M, processes=20, disk=50 * M))
