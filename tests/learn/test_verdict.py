from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from headgate.evidence.calibration import apply
from headgate.learn import operators, verdict
from headgate.learn.seeds import Seeds
from headgate.synthetic.population import Population, matrix, plant
from tests.build import collect, model
from tests.planted import write

MODELS = 3_000


def known(population: Population, drawn: int, seed: int) -> Seeds:
    """Those who say so, and `drawn` reviewed at random."""
    size = population.lineage.size
    chance, no = np.full(size, np.nan), np.zeros(size, bool)
    yes, ruled = population.says.copy(), population.says.copy()
    rows = np.random.default_rng(seed).choice(MODELS, drawn, replace=False)
    chance[rows] = drawn / MODELS
    yes[rows], no[rows], ruled[rows] = population.truth[rows], ~population.truth[rows], False
    return Seeds(yes.astype(np.float32), no, ruled, chance)


def scored(seed: int, drawn: int, kind: str = "all") -> tuple[Population, verdict.Scored]:
    population = plant(MODELS, seed, begins=0.03)
    linked = operators.build(population.lineage)
    return population, verdict.score(
        population.lineage, linked, matrix(population), known(population, drawn, seed), kind, seed
    )


def test_with_reviews_the_intervals_cover_the_true_share_of_what_they_speak_of() -> None:
    covered = []
    for seed in range(6):
        population, found = scored(seed, 400)
        assert found.basis == "calibrated to 400 reviews"
        value, low, high = apply(found.calibration, found.score)
        truth = population.truth[found.nodes]
        covered += [low[value == v][0] <= truth[value == v].mean() <= high[value == v][0] for v in np.unique(value)]
    assert np.mean(covered) >= 0.85


def test_without_reviews_it_says_that_it_states_a_lower_bound() -> None:
    population, found = scored(0, 0)
    assert found.basis == "lower bound, calibrated to labels that exist"
    value = apply(found.calibration, found.score)[0]
    assert value.mean() == pytest.approx(population.says[:MODELS].mean(), abs=1e-6)
    assert value.mean() < population.truth[:MODELS].mean()


def test_the_second_queue_leaves_out_who_says_so() -> None:
    population = plant(MODELS, 1, begins=0.03)
    line = population.lineage
    object.__setattr__(line, "says", population.says)
    found = verdict.score(line, operators.build(line), matrix(population), known(population, 0, 1), "graph", 1)
    assert not population.says[found.nodes].any()
    assert len(found.nodes) == MODELS - population.says.sum()


def test_too_few_seeds_are_no_finding(tmp_path: Path) -> None:
    ws, _ = collect(tmp_path / "w", [model(f"a/m{i}{'-uncensored' if i < 3 else ''}") for i in range(40)])
    rows = verdict.findings(ws.db, "uncensored", "all", 0).fetchall()
    assert {row[1:] for row in rows} == {(None, 0, "3 seeds, fewer than 20: review some, or import labels")}
    assert len(rows) == 40


def test_findings_rank_what_was_planted_and_give_reasons(tmp_path: Path) -> None:
    ws, population, refs = write(tmp_path / "w", MODELS, 2, begins=0.03)
    relation = verdict.findings(ws.db, "uncensored", "all", 0)
    assert relation.columns == ["subject", "value", "low", "high", "n", "evidence"]
    found = {row[0]: row[1:] for row in relation.fetchall()}
    assert found.keys() == set(refs[:MODELS])
    hidden = [(found[ref][0], truth) for ref, truth, says in
              zip(refs, population.truth, population.says, strict=True) if ref in found and not says]  # fmt: skip
    top = sorted((pair for pair in hidden if pair[0] is not None), reverse=True)[:40]
    assert np.mean([truth for _, truth in top]) > 5 * population.truth[:MODELS].mean()
    assert all(low <= value <= high for value, low, high, *_ in found.values() if value is not None)
    reasons = " ".join(row[4] for row in found.values() if row[4])
    for word in (
        "path: quantised copy of hf:model:",
        "a seed by name",
        "account: ",
        "not used for its score",
        "lower bound",
    ):
        assert word in reasons


def test_the_same_seed_gives_the_same_findings(tmp_path: Path) -> None:
    ws, _, _ = write(tmp_path / "w", MODELS, 2, begins=0.03)
    first, second = (sorted(verdict.findings(ws.db, "uncensored", "graph", 7).fetchall()) for _ in range(2))
    assert first == second
