import numpy as np
import pytest

from headgate.errors import UsageError
from headgate.fairness.constraints import Constraint, Objective, constraint, objective
from headgate.fairness.counts import Counts


def counts(*groups: tuple[int, int, int, int]) -> Counts:
    tp, fp, fn, tn = np.array(groups, dtype=float).T
    return Counts(tp, fp, fn, tn, tuple("abcde"[: len(groups)]))


TWO = counts((30, 10, 10, 50), (10, 5, 10, 25))  # recall .75, .5; selected .4, .3; false positives 1/6, 1/6


@pytest.mark.parametrize(
    ("text", "measures", "gap", "limit", "excess"),
    [
        ("demographic_parity<=0.02", ("selection_rate",), "difference", 0.02, 0.1),
        ("equal_opportunity <= .1", ("recall",), "difference", 0.1, 0.25),
        ("equalized_odds<=0.05", ("recall", "false_positive_rate"), "difference", 0.05, 0.25),
        ("selection_rate ratio>=0.8", ("selection_rate",), "ratio", 0.8, 0.25),
        ("recall>=0.75", ("recall",), "worst", 0.75, 0.5),
        ("recall largest<=0.7", ("recall",), "largest", 0.7, 0.75),
        ("recall pairs<=0.7", ("recall",), "pairs", 0.7, 0.25),
        ("demographic_parity_ratio>=0.8", ("selection_rate",), "ratio", 0.8, 0.25),
        ("true_positive_rate_group_min>=0.3", ("recall",), "worst", 0.3, 0.5),
        ("recall.max<=0.3", ("recall",), "largest", 0.3, 0.75),
        ("f1_score<=0.3", ("f1",), "difference", 0.3, 0.75 - 20 / 35),
        ("equalized_odds_mean<=0.3", ("recall", "false_positive_rate"), "difference", 0.3, 0.125),
        ("treatment_equality<=3", ("treatment_ratio",), "difference", 3, 1),
    ],
)
def test_what_is_written_is_read_and_measured(
    text: str, measures: tuple[str, ...], gap: str, limit: float, excess: float
) -> None:
    made = constraint(text)
    assert (made.measures, made.gap, made.limit) == (measures, gap, limit)
    assert made.excess(TWO) == pytest.approx(excess)
    assert constraint(str(made)) == made


def test_a_limit_from_below_is_told_in_its_own_unit() -> None:
    made = constraint("recall>=0.75")
    assert (made.bound, made.native(0.5)) == (0.25, 0.5)
    assert str(made) == "recall worst>=0.75"
    assert (constraint("recall<=0.1").bound, constraint("recall<=0.1").native(0.3)) == (0.1, 0.3)


def test_of_several_measures_the_one_farthest_apart_counts() -> None:
    wide = counts((30, 30, 10, 30), (15, 3, 5, 27))  # recall .75 both; false positives .5 and .1
    assert constraint("equalized_odds<=0.05").excess(wide) == pytest.approx(0.4)


def test_a_measure_that_is_not_defined_leaves_the_excess_unknown() -> None:
    assert np.isnan(constraint("precision<=0.1").excess(counts((3, 1, 1, 1), (0, 0, 2, 2))))


@pytest.mark.parametrize(
    "text", ["", "recall", "recall<0.1", "recall<=2", "no_such<=0.1", "recall ratio<=0.8", "recall difference>=0.1",
             "recall<=0.1; drop", "recall middle<=0.1", "recall<=-0.1"],
)  # fmt: skip
def test_what_cannot_be_read_is_one_line_that_says_how(text: str) -> None:
    with pytest.raises(UsageError) as raised:
        constraint(text)
    assert "\n" not in str(raised.value)


def test_objectives_over_everybody_and_of_the_worst_group() -> None:
    assert objective("accuracy").value(TWO) == pytest.approx(115 / 150)
    assert objective("worst recall") == Objective("recall", worst=True)
    assert objective("worst recall").value(TWO) == pytest.approx(0.5)
    assert str(objective("worst recall")) == "worst recall"
    with pytest.raises(UsageError, match="no rate"):
        objective("worst")
    assert objective(Objective("recall")) == Objective("recall")
    assert constraint(Constraint(("recall",))) == Constraint(("recall",))


def test_what_is_better_the_less_it_is_is_no_objective() -> None:
    for name in ("error_rate", "zero_one_loss", "worst false_positive_rate"):
        with pytest.raises(UsageError, match=r"^less .* is better"):
            objective(name)
