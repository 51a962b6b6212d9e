"""Membership inference: whether losses still tell that the forget items were trained on, or that they were removed.

Reads: the losses of the models before and after, and of those retrained without the forget set, on the forget items
and on proof items that no model was trained on.
Finds: how well an observer who sees losses tells forget from unseen items (area under the curve, and hits at 1 % false
alarms), against how well the same works on a retrained model. More is a leak; less is `over`: losses so high that they
give away what was removed.
Cannot see: attacks on more than losses; members by chance likeness; what a stronger attack with more retrained models
would find. Unseen items should be of the same kind as the forget items; what differs for other reasons cancels only as
far as the retrained models show the same difference.
Reference: Yeom et al., "Privacy Risk in Machine Learning" (CSF 2018, arXiv 1709.01604): the loss attack; Carlini et
al., "Membership Inference Attacks From First Principles" (S&P 2022, arXiv 2112.03570): hits at few false alarms, and
the offline likelihood ratio; DeLong, DeLong and Clarke-Pearson, Biometrics 44 (1988), 837-845: the error of an area.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from headgate.errors import UsageError
from headgate.repair.checks import half_width, judged, noise
from headgate.repair.examples import asked, parted
from headgate.repair.shapes import Case, Check, Doubles, Examples, Model
from headgate.repair.splits import open_to

RISKS = ("2.1",)
FALSE_ALARMS = 0.01
_LEAST = 4  # references that a mean and spread of each item need
_RESAMPLES = 500
_SPREAD_WEIGHT = 4  # what the spread of all items weighs, in references, beside that of one


def prove(
    case: Case, *, unseen: Literal["clean", "queries"] = "clean", attack: Literal["loss", "ratio"] = "loss",
    margin: float = 0.1, seed: int = 0,
) -> list[Check]:  # fmt: skip
    """Two checks: the area under the curve (axis ""), 0.5 being chance, and `hits`, at 1 % false alarms.

    `unseen` is which proof items stand for what was not trained on: the clean ones, or the queries with their unwanted
    answers, which are of the same kind where whole items were planted;
    `attack` is what the observer goes by: the loss, or its ratio to what at least four retrained models give the item;
    `margin` is how far from the retrained models, either way, is still close enough;
    `seed` draws the resamples of the unseen items, for the error of their threshold.
    Raises `UsageError` for the ratio with fewer than four references.
    """
    behaviour = open_to(case.behaviour, "prove")
    others = behaviour.clean if unseen == "clean" else behaviour.queries
    if attack == "ratio" and len(case.references) < _LEAST:
        msg = f"the ratio needs {_LEAST} retrained models, not {len(case.references)}. Give more, or attack loss."
        raise UsageError(msg)
    members = parted(case.subject.train, case.forget)[0]
    if not len(others):
        return _nothing(len(members), margin, f"no unseen items among the {unseen}")
    models = (case.subject.model, case.after, *case.references)
    inside, outside = (np.array([_losses(case, model, one) for model in models]) for one in (members, others))
    if not (np.isfinite(inside).all() and np.isfinite(outside).all()):
        return _nothing(len(members), margin, "a model gives no number for some items")
    if attack == "ratio":
        inside, outside = _ratios(inside), _ratios(outside)
    told = f"{len(members)} forget and {len(others)} unseen items ({unseen}), by {attack}"
    return [_area(inside, outside, margin, told), _hits(inside, outside, margin, told, seed)]


def _nothing(n: int, margin: float, why: str) -> list[Check]:
    return [Check("membership", axis, None, None, None, None, None, n, margin, "inconclusive", why)
            for axis in ("", "hits")]  # fmt: skip


def _losses(case: Case, model: Model, items: Examples) -> Doubles:
    """The loss of each item, of an answer of many tokens that of one."""
    return np.asarray(case.subject.adapter.losses(model, items), float) / asked(items)


def _ratios(losses: Doubles) -> Doubles:
    """How far each item's loss (models x items) lies over its mean of the retrained models, in their spread.

    On the scale of log odds; a retrained model is judged by the others. Row 0 is the model before, row 1 after.
    """
    some = np.maximum(losses, 1e-12)
    odds = some + np.log(-np.expm1(-some))  # log(exp(loss) - 1), however high the loss
    gold, found = odds[2:], np.empty_like(odds)
    for row in range(len(odds)):
        rest = np.delete(gold, row - 2, axis=0) if row > 1 else gold
        spread = rest.var(axis=0, ddof=1)
        free = len(rest) - 1
        spread = (free * spread + _SPREAD_WEIGHT * spread.mean()) / (free + _SPREAD_WEIGHT)
        found[row] = (odds[row] - rest.mean(axis=0)) / np.sqrt(spread + 1e-12)
    return found


def placements(inside: Doubles, outside: Doubles) -> tuple[Doubles, Doubles]:
    """Of each item inside the share of those outside with a higher loss, and of each outside that of those inside with
    a lower one; ties count half. The mean of either is the area under the curve.
    """
    ours, theirs = np.sort(inside), np.sort(outside)
    higher = 1 - (np.searchsorted(theirs, inside, "left") + np.searchsorted(theirs, inside, "right")) / 2 / len(theirs)
    lower = (np.searchsorted(ours, outside, "left") + np.searchsorted(ours, outside, "right")) / 2 / len(ours)
    return higher, lower


def _area(inside: Doubles, outside: Doubles, margin: float, told: str) -> Check:
    pairs = [placements(*rows) for rows in zip(inside, outside, strict=True)]
    areas = np.array([higher.mean() for higher, _ in pairs])
    error = own = 0.0
    if len(areas) > 2:
        sides = [[pair[side] for pair in pairs] for side in (0, 1)]
        error, own = sum(map(_error, sides)), sum(noise(rows[2:]) for rows in sides)
    return _check("", areas, error, own, inside.shape[1], margin, f"area under the curve, {told}")


def _hits(inside: Doubles, outside: Doubles, margin: float, told: str, seed: int) -> Check:
    allowed = int(FALSE_ALARMS * outside.shape[1])
    if not allowed:
        told = f"{told}: 1 % false alarms need 100 unseen items"
        return _check("hits", np.full(len(inside), np.nan), 0.0, 0.0, inside.shape[1], margin, told)
    caught = _under(inside, np.sort(outside, axis=1)[:, allowed])
    error = own = 0.0
    if len(inside) > 2:
        drawn = np.random.default_rng(seed).integers(outside.shape[1], size=(_RESAMPLES, outside.shape[1]))
        apart = [_apart(_under(inside, np.sort(outside[:, one], axis=1)[:, allowed]).mean(axis=1)) for one in drawn]
        error, own = _error(list(caught)) + float(np.var(apart)), noise(list(caught[2:]))
    return _check("hits", caught.mean(axis=1), error, own, inside.shape[1], margin, f"hits at 1 % false alarms, {told}")


def _under(inside: Doubles, thresholds: Doubles) -> Doubles:
    return (inside < thresholds[:, None]).astype(float)


def _apart(rates: Doubles) -> float:
    return float(rates[1] - rates[2:].mean())


def _error(rows: list[Doubles]) -> float:
    """The squared error of the mean of after - references over their items, with one item added each way."""
    apart = np.concatenate([rows[1] - np.mean(rows[2:], axis=0), [1.0, -1.0]])
    return float(apart.var()) / len(apart)


def _check(axis: str, rates: Doubles, error: float, own: float, n: int, margin: float, told: str) -> Check:
    before, after, *gold = (None if np.isnan(one) else float(one) for one in rates)
    known = [one for one in gold if one is not None]
    if after is None or not known:
        why = told if after is None else f"{told}; no model was retrained"
        return Check("membership", axis, before, after, None, None, None, n, margin, "inconclusive", why)
    reference, half = float(np.mean(known)), half_width(error, known, own)
    low, high = max(-1.0, after - reference - half), min(1.0, after - reference + half)
    return Check(
        "membership", axis, before, after, reference, low, high, n, margin, judged(low, high, margin), told
    )  # fmt: skip
