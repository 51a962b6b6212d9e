from __future__ import annotations

from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from headgate.copies import near_texts
from headgate.copies.minhash import plan, write
from headgate.copies.near_texts import Pairs, across, clusters, copies, estimated, jaccard, pairs


def tidy_set(text: str) -> set[str]:
    tidy = " ".join(text.lower().split())
    return {tidy[n : n + 5] for n in range(len(tidy) - 4)} if len(tidy) >= 5 else {tidy} - {""}


def brute(texts: list[str], threshold: float) -> dict[tuple[int, int], float]:
    sets = [tidy_set(text) for text in texts]
    found = {}
    for i, j in combinations(range(len(texts)), 2):
        union = len(sets[i] | sets[j])
        if union and len(sets[i] & sets[j]) / union >= threshold:
            found[i, j] = len(sets[i] & sets[j]) / union
    return found


def corpus(n: int, seed: int = 0) -> list[str]:
    """Sentences of made-up words, half of them with a near or equal twin."""
    rng = np.random.default_rng(seed)
    words = ["".join(rng.choice(list("aeioubdgklmnprst"), rng.integers(2, 8))) for _ in range(400)]
    texts = [" ".join(rng.choice(words, rng.integers(5, 14))) for _ in range(n // 2)]
    for text in texts[: n // 2]:
        parts = text.split()
        for place in rng.choice(len(parts), rng.integers(0, 3), replace=False):
            parts[place] = str(rng.choice(words))
        texts.append(" ".join(parts))
    return texts


def folded(sketch_pairs: object) -> dict[tuple[int, int], float]:
    return {(int(i), int(j)): float(s) for a, b, c in sketch_pairs for i, j, s in zip(a, b, c, strict=True)}


def test_pairs_are_those_of_an_exhaustive_comparison(tmp_path: Path) -> None:
    texts = corpus(600)
    expected = brute(texts, 0.7)
    found = folded(pairs(write([texts], tmp_path, plan(0.7)), 0.7))
    assert set(found) <= set(expected)
    # equal texts stand for each other: every pair is found for the first of them
    assert len(found) >= 0.98 * len(expected) > 100
    for pair, similar in found.items():
        assert similar == pytest.approx(expected[pair])


def test_a_similarity_exactly_at_the_threshold_counts(tmp_path: Path) -> None:
    # 4 of 5 runs of "abcdefgh" + one more: sets of 4 and 5, 4 in common
    texts = ["abcdefgh", "abcdefghi"]
    assert folded(pairs(write([texts], tmp_path, plan(0.8)), 0.8)) == {(0, 1): pytest.approx(0.8)}
    assert folded(pairs(write([texts], tmp_path / "b", plan(0.8)), 0.81)) == {}


def test_empty_texts_are_near_nothing(tmp_path: Path) -> None:
    sketches = write([["", "  ", "abc", "abc", "", "abd"]], tmp_path, plan(0.7))
    assert folded(pairs(sketches, 0.7)) == {(2, 3): 1.0}
    assert folded(across(sketches, sketches, 0.7)) == {(2, 2): 1.0, (5, 5): 1.0}  # the first of equal ones


def test_copies_name_the_first_equal_set(tmp_path: Path) -> None:
    sketches = write([["abcdef", "xyzxyz"], ["ABCDEF ", "other words", "xyzxyz"]], tmp_path, plan(0.7))
    assert copies(sketches).tolist() == [0, 1, 0, 3, 1]


def test_similarity_in_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = corpus(60)
    sketches = write([texts], tmp_path, plan(0.7))
    i, j = np.triu_indices(60, 1)
    expected = [brute([texts[a], texts[b]], 0.0).get((0, 1), 0.0) for a, b in zip(i, j, strict=True)]
    assert jaccard(sketches, i, sketches, j) == pytest.approx(expected)
    monkeypatch.setattr(near_texts, "_TOGETHER", 100)
    assert jaccard(sketches, i, sketches, j) == pytest.approx(expected)


def test_large_groups_stay_connected(tmp_path: Path) -> None:
    """300 texts that differ in a number: far more than are compared within a band."""
    texts = [
        f"this notice was sent to every customer of the branch on the first of may, number {n}" for n in range(300)
    ]
    label, best = clusters(300, pairs(write([texts], tmp_path, plan(0.7)), 0.7))
    assert len(set(label.tolist())) == 1
    assert (best > 0.9).all()


def test_across_two_datasets(tmp_path: Path) -> None:
    left, right = list(dict.fromkeys(corpus(200, seed=1))), corpus(200, seed=2)[:50]
    right[:20] = [text + " eba" for text in left[:20]]
    one, other = write([left], tmp_path / "l", plan(0.7)), write([right], tmp_path / "r", plan(0.7))
    expected = {}
    for i, a in enumerate(left):
        for j, b in enumerate(right):
            if near := brute([a, b], 0.7):
                expected[i, j] = near[0, 1]
    found = folded(across(one, other, 0.7))
    assert found == {pair: pytest.approx(expected[pair]) for pair in found}
    assert len(found) >= 0.97 * len(expected) >= 20


def test_the_estimate_from_keys_is_near_the_truth(tmp_path: Path) -> None:
    texts = corpus(400)
    sketches = write([texts], tmp_path, plan(0.7))
    i = np.arange(200)
    true = jaccard(sketches, i, sketches, i + 200)
    guess = estimated(sketches, i, sketches, i + 200)
    some = (true > 0.6) & (true < 1)
    assert some.sum() > 20
    assert np.abs(guess[some] - true[some]).mean() < 0.08
    assert (guess[true == 1] == 1).all()


def test_clusters_grow_over_parts() -> None:
    def part(i: list[int], j: list[int], s: list[float]) -> Pairs:
        return np.array(i, np.int64), np.array(j, np.int64), np.array(s, np.float32)

    label, best = clusters(6, [part([0], [1], [0.8]), part([], [], []), part([1, 4], [2, 5], [0.9, 0.7])])
    assert label[0] == label[1] == label[2] != label[3]
    assert label[4] == label[5] not in {label[0], label[3]}
    assert best.tolist() == pytest.approx([0.8, 0.9, 0.9, 0, 0.7, 0.7])
