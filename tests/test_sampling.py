from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from headgate.errors import UsageError
from headgate.sampling import sample, sampled
from headgate.shapes import Batch


def batches(size: int, files: dict[str, int]) -> Iterator[Batch]:
    for file, rows in files.items():
        for at in range(0, rows, size):
            places = list(range(at, min(rows, at + size)))
            more: dict[str, list[object]] = {"shard": [f"{file}{n % 2}" for n in places]}
            yield Batch([f"{file}-{n}" for n in places], more=more, rows=places, file=file)


FILES = {"a": 5000, "b": 30, "c": 2000}


def drawn(size: int, *, seed: int = 0, most: int = 100, column: str | None = None) -> list[str]:
    strata = sample(batches(size, FILES), most=most, seed=seed, column=column)
    found = sampled(batches(size, FILES), strata, seed=seed, column=column)
    return sorted(batch.ids[n] for batch, _, places in found for n in places)


def test_each_stratum_has_its_sample_however_it_is_cut() -> None:
    whole = drawn(10_000)
    assert whole == drawn(7) == drawn(999)
    assert [sum(one.startswith(name) for one in whole) for name in "abc"] == [100, 30, 100]
    assert whole != drawn(10_000, seed=1)
    strata = sample(batches(50, FILES), most=100, seed=0)
    assert {name: one.rows for name, one in strata.items()} == FILES


def test_a_column_may_say_the_stratum() -> None:
    found = drawn(64, column="shard", most=10)
    assert len(found) == 60  # six strata of ten
    with pytest.raises(UsageError, match="no column 'x'"):
        drawn(64, column="x")


def test_every_row_is_drawn_as_often() -> None:
    counts = np.zeros(2000)
    for seed in range(400):
        strata = sample(batches(500, {"c": 2000}), most=200, seed=seed)
        for _, _, places in sampled(batches(2000, {"c": 2000}), strata, seed=seed):
            counts[places] += 1
    assert counts.sum() == 400 * 200
    # 400 draws at 0.1: mean 40, standard deviation 6
    assert counts.std() == pytest.approx(6, abs=0.5)
    assert abs(np.corrcoef(counts[:-1], counts[1:])[0, 1]) < 0.1
