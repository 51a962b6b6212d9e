from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headgate.web.dry_run_rules import hidden


@pytest.mark.parametrize(
    ("cells", "shown"),
    [
        ([123, 45, 0], [120, 40, 0]),
        ([123, 9, 0], ["withheld", "<10", 0]),
        ([3, 2, 1], ["withheld"] * 3),
        ([0, 0, 0], [0, 0, 0]),
    ],
)
def test_small_cells_are_hidden_and_the_others_in_tens(cells: list[int], shown: list[object]) -> None:
    assert hidden(cells) == shown


@given(st.lists(st.integers(0, 40), min_size=3, max_size=3))
def test_no_cell_tells_a_small_one_with_the_total(cells: list[int]) -> None:
    shown = hidden(cells)
    total = sum(cells)
    for cell, told in zip(cells, shown, strict=True):
        if 0 < cell < 10:
            # every count from 1 to 9 that is as well possible with what is shown, or nothing is shown at all
            rest = [one for one in shown if one is not told]
            assert told in ("<10", "withheld")
            assert total < 10 or "withheld" in rest or any(isinstance(one, str) for one in rest) or told == "withheld"
