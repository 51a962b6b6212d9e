from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_array

from headgate.errors import UsageError
from headgate.repair.clusters import clusters


def blobs(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    draw = np.random.default_rng(seed)
    code = np.repeat(np.arange(4), 25)
    return np.array([[0, 0], [9, 0], [0, 9], [9, 9]])[code] + draw.normal(0, 0.5, (100, 2)), code


@pytest.mark.parametrize("seed", range(3))
def test_what_lies_apart_is_parted(seed: int) -> None:
    rows, code = blobs()
    found = clusters(rows, 4, seed=seed)
    assert sorted(np.unique(found)) == [0, 1, 2, 3]
    assert len(np.unique(np.stack([code, found], 1), axis=0)) == 4  # one number each


def test_far_from_nought_they_are_parted_alike() -> None:
    rows, _ = blobs()
    rows = np.round(rows * 64) / 64
    np.testing.assert_array_equal(clusters(rows + 1.7e9, 4), clusters(rows, 4))


def test_sparse_rows_and_the_same_seed_give_the_same() -> None:
    rows, _ = blobs()
    np.testing.assert_array_equal(clusters(rows, 7, seed=3), clusters(csr_array(rows), 7, seed=3))
    np.testing.assert_array_equal(clusters(rows, 7, seed=3), clusters(rows, 7, seed=3))


def test_numbers_run_from_nought_without_a_gap_however_few_places_there_are() -> None:
    assert set(clusters(np.array([[0.0], [0.0], [1.0], [1.0]]), 4)) == {0, 1}
    rows, _ = blobs()
    found = clusters(rows, 30)
    assert sorted(np.unique(found)) == list(range(found.max() + 1))


@pytest.mark.parametrize("many", [0, 101])
def test_a_number_that_cannot_be_is_refused(many: int) -> None:
    with pytest.raises(UsageError, match=f"{many} clusters of 100 items"):
        clusters(blobs()[0], many)
