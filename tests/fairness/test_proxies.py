from __future__ import annotations

import numpy as np
import pytest

from headgate.errors import UsageError
from headgate.fairness import latent_group, measures, proxies
from tests import hidden_groups

GROUPS = ("f", "m")


def table_of(seed: int, **how: object) -> np.ndarray:
    _, decided, said = hidden_groups.drawn(seed, **how)  # type: ignore[arg-type]
    return proxies.tally(decided, said, kinds=2, groups=2)


def test_counts_worked_out_by_hand() -> None:
    table = proxies.tally([0, 1, 1, 1], [[0, 0, 1], [1, 1, 0], [1, 0, 1], [0, 0, 0]], kinds=2, groups=2)
    assert table.sum() == 4
    assert [table[0, 0, 0, 1], table[1, 1, 1, 0], table[1, 1, 0, 1], table[1, 0, 0, 0]] == [1, 1, 1, 1]
    voted = proxies.naive(table, GROUPS)  # f: rows 1 and 4, of which one is decided for; m: rows 2 and 3, both
    assert measures.rate("selection_rate", voted).tolist() == [0.5, 1.0]
    third = proxies.single(table, 2, GROUPS)  # f: rows 2 and 4; m: rows 1 and 3
    assert measures.rate("selection_rate", third).tolist() == [1.0, 0.5]
    with pytest.raises(UsageError, match="three for each row"):
        proxies.tally([0, 1], [[0, 1], [1, 0]], kinds=2, groups=2)


def test_the_first_proxy_decides_where_three_differ() -> None:
    table = proxies.tally([1, 0], [[2, 0, 1], [0, 1, 2]], kinds=2, groups=3)
    assert proxies.naive(table, ("a", "b", "c")).tp.tolist() == [0, 0, 1]


def test_with_labels_all_four_outcomes_are_kept_apart() -> None:
    joint = np.array([[0.3, 0.1], [0.1, 0.1], [0.05, 0.05], [0.15, 0.15]])  # fn before tp: 2 x true + decided
    told = np.stack([np.array([[0.8, 0.2], [0.3, 0.7]])] * 3)
    one = latent_group.fit(hidden_groups.exact(joint, told))
    counts = proxies.corrected(one, GROUPS)
    assert np.allclose(measures.rate("recall", counts), [0.75, 0.75], atol=0.01)
    assert np.allclose(measures.rate("false_positive_rate", counts), [0.25, 0.5], atol=0.01)


def test_how_many_counts_are_left_over() -> None:
    # 15 free counts less 3 of cell and group and 6 of the proxies; 31 less 7 less 6; of one cell nothing is left
    assert [proxies.spare(np.zeros((cells, 2, 2, 2))) for cells in (2, 4, 1)] == [6, 18, 0]
    assert proxies.spare(np.zeros((2, 3, 3, 3))) == 53 - 5 - 18


def test_the_misfit_is_that_of_the_expected_counts() -> None:
    table = table_of(0)
    one = latent_group.fit(table)
    wanted = latent_group.expected(one) * table.sum()
    assert float(proxies.misfit(table, one)) == pytest.approx(2 * (table * np.log(table / wanted)).sum(), abs=1e-3)


def test_independent_proxies_pass_and_a_copying_one_is_found() -> None:
    def chances(copied: float) -> list[float]:
        tables = [table_of(seed, rows=16_000, copied=copied) for seed in range(12)]
        return [proxies.independence(one, latent_group.fit(one), draws=99) for one in tables]

    assert sum(one < 0.05 for one in chances(0.0)) <= 2
    assert sum(one < 0.05 for one in chances(0.3)) >= 11


def test_the_power_stated_is_how_often_copies_are_found() -> None:
    table = table_of(0, rows=8000)
    stated = proxies.power(table, latent_group.fit(table), copied=0.2)
    # the least of the three pairs is that of the two better proxies
    found = []
    for seed in range(40):
        _, decided, said = hidden_groups.drawn(seed, rows=8000)
        repeats = np.random.default_rng(seed + 1000).random(8000) < 0.2
        said[repeats, 2] = said[repeats, 1]
        one = proxies.tally(decided, said, kinds=2, groups=2)
        found.append(float(proxies.misfit(one, latent_group.fit(one))) > 12.59)  # 95 % of chi square with 6
    assert np.mean(found) == pytest.approx(stated, abs=0.2)


def test_power_grows_with_rows_and_with_the_share_copied() -> None:
    small, large = table_of(1, rows=3000), table_of(1, rows=30_000)
    one = latent_group.fit(large)
    assert proxies.power(small, one) < proxies.power(large, one)
    assert proxies.power(small, one, copied=0.05) < proxies.power(small, one, copied=0.4)


def test_what_a_proxy_tells_and_what_all_three_would() -> None:
    told = np.stack([np.array([[0.9, 0.1], [0.1, 0.9]]), np.full((2, 2), 0.5), np.full((2, 2), 0.5)])
    one = latent_group.Fit(np.array([[0.25, 0.25], [0.25, 0.25]]), told, np.zeros(()), np.array(True))
    assert proxies.smallest(one).tolist() == pytest.approx([0.8, 0, 0], abs=1e-12)
    assert proxies.sharpest(one) == pytest.approx(0.9)
    assert not proxies.switched(one)
    odd = latent_group.Fit(one.joint, np.stack([np.array([[0.4, 0.6], [0.1, 0.9]])] * 3), one.fitted, one.done)
    assert proxies.switched(odd)


def test_samples_hold_as_many_rows_and_scatter_about_the_table() -> None:
    table = table_of(0, rows=2000)
    again = proxies.redrawn(table, draws=200, seed=3)
    assert again.shape == (200, 2, 2, 2, 2)
    assert (again.sum((1, 2, 3, 4)) == 2000).all()
    assert np.abs(again.mean(0) - table).max() < 0.3 * np.sqrt(table.max())


def test_the_interval_covers_the_true_gap_in_most_drawings() -> None:
    covered, closer = 0, 0
    for seed in range(20):
        group, decided, said = hidden_groups.drawn(seed)
        true = abs(decided[group == 1].mean() - decided[group == 0].mean())
        table = proxies.tally(decided, said, kinds=2, groups=2)
        one, again = latent_group.fit(table), proxies.redrawn(table, draws=200, seed=seed)
        models = latent_group.fit(again, start=one)
        gaps = measures.between(measures.rate("selection_rate", proxies.corrected(models, GROUPS)))
        covered += bool(np.quantile(gaps, 0.025) <= true <= np.quantile(gaps, 0.975))
        gap = measures.between(measures.rate("selection_rate", proxies.corrected(one, GROUPS)))
        naively = measures.between(measures.rate("selection_rate", proxies.naive(table, GROUPS)))
        closer += bool(abs(gap - true) < abs(naively - true))
    assert covered >= 17
    assert closer >= 18
