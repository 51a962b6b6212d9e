"""One synthetic table judged in five dimensions, each from its parts; and several ranked.

Reference: Belgodere et al. (2023), Auditing and generating synthetic data with controllable trust trade-offs, arXiv
2304.10819. They scale each measure by its rank among the tables compared; here a score is one of the table alone, so
that it is the same in any company.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from headgate.errors import BadInput
from headgate.synthetic_data import fidelity, privacy, use
from headgate.synthetic_data.columns import Coding, Floats, Rows
from headgate.synthetic_data.models import auc, scores
from headgate.synthetic_data.scores import Score, clipped, geometric, least, resampled

DIMENSIONS = ("fidelity", "utility", "privacy", "fairness", "robustness")
COMPARED = 5_000  # rows of each table of which columns are counted and that are told apart
LEARNED = 20_000  # rows of each table that a model learns from
WORTH = 10  # a share of near copies above that of fresh rows takes ten times as much off the score


@dataclass(frozen=True, slots=True)
class Audit:
    """The dimensions of a synthetic table, None where one could not be told, and the parts of some by name."""

    dimensions: Mapping[str, Score | None]
    parts: Mapping[str, Score]
    copied: float  # share of its rows that stand in the real table, all columns alike
    copied_fresh: float  # the same of the fresh real rows
    caught: tuple[float, int]  # share of real rows that are told at 1 false alarm in 100, of how many


@dataclass(frozen=True, slots=True)
class Real:
    """The real rows, the fresh ones, and what was learned of them once for all synthetic tables."""

    train: Rows
    fresh: Rows
    coding: Coding
    said: Floats  # probabilities (n, classes) of the fresh rows by a model of the real ones


def prepared(train: Rows, fresh: Rows, coding: Coding, *, seed: int = 0) -> Real:
    """Learn from `train`, to compare with. Raises `BadInput` where it or `fresh` has one class only."""
    if len(np.unique(fresh.label)) < 2:
        msg = "the holdout has rows of one class of the label only, on which nothing can be predicted. Draw others."
        raise BadInput(msg)
    drawn = np.random.default_rng(seed)
    return Real(train, fresh, coding, scores(_some(train, LEARNED, drawn), fresh, coding, seed=seed))


def audit(real: Real, made: Rows, *, noise: float = 0.1, draws: int = 200, seed: int = 0) -> Audit:
    """Judge `made` beside `real`; intervals are of `draws` bootstrap samples of rows, models as they were learned."""
    drawn = np.random.default_rng(seed)
    parts = _fidelity(real, made, drawn, draws, seed)
    learned = _some(made, LEARNED, drawn)
    models = use.learn(real.train, real.fresh, learned, real.coding, noise=noise, real=real.said, seed=seed)
    weights = resampled(len(real.fresh), draws, seed)
    found = privacy.distances(real.train, real.fresh, made, real.coding, seed=seed)
    private = _privacy(found, draws, seed)
    label = real.fresh.label
    return Audit(
        {
            "fidelity": geometric(list(parts.values())),
            "utility": use.utility(models, label, weights),
            "privacy": least(list(private.values())),
            "fairness": use.fairness(models, real.fresh, weights),
            "robustness": use.robustness(models, label, weights),
        },
        parts | private,
        float(privacy.copies(real.train, made).mean()),
        float(privacy.copies(real.train, real.fresh).mean()),
        (privacy.caught(found), len(found.train_to_made)),
    )


def _fidelity(real: Real, made: Rows, drawn: np.random.Generator, draws: int, seed: int) -> dict[str, Score]:
    """Likeness to the real rows as a share of that of as many fresh rows, and to the fresh rows by a classifier."""
    each = min(len(real.train), len(real.fresh), len(made), COMPARED)
    train, fresh, some = (_some(one, each, drawn) for one in (real.train, real.fresh, made))
    (base,) = fidelity.shares(train, real.coding)
    values = []
    for left, right in ((None, None), (resampled(each, draws, seed), resampled(each, draws, seed + 1))):
        tables = zip(fidelity.shares(some, real.coding, left), fidelity.shares(fresh, real.coding, right), strict=True)
        values.append(np.array([_likeness(base, one, other, real.coding) for one, other in tables]))
    (point,), again = values
    scored, which = fidelity.told_apart(fresh, some, real.coding, seed=seed)
    area, areas = auc(scored, which), auc(scored, which, resampled(len(which), draws, seed + 2))
    return {
        "fidelity.marginals": clipped(point[0], again[:, 0], f"columns alone {point[0]:.3f} of a fresh sample's"),
        "fidelity.dependence": clipped(point[1], again[:, 1], f"pairs of columns {point[1]:.3f} of a fresh sample's"),
        "fidelity.two_sample": clipped(
            2 - 2 * max(0.5, float(area)), 2 - 2 * np.maximum(0.5, areas), f"told from fresh rows with AUC {area:.3f}"
        ),
    }


def _likeness(base: Floats, made: Floats, fresh: Floats, coding: Coding) -> tuple[float, float]:
    return (
        fidelity.marginals(base, made, coding) / max(fidelity.marginals(base, fresh, coding), 1e-9),
        fidelity.dependence(base, made, coding) / max(fidelity.dependence(base, fresh, coding), 1e-9),
    )


def _privacy(found: privacy.Distances, draws: int, seed: int) -> dict[str, Score]:
    ratio = privacy.ratio(found)
    members = np.repeat([True, False], [len(found.train_to_made), len(found.fresh_to_made)])
    nearness = -np.concatenate((found.train_to_made, found.fresh_to_made))
    area, areas = auc(nearness, members), auc(nearness, members, resampled(len(members), draws, seed + 4))
    near, usual = privacy.near_copies(found)
    above = privacy.near_copies_again(found, draws, seed + 5)
    return {
        "privacy.distance_ratio": clipped(
            ratio,
            privacy.ratios(found, draws, seed + 6),
            f"{ratio:.3f} as far from the closest real row as from the closest fresh one",
        ),
        "privacy.attack": clipped(
            2 - 2 * max(0.5, float(area)), 2 - 2 * np.maximum(0.5, areas), f"real rows told by nearness, AUC {area:.3f}"
        ),
        "privacy.near_copies": clipped(
            1 - WORTH * max(0.0, near - usual), 1 - WORTH * np.maximum(0, above),
            f"{near:.1%} near copies of real rows, {usual:.1%} of fresh rows are as near",
        ),
    }  # fmt: skip


def _some(rows: Rows, most: int, drawn: np.random.Generator) -> Rows:
    return rows if len(rows) <= most else rows.take(drawn.permutation(len(rows))[:most])
