from __future__ import annotations

import inspect

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headgate.errors import UsageError
from headgate.fairness import by_group, names
from headgate.fairness.counts import count
from headgate.fairness.definitions import CLARIFY, DEFINITIONS, VERMA_RUBIN, measured
from headgate.fairness.measures import RATES, rate

RANDOM = np.random.default_rng(7)
G = RANDOM.choice(["a", "b", "c"], 800, p=[0.6, 0.3, 0.1])
Y = (RANDOM.random(800) < np.where(G == "a", 0.5, 0.3)).astype(int)
D = (RANDOM.random(800) < 0.2 + 0.4 * Y + 0.1 * (G == "b")).astype(int)
W = RANDOM.random(800)
KNOWN = {*names._DEFINITIONS, *names.RATE_NAMES}
NEED_SCORES = ("roc_auc_score", "log_loss", "r2_score")
FAIR = [
    "demographic_parity_difference", "demographic_parity_ratio", "equalized_odds_difference", "equalized_odds_ratio",
    "equal_opportunity_difference", "equal_opportunity_ratio",
]  # fmt: skip


@pytest.mark.parametrize("name", FAIR)
@pytest.mark.parametrize("method", ["between_groups", "to_overall"])
def test_fairlearn_s_definitions_agree(name: str, method: by_group.Method) -> None:
    metric = getattr(pytest.importorskip("fairlearn.metrics"), name)
    for weights in (None, W):
        theirs = metric(Y, D, sensitive_features=G, method=method, sample_weight=weights)
        assert by_group.gap(Y, D, G, name, method=method, weights=weights) == pytest.approx(theirs, abs=1e-12)


def test_the_mean_of_equalised_odds_agrees() -> None:
    metrics = pytest.importorskip("fairlearn.metrics")
    theirs = metrics.equalized_odds_difference(Y, D, sensitive_features=G, agg="mean")
    assert by_group.gap(Y, D, G, "equalized_odds_mean") == pytest.approx(theirs, abs=1e-12)


def test_every_name_fairlearn_derives_agrees() -> None:
    metrics = pytest.importorskip("fairlearn.metrics")
    derived = [
        one for one in metrics.__all__
        if one.endswith(tuple(names.GAPS)) and one not in FAIR and not one.startswith(NEED_SCORES)
    ]  # fmt: skip
    assert len(derived) >= 20
    for name in derived:
        theirs = getattr(metrics, name)(Y, D, sensitive_features=G)
        assert by_group.gap(Y, D, G, name) == pytest.approx(theirs, abs=1e-12), name
    for name in NEED_SCORES:
        with pytest.raises(UsageError, match="no measure of decisions"):
            names.definition(f"{name}_group_min")


def test_scikit_learn_agrees_on_every_rate_it_has() -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    counts = count(Y, D, G)
    for name in ("accuracy_score", "recall_score", "precision_score", "f1_score", "balanced_accuracy_score",
                 "matthews_corrcoef", "zero_one_loss", "mean_squared_error", "mean_absolute_error"):  # fmt: skip
        theirs = [getattr(metrics, name)(Y[one == G], D[one == G]) for one in "abc"]
        assert rate(names.rate_name(name), counts).tolist() == pytest.approx(theirs, abs=1e-12), name


def test_oxonfair_agrees_on_every_measure_of_both_reviews() -> None:
    metrics = pytest.importorskip("oxonfair.utils.group_metrics")
    listed = {**metrics.clarify_metrics, **metrics.verma_metrics, "DI": metrics.disparate_impact}
    two = G != "c"  # of two groups its mean over pairs is the gap
    y, d, g = Y[two], D[two], G[two]
    for name, metric in listed.items():
        theirs = float(np.ravel(metric(y, d, g))[0])
        ours = by_group.gap(y, d, g, {"equalized_odds": "equalized_odds_mean"}.get(name, name))
        if name == "treatment_equality":  # its error ratio is FP / FN, that of the reviews FN / FP
            ours = by_group.gap(y, d, g, "error_ratio")
        assert ours == pytest.approx(theirs, abs=1e-12), name
    # of three groups too, as the mean over pairs
    for name in ("recall", "pos_pred_rate", "cond_accept", "f1", "mcc", "gen_entropy"):
        theirs = float(np.ravel(getattr(metrics, name).diff(Y, D, G))[0])
        assert by_group.gap(Y, D, G, f"{name}.diff") == pytest.approx(theirs, abs=1e-12), name


@pytest.mark.parametrize("name", [*DEFINITIONS, *CLARIFY, *RATES, *VERMA_RUBIN.values(), "recall.min", "f1_ratio"])
def test_our_names_and_those_of_the_reviews_stand_for_something(name: str) -> None:
    assert np.isfinite(measured(names.definition(name), count(Y, D, G)))


def test_a_rate_alone_is_its_difference() -> None:
    assert by_group.gap(Y, D, G, "recall") == by_group.gap(Y, D, G, "true_positive_rate_difference")


def test_the_nearest_names_are_told() -> None:
    with pytest.raises(UsageError, match="equalized_odds_difference"):
        names.definition("equalized_odds_diference")
    with pytest.raises(UsageError, match="recall_score"):
        names.rate_name("recal_score")


@given(st.text(max_size=40).filter(lambda name: name not in KNOWN))
def test_any_other_name_is_refused_in_one_line(name: str) -> None:
    with pytest.raises(UsageError, match=r"^[^\n]*$"):
        names.definition(name)


def test_no_name_stands_for_two_things() -> None:
    assert inspect.getsource(names).count('"recall_score"') == 1
    assert not set(names.RATE_NAMES) & set(DEFINITIONS)
