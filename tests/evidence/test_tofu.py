from __future__ import annotations

from math import log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headgate.evidence import tofu


def test_probabilities_by_hand() -> None:
    assert tofu.probability([0.0, log(4)]) == pytest.approx([1, 0.25])
    assert tofu.choice_probability([log(2)], [[log(4), log(4)]]) == pytest.approx([0.5])


def test_truth_ratio_by_hand() -> None:
    # wrong answers of 1/2 and 1/8, their geometric mean 1/4, against 1/2 for the paraphrase
    found = tofu.truth_ratio([log(2), log(8)], [[log(2), log(8)], [log(2), log(8)]])
    assert found == pytest.approx([0.5, 2])
    assert tofu.truth(found) == pytest.approx(0.25)  # 1 - 0.5 and 0
    assert tofu.truth(found, of="forget") == pytest.approx(0.5)  # both are a factor of 2 from 1
    assert tofu.truth([0.0, np.inf, 1.0], of="forget") == pytest.approx(1 / 3)
    for shapes in (([1.0], [1.0]), ([1.0], [[1.0], [2.0]]), ([], np.empty((0, 0)))):
        with pytest.raises(ValueError, match="do not match wrong ones"):
            tofu.truth_ratio(*shapes)


@pytest.mark.parametrize(
    ("given_", "wanted", "recall"),
    [("He was born in Baku.", "born in Baku", 1.0), ("in Baku born", "born in Baku", 2 / 3), ("", "Baku", 0.0),
     ("BAKU, 1958!", "baku 1958", 1.0), ("Baku", "", 0.0), ("a b c d", "a x c y", 0.5), ("d c b a", "a b c d", 0.25)],
)  # fmt: skip
def test_rouge_l_recall_by_hand(given_: str, wanted: str, recall: float) -> None:
    assert tofu.rouge_l_recall(given_, wanted) == pytest.approx(recall)


@given(st.lists(st.sampled_from("abc"), max_size=7), st.lists(st.sampled_from("abc"), min_size=1, max_size=7))
def test_rouge_l_recall_is_the_longest_common_subsequence(mine: list[str], theirs: list[str]) -> None:
    def within(some: list[str], all_: list[str]) -> bool:
        rest = iter(all_)
        return all(one in rest for one in some)

    subsets = ([one for n, one in enumerate(theirs) if mask >> n & 1] for mask in range(2 ** len(theirs)))
    longest = max(len(one) for one in subsets if within(one, mine))
    assert tofu.rouge_l_recall(" ".join(mine), " ".join(theirs)) == pytest.approx(longest / len(theirs))


def test_model_utility_is_the_harmonic_mean() -> None:
    from scipy.stats import hmean

    parts = [0.9, 0.3, 0.5, 1.0]
    assert tofu.model_utility(parts) == pytest.approx(hmean(parts))
    assert tofu.model_utility([0.5, 0.0]) == 0.0
    for bad in ([1.2], [-0.1, 0.5], [float("nan")], []):
        with pytest.raises(ValueError, match="not all from 0 to 1"):
            tofu.model_utility(bad)


def test_forget_quality_by_enumeration() -> None:
    # two samples of 3 that do not overlap: 2 of the 20 ways to part six ranks are as far apart
    assert tofu.forget_quality([1, 2, 3], [4, 5, 6]) == pytest.approx(2 / 20)
    assert tofu.forget_quality([1, 2, 3], [1, 2, 3]) == pytest.approx(1)
    ratios, retrained = np.exp([0.3, 1.0, -2.0, 0.1]), np.exp([0.2, 0.5, 3.0, 1.5])
    assert tofu.forget_quality(ratios, retrained) == pytest.approx(tofu.forget_quality(1 / ratios, 1 / retrained))
