import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headgate.errors import UsageError
from headgate.fairness.counts import count
from headgate.fairness.floors import fit
from headgate.fairness.measures import rate
from headgate.fairness.thresholds import decide


def drawn(n: int, groups: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    draw = np.random.default_rng(seed)
    g = draw.integers(groups, size=n)
    y = (draw.random(n) < 0.2 + 0.1 * g).astype(int)
    return 1 / (1 + np.exp(-(draw.normal(size=n) + 2 * y - 1.2 + 0.4 * g))), y, g


def test_by_hand() -> None:
    # a: positives at .9 .8 .6 .3, negatives at .7 .2; at .5 recall is 3/4. b: positives at .4 .3, negatives at .35 .1
    s = np.array([0.9, 0.8, 0.6, 0.3, 0.7, 0.2, 0.4, 0.3, 0.35, 0.1])
    y = np.array([1, 1, 1, 1, 0, 0, 1, 1, 0, 0])
    g = np.array(["a"] * 6 + ["b"] * 4)
    made = fit(s, y, g, least=0.5, margin=0.5)
    # of b one positive must be found: from .375 on costs nothing (3 of 4 right), from .2 on too; a stays or gains .3
    assert made.binding is None
    assert made.before.tolist() == [0.75, 0.0]
    assert (made.after >= [0.75, 0.5]).all()
    assert made.values == (pytest.approx(0.6), pytest.approx(0.8))
    assert made.few == ("a", "b")


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([2, 3, 5]), st.sampled_from(["recall", "true_negative_rate", "precision"]),
       st.sampled_from([0.3, 0.8, 0.95]), st.sampled_from([0.5, 0.95]))  # fmt: skip
def test_nobody_is_worse_off_or_the_binding_group_is_named(
    seed: int, groups: int, measure: str, least: float, margin: float
) -> None:
    s, y, g = drawn(400, groups, seed)
    made = fit(s, y, g, measure=measure, least=least, margin=margin)
    before = rate(measure, count(y, s >= 0.5, g))
    after = rate(measure, count(y, decide(s, g, made.groups, made.at), g))
    np.testing.assert_array_equal(before, made.before)
    np.testing.assert_array_equal(after, made.after)
    if made.binding is None:
        assert (after >= np.nan_to_num(before)).all()
        assert (after >= least - 1e-12).all()
    else:
        assert made.binding in made.groups
        assert made.surest is None or made.surest < least or margin > 0.5 or measure == "precision"
        np.testing.assert_array_equal(before, after)


def test_recall_can_always_be_given_without_a_margin() -> None:
    for seed in range(10):
        assert fit(*drawn(200, 3, seed), least=1.0, margin=0.5).binding is None


def test_infeasible_names_the_group() -> None:
    s, y, g = drawn(400, 2, 0)
    s = np.where(g == 1, 0.5, s)  # nobody can be told apart in group 1, whose share of positives is below .9
    made = fit(s, y, g, measure="precision", least=0.9, margin=0.5)
    assert made.binding == "1"
    assert made.most == pytest.approx(y[g == 1].mean())
    assert made.at.tolist() == [0.5, 0.5]


def test_the_floor_costs_as_little_as_any_thresholds_that_meet_it() -> None:
    s, y, g = drawn(300, 2, 7)
    s = np.round(s, 2)
    made = fit(s, y, g, least=0.9, margin=0.5)
    best = 0.0
    for a in np.append(np.unique(s), np.inf):
        for b in np.append(np.unique(s), np.inf):
            after = s >= np.where(g == 0, a, b)
            if (rate("recall", count(y, after, g)) >= np.maximum(0.9, made.before) - 1e-12).all():
                best = max(best, float((after == y).mean()))
    assert made.values[1] == pytest.approx(best)


def test_the_margin_makes_the_floor_hold_on_fresh_rows() -> None:
    held = {0.5: 0, 0.95: 0}
    for seed in range(60):
        s, y, g = drawn(1500, 3, seed)
        fresh = drawn(1500, 3, seed + 500)
        for margin in held:
            made = fit(s, y, g, least=0.75, margin=margin)
            after = decide(fresh[0], fresh[2], made.groups, made.at)
            held[margin] += bool((rate("recall", count(fresh[1], after, fresh[2])) >= 0.75).all())
    assert held[0.95] >= 57
    assert held[0.5] < held[0.95]


def test_wrong_calls() -> None:
    s, y, g = drawn(100, 2, 0)
    with pytest.raises(UsageError, match="no rate"):
        fit(s, y, g, measure="beauty")
    with pytest.raises(UsageError, match="limit 2"):
        fit(s, y, g, least=2)
