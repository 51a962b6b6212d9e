"""Calibration and prevalence of `detect uncensored` on planted populations: does a stated interval hold the truth?

    python bench/calibration.py --seeds 200

Each seed plants 4,000 models; names say it of 55 % of those whose alignment was removed, and 400 models drawn at
random are reviewed without error. The detector scores and calibrates as it does on a hub. An interval speaks of the
share among artifacts with one stated probability: it holds if the planted share of exactly those lies in it. The
prevalence adds the stated probabilities up and corrects them by the reviewed sample (evidence/prevalence.py); beside
it stand the share of names that say it and the share among the reviewed alone.
"""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np

from headgate.evidence.calibration import apply, expected_error
from headgate.evidence.intervals import wilson
from headgate.evidence.prevalence import positives_expected
from headgate.learn import operators, verdict
from headgate.learn.seeds import Seeds
from headgate.synthetic.population import Population, matrix, plant

MODELS, REVIEWED = 4_000, 400


def known(population: Population, seed: int) -> Seeds:
    """Those who say so, and what reviewers said of a random sample."""
    size = population.lineage.size
    chance, no = np.full(size, np.nan), np.zeros(size, bool)
    yes, ruled = population.says.copy(), population.says.copy()
    rows = np.random.default_rng(seed + 10_000).choice(MODELS, REVIEWED, replace=False)
    chance[rows] = REVIEWED / MODELS
    yes[rows], no[rows], ruled[rows] = population.truth[rows], ~population.truth[rows], False
    return Seeds(yes.astype(np.float32), no, ruled, chance)


def one(seed: int) -> dict[str, Any]:
    """What one seed gives: whether each interval holds, the calibration error, and the prevalence."""
    population = plant(MODELS, seed, begins=0.03)
    seeds = known(population, seed)
    line = population.lineage
    found = verdict.score(line, operators.build(line), matrix(population), seeds, "all", seed)
    value, low, high = apply(found.calibration, found.score)
    truth = population.truth[found.nodes]
    holds = [bool(low[value == v][0] <= truth[value == v].mean() <= high[value == v][0]) for v in np.unique(value)]
    share = truth.mean()
    seen = np.isfinite(seeds.chance[found.nodes])
    rows = np.flatnonzero(seen)
    whole = positives_expected(value, rows, truth[rows])
    return {"holds": holds, "error": expected_error(value, truth), "share": share, "whole": whole,
            "named": population.says[:MODELS].mean(), "raw": expected_error(found.score, truth),
            "reviewed": wilson(int(truth[seen].sum()), int(seen.sum()))}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=200)
    given = parser.parse_args()
    rows = [one(seed) for seed in range(given.seeds)]
    holds = [hold for row in rows for hold in row["holds"]]
    print(f"| over {given.seeds} planted populations | |\n|---|--:|")
    print(f"| intervals of stated probabilities that hold the planted share | {_share(holds)} |")
    print(f"| expected calibration error, mean (5 to 95 % of seeds) | {_spread([row['error'] for row in rows])} |")
    print(f"| the same before calibration | {_spread([row['raw'] for row in rows])} |")
    covered = [row["whole"].low <= row["share"] <= row["whole"].high for row in rows]
    print(f"| prevalence intervals that hold the planted share | {_share(covered)} |")
    print(f"| their mean width | {np.mean([row['whole'].high - row['whole'].low for row in rows]):.4f} |")
    simple = [row["reviewed"][0] <= row["share"] <= row["reviewed"][1] for row in rows]
    print(f"| reviewed sample alone: intervals that hold it | {_share(simple)} |")
    print(f"| their mean width | {np.mean([row['reviewed'][1] - row['reviewed'][0] for row in rows]):.4f} |")
    print(f"| planted share, mean | {np.mean([row['share'] for row in rows]):.4f} |")
    print(f"| estimate, mean | {np.mean([row['whole'].estimate for row in rows]):.4f} |")
    print(f"| share whose name says it, mean | {np.mean([row['named'] for row in rows]):.4f} |")


def _share(held: list[bool]) -> str:
    low, high = wilson(sum(held), len(held)) or (0, 1)
    return f"{sum(held)} of {len(held)}, {np.mean(held):.3f} ({low:.3f} to {high:.3f})"


def _spread(values: list[float]) -> str:
    low, high = np.quantile(values, [0.05, 0.95])
    return f"{np.mean(values):.4f} ({low:.4f} to {high:.4f})"


if __name__ == "__main__":
    main()
