from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headgate import review
from headgate.review import Said

DAY = datetime(2026, 11, 1, tzinfo=UTC)
ONE, NAN = np.ones(1), np.full(1, np.nan)


def worth(value: float, low: float = 0, high: float = 1, weight: float = 1, threshold: float = 0.5) -> float:
    columns = (np.array([x], float) for x in (value, low, high, weight))
    return float(review.worth(*columns, threshold=threshold)[0])


def test_a_label_is_worth_most_at_the_threshold_where_little_is_known_and_much_is_reached() -> None:
    # expected loss of deciding at t: min(p (1 - t), (1 - p) t), over its greatest, t (1 - t)
    assert worth(0.5) == pytest.approx(1)
    assert worth(0.2, threshold=0.2) == pytest.approx(1)
    assert worth(0.1) == pytest.approx(0.1 * 0.5 / 0.25)
    assert worth(0.6, threshold=0.2) == pytest.approx(0.4 * 0.2 / 0.16)
    assert worth(0.5, 0.4, 0.7, 0.5) == pytest.approx(0.3 * 0.5)
    assert [worth(0.0), worth(1.0)] == pytest.approx([0.01 * 0.5 / 0.25] * 2)  # none is surer than 1 in 100
    assert worth(0.5, 0.5, 0.5) == pytest.approx(0.01)
    assert worth(0.5, np.nan, np.nan) == pytest.approx(1)
    assert np.isnan(worth(np.nan))
    for threshold in (0, 1, np.nan):
        with pytest.raises(ValueError, match="threshold"):
            worth(0.5, threshold=threshold)


def test_half_is_chosen_and_half_drawn_with_the_chance_said() -> None:
    gain = np.arange(100, dtype=float)
    gain[99] = np.nan
    picks = review.pick(gain, 10, seed=1)
    drawn = [one.place for one in picks if one.chance is not None]
    chosen = sorted(one.place for one in picks if one.chance is None)
    assert {one.chance for one in picks} == {0.05, None}
    assert (len(drawn), len(chosen)) == (5, 5)
    left = [n for n in range(99) if n not in drawn]
    assert chosen == left[-5:]
    assert [one.chance for one in picks] != sorted([one.chance for one in picks], key=str)  # mixed
    assert review.pick(gain, 10, seed=1) == picks
    assert review.pick(gain, 10) != review.pick(gain, 10)


@given(st.lists(st.one_of(st.floats(0, 1), st.just(np.nan)), max_size=30), st.integers(0, 40), st.floats(0, 1))
def test_no_item_twice_and_never_more_than_there_are(gain: list[float], size: int, random_share: float) -> None:
    picks = review.pick(np.array(gain, float), size, random_share=random_share)
    places = [one.place for one in picks]
    assert len(set(places)) == len(places) <= min(size, len(gain))
    assert all(0 <= place < len(gain) for place in places)
    known = sum(not np.isnan(x) for x in gain)
    assert len(places) >= min(size, known)
    assert all(not np.isnan(gain[one.place]) for one in picks if one.chance is None)


def test_the_share_of_all_items_is_estimated_without_bias_by_the_chances() -> None:
    rng = np.random.default_rng(3)
    p = rng.beta(0.3, 2, 400)
    truth = rng.random(400) < p
    gain = review.worth(p, np.full(400, np.nan), np.full(400, np.nan), np.ones(400))
    estimates, naive = [], []
    for seed in range(800):
        picks = review.pick(gain, 60, seed=seed)
        estimates.append(sum(truth[one.place] / one.chance for one in picks if one.chance) / 400)
        naive.append(np.mean([truth[one.place] for one in picks]))
    error = np.std(estimates) / np.sqrt(len(estimates))
    assert abs(np.mean(estimates) - truth.mean()) < 3 * error
    assert np.mean(naive) > truth.mean() + 0.1  # what was chosen for its score says nothing of how common a yes is


def test_each_item_is_drawn_equally_often() -> None:
    counts = np.zeros(20)
    for seed in range(4000):
        counts[[one.place for one in review.pick(np.arange(20.0), 4, seed=seed) if one.chance]] += 1
    expected = 4000 * 2 / 20
    assert ((counts - expected) ** 2 / expected).sum() < 50  # chi-squared of 19 degrees, far in the tail


def said(
    subject: str, who: str, label: str = "yes", role: str = "review", hour: int = 0, chance: float | None = None
) -> Said:
    return Said(subject, who, role, label, DAY + timedelta(hours=hour), chance)


def test_an_item_waits_for_a_second_label_of_somebody_else() -> None:
    rows = [said("x", "a", chance=0.5), said("y", "b"), said("z", "a"), said("z", "b", "unsure")]
    assert review.waiting(rows, "a") == {"y": None}
    assert review.waiting(rows, "b") == {"x": 0.5}
    assert review.waiting(rows, "c") == {"x": 0.5, "y": None}
    assert review.closed([*rows, said("q", "a", role="adjudication"), said("p", "a", "contested", "appeal")]) == {
        "x", "y", "z", "q"}  # fmt: skip


@pytest.mark.parametrize(
    ("labels", "needed"),
    [(["yes"], False), (["yes", "yes"], False), (["yes", "no"], True), (["yes", "unsure"], True),
     (["unsure", "unsure"], True), (["yes", "unsure", "yes"], False), (["no", "no", "yes"], True)],
)  # fmt: skip
def test_what_labellers_do_not_agree_on_needs_a_ruling(labels: list[str], needed: bool) -> None:
    rows = [said("x", f"w{n}", label) for n, label in enumerate(labels)]
    assert review.unsettled(rows) == ({"x": {f"w{n}" for n in range(len(labels))}} if needed else {})
    assert review.unsettled([*rows, said("x", "judge", "no", "adjudication")]) == {}


def test_an_appeal_needs_a_ruling_until_one_follows() -> None:
    appeal = said("x", "m", "contested", "appeal", hour=1)
    assert review.unsettled([appeal]) == {"x": set()}
    assert review.unsettled([said("x", "j", "yes", "adjudication", hour=0), appeal, said("x", "a")]) == {"x": {"a"}}
    assert review.unsettled([appeal, said("x", "j", "yes", "adjudication", hour=2)]) == {}


def test_pairs_are_the_first_two_labels_always_in_the_same_order() -> None:
    rows = [said("x", "b", "no", hour=0), said("x", "a", "yes", hour=1), said("y", "a", "unsure"), said("y", "b", "yes", hour=5),
            said("y", "c", "no", hour=6), said("z", "a")]  # fmt: skip
    assert review.pairs(rows) == [("yes", "no"), ("unsure", "yes")]
