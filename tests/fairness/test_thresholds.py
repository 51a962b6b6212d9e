import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headgate.errors import UsageError
from headgate.fairness.counts import count
from headgate.fairness.measures import rate
from headgate.fairness.thresholds import decide, fit


@pytest.fixture(scope="module")
def cancer() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Scores of a model that saw half of breast_cancer for the other half, groups by the median of a feature."""
    from sklearn.datasets import load_breast_cancer
    from sklearn.linear_model import LogisticRegression

    x, y = load_breast_cancer(return_X_y=True)
    model = LogisticRegression(max_iter=5000).fit(x[::2, 4:6], y[::2])  # two weak columns, so that there is a trade
    return model.predict_proba(x[1::2, 4:6])[:, 1], y[1::2], (x[1::2, 1] > np.median(x[:, 1])).astype(str)


def by_force(s: np.ndarray, y: np.ndarray, g: np.ndarray, names: tuple[str, ...], limit: float) -> float:
    """The best accuracy over every pair of distinct thresholds with the gap at most `limit`, row by row."""
    kinds = np.unique(g)
    cuts = [np.append(np.unique(s[g == one]), np.inf) for one in kinds]
    rows = []
    for one, at in zip(kinds, cuts, strict=True):
        inside = g == one
        counts = [count(y[inside], s[inside] >= t, g[inside]) for t in at]
        right = np.array([c.tp[0] + c.tn[0] for c in counts])
        rows.append((right, [np.array([rate(name, c)[0] for c in counts]) for name in names]))
    (right_a, rates_a), (right_b, rates_b) = rows
    gap = np.max([np.abs(a[:, None] - b[None]) for a, b in zip(rates_a, rates_b, strict=True)], axis=0)
    correct = right_a[:, None] + right_b[None]
    return float(correct[gap <= limit + 1e-12].max() / len(y))


@pytest.mark.parametrize(
    ("name", "measures"),
    [("demographic_parity", ("selection_rate",)), ("equal_opportunity", ("recall",)),
     ("equalized_odds", ("recall", "false_positive_rate"))],
)  # fmt: skip
@pytest.mark.parametrize("limit", [0.02, 0.1])
def test_breast_cancer_agrees_with_every_pair_of_thresholds(
    cancer: tuple[np.ndarray, np.ndarray, np.ndarray], name: str, measures: tuple[str, ...], limit: float
) -> None:
    s, y, g = cancer
    made = fit(s, y, g, f"{name}<={limit}", margin=0.5)
    assert made.reached
    assert made.value == pytest.approx(by_force(s, y, g, measures, limit), abs=1e-12)
    after = decide(s, g, made.parts, made.at)
    assert (after == y).mean() == pytest.approx(made.value, abs=1e-12)
    values = np.stack([rate(one, count(y, after, g)) for one in measures])
    assert np.ptp(values, axis=1).max() == pytest.approx(made.excess, abs=1e-12)


def drawn(n: int, groups: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    draw = np.random.default_rng(seed)
    g = draw.integers(groups, size=n)
    y = (draw.random(n) < 0.2 + 0.1 * g).astype(int)
    return 1 / (1 + np.exp(-(draw.normal(size=n) + 2 * y - 1.2 + 0.4 * g))), y, g


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([2, 3]), st.sampled_from([0.5, 0.9]))
def test_invariants(seed: int, groups: int, margin: float) -> None:
    s, y, g = drawn(300, groups, seed)
    made = fit(s, y, g, "demographic_parity<=0.1", margin=margin)
    assert made.bound <= made.asked.bound
    counts = count(y, decide(s, g, made.parts, made.at), g)
    assert made.excess == pytest.approx(float(made.asked.excess(counts)), abs=1e-12)
    assert made.with_margin <= made.reached
    assert made.reached  # nobody selected is equal too
    again = fit(s, y, g, "demographic_parity<=0.1", margin=margin)
    np.testing.assert_array_equal(made.at, again.at)
    order = np.random.default_rng(seed).permutation(len(s))
    np.testing.assert_array_equal(
        made.at, fit(s[order], y[order], g[order], "demographic_parity<=0.1", margin=margin).at
    )
    loose = fit(s, y, g, "demographic_parity<=1", margin=0.5)
    assert loose.value >= ((s >= 0.5) == y).mean() - 1e-12


def test_a_margin_is_stricter_and_holds_more_often_on_fresh_rows() -> None:
    held = {0.5: 0, 0.95: 0}
    for seed in range(20):
        s, y, g = drawn(10_000, 2, seed)
        fresh = drawn(10_000, 2, seed + 1000)
        for margin in held:
            made = fit(s, y, g, "equal_opportunity<=0.1", margin=margin)
            counts = count(fresh[1], decide(fresh[0], fresh[2], made.parts, made.at), fresh[2])
            held[margin] += float(made.asked.excess(counts)) <= 0.1
    assert held[0.95] >= 19
    assert held[0.5] < held[0.95]


def test_inferred_groups_are_measured_by_the_true_ones() -> None:
    s, y, g = drawn(4000, 2, 5)
    guess = np.where(np.random.default_rng(0).random(4000) < 0.15, 1 - g, g)
    made = fit(s, y, g, "demographic_parity<=0.02", margin=0.5, inferred=guess)
    after = decide(s, guess, made.parts, made.at)
    values = rate("selection_rate", count(y, after, g))
    assert made.inferred
    assert made.excess == pytest.approx(np.ptp(values), abs=1e-12)
    assert made.excess <= 0.02
    known = fit(s, y, g, "demographic_parity<=0.02", margin=0.5)
    assert known.value >= made.value - 0.002  # who knows the group does no worse


def test_equalised_odds_lower_the_best_group() -> None:
    # b's scores say nothing, so equal rates are to be had only by deciding worse about a
    n = 400
    y = np.tile([0, 1], n)
    g = np.repeat(["a", "b"], n)
    s = np.where(g == "a", np.where(y == 1, 0.9, 0.1), np.linspace(0, 1, 2 * n))
    made = fit(s, y, g, "equalized_odds<=0.05", margin=0.5)
    before, after = (rate("recall", count(y, one, g)) for one in (s >= 0.5, decide(s, g, made.parts, made.at)))
    assert before[0] == 1
    assert made.excess <= 0.05
    assert (after < before).any() or rate("false_positive_rate", count(y, decide(s, g, made.parts, made.at), g))[0] == 1


def test_few_positives_are_named() -> None:
    y = np.array([1] * 29 + [0] * 71 + [1] * 50 + [0] * 50)
    g = np.repeat(["few", "many"], 100)
    s = np.random.default_rng(0).random(200)
    assert fit(s, y, g, "recall<=0.1").few == ("few",)


def test_wrong_calls_are_one_line() -> None:
    s, y, g = drawn(50, 2, 0)
    for call, says in (
        (lambda: fit(s, y, np.zeros(50), "recall<=0.1"), "one group"),
        (lambda: fit(s, y, g, "recall<=0.1", margin=0.2), "no probability"),
        (lambda: fit(s, y, g, "recall<=0.1", aim="beauty"), "no rate"),
        (lambda: decide(s, g + 1, ("0", "1"), np.array([0.5, 0.5])), "has no threshold"),
        (lambda: decide(s, g[1:], ("0", "1"), np.array([0.5, 0.5])), "do not fit"),
        (lambda: decide(s * np.nan, g, ("0", "1"), np.array([0.5, 0.5])), "no finite number"),
        (lambda: fit(s, (g == 1).astype(int), g, "recall<=0.1"), "not defined at any threshold"),
    ):
        with pytest.raises(UsageError, match=says):
            call()


def test_groups_of_a_few_positives_do_not_decide_for_everybody() -> None:
    s, y, g = drawn(6000, 3, 8)
    draw = np.random.default_rng(9)
    few = np.repeat(["few", "rare"], (40, 30))
    yes = np.arange(70) % 10 < 2  # 8 and 6 positives: recalls in eighths and in sixths
    s = np.concatenate((s, 1 / (1 + np.exp(-draw.normal(size=70)))))
    y, g = np.concatenate((y, yes)), np.concatenate((g.astype(str), few))
    made = fit(s, y, g, "equal_opportunity<=0.02", margin=0.5)
    assert made.left_out == ("few", "rare")
    assert set(made.left_out) <= set(made.few)
    assert dict(zip(made.parts, made.at.tolist(), strict=True))["rare"] == 0.5
    assert made.frontier_at.shape[1] == len(made.parts)
    after, large = decide(s, g, made.parts, made.at), ~np.isin(g, few)
    assert (after == y).mean() > ((s >= 0.5) == y).mean() - 0.02
    assert np.ptp(rate("recall", count(y[large], after[large], g[large]))) == pytest.approx(made.excess)
    assert fit(s, y, g, "demographic_parity<=0.02").left_out == ()  # 30 rows are enough for that
    two = g != "rare"
    two &= np.isin(g, ["few", g[0]])
    assert fit(s[two], y[two], g[two], "equal_opportunity<=0.2").left_out == ()  # else no gap is left
