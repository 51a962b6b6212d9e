from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA

from headgate.errors import UsageError
from headgate.protecting import surrogates
from tests.protecting_pictures import stripes


def test_components_are_those_of_scikit_learn_but_for_their_signs() -> None:
    values = load_digits(return_X_y=True)[0][:300]
    ours, theirs = surrogates.components(values, 8), PCA(8, svd_solver="full").fit_transform(values)
    assert np.allclose(np.abs(ours), np.abs(theirs), atol=1e-6)
    assert np.allclose(ours, surrogates.components(values, 8), atol=0)
    assert surrogates.components(values[:, :3], 8).shape == (300, 3)


def test_clusters_are_as_tight_as_scikit_learn_s() -> None:
    values = surrogates.components(load_digits(return_X_y=True)[0], 16)
    found = surrogates.clustered(values, 10, seed=1)
    ours = np.square(values - found.centres[found.places]).sum()
    theirs = KMeans(10, n_init=10, random_state=0).fit(values).inertia_
    assert ours < 1.02 * theirs
    means = [values[found.places == one].mean(0) for one in range(10)]
    assert np.allclose(found.centres, means)
    assert np.array_equal(found.places, surrogates.clustered(values, 10, seed=1).places)


def test_clusters_apart_are_found_whole() -> None:
    values = np.repeat(np.array([[0.0, 0], [10, 0], [0, 10]]), 5, axis=0) + np.linspace(0, 0.1, 15)[:, None]
    places = surrogates.clustered(values, 3).places.reshape(3, 5)
    assert (places == places[:, :1]).all()
    assert len(set(places[:, 0].tolist())) == 3


def test_too_few_pictures_or_too_many_alike_make_no_clusters() -> None:
    for count in (1, 0, 6):
        with pytest.raises(UsageError, match="make no"):
            surrogates.clustered(np.random.default_rng(0).random((10, 2)), count)
    with pytest.raises(UsageError, match="too many are alike"):
        surrogates.clustered(np.zeros((10, 2)), 2)


def test_the_beginning_of_k_means_is_spread_out() -> None:
    values = np.r_[np.zeros((50, 1)), np.full((50, 1), 9.0)]
    for seed in range(5):
        assert sorted(surrogates.beginning(values, 2, np.random.default_rng(seed)).ravel().tolist()) == [0, 9]


def test_every_cluster_is_sent_to_another_one_that_is_near() -> None:
    assert surrogates.wrong(np.array([[0.0], [100], [1], [103]])).tolist() == [2, 3, 0, 1]
    for count in range(2, 12):
        others = surrogates.wrong(np.random.default_rng(count).random((count, 3)))
        assert sorted(others.tolist()) == list(range(count))
        assert (others != np.arange(count)).all()
    assert sorted(surrogates.wrong(np.zeros((3, 2))).tolist()) == [0, 1, 2]
    assert (surrogates.wrong(np.zeros((3, 2))) != np.arange(3)).all()


@pytest.mark.parametrize("kind", ["pca", "convolutions"])
def test_features_tell_stripes_from_each_other(kind: str) -> None:
    own = stripes(80)
    values = surrogates.features(own.pixels, kind, count=6, seed=3)
    assert values.shape == (80, 6)
    assert np.array_equal(values, surrogates.features(own.pixels, kind, count=6, seed=3))
    places, labels = surrogates.clustered(values, 2).places, own.labels
    assert max((places == labels).mean(), (places != labels).mean()) > 0.9


@pytest.mark.parametrize("side", [8, 17, 30])
def test_pictures_of_any_size_have_components(side: int) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (20, side, side + 3, 3), dtype=np.uint8)
    assert surrogates.features(pixels, "pca", count=4).shape == (20, 4)


def test_a_folder_without_an_encoder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="safetensors"):
        surrogates.encoded(stripes(4).pixels, tmp_path)
