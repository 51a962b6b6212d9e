import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import beta

from headgate.fairness.constraints import constraint
from headgate.fairness.counts import Counts, count
from headgate.fairness.fresh import changes, check
from headgate.fairness.measures import rate


def counts(*groups: tuple[int, int, int, int]) -> Counts:
    tp, fp, fn, tn = np.array(groups, dtype=float).T
    return Counts(tp, fp, fn, tn, tuple("abcde"[: len(groups)]))


EQUAL = counts((3000, 1000, 1000, 5000), (3000, 1000, 1000, 5000))
APART = counts((3000, 1000, 1000, 5000), (2000, 1000, 2000, 5000))


def test_the_whole_interval_decides() -> None:
    assert check(constraint("recall<=0.05"), EQUAL).met is True
    assert check(constraint("recall<=0.05"), APART).met is False
    assert check(constraint("recall<=0.25"), APART).met is None
    assert check(constraint("recall>=0.48"), APART).met is True
    assert check(constraint("recall>=0.52"), APART).met is False
    assert check(constraint("recall ratio>=0.5"), APART).met is True


def test_the_interval_is_that_of_two_binomials() -> None:
    held = check(constraint("recall<=0.05"), APART, draws=5000)
    error = np.sqrt(0.75 * 0.25 / 4000 + 0.5 * 0.5 / 4000)
    assert held.value == pytest.approx(0.25)
    assert held.low == pytest.approx(0.25 - 1.96 * error, abs=0.002)
    assert held.high == pytest.approx(0.25 + 1.96 * error, abs=0.002)


def test_a_group_with_few_positives_never_passes_silently() -> None:
    few = counts((3000, 1000, 1000, 5000), (22, 10, 7, 50))
    for asked in ("recall<=1", "selection_rate<=0.9", "recall ratio>=0"):
        held = check(constraint(asked), few)
        assert held.met is None
        assert held.because.endswith("fewer than 30 positives, or rows of the measure, in b")
    assert check(constraint("recall<=1"), EQUAL, few=("b",)).met is None  # few on validation
    assert check(constraint("recall>=0.99"), few).met is False  # what is broken for certain is said


def test_a_rate_of_one_is_not_taken_for_certain() -> None:
    sure = counts((300, 0, 10, 500), (40, 0, 270, 500))  # precision 1 of 300 and of 40: a bootstrap draws nothing else
    held = check(constraint("precision>=0.99"), sure, draws=20_000)
    assert held.value == 1
    assert held.met is None
    assert held.low == pytest.approx(beta(40.5, 0.5).ppf(0.025), abs=2e-3)  # Jeffreys
    assert check(constraint("precision>=0.9"), sure).met is True
    rare = counts((300, 0, 10, 500), (29, 0, 281, 500))
    assert check(constraint("precision>=0.5"), rare).met is None


def test_equal_groups_do_not_break_a_limit_by_being_several() -> None:
    draw, wrong = np.random.default_rng(0), 0  # a gap of five is never 0 in a bootstrap of rows
    for seed in range(100):
        found = draw.binomial(40, 0.8, size=5)
        five = counts(*((int(one), 10, 40 - int(one), 50) for one in found))
        wrong += check(constraint("recall<=0.02"), five, draws=300, seed=seed).met is False
    assert wrong <= 8  # all 100 with percentiles of the rows


def test_what_is_not_defined_could_not_be_told() -> None:
    held = check(constraint("recall<=0.1"), counts((10, 1, 1, 1), (0, 5, 0, 5)))
    assert (held.value, held.met) == (None, None)


ROWS = st.lists(st.tuples(st.booleans(), st.booleans(), st.booleans(), st.sampled_from("ab")), min_size=1, max_size=60)


@settings(max_examples=40, deadline=None)
@given(ROWS)
def test_changes_are_the_differences_of_the_rates(rows: list[tuple[bool, bool, bool, str]]) -> None:
    y, before, after, g = (np.array(one) for one in zip(*rows, strict=True))
    found = changes(y, before, after, g, measures=("recall", "selection_rate", "precision"), draws=50)
    was, now = count(y, before, g), count(y, after, g)
    for one in found:
        i = was.groups.index(one.group)
        assert one.before == pytest.approx(rate(one.measure, was)[i])
        assert one.after == pytest.approx(rate(one.measure, now)[i])
        assert one.fell is not True or one.after < one.before
    assert {one.group for one in found if one.measure == "selection_rate"} == set(g.tolist())


def test_nothing_fell_where_nothing_changed_and_a_pair_is_surer_than_two_samples() -> None:
    draw = np.random.default_rng(0)
    y, g = draw.random(2000) < 0.5, np.repeat(["a", "b"], 1000)
    before = draw.random(2000) < 0.6
    same = changes(y, before, before, g)
    assert [(one.fell, one.low, one.high) for one in same] == [(False, 0, 0)] * 4
    after = before & ~((g == "a") & (np.arange(2000) % 20 == 0))  # a twentieth of a's decisions turned to no
    fell = {(one.group, one.measure): one.fell for one in changes(y, before, after, g)}
    assert fell == {("a", "recall"): True, ("a", "selection_rate"): True, ("b", "recall"): False,
                    ("b", "selection_rate"): False}  # fmt: skip


def test_one_row_that_fell_is_perhaps() -> None:
    y, before = np.ones(50, dtype=bool), np.ones(50, dtype=bool)
    after = before.copy()
    after[0] = False
    assert [one.fell for one in changes(y, before, after, np.full(50, "a"))] == [None, None]
