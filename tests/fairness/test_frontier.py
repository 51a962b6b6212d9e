from itertools import product as every

import numpy as np
import pytest

from headgate.fairness import frontier as module
from headgate.fairness.constraints import constraint, objective
from headgate.fairness.counts import count
from headgate.fairness.cuts import Part, at_baseline, parts
from headgate.fairness.frontier import frontier


def drawn(groups: int, n: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    draw = np.random.default_rng(seed)
    g = draw.integers(groups, size=n)
    y = draw.random(n) < 0.3 + 0.1 * g
    s = np.round(1 / (1 + np.exp(-(draw.normal(size=n) + 2 * y - 1.2 + 0.3 * g))), 3)
    return s, y, g.astype(str)


def slow(given: tuple[Part, ...], rows: tuple[np.ndarray, ...], asked: str, aim: str, bound: float) -> float:
    """The best objective by trying every combination, one by one, on the rows themselves."""
    s, y, g = rows
    best = -np.inf
    for at in every(*(part.at for part in given)):
        each = np.array(at)[np.searchsorted([part.name for part in given], g)]
        counts = count(y, s >= each, g)
        excess, value = float(constraint(asked).excess(counts)), float(objective(aim).value(counts))
        if excess <= bound + 1e-12 and value > best:
            best = value
    return best


@pytest.mark.parametrize("aim", ["accuracy", "f1", "worst recall"])
@pytest.mark.parametrize(
    "asked", ["demographic_parity<=0.03", "equalized_odds<=0.05", "precision<=0.05", "recall>=0.8", "recall ratio>=0.9"]
)
def test_two_groups_are_exact(asked: str, aim: str) -> None:
    rows = drawn(2, 120, 1)
    given = parts(*rows, rows[2], most=14, baseline=0.5)
    want = constraint(asked)
    found = frontier(given, want, objective(aim), [want.bound], at_baseline(given, 0.5))
    for bound in (0.25 * want.bound, want.bound, 2 * want.bound):
        point = found.best(bound)
        best = slow(given, rows, asked, aim, bound)
        if np.isfinite(best):
            assert found.value[point] == pytest.approx(best, abs=1e-12)
            assert found.excess[point] <= bound + 1e-12
        else:
            assert point == 0


def test_the_frontier_rises_in_both() -> None:
    rows = drawn(2, 400, 2)
    given = parts(*rows, rows[2], most=60, baseline=0.5)
    found = frontier(given, constraint("recall<=0.1"), objective("accuracy"), [0.1], at_baseline(given, 0.5))
    assert (np.diff(found.excess) > 0).all()
    assert (np.diff(found.value) > 0).all()
    assert len(found.value) > 5


@pytest.mark.parametrize("groups", [3, 4])
@pytest.mark.parametrize("asked", ["demographic_parity<=0.05", "equal_opportunity<=0.05", "recall>=0.8"])
def test_descent_comes_to_brute_force_within_a_grid_step(
    asked: str, groups: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = drawn(groups, 1500, 3)
    given = parts(*rows, rows[2], most={3: 40, 4: 14}[groups], baseline=0.5)
    want, aim, start = constraint(asked), objective("accuracy"), at_baseline(given, 0.5)
    exact = frontier(given, want, aim, [want.bound], start)
    monkeypatch.setattr(module, "MOST", 1)
    found = frontier(given, want, aim, [want.bound], start)
    step = max(len(rows[0]) / groups / (len(part.at) - 3) for part in given) / len(
        rows[0]
    )  # rows of one cut of one part
    point, best = found.best(want.bound), exact.best(want.bound)
    assert found.excess[point] <= want.bound + 1e-12
    assert exact.value[best] - step <= found.value[point] <= exact.value[best] + 1e-12


def test_the_nearest_is_taken_where_nothing_meets_the_bound_and_ties_stay_at_the_baseline() -> None:
    s, y, g = np.array([0.9, 0.9, 0.1, 0.1]), np.array([True, True, False, False]), np.array(["a", "b", "a", "b"])
    given = parts(s, y, g, g, most=9, baseline=0.4)
    found = frontier(given, constraint("recall<=0.1"), objective("accuracy"), [0.1], at_baseline(given, 0.4))
    assert found.best(-1.0) == 0
    assert [part.at[i] for part, i in zip(given, found.chosen[-1], strict=True)] == [0.4, 0.4]


def test_thirty_groups_are_searched_in_the_memory_there_is() -> None:
    rows = drawn(30, 1500, 4)  # two cuts of each would be a thousand million combinations
    given = parts(*rows, rows[2], most=12, baseline=0.5)
    want = constraint("demographic_parity<=0.1")
    found = frontier(given, want, objective("accuracy"), [want.bound], at_baseline(given, 0.5))
    assert found.excess[found.best(want.bound)] <= want.bound + 1e-12
