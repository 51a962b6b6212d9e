"""What a ledger says: funnel and gaps by hand."""

from __future__ import annotations

import numpy as np
import pytest

from headgate.evidence.intervals import wilson
from headgate.selection.findings import funnel, gaps, group_funnels
from headgate.selection.ledger import Ledger, Stage

STAGES = [Stage("short", "short", "heuristic", None), Stage("blocklist", "blocklist", "toxic-explicit", None)]


def ledger(counts: dict[tuple[int, int], int], *, ordered: bool = True) -> tuple[Ledger, np.ndarray]:
    """Of (group, removed by) so many documents; and their groups."""
    removed_by = np.array([by for (_, by), times in counts.items() for _ in range(times)])
    codes = np.array([group for (group, _), times in counts.items() for _ in range(times)])
    return Ledger(removed_by, STAGES, [0, 3], ordered), codes


# 1,000 documents of the first group and 200 of the second: the first filter treats both alike, the second does not
COUNTS = {(0, -1): 850, (0, 0): 100, (0, 1): 50, (1, -1): 130, (1, 0): 20, (1, 1): 50}


def test_funnel_adds_up() -> None:
    found = funnel(ledger(COUNTS)[0])
    assert [(one.axis, one.n) for one in found] == [("", 1200), ("short", 1200), ("blocklist", 1080)]
    assert [one.value for one in found] == pytest.approx([220 / 1200, 120 / 1200, 100 / 1080])
    assert (found[0].low, found[0].high) == wilson(220, 1200)
    assert found[0].evidence == "1,200 in, 220 removed, 980 left"
    assert found[1].evidence == "short (heuristic): 1,200 in, 120 removed, 1,080 left"
    assert found[2].evidence == (
        "blocklist (toxic-explicit): 1,080 in, 100 removed, 980 left; 3 documents of its output had not gone in"
    )


def test_without_order_all_enter_every_filter() -> None:
    found = funnel(ledger(COUNTS, ordered=False)[0])
    assert [one.n for one in found] == [1200, 1200, 1200]
    assert found[2].evidence.startswith(
        "blocklist (toxic-explicit): 100 of all removed; the order of filters is not known"
    )


def test_gaps_by_hand() -> None:
    made, codes = ledger(COUNTS)
    found = {one.axis: one for one in gaps(made, codes, ["common", "rare"], 0.02)}
    assert list(found) == ["gap", "short.gap", "blocklist.gap"]
    # 70 of 200 and 150 of 1,000 went in all; the second filter took 50 of 180 and 50 of 900
    assert found["gap"].value == pytest.approx(0.35 - 0.15)
    assert found["blocklist.gap"].value == pytest.approx(50 / 180 - 50 / 900)
    assert found["blocklist.gap"].n == 1080
    assert found["blocklist.gap"].evidence == (
        "more removed: rare 27.8% against 5.6%; less removed: common 5.6% against 27.8% "
        "(2 groups compared, 6 comparisons in all)"
    )
    low = found["blocklist.gap"].low
    assert low is not None
    assert low > 0.1
    assert found["short.gap"].value == 0
    assert found["short.gap"].evidence.startswith("no gap is more than chance")


def test_small_gaps_are_left_out() -> None:
    made, codes = ledger(COUNTS)
    found = gaps(made, codes, ["common", "rare"], 0.21)
    assert found[0].evidence.startswith("no gap is more than chance and large enough")
    assert found[2].evidence.startswith("more removed: rare")


def test_one_group_has_nothing_to_compare() -> None:
    made, codes = ledger({(0, -1): 50, (0, 0): 5, (1, -1): 20})
    [one, *_] = gaps(made, codes, ["a", "b"], 0.02)
    assert (one.value, one.n) == (None, 0)
    assert one.evidence == "no two groups of 30 or more documents to compare"


def test_each_group_has_its_funnel() -> None:
    made, codes = ledger(COUNTS)
    one, other = group_funnels(made, codes, ["common", "rare"])
    assert (one.axis, one.value, one.n) == ("group.common", 0.15, 1000)
    assert other.evidence == "200 in, short 20, blocklist 50 removed, 130 left"


def test_nothing_went_in() -> None:
    empty = Ledger(np.zeros(0, np.int64), STAGES, [0, 0], ordered=True)
    assert [one.value for one in funnel(empty)] == [None, None, None]
    assert group_funnels(empty, np.zeros(0, np.int64), []) == []
    assert gaps(empty, np.zeros(0, np.int64), [], 0.0)[0].n == 0
