"""The worst-case forget set: which training items a removal method forgets least, against sets drawn at random.

Reads: the training items, the model before, and a removal method, which it runs again and again on sets of its own.
Finds: how surely the hardest set that it found is still answered after its removal, beside a model retrained without
it; how much harder it is than random sets; how difficulty is spread over single items.
Cannot see: sets harder than the one it found; how the model after this removal fares: it tests the method, with its
own defaults, on the same subject. Items that a retrained model answers as well are hard, but rightly so.
Reference: Fan, Liu, Hero, Liu, "Challenging Forgets: Unveiling the Worst-Case Forget Sets in Machine Unlearning"
(ECCV 2024, arXiv 2403.07362); what is simplified of its bilevel search, repair/hardest.py says.
Checked against: all sets of 3 of 14 items.
"""

from __future__ import annotations

from math import sqrt

import numpy as np

from headgate import catalog
from headgate.errors import UsageError
from headgate.repair.checks import check
from headgate.repair.estimators import columns
from headgate.repair.examples import digest, parted, take
from headgate.repair.hardest import Places, Seen, drawn, nothing_seen, search, weights
from headgate.repair.shapes import Array, Behaviour, Case, Check, Doubles, Examples, ForgetSet, Model, Removal, Subject
from headgate.repair.splits import open_to
from headgate.repair.trials import seeding

RISKS = ()
_UTILITY = 200  # kept training items on which a removal's utility floor is watched


def prove(
    case: Case, *, method: str = "finetune", size: int = 0, random: int = 100, budget: int = 30, restarts: int = 3,
    references: int = 1, margin: float = 0.1, seed: int = 0,
) -> list[Check]:  # fmt: skip
    """Checks of what the method leaves of the hardest set found, and of the median random one, beside retraining.

    `method` is the removal method under test, run with its defaults;
    `size` is the number of items in a set, 0 for as many as the forget set holds;
    `random` is the number of random sets;
    `budget` is the number of removals that the search may run beyond those;
    `restarts` is the number of times that the search begins anew within its budget;
    `references` is the number of models retrained without each of the two sets, where the subject can be;
    `margin` is how far from the reference is close enough;
    `seed` draws sets, and seeds the removals.
    Raises `UsageError` for a method that does not exist, sizes that leave nothing to keep, or too few removals.
    """
    open_to(case.behaviour, "prove")
    subject, wanted = case.subject, size or len(case.forget.ids)
    if not 0 < wanted < len(subject.train) or random < 2 or not 0 < restarts <= budget:
        msg = (
            f"{wanted} of {len(subject.train)} items, {random} random sets, {restarts} restarts in {budget} removals: "
            "no search. Keep some items, draw 2 sets at least, and give every restart a removal."
        )
        raise UsageError(msg)
    named = catalog.find("remove", method)
    run, drawing = catalog.load(named), seeding(named, seed)

    def removed(places: Places) -> Removal:
        chosen = ForgetSet(tuple(subject.train.ids[n] for n in places), "search")
        kept = parted(subject.train, chosen)[1]
        seen = take(kept, np.arange(min(_UTILITY, len(kept))))  # the proof items stay unseen
        made: Removal = run(subject, chosen, Behaviour("validation", seen, seen), **drawing)
        return made

    def left(places: Places) -> Doubles:
        return answered(subject, removed(places).model, take(subject.train, places))

    seen = nothing_seen(len(subject.train))
    sets, values = drawn(left, seen, wanted, random, seed)
    losses = subject.adapter.losses(subject.model, subject.train)
    features = subject.adapter.features(subject.model, subject.train)
    start = weights(losses, features, residuals(subject, losses), wanted)
    start = start - losses / (1 + np.abs(losses).max()) * 1e-6  # equal weights: the least loss first
    hardest, most = search(left, seen, start, wanted, budget=budget, restarts=restarts, seed=seed)
    typical = sets[int(np.argsort(values, kind="stable")[len(values) // 2])]
    words = _gap(method, most, values, seen)
    return [
        _against(case, axis, places, removed(places).model, references, margin, seed, words)
        for axis, places in (("", hardest), ("random", typical))
    ]


def answered(subject: Subject, model: Model, items: Examples) -> Doubles:
    """How surely `model` gives each item's answer (n, 0 to 1): the probability of a class or of an answer a token,
    exp(-half the squared error) of a number.
    """
    if subject.adapter.kind == "causal":
        return subject.adapter.outcomes(model, items)
    found: Doubles = np.exp(-np.asarray(subject.adapter.losses(model, items), float))
    return found


def residuals(subject: Subject, losses: Doubles) -> Array:
    """The slope of each item's loss by the model's outputs (n x outputs); without probabilities, its size alone."""
    if subject.adapter.probabilities is None or np.issubdtype(subject.train.y.dtype, np.floating):
        return np.asarray(np.sqrt(2 * np.maximum(losses, 0.0))[:, None])
    found = np.asarray(subject.adapter.probabilities(subject.model, subject.train), float).copy()
    found[np.arange(len(found)), columns(subject.model, subject.train.y)] -= 1
    return found


def _against(
    case: Case, axis: str, places: Places, after: Model, references: int, margin: float, seed: int, words: str
) -> Check:
    subject = case.subject
    out = take(subject.train, places)
    kept = parted(subject.train, ForgetSet(out.ids, "search"))[1]
    again = [subject.retrain(kept, seed + 2_000 + n) for n in range(references)] if subject.retrain else []
    before, now, *gold = (answered(subject, one, out) for one in (subject.model, after, *again))
    return check("worst_case_forget", axis, before, now, gold, margin=margin,
                 evidence=f"set {digest(out.ids)[:12]}; {words}")  # fmt: skip


def _gap(method: str, most: float, values: Doubles, seen: Seen) -> str:
    gap, half = most - values.mean(), 1.96 * sqrt(values.var(ddof=1) / len(values))
    low, middle, high = np.nanpercentile(seen.difficulty(), [10, 50, 90])
    return (
        f"{method} leaves {most:.3f} of the hardest set found, more than of {(values < most).mean():.0%} of "
        f"{len(values)} random sets, by {gap:.3f} [{gap - half:.3f}, {gap + half:.3f}] in the mean; of single items "
        f"{low:.3f}, {middle:.3f}, {high:.3f} (10th, 50th, 90th percentile)"
    )
