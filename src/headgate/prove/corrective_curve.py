"""How a removal does when only some of the bad items are known: all, half and a fifth of them, against retraining.

Reads: the forget set, taken for all bad items that are known; the subject; a method of `remove` by name; proof items.
Finds: how often the behaviour shows after that method was given each share of the bad items, the rest staying among
the items to keep; and the errors on clean items, which tell what it cost.
Cannot see: bad items outside the forget set: with some of those left, even all of it is a part. The removal is run
again for every share, guarded by training items, so it is not the model after that is being looked at.
Reference: Goel, Prabhu, Torr, Kumaraguru, Sanyal, "Corrective Machine Unlearning" (TMLR 2024, arXiv 2402.14015).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from headgate import catalog
from headgate.errors import UsageError
from headgate.repair.checks import check
from headgate.repair.examples import among, take
from headgate.repair.shapes import Behaviour, Case, Check, Doubles, ForgetSet, Model, Removal
from headgate.repair.splits import open_to
from headgate.repair.trials import seeding
from headgate.repair.widen import widened

RISKS = ()
GUARD = 300  # training items, at most, that guard a removal


def prove(
    case: Case, *, method: str = "npo", shares: str = "100 50 20", widen: bool = False, draws: int = 1,
    margin: float = 0.1, seed: int = 0,
) -> list[Check]:  # fmt: skip
    """Outcomes on the proof items at each share of the forget set; the smallest share is the headline.

    `method` is the method of remove that is run at each share, with its defaults;
    `shares` is which shares of the forget set are known, in per cent;
    `widen` is whether the known items are widened first by training items like them;
    `draws` is how often each share is drawn, outcomes being averaged over the draws;
    `margin` is how far from the retrained reference is close enough;
    `seed` draws the known items and begins the removals.
    """
    open_to(case.behaviour, "prove")
    if draws < 1:
        msg = f"draws = {draws}: each share is drawn at least once. Give 1 or more."
        raise UsageError(msg)
    named, known = catalog.find("remove", method), parsed(shares)
    remove: Callable[..., Removal] = catalog.load(named)
    checks = []
    for share in known:
        models = []
        for draw in range(draws):
            given = drawn(case.forget, share / 100, seed + draw)
            given = widened(case.subject, given) if widen else given
            made = remove(case.subject, given, _guard(case, given, seed), **seeding(named, seed + draw))
            models.append(made.model)
        said = f"{share:g} % known, {method}{' after widening' * widen}, {draws} draw{'s' * (draws != 1)}"
        axis = "" if share == known[-1] else f"{share:g} % known"
        checks += _checks(case, models, (axis, f"{share:g} % known, clean errors"), said, margin)
    return checks


def parsed(shares: str) -> list[float]:
    """The shares in per cent, highest first; raises `UsageError` for what is no number over 0 and up to 100."""
    try:
        found = sorted({float(one) for one in shares.replace(",", " ").split()}, reverse=True)
    except ValueError:
        found = []
    if not found or not all(0 < one <= 100 for one in found):
        msg = f"{shares[:80]!r} are no shares in per cent. Give numbers over 0 and up to 100, such as '100 50 20'."
        raise UsageError(msg)
    return found


def drawn(forget: ForgetSet, share: float, seed: int) -> ForgetSet:
    """`share` of the forget set, at least one item, in its order."""
    number = max(1, round(share * len(forget.ids)))
    chosen = np.sort(np.random.default_rng(seed).permutation(len(forget.ids))[:number])
    return ForgetSet(tuple(forget.ids[n] for n in chosen), f"{share:.0%} of those known", share)


def _checks(case: Case, models: list[Model], axes: tuple[str, str], said: str, margin: float) -> list[Check]:
    """How often the behaviour shows, and how often a clean answer is wrong, averaged over `models` item by item."""
    outcomes, behaviour = case.subject.adapter.outcomes, case.behaviour

    def rates(model: Model, clean: bool) -> Doubles:
        return 1 - outcomes(model, behaviour.clean) if clean else outcomes(model, behaviour.queries)

    return [
        check(
            "corrective_curve", axis, rates(case.subject.model, clean),
            np.mean([rates(one, clean) for one in models], axis=0), [rates(one, clean) for one in case.references],
            margin=margin, evidence=said,
        )
        for axis, clean in zip(axes, (False, True), strict=True)
    ]  # fmt: skip


def _guard(case: Case, given: ForgetSet, seed: int) -> Behaviour:
    """What a removal may look at on its way: training items, the bad ones as queries and some of the others."""
    train = case.subject.train
    bad = among(train, given.ids)
    others = np.random.default_rng(seed).permutation(np.flatnonzero(~bad))[:GUARD]
    return Behaviour("validation", take(train, bad), take(train, np.sort(others)))
