from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headgate.fairness import latent_group
from tests import hidden_groups

JOINT = np.array([[0.36, 0.42], [0.04, 0.18]])  # 0.4 and 0.6 of people, 0.1 and 0.3 of them decided for
TOLD = np.array([[[0.7, 0.3], [0.2, 0.8]], [[0.6, 0.4], [0.25, 0.75]], [[0.8, 0.2], [0.4, 0.6]]])


def test_exact_shares_give_the_model_back() -> None:
    one = latent_group.fit(hidden_groups.exact(JOINT, TOLD))
    assert bool(one.done)
    assert np.allclose(one.joint, JOINT, atol=2e-3)
    assert np.allclose(one.told, TOLD, atol=5e-3)
    assert np.allclose(one.prior, [0.4, 0.6], atol=3e-3)
    # 0.4 of 0.7 and 0.6 of 0.8; Youden's J of the first proxy 0.7 + 0.8 - 1
    assert one.accuracy[0] == pytest.approx(0.76, abs=5e-3)
    assert one.informed[0] == pytest.approx(0.5, abs=5e-3)
    assert np.allclose(latent_group.expected(one), hidden_groups.exact(JOINT, TOLD), atol=1e-4)


def test_it_agrees_with_moments_solved_by_hand() -> None:
    # of two groups p and 1 - p: cov(i,j) = p(1-p) J_i J_j and the third moment is p(1-p)(2p-1) J_1 J_2 J_3 (signs aside)
    group, decided, said = hidden_groups.drawn(0, rows=200_000)
    centred = said - said.mean(0)
    cov = centred.T @ centred / len(said)
    third = float((centred[:, 0] * centred[:, 1] * centred[:, 2]).mean())
    scale = float(np.sqrt(cov[0, 1] * cov[0, 2] * cov[1, 2]))  # (p(1-p)) ** 1.5 J1 J2 J3
    skew = third / scale  # (1 - 2p) / sqrt(p(1-p))
    p = (1 - skew / np.sqrt(4 + skew**2)) / 2
    rate_gap = (
        float((centred[:, 0] * decided).mean()) / np.sqrt(p * (1 - p)) / np.sqrt(cov[0, 1] * cov[0, 2] / cov[1, 2])
    )
    table = np.zeros((2, 2, 2, 2))
    np.add.at(table, (decided, *said.T), 1)
    one = latent_group.fit(table)
    rates = one.joint[1] / one.prior
    assert one.prior[1] == pytest.approx(p, abs=0.02)
    assert rates[1] - rates[0] == pytest.approx(rate_gap, abs=0.02)
    assert rates[1] - rates[0] == pytest.approx(decided[group == 1].mean() - decided[group == 0].mean(), abs=0.02)


def test_tables_are_fitted_each_for_itself() -> None:
    random = np.random.default_rng(0)
    tables = random.multinomial(5000, hidden_groups.exact(JOINT, TOLD).ravel(), size=3).reshape(3, 2, 2, 2, 2) * 1.0
    together = latent_group.fit(tables)
    for at in range(3):
        alone = latent_group.fit(tables[at])
        assert alone.fitted == pytest.approx(float(together.fitted[at]), abs=1e-7)
        assert np.allclose(alone.joint, together.joint[at], atol=5e-3)


def test_three_groups_with_proxies_right_in_two_of_three_cases() -> None:
    told = np.stack([np.full((3, 3), (1 - a) / 2) + np.eye(3) * (a - (1 - a) / 2) for a in (0.65, 0.7, 0.75)])
    joint = np.array([[0.45, 0.24, 0.12], [0.05, 0.06, 0.08]])
    one = latent_group.fit(hidden_groups.exact(joint, told))
    assert np.allclose(one.joint, joint, atol=5e-3)


def test_groups_are_named_as_most_proxies_name_them() -> None:
    mirrored = latent_group.Fit(JOINT[:, ::-1], TOLD[:, ::-1], np.zeros(()), np.array(True))
    from_there = latent_group.fit(hidden_groups.exact(JOINT, TOLD), start=mirrored)
    assert np.allclose(from_there.joint, JOINT, atol=2e-3)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 40), min_size=16, max_size=16).filter(lambda cells: sum(cells) > 20))
def test_any_counts_give_shares_and_a_likelihood_no_higher_than_their_own(cells: list[int]) -> None:
    table = np.array(cells, dtype=float).reshape(2, 2, 2, 2)
    one = latent_group.fit(table)
    assert one.joint.sum() == pytest.approx(1)
    assert np.allclose(one.told.sum(-1), 1) or (one.prior < 1e-9).any()
    assert (one.joint >= 0).all()
    share = table / table.sum()
    own = float((share * np.log(np.where(share > 0, share, 1))).sum())
    assert one.fitted <= own + 1e-9
