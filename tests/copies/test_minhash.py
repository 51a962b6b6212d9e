from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headgate.copies.minhash import Plan, band_keys, plan, shingled, spans, write


def plainly(text: str) -> set[str]:
    """Runs of five characters, the slow way."""
    tidy = " ".join(text.lower().split())
    return {tidy[n : n + 5] for n in range(len(tidy) - 4)} if len(tidy) >= 5 else {tidy} - {""}


WORDS = st.lists(st.text("abc é中\n\t", max_size=24), max_size=6)


@given(WORDS)
def test_shingles_are_the_different_runs_of_five(texts: list[str]) -> None:
    shingles, offsets = shingled(texts)
    assert np.diff(offsets).tolist() == [len(plainly(text)) for text in texts]
    for begin, end in pairwise(offsets):
        assert (np.diff(shingles[begin:end].astype(np.int64)) > 0).all()  # sorted, none twice


@given(WORDS)
def test_shingles_do_not_depend_on_what_texts_stand_beside(texts: list[str]) -> None:
    together, offsets = shingled(texts)
    for place, text in enumerate(texts):
        assert together[offsets[place] : offsets[place + 1]].tolist() == shingled([text])[0].tolist()


def test_case_and_white_space_do_not_count() -> None:
    assert shingled(["  Ein\n\n Hund bellt "])[0].tolist() == shingled(["ein hund bellt"])[0].tolist()
    assert shingled(["ein hund bellt"])[0].tolist() != shingled(["ein hund, bellt"])[0].tolist()


@pytest.mark.parametrize("threshold", [0.5, 0.7, 0.8, 0.9, 1.0])
def test_a_plan_misses_as_few_as_it_says(threshold: float) -> None:
    how = plan(threshold)
    assert how.bands * how.rows <= 200
    assert (1 - threshold**how.rows) ** how.bands <= 0.005


def test_plans_that_cannot_be() -> None:
    for wrong in (0.0, -1.0, 1.1):
        with pytest.raises(ValueError, match="is none"):
            plan(wrong)
    with pytest.raises(ValueError, match="cannot be found with 10"):
        plan(0.05, most=10)


def test_minima_agree_as_often_as_sets_do() -> None:
    """The chance that one minimum agrees is the Jaccard similarity: 1,500 pairs of sets, 64 minima each."""
    rng = np.random.default_rng(0)
    for shared, alone in ((10, 10), (40, 10), (5, 60)):
        left, right = [], []
        for _ in range(1_500):
            drawn = rng.integers(0, 2**32, shared + 2 * alone, dtype=np.uint32)
            left.append(np.sort(drawn[: shared + alone]))
            right.append(np.sort(np.concatenate([drawn[:shared], drawn[shared + alone :]])))
        offsets = np.arange(1_501) * (shared + alone)
        keys = [band_keys(np.concatenate(side), offsets, Plan(64, 1)) for side in (left, right)]
        found, expected = (keys[0] == keys[1]).mean(), shared / (shared + 2 * alone)
        assert abs(found - expected) < 4 * np.sqrt(expected * (1 - expected) / (1_500 * 64)), (shared, alone)


def test_the_number_of_minima_that_agree_is_binomial() -> None:
    """Minima that hang together would agree all at once or not at all, and the plan's promise would not hold."""
    rng = np.random.default_rng(2)
    drawn = rng.integers(0, 2**32, (2_000, 60), dtype=np.uint32)
    left, right = np.sort(drawn[:, :40], axis=1), np.sort(drawn[:, 20:], axis=1)
    keys = [band_keys(side.ravel(), np.arange(2_001) * 40, Plan(150, 1)) for side in (left, right)]
    agree = (keys[0] == keys[1]).sum(axis=0)
    assert agree.var() == pytest.approx(150 * (1 / 3) * (2 / 3), rel=0.15)


def test_minima_are_independent_of_each_other() -> None:
    """Bands of two agree as often as chance squared, so that the plan's promise holds."""
    rng = np.random.default_rng(1)
    drawn = rng.integers(0, 2**32, (3_000, 60), dtype=np.uint32)
    left, right = np.sort(drawn[:, :40], axis=1), np.sort(drawn[:, 20:], axis=1)  # a third in common
    keys = [band_keys(side.ravel(), np.arange(3_001) * 40, Plan(40, 2)) for side in (left, right)]
    assert abs((keys[0] == keys[1]).mean() - 1 / 9) < 0.006


@settings(max_examples=25, deadline=None)
@given(st.lists(st.text("abcdef ", max_size=40), max_size=30), st.integers(1, 9))
def test_files_do_not_depend_on_batches(texts: list[str], size: int) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        how = Plan(3, 2)
        one = write([texts], Path(folder) / "one", how)
        other = write([texts[n : n + size] for n in range(0, len(texts), size)], Path(folder) / "other", how, threads=3)
        assert one.offsets.tolist() == other.offsets.tolist()
        assert np.asarray(one.shingles).tolist() == np.asarray(other.shingles).tolist()
        assert [np.asarray(k).tolist() for k in one.keys] == [np.asarray(k).tolist() for k in other.keys]
        assert one.offsets[-1] == len(one.shingles)


def test_spans_cover_everything_once() -> None:
    assert list(spans(np.array([3, 3, 3, 9, 1, 1]), 6)) == [(0, 2), (2, 3), (3, 4), (4, 6)]
    assert list(spans(np.array([], dtype=np.int64), 6)) == []
