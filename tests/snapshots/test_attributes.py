from __future__ import annotations

import hashlib
import hmac

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headgate.snapshots.attributes import BUCKETS, aligned, bucketed, worth


def test_relevance_diversity_and_effective_number_by_hand() -> None:
    found = worth([50, 50, 0], [25, 25, 50])
    assert found is not None
    assert (found.relevance, found.diversity) == (pytest.approx(0.5), pytest.approx(0.5))
    assert found.effective[0] == pytest.approx(2)
    assert found.effective[1] == pytest.approx(np.exp(-(2 * 0.375 * np.log(0.375) + 0.25 * np.log(0.25))))
    assert worth([0, 0], [1, 1]) is None
    assert worth([1, 1], [0, 0]) is None


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), min_size=1, max_size=9))
def test_a_copy_is_all_relevant_and_adds_nothing(rows: list[tuple[int, int]]) -> None:
    first, second = np.array(rows).T
    if not first.sum() or not second.sum():
        return
    same, found = worth(first, first * 3), worth(first, second)
    assert same is not None
    assert found is not None
    assert (same.relevance, same.diversity) == (pytest.approx(1), 0)
    assert found.relevance + found.diversity <= 1 + 1e-9


def test_counts_stand_over_the_same_values() -> None:
    one, other = aligned({"mit": 3, "gpl": 1}, {"mit": 2, "apache": 5})
    assert (one.tolist(), other.tolist()) == ([0, 1, 3], [5, 0, 2])


def test_buckets_are_keyed_hashes_and_small_ones_are_empty() -> None:
    found = bucketed({"mit": 30, "my-own-family": 9}, "licence", b"s" * 16)
    digest = hmac.new(b"s" * 16, b"licence: mit", hashlib.sha256).digest()
    assert found[int.from_bytes(digest[:8], "big") % BUCKETS] == 30
    assert found.sum() == 30
    assert not np.array_equal(found, bucketed({"mit": 30}, "licence", b"t" * 16))
