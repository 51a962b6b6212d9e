"""A table judged: what is known of copies, shuffled columns and fresh rows must be said of them."""

from __future__ import annotations

import numpy as np
import pytest

from bench.synthetic_generators import Columns, gaussian, jittered, shuffled, take, trees
from headgate.errors import BadInput
from headgate.synthetic_data.audit import DIMENSIONS, Audit, audit, prepared
from headgate.synthetic_data.columns import coded, coding_of
from headgate.synthetic_data.scores import FAILS, PASSES


def town(rows: int, seed: int) -> Columns:
    """People with numbers, categories and a label that depend on each other, and two groups."""
    drawn = np.random.default_rng(seed)
    age, work = drawn.normal(45, 12, rows), drawn.integers(0, 4, rows)
    pay = age * 0.8 + 10 * work + drawn.normal(0, 6, rows)
    sex = drawn.choice(["f", "m"], rows)
    good = pay + 4 * (sex == "m") + drawn.normal(0, 5, rows) > 55
    return {"age": age.round(1).astype(str), "work": np.array(["a", "b", "c", "d"])[work], "pay": pay.round(1).astype(str),
            "sex": sex, "good": good.astype(int).astype(str)}  # fmt: skip


REAL = town(800, 0)
CODING = coding_of(REAL, "good", "sex")
BASE = prepared(coded(REAL, CODING), coded(town(800, 1), CODING), CODING)


def judged(columns: Columns) -> Audit:
    return audit(BASE, coded(columns, CODING), draws=60)


def verdict(found: Audit, dimension: str, least: float = 0.8) -> str:
    one = found.dimensions[dimension]
    assert one is not None
    return one.verdict(least)


def value(found: Audit, name: str) -> float:
    one = found.dimensions.get(name) or found.parts[name]
    return one.value


def test_a_holdout_of_one_class_tells_nothing() -> None:
    fresh = coded(town(800, 1), CODING)
    with pytest.raises(BadInput, match="the holdout has rows of one class"):
        prepared(coded(REAL, CODING), fresh.take(np.flatnonzero(fresh.label == 0)), CODING)


def test_an_exact_copy_fails_privacy_alone() -> None:
    found = judged(REAL)
    assert verdict(found, "privacy") == FAILS
    assert value(found, "privacy") == 0
    assert found.copied == 1
    assert found.copied_fresh < 0.01
    assert found.caught[0] == 1
    assert [verdict(found, one) for one in ("fidelity", "utility")] == [PASSES, PASSES]


def test_next_to_no_noise_does_not_hide_a_copy() -> None:
    found = judged(jittered(REAL, 800, 0))
    assert verdict(found, "privacy") == FAILS
    assert found.copied < 0.1


def test_a_few_copies_among_fresh_rows_fail_too() -> None:
    fresh = town(800, 5)
    for copied, passes in ((0, True), (160, False)):
        mixed = {name: np.concatenate((REAL[name][:copied], fresh[name][copied:])) for name in REAL}
        assert (value(judged(mixed), "privacy") > 0.75) == passes


def test_shuffled_columns_fail_utility_and_fidelity_and_keep_single_columns() -> None:
    found = judged(shuffled(REAL, 800, 0))
    assert [verdict(found, one) for one in ("utility", "fidelity")] == [FAILS, FAILS]
    assert value(found, "fidelity.marginals") > 0.95
    assert value(found, "fidelity.dependence") < 0.3


def test_fresh_rows_are_like_the_real_ones_in_everything() -> None:
    found = judged(town(800, 2))
    assert set(found.dimensions) == set(DIMENSIONS)
    assert all(value(found, one) > 0.85 for one in ("fidelity", "utility", "privacy", "fairness"))
    assert value(found, "privacy.distance_ratio") == pytest.approx(1, abs=0.08)
    parts = [one.value for name, one in found.parts.items() if name.startswith("privacy.")]
    assert value(found, "privacy") == min(parts) < max(parts)  # the worst of them, not their mean
    assert found.caught[0] < 0.05


def test_generators_lie_between() -> None:
    for made in (gaussian(REAL, 800, 0), trees(REAL, 800, 0)):
        found = judged(made)
        assert 0.5 < value(found, "utility") <= 1
        assert value(found, "privacy.distance_ratio") > 0.6
        assert value(found, "fidelity.marginals") > 0.9


def test_the_same_rows_twice_are_not_new_ones_and_seeds_repeat() -> None:
    fresh = take(town(800, 2), np.arange(60))
    assert judged(fresh).dimensions["utility"] is not None  # few rows are judged as they are
    one, other = judged(town(400, 3)), judged(town(400, 3))
    assert {name: value(one, name) for name in DIMENSIONS} == {name: value(other, name) for name in DIMENSIONS}


def test_without_groups_fairness_cannot_be_told() -> None:
    coding = coding_of(REAL, "good")
    base = prepared(coded(REAL, coding), coded(town(800, 1), coding), coding)
    found = audit(base, coded(town(200, 2), coding), draws=20)
    assert found.dimensions["fairness"] is None
