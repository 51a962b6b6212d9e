"""Neighbour damage: what the removal cost on clean items that lie near the forget items, and on those far from them.

Reads: the forget items, the clean proof items, their features by the model before, the outcomes of each model.
Finds: for the near and the far clean items how often each model is right, and whether the model after is right less
often than the models retrained without the forget set: `over`, damage done. Being right more often harms nobody here.
Cannot see: neighbours that no clean proof item stands for; likeness that the model before has no feature for.
Reference: Maini et al., "TOFU: A Task of Fictitious Unlearning for LLMs" (COLM 2024, arXiv 2401.06121), where utility
is measured on sets at growing distance from the forget set; Cohen et al., "Evaluating the Ripple Effects of Knowledge
Editing" (TACL 2024, arXiv 2307.12976).
"""

from __future__ import annotations

from dataclasses import replace
from math import sqrt

import numpy as np

from headgate.errors import UsageError
from headgate.repair.checks import check
from headgate.repair.examples import parted
from headgate.repair.nearest import blocks
from headgate.repair.shapes import Array, Case, Check, Doubles, Verdict
from headgate.repair.splits import open_to

RISKS = ()
_Z = 1.96


def prove(case: Case, *, share: float = 0.2, margin: float = 0.1) -> list[Check]:
    """Two checks, near and far, of the outcomes on the clean proof items, where less than the reference is damage.

    `share` is the part of the clean items, the nearest to any forget item, that is called near;
    `margin` is how far under the reference is still close enough.
    Raises `UsageError` where either part would have fewer than two items.
    """
    clean = open_to(case.behaviour, "prove").clean
    near = nearest(case, share)
    models = (case.subject.model, case.after, *case.references)
    outcomes = [case.subject.adapter.outcomes(model, clean) for model in models]
    found = []
    for axis, here in (("near", near), ("far", ~near)):
        before, after, *references = (one[here] for one in outcomes)
        plain = check("neighbour_damage", axis, before, after, references, margin=margin)
        found.append(replace(plain, verdict=_damage(plain), evidence=_said(plain, outcomes, near)))
    return found


def nearest(case: Case, share: float) -> Array:
    """Which clean proof items (n) are the `share` that lies nearest to a forget item, by the features before."""
    clean = case.behaviour.clean
    count = round(share * len(clean)) if 0 < share < 1 else 0
    if not 2 <= count <= len(clean) - 2:
        msg = f"a share of {share:g} of {len(clean)} clean items leaves {count} near. Two must be near and two far."
        raise UsageError(msg)
    out, _ = parted(case.subject.train, case.forget)
    features = case.subject.adapter.features
    apart = distances(features(case.subject.model, clean), features(case.subject.model, out))
    near = np.zeros(len(clean), bool)
    near[np.argsort(apart, kind="stable")[:count]] = True
    return near


def distances(items: Array, others: Array) -> Doubles:
    """The Euclidean distance of each of `items` (n x d) to the nearest of `others` (m x d)."""
    rows, against = (np.asarray(one, float).reshape(len(one), -1) for one in (items, others))
    squares = [apart.min(1) for _, apart in blocks(against, rows)]
    found: Doubles = np.sqrt(np.concatenate(squares))
    return found


def _damage(plain: Check) -> Verdict:
    """One-sided: a clean item answered right more often than the reference is no leak."""
    if plain.low is None or plain.high is None:
        return "inconclusive"
    if plain.high < -plain.margin:
        return "over"
    return "held" if plain.low >= -plain.margin else "inconclusive"


def _said(plain: Check, outcomes: list[Doubles], near: Array) -> str:
    before, after, *references = outcomes
    against = np.mean(references, axis=0) if references else before
    lost = against - after
    far, close = lost[~near], lost[near]
    extra = close.mean() - far.mean()
    half = _Z * sqrt(close.var(ddof=1) / len(close) + far.var(ddof=1) / len(far))
    here = close if plain.axis == "near" else far
    name = "the retrained models" if references else "the model before"
    return (
        f"{len(here)} clean items {'nearest to' if plain.axis == 'near' else 'far from'} the forget items: "
        f"{abs(here.mean()):.3f} {'under' if here.mean() > 0 else 'over'} {name}; "
        f"near loses {extra:+.3f} [{extra - half:+.3f}, {extra + half:+.3f}] more than far"
    )
