"""What a model that learned from synthetic rows does on fresh real ones, beside one that learned from real rows.

Reference: Belgodere et al. (2023), arXiv 2304.10819, whose utility, fairness and robustness are of such models.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from headgate.fairness import measures
from headgate.fairness.counts import Counts
from headgate.synthetic_data.columns import Coding, Floats, Ints, Rows
from headgate.synthetic_data.models import perturbed, scores, skill
from headgate.synthetic_data.scores import Score, clipped

FEWEST = 30  # fresh rows of a group, below which the group is left out
CHANCE = 0.5
GAPS = ("selection_rate", "recall", "false_positive_rate")


@dataclass(frozen=True, slots=True)
class Models:
    """Probabilities (n, classes) for the fresh rows by the model of real rows and of synthetic ones.

    `shaken` are those of the latter for the fresh rows with noise.
    """

    real: Floats
    made: Floats
    shaken: Floats


def learn(
    train: Rows, fresh: Rows, made: Rows, coding: Coding, *, noise: float, real: Floats | None = None, seed: int = 0
) -> Models:
    """Fit both models; `real` are the probabilities of the model of real rows where they are known already."""
    if real is None:
        real = scores(train, fresh, coding, seed=seed)
    twice = Rows(*(_twice(fresh, perturbed(fresh, coding, noise=noise, seed=seed))))
    both = scores(made, twice, coding, seed=seed)
    return Models(real, both[: len(fresh)], both[len(fresh) :])


def utility(found: Models, label: Ints, weights: Floats) -> Score | None:
    """AUC above chance, as a share of that of the model of real rows; None where that one knows nothing itself.

    `weights` (draws, n) are how often each fresh row is drawn.
    """
    real, made = skill(found.real, label), skill(found.made, label)
    again, anew = skill(found.real, label, weights), skill(found.made, label, weights)
    if np.nanquantile(again, 0.025) <= CHANCE:
        return None
    drawn = np.nan_to_num((anew - CHANCE) / np.maximum(again - CHANCE, 1e-9))
    said = f"AUC {made:.3f} learned from synthetic rows, {real:.3f} from real ones"
    return clipped(float((made - CHANCE) / (real - CHANCE)), drawn, said)


def robustness(found: Models, label: Ints, weights: Floats) -> Score:
    """How much of its AUC above chance the model of synthetic rows keeps under noise; 0 where it has next to none."""
    clean, noisy = skill(found.made, label), skill(found.shaken, label)
    drawn = _kept(skill(found.made, label, weights), skill(found.shaken, label, weights))
    return clipped(float(_kept(clean, noisy)), drawn, f"AUC {noisy:.3f} with noise, {clean:.3f} without")


def fairness(found: Models, fresh: Rows, weights: Floats) -> Score | None:
    """1 less how much wider the gap between groups is of the model of synthetic rows than of that of real ones.

    The gap is the widest increase of those of selection rate, recall and false positive rate; of a label of several
    classes that of accuracy. None without two groups of 30 fresh rows, or where a rate is not defined.
    """
    if fresh.group is None or len(groups_of(fresh.group)) < 2:
        return None
    values: list[Floats] = []
    for once in (np.ones((1, len(fresh))), weights):
        made, real = (_gaps(one, fresh, once) for one in (found.made, found.real))
        values.append(made - real)
    if np.isnan(values[0]).any():
        return None
    worst = int(values[0][0].argmax())
    name = (GAPS if values[0].shape[1] > 1 else ("accuracy",))[worst]
    said = f"the gap of {name} is wider by {max(0.0, values[0][0, worst]):.3f} than that learned from real rows"
    return clipped(1 - values[0][0, worst], 1 - np.nan_to_num(np.maximum(values[1].max(1), 0)), said)


def groups_of(group: Ints) -> list[int]:
    """Codes of the groups with at least 30 rows."""
    found, often = np.unique(group, return_counts=True)
    return [int(one) for one, number in zip(found, often, strict=True) if number >= FEWEST]


def _gaps(probability: Floats, fresh: Rows, weights: Floats) -> Floats:
    """Gaps between groups (draws, measures) of what the model says most likely."""
    assert fresh.group is not None  # who calls has looked
    classes, said = np.unique(fresh.label), probability.argmax(1)
    binary = len(classes) == 2
    truth = fresh.label == classes[-1] if binary else np.ones(len(said), dtype=bool)
    decided = said == classes[-1] if binary else said == fresh.label
    cells = [[weights[:, (fresh.group == one) & kind].sum(1) for one in groups_of(fresh.group)]
             for kind in (truth & decided, ~truth & decided, truth & ~decided, ~truth & ~decided)]  # fmt: skip
    tp, fp, fn, tn = (np.stack(one, axis=-1) for one in cells)
    counts = Counts(tp, fp, fn, tn, tuple(map(str, groups_of(fresh.group))))
    names: Sequence[str] = GAPS if binary else ("recall",)  # all count as true: the recall is the accuracy
    return np.stack([measures.between(measures.rate(name, counts)) for name in names], axis=-1)


def _kept(clean: Floats, noisy: Floats) -> Floats:
    above = clean - CHANCE
    return np.asarray(np.where(above > 0.02, (noisy - CHANCE) / np.where(above > 0.02, above, 1), 0.0))


def _twice(one: Rows, other: Rows) -> tuple[Floats, Ints, Ints, Ints | None]:
    group = None if one.group is None else np.concatenate((one.group, one.group))
    return (
        np.vstack((one.numbers, other.numbers)), np.vstack((one.codes, other.codes)),
        np.concatenate((one.label, other.label)), group,
    )  # fmt: skip
