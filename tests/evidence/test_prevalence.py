"""Prevalence from looks that were not random: by hand, when it refuses, and how often its intervals hold the truth."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.evidence import looks, mean_of, sampled
from headgate.evidence.clustered import share
from headgate.evidence.prevalence import corrected, look_chances, positives_expected

# 400 items: of 100 popular ones every second was looked at (25 of 50 positive), of 300 others every tenth (3 of 30)
CHANCE = np.repeat([0.5, 0.1], [100, 300])
SEEN = np.concatenate([np.arange(100) % 2 == 0, np.arange(300) % 10 == 0])
FOUND = np.concatenate([np.arange(100) % 4 == 0, np.arange(300) % 100 == 0])


def test_by_hand() -> None:
    found = corrected(SEEN, FOUND, CHANCE, hidden_odds=1)
    # weights 2 and 10: (25 * 2 + 3 * 10) of (50 * 2 + 30 * 10); without weights 28 of 80
    assert found.estimate == pytest.approx(80 / 400)
    assert found.naive.estimate == pytest.approx(28 / 80)
    assert (found.items, found.looked_at, found.clipped, found.why) == (400, 80, 0, "")
    assert found.unclipped == pytest.approx(80 / 400)
    assert found.low < 0.2 < found.high
    plain = share(FOUND[SEEN], weights=1 / CHANCE[SEEN])
    assert plain is not None
    assert (found.low, found.high, found.effective) == pytest.approx((plain.low, plain.high, plain.effective))


def test_equal_chances_leave_the_naive_share() -> None:
    found = corrected(SEEN, FOUND, np.full(400, 0.2), hidden_odds=1)
    assert found.estimate == pytest.approx(found.naive.estimate)
    assert (found.low, found.high) == pytest.approx((found.naive.low, found.naive.high))


def test_what_was_not_seen_is_ignored() -> None:
    other = np.where(SEEN, FOUND.astype(float), np.nan)
    assert corrected(SEEN, other, CHANCE, hidden_odds=1) == corrected(SEEN, FOUND, CHANCE, hidden_odds=1)


def test_clipping_by_hand() -> None:
    found = corrected(SEEN, FOUND, CHANCE, hidden_odds=1, clip=1.8)
    # the mean weight is 5, so 10 becomes 9: 300 of 400 become 270, and (50 + 27) / 370
    assert found.clipped == pytest.approx(30 / 400)
    assert found.estimate == pytest.approx(77 / 370)
    assert found.unclipped == pytest.approx(80 / 400)


def test_hidden_odds_by_hand() -> None:
    found = corrected(SEEN, FOUND, CHANCE, hidden_odds=2)
    # odds of no look are 1 and 9; positives' are halved or doubled and the others' the other way
    ends = []
    for odds in (0.5, 2):
        hits, misses = 25 * (1 + odds) + 3 * (1 + 9 * odds), 25 * (1 + 1 / odds) + 27 * (1 + 9 / odds)
        weights = np.where(FOUND[SEEN], 1 + (1 / CHANCE[SEEN] - 1) * odds, 1 + (1 / CHANCE[SEEN] - 1) / odds)
        moved = share(FOUND[SEEN], weights=weights)
        assert moved is not None
        assert moved.estimate == pytest.approx(hits / (hits + misses))
        ends.append(moved)
    # 28 of 400 are known to be positive, which is more than the lower end
    assert ends[0].low < found.worst_low == found.low == pytest.approx(28 / 400)
    assert found.high == pytest.approx(ends[1].high)
    assert found.estimate == pytest.approx(0.2)
    narrower = corrected(SEEN, FOUND, CHANCE, hidden_odds=1.2)
    assert found.low < narrower.low < narrower.high < found.high


def test_unknown_chances_leave_the_worst_case_only() -> None:
    found = corrected(SEEN, FOUND, None, hidden_odds=1)
    assert found.estimate is None
    # 28 positives are known, and 52 negatives
    assert (found.low, found.high) == pytest.approx((28 / 400, 1 - 52 / 400))
    assert found.why == "chances of a look are unknown"


def test_chances_that_do_not_fit_the_looks_are_refused() -> None:
    found = corrected(SEEN, FOUND, CHANCE / 3, hidden_odds=1)
    assert found.estimate is None
    assert found.why == "the looks, weighted, stand for 1200 items and not 400: the chances do not fit"
    assert (found.low, found.high) == (found.worst_low, found.worst_high)


def test_too_little_is_refused() -> None:
    found = corrected(SEEN[80:], FOUND[80:], CHANCE[80:], hidden_odds=1, authors=np.arange(320) // 20)
    assert found.looked_at == 40
    assert found.estimate is None
    assert "independent ones, under 30" in found.why


def test_heavy_clipping_is_refused() -> None:
    found = corrected(SEEN, FOUND, CHANCE, hidden_odds=1, clip=1)
    assert found.estimate is None
    assert found.why == "38% of the weight would be cut off, over 10%"


def test_items_nobody_could_look_at_may_be_anything() -> None:
    more = 100
    found = corrected(
        np.append(SEEN, np.zeros(more, dtype=bool)), np.append(FOUND, np.zeros(more)),
        np.append(CHANCE, np.zeros(more)), hidden_odds=1,
    )  # fmt: skip
    reached = corrected(SEEN, FOUND, CHANCE, hidden_odds=1)
    assert found.estimate is None
    assert (found.low, found.high) == pytest.approx((0.8 * reached.low, 0.8 * reached.high + 0.2))
    assert found.why == "20% of the items could not have been looked at"


@pytest.mark.parametrize(
    ("found", "chance", "odds", "said"),
    [
        (FOUND[1:], CHANCE, 1, "found has 399 rows"),
        (FOUND, CHANCE[1:], 1, "chance has 399 rows"),
        (FOUND, np.zeros(400), 1, "not above 0"),
        (FOUND, CHANCE * 3, 1, "up to 1"),
        (FOUND, CHANCE, 0.5, "hidden_odds 0.5 is below 1"),
    ],
)
def test_columns_it_refuses(found: np.ndarray, chance: np.ndarray, odds: float, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        corrected(SEEN, found, chance, hidden_odds=odds)


def test_nothing_seen() -> None:
    with pytest.raises(ValueError, match="Look at more"):
        corrected(np.zeros(400, dtype=bool), FOUND, CHANCE, hidden_odds=1)


@given(st.integers(0, 2**32 - 1), st.floats(1, 5))
def test_bounds_are_nested(seed: int, odds: float) -> None:
    rng = np.random.default_rng(seed)
    chance = rng.uniform(0.05, 0.6, 300)
    seen, found = rng.random(300) < chance, rng.random(300) < 0.3
    sure, unsure = (corrected(seen, found, chance, hidden_odds=factor) for factor in (1, odds))
    assert unsure.worst_low <= unsure.low <= sure.low + 1e-12
    assert sure.high <= unsure.high + 1e-12 <= unsure.worst_high + 2e-12
    truth = found.mean()
    assert unsure.worst_low <= truth <= unsure.worst_high


def test_look_chances_are_those_of_the_design() -> None:
    rng = np.random.default_rng(4)
    covariates = rng.normal(3, 2, (20_000, 2))
    chance = 1 / (1 + np.exp(2 - 0.5 * covariates[:, 0] + 0.2 * covariates[:, 1]))
    given_ = look_chances(rng.random(20_000) < chance, covariates)
    assert np.abs(given_ - chance).max() < 0.05
    assert given_.mean() == pytest.approx(chance.mean(), abs=0.01)


def test_digits_reviewed_by_exposure() -> None:
    row = mean_of("", 60, lambda rng: looks(rng, digits=True))
    assert row["covered"] >= 0.9
    assert row["closer"] >= 0.9
    assert row["naive covered"] <= 0.1


def test_an_unknown_covariate_needs_hidden_odds() -> None:
    blind = mean_of("", 20, lambda rng: looks(rng, digits=True, blind=True))
    assert blind["covered"] <= 0.1
    assert mean_of("", 20, lambda rng: looks(rng, digits=True, blind=True, hidden_odds=4))["covered"] == 1
    assert mean_of("", 20, lambda rng: looks(rng, hidden=2, hidden_odds=2))["covered"] == 1


@pytest.mark.parametrize("given_", [{}, {"design": True}, {"author_items": 20}])
def test_coverage(given_: dict[str, object]) -> None:
    row = mean_of("", 100, lambda rng: looks(rng, **given_))
    assert row["covered"] >= 0.93
    assert row["naive covered"] <= 0.2
    assert row["refused"] == 0


def test_scores_and_a_sample_by_hand() -> None:
    # Scores 0.9 or 0.1, a hub of 1,000 with 200 high ones; of 100 reviewed 20 are high. 18 of those and 8 others positive.
    scores = np.repeat([0.9, 0.1], [200, 800])
    rows = np.concatenate([np.arange(20), np.arange(200, 280)])
    hits = np.concatenate([np.arange(20) < 18, np.arange(80) < 8])
    found = positives_expected(scores, rows, hits)
    assert found.scores_only == pytest.approx(0.26)
    # the slope of positives over scores is (0.9 - 0.1) / 0.8 = 1, and the sample has the hub's mean score
    assert found.score_weight == pytest.approx(1)
    assert found.estimate == pytest.approx(0.26)
    # residuals +-0.1 around: variance (18*0.01 + 2*0.81 + 8*0.81 + 72*0.01) / 100, times 0.9 / 99
    error = np.sqrt(0.09 * 0.9 / 99)
    assert found.high - found.low == pytest.approx(2 * 1.984 * error, rel=0.02)
    assert found.high - found.low < 0.75 * (found.sample_only.high - found.sample_only.low)


def test_few_positives_leave_the_sample_alone() -> None:
    found = positives_expected(np.linspace(0, 1, 1000), np.arange(0, 1000, 10), np.arange(100) >= 91)
    assert found.score_weight == 0
    assert (found.estimate, found.low, found.high) == (0.09, found.sample_only.low, found.sample_only.high)


def test_scores_that_say_nothing_change_nothing() -> None:
    hits = np.arange(100) % 4 == 0
    found = positives_expected(np.full(100_000, 0.4), np.arange(100), hits)
    assert found.score_weight == 0
    assert found.estimate == pytest.approx(0.25)
    assert (found.low, found.high) == pytest.approx((found.sample_only.low, found.sample_only.high), abs=1e-3)


def test_a_hub_wholly_reviewed_is_known() -> None:
    hits = np.arange(100) % 4 == 0
    found = positives_expected(np.where(hits, 0.7, 0.2), np.arange(100), hits)
    assert (found.estimate, found.low, found.high) == pytest.approx((0.25, 0.25, 0.25))


def test_whole_authors_drawn() -> None:
    rng = np.random.default_rng(0)
    hits, scores = np.repeat(rng.random(40) < 0.4, 10), rng.random(5000)
    apart = positives_expected(scores, np.arange(400), hits)
    alike = positives_expected(scores, np.arange(400), hits, authors=np.repeat(np.arange(40), 10))
    assert alike.high - alike.low > 2.5 * (apart.high - apart.low)


@pytest.mark.parametrize(("rows", "hits"), [([1, 1], [0, 1]), ([1, 2, 3], [0, 1]), ([1], [1])])
def test_samples_it_refuses(rows: list[int], hits: list[int]) -> None:
    with pytest.raises(ValueError, match="no row twice"):
        positives_expected(np.linspace(0, 1, 10), np.array(rows), np.array(hits))


@pytest.mark.parametrize("given_", [{}, {"sharp": 3.0, "common": 0.1}, {"wrong": "high"}, {"wrong": "noise"}])
def test_coverage_of_scores_and_a_sample(given_: dict[str, object]) -> None:
    assert mean_of("", 100, lambda rng: sampled(rng, **given_))["covered"] >= 0.91
