from __future__ import annotations

from itertools import chain, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headgate.fairness.pooling import Place, Whole, cells_told, hidden, pooled

HUBS, LANGUAGES = ("civitai", "huggingface"), ("de", "en", "not_stated")
PLACES = [Place("model", hub, language) for hub in HUBS for language in LANGUAGES]
CELL = st.one_of(st.just(0), st.integers(0, 14), st.integers(10, 200))


def cells_of(rows: list[tuple[int, int, int]]) -> Whole:
    cells = np.zeros((len(rows), 3, 3), dtype=np.int64)
    cells[:, :, 2] = rows
    return cells


@pytest.mark.parametrize(
    ("cells", "made"),
    [([[100, 50], [40, 30]], [[0], [1]]), ([[100, 50], [40, 3]], [[0, 1]]), ([[90, 90], [50, 50], [40, 3], [9, 20]],
     [[0], [1], [2, 3]]), ([[20, 0], [30, 0]], [[1], [0]]), ([[5, 5]], [[0]])],
)  # fmt: skip
def test_groups_put_together_by_hand(cells: list[list[int]], made: list[list[int]]) -> None:
    assert pooled(np.array(cells)) == made


def test_groups_with_few_in_all_are_put_together() -> None:
    cells = np.array([[50, 50], [20, 0], [0, 15]])
    assert pooled(cells, fewest=30) == [[0], [1, 2]]
    assert pooled(np.array([[50, 5], [20, 4]]), fewest=30, floor=0) == [[0, 1]]  # the pool of one takes the next


@given(st.lists(st.tuples(CELL, CELL, CELL), min_size=1, max_size=6))
def test_each_group_is_told_once_and_no_small_cell_but_in_the_last_resort(rows: list[tuple[int, ...]]) -> None:
    cells = np.array(rows)
    pools = pooled(cells, fewest=30)
    assert sorted(chain(*pools)) == list(range(len(rows)))
    if len(pools) > 1:
        assert not any(hidden(cells[pool].sum(0)) for pool in pools)
        assert all(cells[pool].sum() >= 30 for pool in pools)


@given(st.lists(st.tuples(CELL, CELL, CELL), min_size=6, max_size=6), st.lists(CELL, min_size=6, max_size=6))
def test_no_small_cell_can_be_worked_out_from_both_tables_and_the_total(
    rows: list[tuple[int, int, int]], yes: list[int]
) -> None:
    """Whoever adds and subtracts what is told gets no set of artifacts of which a cell is small."""
    cells = cells_of(rows)
    cells[:, 0, 0] = yes
    told = [np.ones(6)]
    for by in ("hub", "language"):
        groups, _ = cells_told(PLACES, cells, by, sensitive=True)
        if not groups:
            return  # nothing is told
        told += [np.isin(np.arange(6), one.members).astype(float) for one in groups]
    matrix = np.array(told).T
    merged = hidden(cells.sum((0, 2))[2:])
    for chosen in product((0.0, 1.0), repeat=6):
        weights = np.linalg.lstsq(matrix, np.array(chosen), rcond=None)[0]
        if any(chosen) and np.allclose(matrix @ weights, chosen):  # it is a sum and difference of what is told
            known = cells[np.array(chosen) == 1].sum((0, 2))
            assert not hidden(np.array([known[0], known[1] + known[2]]) if merged else known)


def test_one_table_cannot_be_taken_from_the_other() -> None:
    # hubs may be told; German models of Civitai may not, nor may they be what is left of German or of Civitai
    cells = cells_of([(4, 40, 0), (50, 50, 0), (20, 30, 0), (30, 30, 0), (60, 60, 0), (70, 80, 0)])
    assert [group.name for group in cells_told(PLACES, cells, "hub", sensitive=True)[0]] == [
        "hub:huggingface", "hub:civitai",
    ]  # fmt: skip
    groups, made = cells_told(PLACES, cells, "language", sensitive=True)
    assert [group.name for group in groups] == [
        "language:not_stated@huggingface", "language:en@huggingface", "language:de@huggingface",
        "language:en@civitai", "language:other@civitai",
    ]  # fmt: skip
    assert made[:, :2].sum(2).tolist() == [[70, 80], [60, 60], [30, 30], [50, 50], [24, 70]]


def test_a_total_with_a_small_cell_is_not_told() -> None:
    for rows in ([(4, 40, 0)] + [(0, 50, 0)] * 5, [(0, 3, 0)] + [(20, 0, 0)] * 5):
        groups, made = cells_told(PLACES, cells_of(rows), "language", sensitive=True)
        assert (groups, len(made)) == ([], 0)


def test_a_few_that_could_not_be_told_are_among_the_not_found() -> None:
    rows = [(20, 30, 0), (20, 30, 3), (0, 40, 0), (20, 30, 0), (20, 30, 0), (0, 40, 0)]
    _, made = cells_told(PLACES, cells_of(rows), "hub", sensitive=True)
    assert made.sum(2).tolist() == [[40, 103, 0], [40, 100, 0]]


def test_labels_that_would_hide_everything_are_left_out() -> None:
    cells = cells_of([(20, 30, 0)] * 6)
    cells[0, 0, 0] = 3
    groups, made = cells_told(PLACES, cells, "language", sensitive=True)
    assert len(groups) == 6
    assert made[:, :, :2].sum() == 0
    assert made.sum() == cells.sum()
    assert cells_told(PLACES, cells, "language", sensitive=False)[1][:, :, :2].sum() == 3


def test_an_open_check_keeps_its_small_cells_and_kinds_apart() -> None:
    places = [Place(kind, "huggingface", one) for kind in ("model", "dataset") for one in ("de", "en")]
    groups, made = cells_told(places, cells_of([(1, 29, 0), (2, 28, 0), (3, 3, 0), (4, 40, 0)]), "language",
                              sensitive=False)  # fmt: skip
    assert groups == [
        ("dataset", "language:other", (3, 2)), ("model", "language:de", (0,)), ("model", "language:en", (1,)),
    ]  # fmt: skip
    assert made[:, 0].sum(1).tolist() == [7, 1, 2]
    assert cells_told([], np.zeros((0, 3, 3), dtype=np.int64), "hub", sensitive=True)[0] == []
