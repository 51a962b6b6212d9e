"""Relearning one half of what was forgotten, to see whether the other half comes back with it.

Reads: the training items of the forget set, the behaviour's proof items, the models before, after and retrained.
Finds: how far the other half (or, of a classifier, the behaviour) returns, on the way and at the end; how soon.
Cannot see: attacks with other data, longer or with other settings than those named; of a classifier, whether what
returns was still inside or learned anew, but for its speed beside the retrained model's.
Reference: Hu, Fu, Wu, Smith, "Unlearning or Obfuscating? Jogging the Memory of Unlearned LLMs via Benign Relearning"
(ICLR 2025, arXiv 2406.13356); Lynch et al., "Eight Methods to Evaluate Robust Unlearning in LLMs" (arXiv 2402.16835).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt
import torch

from headgate.errors import UsageError
from headgate.nn.relearn import relearn
from headgate.repair.checks import check
from headgate.repair.examples import parted, take
from headgate.repair.shapes import Case, Check, Doubles, Examples
from headgate.repair.splits import open_to

NEEDS = ("torch",)
RISKS = ()
_POINTS = 9  # of the way, at equal ratios


@dataclass(frozen=True, slots=True)
class _Way:
    relearned: Examples
    measured: Examples
    places: npt.NDArray[np.intp]  # of the measured among all that are measured


def prove(
    case: Case, *, measure: Literal["auto", "half", "behaviour"] = "auto", steps: int = 40, rate: float = 1e-3,
    batch: int = 16, few: int = 8, runs: int = 2, relapse: float = 0.5, margin: float = 0.1, ceiling: float = 0.1,
    two_sided: bool = True, seed: int = 0,
) -> list[Check]:  # fmt: skip
    """Relearn part of the forget set by AdamW and measure the rest, of the models before, after and retrained.

    `measure` is what is measured: the other half of the forget set (whole groups, where items have groups), each half
    relearned in turn, or the behaviour's queries after relearning a few items; auto takes the behaviour of classes;
    `steps` is the number of steps of relearning;
    `rate` is its learning rate;
    `batch` is the number of items in a step;
    `few` is how many forget items are relearned where the behaviour is measured;
    `runs` is how many partings of the forget set, or draws of few items, are averaged;
    `relapse` is the share of the outcome before removal from which an item counts as come back;
    `margin` is the distance to the retrained models that is close enough;
    `ceiling` is how much of the behaviour a retrained model may show by itself and still be a measure of it;
    `two_sided` tells a model that is harder to teach than the retrained ones from them; without it such a one holds;
    `seed` draws the parts and the order of items.
    """
    open_to(case.behaviour, "prove")
    out, _ = parted(case.subject.train, case.forget)
    if len(out) < 2 or min(steps, batch, few, runs) < 1:
        msg = (
            f"{len(out)} forget items, {steps} steps of {batch}, {few} items, {runs} runs. "
            "Give two forget items or more, and 1 or more of everything else."
        )
        raise UsageError(msg)
    whole = measure == "behaviour" or (measure == "auto" and case.subject.adapter.kind == "classes")
    queries = case.behaviour.queries
    ways = [
        way for run in range(runs)
        for way in (_few(out, queries, few, seed + run) if whole else _halves(out, seed + run))
    ]  # fmt: skip
    points = [0, *sorted({round(one) for one in np.geomspace(1, steps, _POINTS)})]

    def curve(model: torch.nn.Module) -> Doubles:
        """The mean over runs of each item's outcome (points x items)."""
        found = np.zeros((len(points), len(queries if whole else out)))
        for way in ways:
            found[:, way.places] += _followed(case, model, way, points, rate, batch, seed) / runs
        return found

    curves = [curve(model) for model in (case.subject.model, case.after, *case.references)]
    bar = relapse * float(curves[0][0].mean())
    way = "mean of the way, its points at equal ratios of steps"
    measures = {
        # at the last step any classifier has learned the behaviour, whatever it was before
        "" if whole else "way": (way, [one.mean(axis=0) for one in curves]),
        "steps": ("how soon: 1 at once, 0 never", [_earliness(one, bar) for one in curves]),
    }
    if not whole:
        measures = {"": ("at the last step", [one[-1] for one in curves]), **measures}
    what = f"{'behaviour' if whole else 'other half'}, {runs} runs of {steps} steps at rate {rate:g}"
    checks = [
        check("relearning", axis, before, after, references, margin=margin, evidence=f"{what}; {says}")
        for axis, (says, (before, after, *references)) in measures.items()
    ]
    if whole and _shown(curves[2:]) > ceiling:
        return [_doubted(one, ceiling) for one in checks]
    return [replace(one, verdict="held") if one.verdict == "over" and not two_sided else one for one in checks]


def _shown(references: list[Doubles]) -> float:
    """How much of it the retrained models show before anything is relearned."""
    return float(np.mean([one[0] for one in references])) if references else 0.0


def _doubted(found: Check, ceiling: float) -> Check:
    """Retrained on bad items that nobody had named, a model is no measure of how hard it is to bring them back."""
    if found.verdict == "leaks":
        return found
    why = f"{found.evidence}; the retrained models themselves lie over {ceiling:g}"
    return replace(found, verdict="inconclusive", evidence=why)


def _halves(out: Examples, seed: int) -> list[_Way]:
    """Either half of the forget set relearned and the other measured; a group is in one half as a whole."""
    groups = np.asarray(out.groups if out.groups is not None and len(set(out.groups)) > 1 else out.ids)
    names = np.random.default_rng(seed).permutation(np.unique(groups))
    first = np.isin(groups, names[: len(names) // 2])
    return [_Way(take(out, half), take(out, ~half), np.flatnonzero(~half)) for half in (first, ~first)]


def _few(out: Examples, queries: Examples, few: int, seed: int) -> list[_Way]:
    drawn = np.random.default_rng(seed).permutation(len(out))[:few]
    return [_Way(take(out, drawn), queries, np.arange(len(queries)))]


def _followed(case: Case, model: torch.nn.Module, way: _Way, points: list[int], rate: float, batch: int,
              seed: int) -> Doubles:  # fmt: skip
    """The outcome of each measured item at each of `points` of the way."""
    outcomes = case.subject.adapter.outcomes
    found = [outcomes(model, way.measured)]

    def look(step: int, changed: torch.nn.Module) -> bool:
        if step in points:
            found.append(outcomes(changed, way.measured))
        return False

    relearn(case.subject, model, way.relearned, steps=points[-1], rate=rate, batch=batch, seed=seed, until=look)
    return np.stack(found)


def _earliness(curve: Doubles, bar: float) -> Doubles:
    """Of each item, by the first point at which its outcome reaches `bar`: 1 for the first of all, 0 for none.

    No number where an outcome is none.
    """
    reached = np.concatenate([curve >= bar, np.ones((1, curve.shape[1]), bool)])
    found: Doubles = 1 - reached.argmax(axis=0) / len(curve)
    found[np.isnan(curve).any(axis=0)] = np.nan
    return found
