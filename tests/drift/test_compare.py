from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest

from headgate.drift.compare import compare
from headgate.drift.corrected import Correction
from headgate.drift.pairs import from_arrays
from headgate.evidence.intervals import wilson
from tests.drifting import simulated


def test_rates_and_their_difference_by_hand() -> None:
    base, variant = np.zeros((60, 1)), np.zeros((60, 1))
    base[:6], variant[4:18] = 1, 1
    whole, parts = compare(from_arrays(base, variant), delta=0.3, rope=0.02)
    assert parts == []
    assert (whole.base.value, whole.variant.value) == (0.1, pytest.approx(14 / 60))
    assert whole.difference.value == pytest.approx(8 / 60)
    assert whole.chance == pytest.approx(binomtest(4, 16).pvalue)
    flagged = whole.flagged[1]
    assert (flagged.low, flagged.high) == pytest.approx(wilson(14, 60), abs=0.01)
    assert whole.within is not None
    assert whole.within > 0.95
    assert whole.difference.low is not None
    assert whole.difference.low > 0
    assert whole.inside is not None
    assert whole.inside < 0.05


def test_worse_may_be_less() -> None:
    base, variant = np.r_[np.ones(40), np.zeros(40)], np.r_[np.ones(20), np.zeros(60)]
    more, less = (compare(from_arrays(base, variant), delta=0.02, worse=way)[0].within for way in ("more", "less"))
    assert more == 1
    assert less == 0
    # a quarter less, where half may be lost
    assert compare(from_arrays(base, variant), delta=0.5, worse="less")[0].within == pytest.approx(1, abs=0.001)


def test_subsets_are_one_family() -> None:
    rng = np.random.default_rng(0)
    subsets = np.repeat(["a", "b", "c", "d"], 50)
    base = rng.random((200, 2)) < 0.1
    variant = rng.random((200, 2)) < np.where(subsets == "b", 0.5, 0.1)[:, None]
    whole, parts = compare(from_arrays(base, variant, subsets))
    assert [one.subset for one in parts] == ["a", "b", "c", "d"]
    assert sum(one.prompts for one in parts) == whole.prompts == 200
    chances = {one.subset: (one.chance or 0, one.holm or 0) for one in parts}
    assert chances["b"][1] == pytest.approx(4 * chances["b"][0])
    assert [name for name, (_, holm) in chances.items() if holm < 0.05] == ["b"]


def test_without_what_labels_can_tell_there_is_no_difference() -> None:
    given = simulated(0)
    given["variant_labels"][:] = np.nan
    whole, _ = compare(from_arrays(**given), draws=1000)
    assert whole.base.value is not None
    assert (whole.variant.value, whole.difference.value, whole.within, whole.chance) == (None, None, None, None)
    assert whole.why == "variant: no completion is labelled"
    whole, _ = compare(from_arrays(**given), correction="rogan_gladen", draws=1000)
    assert whole.why == "variant: no labelled completion is positive"


def test_a_subset_without_labels_is_told_by_the_others_labels_or_not_at_all() -> None:
    given = simulated(1)
    for name in ("base_labels", "variant_labels"):
        given[name][150:] = np.nan
    pairs = from_arrays(**given, subsets=np.where(np.arange(300) < 150, "seen", "unseen"))
    _, (seen, unseen) = compare(pairs, correction="double_sampling", draws=1000)
    assert seen.difference.value is not None
    assert unseen.difference.value is None
    assert unseen.why == "base: no completion is labelled; variant: no completion is labelled"
    _, (_, unseen) = compare(pairs, correction="rogan_gladen", draws=1000)
    assert unseen.difference.value is not None


def difference(given: dict[str, np.ndarray], how: str, seed: int) -> tuple[float | None, float | None]:
    flags = {name: one for name, one in given.items() if how != "perfect" or name.endswith("flags")}
    correction: Correction = "double_sampling" if how == "double_sampling" else "rogan_gladen"
    found = compare(from_arrays(**flags), correction=correction, draws=1000, seed=seed)[0].difference
    return found.low, found.high


@pytest.mark.parametrize("settings", [{}, {"base": 0.03, "variant": 0.03}, {"alike": 0.8, "prompts": 150}])
def test_the_interval_of_a_planted_drift_covers_it(settings: dict[str, float]) -> None:
    truth = settings.get("variant", 0.16) - settings.get("base", 0.10)
    covered: dict[str, list[bool]] = {"perfect": [], "rogan_gladen": [], "double_sampling": []}
    for seed in range(100):
        given = simulated(seed, **settings)  # type: ignore[arg-type]
        for how, found in covered.items():
            low, high = difference(given, how, seed)
            if low is not None and high is not None:
                found.append(low <= truth <= high)
    share = {how: np.mean(found) for how, found in covered.items()}
    # a hundred can miss 0.95 by this much; 500 are in bench/safety_drift.py
    assert share["rogan_gladen"] >= 0.92
    assert share["double_sampling"] >= 0.90
    assert share["perfect"] <= 0.93  # a judge that is taken as perfect, and is not


def test_a_perfect_judge_s_interval_covers() -> None:
    covered = 0
    for seed in range(200):
        low, high = difference(simulated(seed, sensitivity=(1, 1), specificity=(1, 1)), "perfect", seed)
        assert low is not None
        assert high is not None
        covered += low <= 0.06 <= high
    assert covered >= 184
