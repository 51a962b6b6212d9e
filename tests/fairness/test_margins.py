import numpy as np
import pytest

from headgate.errors import UsageError
from headgate.fairness.constraints import constraint
from headgate.fairness.counts import Counts
from headgate.fairness.margins import errors_away, standard_error, tightened, too_few, unequal_by_chance


def counts(*groups: tuple[float, float, float, float]) -> Counts:
    tp, fp, fn, tn = np.array(groups, dtype=float).T
    return Counts(tp, fp, fn, tn, tuple("abcde"[: len(groups)]))


def test_of_a_share_the_error_is_the_binomial_one() -> None:
    big = counts((3000, 1000, 1000, 5000))
    assert standard_error("recall", big)[0] == pytest.approx(np.sqrt(0.75 * 0.25 / 4000), rel=1e-3)
    assert standard_error("selection_rate", big)[0] == pytest.approx(np.sqrt(0.4 * 0.6 / 10000), rel=1e-3)
    assert standard_error("precision", big)[0] == pytest.approx(np.sqrt(0.75 * 0.25 / 4000), rel=1e-3)


def test_of_other_measures_it_is_what_simulation_gives() -> None:
    p = np.array([0.3, 0.1, 0.1, 0.5])
    tp, fp, fn, tn = np.random.default_rng(0).multinomial(2000, p, size=20_000).T.astype(float)
    f1 = 2 * tp / (2 * tp + fp + fn)
    mcc = (tp * tn - fp * fn) / np.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn))
    one = counts(tuple(2000 * p))
    assert standard_error("f1", one)[0] == pytest.approx(f1.std(), rel=0.03)
    assert standard_error("mcc", one)[0] == pytest.approx(mcc.std(), rel=0.03)


def test_a_rate_of_one_has_an_error_too() -> None:
    assert 0.005 < standard_error("recall", counts((50, 0, 0, 50)))[0] < 0.05


def test_errors_away() -> None:
    assert errors_away(0.5) == errors_away(0.5, 5) == 0
    assert errors_away(0.95) == pytest.approx(1.6449, abs=1e-4)
    assert errors_away(0.95, 2) == pytest.approx(1.96, abs=1e-3)
    for wrong in (0.4, 1.0, float("nan")):
        with pytest.raises(UsageError, match="no probability to hold"):
            errors_away(wrong)


def test_tightened_by_hand() -> None:
    two = counts((3000, 1000, 1000, 5000), (300, 100, 100, 500))
    gap = np.sqrt(0.4 * 0.6 / 10_000 + 0.4 * 0.6 / 1000)
    asked = constraint("demographic_parity<=0.1")
    assert tightened(asked, two, 0.5) == 0.1
    assert tightened(asked, two, 0.95, fresh=1.0) == pytest.approx(0.1 - 1.6449 * gap * np.sqrt(2), rel=1e-3)
    assert tightened(asked, two, 0.95, fresh=1e9) == pytest.approx(0.1 - 1.6449 * gap, rel=1e-3)
    assert tightened(constraint("demographic_parity<=0.02"), two, 0.95) == pytest.approx(0.01)  # half is left
    floor = tightened(constraint("recall>=0.75"), two, 0.95, fresh=1e9)
    assert floor == pytest.approx(0.25 - 1.6449 * np.sqrt(0.75 * 0.25 / 400), rel=5e-3)
    assert tightened(constraint("recall ratio>=0.8"), two, 0.95) < 0.2


def test_too_few_positives() -> None:
    assert too_few(counts((29, 0, 1, 5), (10, 90, 19, 0))) == ("b",)
    rare = counts((29, 0, 100, 5), (30, 0, 100, 5))
    assert too_few(rare) == ()
    assert too_few(rare, ("precision",)) == ("a",)
    assert too_few(rare, ("error_ratio",)) == ()  # no share


def test_the_error_of_a_gap_is_that_of_two_groups_and_of_a_floor_that_of_one() -> None:
    two = counts((3000, 1000, 1000, 5000), (300, 100, 100, 500))
    one, other = 0.75 * 0.25 / 4000, 0.75 * 0.25 / 400
    assert unequal_by_chance(constraint("recall<=0.1"), two) == pytest.approx(np.sqrt(one + other), rel=5e-3)
    assert unequal_by_chance(constraint("recall>=0.1"), two) == pytest.approx(np.sqrt(other), rel=5e-3)
    ratio = unequal_by_chance(constraint("recall ratio>=0.1"), two)
    assert ratio == pytest.approx(np.sqrt(one + other) / 0.75, rel=5e-3)
