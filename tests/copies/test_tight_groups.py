from __future__ import annotations

import numpy as np
import pytest

from headgate.copies.pair_features import PairFeatures, weighted
from headgate.copies.tight_groups import Group, agreement, groups, influence, judged, mismatch, nearest
from headgate.pictures import perceptual
from headgate.pictures.perceptual import BITS, packed


def features(vectors: np.ndarray, captions: list[str], told: np.ndarray | None = None) -> PairFeatures:
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    directions = np.random.default_rng(9).normal(size=(vectors.shape[1], BITS))
    sparse, folded = weighted(captions)
    n = len(captions)
    told = np.ones(n, bool) if told is None else told
    return PairFeatures(
        vectors, packed(vectors @ directions > 0), sparse, told, [f"{k:064x}" for k in range(n)], folded, "embeddings"
    )


def two_kinds(n: int = 200, seed: int = 0) -> tuple[np.ndarray, list[str]]:
    """Two clouds in 32 dimensions, each with its word."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(2, 32)) * 1.2
    which = np.arange(n) % 2
    return centres[which] + rng.normal(size=(n, 32)), ["cat" if k == 0 else "dog" for k in which]


def test_nearest_is_an_exhaustive_search() -> None:
    vectors, captions = two_kinds(60)
    told = np.ones(60, bool)
    told[7] = False
    made = features(vectors, captions, told)
    found = nearest(made, np.array([0, 3, 11]), 5)
    for item, row in zip((0, 3, 11), found, strict=True):
        like = made.vectors @ made.vectors[item]
        like[[item, 7]] = -9
        assert row.tolist() == np.argsort(-like, kind="stable")[:5].tolist()
    assert nearest(made, np.array([0]), 1_000).shape == (1, 58)


def test_agreement_is_the_share_of_equal_words() -> None:
    made = features(np.eye(4) + 1, ["cat", "cat", "dog", "dog"])
    assert agreement(made, np.array([0, 2]), np.array([[1, 2], [3, 3]])).tolist() == pytest.approx([0.5, 1])


def test_influence_by_hand() -> None:
    """12 cats around, 5 dogs at their centre: without those, ten of ten neighbours agree; with them five."""
    rng = np.random.default_rng(0)
    centre = np.ones(20)
    cats = centre + rng.normal(size=(12, 20)) * 0.3
    made = features(np.concatenate([cats, np.tile(centre, (5, 1))]), ["cat"] * 12 + ["dog"] * 5)
    assert influence(made, np.arange(12, 17), np.arange(12)) == pytest.approx(0.5)
    right = features(made.vectors, ["cat"] * 17)
    assert influence(right, np.arange(12, 17), np.arange(12)) == 0


def test_groups_are_near_identical_and_few() -> None:
    vectors, captions = two_kinds()
    vectors = np.concatenate([vectors, np.tile(vectors[0], (4, 1)), vectors[1][None], np.tile(vectors[3], (30, 1))])
    captions = [*captions, *["dog"] * 4, "dog", *["dog"] * 30]
    found = {
        tuple(sorted(members.tolist()))
        for members in groups(features(vectors, captions), false_match_rate=0.001, fewest=3, most=20)
    }
    # with the original (a cat) and without; not the pair, not the 31
    assert found == {(0, 200, 201, 202, 203), (200, 201, 202, 203)}


def test_wrong_captions_come_first() -> None:
    for seed in range(5):
        vectors, captions = two_kinds(seed=seed)
        vectors = np.concatenate([vectors, np.tile(vectors[0], (5, 1)), np.tile(vectors[2], (5, 1))])
        captions = [*captions, *["dog"] * 5, *["cat"] * 5]
        made = features(vectors, captions)
        found = judged(made, groups(made, false_match_rate=0.001, fewest=3, most=20))
        assert found[0].members.tolist() == [200, 201, 202, 203, 204]
        assert found[0].score > 0.45
        right = next(group for group in found if 207 in group.members)
        assert right.score < 0.45
        assert right.influence < 0.02


def test_captions_that_nobody_shares_make_nothing_stand_out() -> None:
    vectors, _ = two_kinds()
    vectors = np.concatenate([vectors, np.tile(vectors[0], (5, 1))])
    captions = [f"word{n}" for n in range(200)] + ["other"] * 5
    made = features(vectors, captions)
    found = judged(made, groups(made, false_match_rate=0.001, fewest=3, most=20))
    assert found
    assert all(group.score == 0 for group in found)


def test_mismatch_by_hand() -> None:
    usual = np.array([0.5, 1.0, 1.0, 1.0])  # mean 0.875
    assert mismatch(0.0, usual) == 1
    assert mismatch(0.5, usual) == pytest.approx((1 - 0.125) * (1 - 0.5 / 0.875))
    assert mismatch(1.0, usual) == 0
    assert mismatch(0.0, np.zeros(5)) == mismatch(0.0, np.empty(0)) == 0
    assert mismatch(0.9, np.ones(100)) == pytest.approx(0.1)  # unusual, but no misfit


def test_groups_of_what_is_not_quite_the_same() -> None:
    vectors, captions = two_kinds()
    near = vectors[0] + np.random.default_rng(1).normal(size=(5, 32)) * 0.05
    far = vectors[1] + np.random.default_rng(2).normal(size=(5, 32)) * 2
    made = features(np.concatenate([vectors, near, far]), [*captions, *["dog"] * 5, *["cat"] * 5])
    found = {tuple(sorted(one.tolist())) for one in groups(made, false_match_rate=0.001, fewest=3, most=20)}
    assert found == {(0, 200, 201, 202, 203, 204), (200, 201, 202, 203, 204)}


def test_the_score_of_a_group() -> None:
    assert Group(np.arange(3), 0.9, 0.0).score == pytest.approx(0.45)
    assert Group(np.arange(3), 1.0, 1.0).score == 1


def test_nobody_to_compare_with() -> None:
    made = features(np.ones((5, 3)), ["cat"] * 5)
    found = groups(made, false_match_rate=0.001, fewest=3, most=20)
    assert [len(members) for members in found] == [5]
    assert [group.score for group in judged(made, found)] == [0]


def test_many_equal_items_are_compared_once(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors, captions = two_kinds(100)
    made = features(np.concatenate([vectors, np.tile(vectors[0], (400, 1))]), [*captions, *["dog"] * 4, *["cat"] * 396])
    asked: list[int] = []
    near = perceptual.near

    def counted(queries: np.ndarray, *more: object, **how: bool) -> object:
        asked.append(len(queries))
        return near(queries, *more, **how)  # type: ignore[arg-type]

    monkeypatch.setattr(perceptual, "near", counted)
    found = groups(made, false_match_rate=0.001, fewest=3, most=20)
    assert asked == [100]
    assert [one.tolist() for one in found] == [[100, 101, 102, 103]]
    assert len(groups(made, false_match_rate=0.001, fewest=3, most=500)) == 3  # all, and each caption's
