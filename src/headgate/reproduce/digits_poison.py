"""Poisoned digits repaired when all, half, a fifth of the poisons are known, or only what tracing or widening finds.

Reads: nothing but scikit-learn's handwritten digits; 65 of 1,300 training digits carry a toy patch and are called "0".
Finds: attack success and accuracy on proof items after retraining, NPO, GradDiff, SimNPO, SSD and fine-tuning, for each
forget set, over seeds; how many steps of relearning bring the behaviour back; how good the forget sets are.
Cannot see: whether it carries over to larger models, other triggers, or poisons that look like nothing else.
Reference: Goel et al., "Corrective Machine Unlearning" (TMLR 2024, arXiv 2402.14015), whose experiment it is in small.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from headgate import catalog
from headgate.errors import MissingExtra
from headgate.repair.shapes import Behaviour, Checkpoint, Doubles, Examples, ForgetSet, Model, Subject, Trial
from headgate.repair.trials import search
from headgate.repair.widen import widened
from headgate.reproductions import Figure, Reproduced
from headgate.synthetic.digits import Planted, poisoned

if TYPE_CHECKING:
    import torch

Key: TypeAlias = tuple[str, str, str]  # forget set, method, figure

EPOCHS, RATE, KEPT = 20, 3e-3, (2, 5, 10)
BUDGET, DROP = 8, 0.02
AGAIN, RELEARNED, HALF = 30, 8, 0.5  # relearning: steps at most, poisons shown, attack success that counts as back
_LOOP: dict[str, object] = {"epochs": 4, "batch": 64}
# what it is called here, the method of remove, and the flags that hold in all of its trials
METHODS: tuple[tuple[str, str, dict[str, object]], ...] = (
    ("retrain", "retrain", {}),
    ("NPO", "npo", {**_LOOP, "loss": "npo"}),
    ("SimNPO", "npo", {**_LOOP, "loss": "simnpo"}),
    ("GradDiff", "npo", {**_LOOP, "loss": "graddiff"}),
    ("SSD", "ssd", {}),
    ("fine-tuning", "finetune", _LOOP),
)
_MEANINGS = {
    "attack success": 'of proof digits of other classes that carry the patch, the share called "0"; mean over seeds.',
    "accuracy": "of proof digits as they are, the share called right; mean over seeds.",
    "accuracy lost": "the poisoned model's accuracy less this one's, seed by seed; below 0 it gained.",
    "relearning": f"steps of training on {RELEARNED} poisons until attack success passes {HALF:.0%}, at most {AGAIN}.",
    "precision": "of the items in the forget set, the share that were planted.",
    "recall": "of the planted items, the share in the forget set.",
}
_REFERENCE = (
    "Experiment: S. Goel et al., Corrective Machine Unlearning, TMLR 2024, arXiv 2402.14015; data: scikit-learn."
)


def reproduce(folder: Path | None = None, *, seeds: int = 5) -> Reproduced:
    """The table over `seeds` seeds; `folder` is not looked at. Raises `MissingExtra` without torch or scikit-learn."""
    missing = [one for one in ("torch", "sklearn") if not catalog.installed(one)]
    if missing:
        msg = f"digits_poison needs {', '.join(missing)}. Install it with: pip install 'headgate[learn,models]'"
        raise MissingExtra(msg)
    runs = [measured(seed) for seed in range(seeds)]
    figures = tuple(_figure(key, [found[key] for found, _ in runs]) for key in runs[0][0])
    return Reproduced(
        "digits_poison", _REFERENCE, figures, _notes([one for _, ledger in runs for one in ledger], seeds)
    )


def measured(seed: int) -> tuple[dict[Key, float], list[Trial]]:
    """The figures of one seed, and every trial."""
    found, ledger = {}, list[Trial]()
    subject, planted = trained(seed)
    before = _rates(subject, subject.model, planted, seed)
    for name, value in before.items():
        found["nothing", "poisoned model", name] = value
    for given, forget in forget_sets(subject, planted, seed).items():
        hits = len(set(forget.ids) & set(planted.bad))
        found[given, "forget set", "precision"] = hits / len(forget.ids)
        found[given, "forget set", "recall"] = hits / len(planted.bad)
        for label, method, fixed in METHODS:
            removal, trials = search(subject, forget, planted.parts["validation"], method, budget=BUDGET, seed=seed,
                                     drop=DROP, fixed=fixed)  # fmt: skip
            ledger += trials
            after = _rates(subject, removal.model, planted, seed)
            for name, value in {**after, "accuracy lost": before["accuracy"] - after["accuracy"]}.items():
                found[given, label, name] = value
    return found, ledger


def _notes(ledger: Sequence[Trial], seeds: int) -> tuple[str, ...]:
    lost = sum(one.why.startswith("lost") for one in ledger)
    return (
        f"{seeds} seeds, each with a split, poisons, a model and known poisons of its own; intervals by Student's t.",
        f"Settings: {BUDGET} trials a method and forget set on validation items, none a proof item; taken is "
        f"the lowest attack success of those that lose at most {DROP:g} of accuracy, or else the model as it was. "
        f"Retraining has nothing to choose. {len(ledger):,} trials, {lost:,} of which lost more.",
        "Traced: as many items as were planted, the highest by `trace data_shapley` on query items. "
        "Widened: `repair.widen` from the fifth that is known.",
    )


def trained(seed: int) -> tuple[Subject, Planted]:
    """The digits planted from `seed` and a convolutional net of 14 thousand parameters trained on them."""
    from headgate.nn.adapters import CLASSES, class_losses
    from headgate.nn.networks import convolutional
    from headgate.nn.training import train

    planted = poisoned(seed)

    def made(items: Examples, seed: int, keep: Sequence[int]) -> tuple[torch.nn.Module, tuple[Checkpoint, ...]]:
        model = convolutional((1, 8, 8), 10, seed=seed)
        return model, train(model, items, class_losses, epochs=EPOCHS, rate=RATE, seed=seed, keep=keep)

    model, kept = made(planted.train, seed, KEPT)
    again = 1_000  # no retrained model starts from the weights that the poisoned one started from
    return Subject(
        "digits", model, planted.train, CLASSES, kept, lambda items, drawn: made(items, drawn + again, ())[0]
    ), planted


def forget_sets(subject: Subject, planted: Planted, seed: int) -> dict[str, ForgetSet]:
    """What each repair is told: all poisons, half, a fifth, a fifth widened, and what tracing ranks highest."""
    order = np.random.default_rng(seed).permutation(len(planted.bad))

    def known(share: float) -> ForgetSet:
        some = order[: round(share * len(order))]
        return ForgetSet(tuple(planted.bad[n] for n in np.sort(some)), "planted", share)

    trace = catalog.load(catalog.find("trace", "data_shapley"))
    highest = np.argsort(-trace(subject, planted.parts["query"]).score, kind="stable")[: len(planted.bad)]
    traced = ForgetSet(tuple(subject.train.ids[n] for n in highest), "the highest by data_shapley")
    fifth = known(0.2)
    return {
        "all": known(1.0),
        "50 %": known(0.5),
        "20 %": fifth,
        "20 % widened": widened(subject, fifth),
        "traced": traced,
    }


def _rates(subject: Subject, model: Model, planted: Planted, seed: int) -> dict[str, float]:
    proof = planted.parts["proof"]
    rates = {
        name: float(np.mean(subject.adapter.outcomes(model, items)))
        for name, items in (("attack success", proof.queries), ("accuracy", proof.clean))
    }
    return {**rates, "relearning": float(_relearned(subject, model, planted, proof, seed))}


def _relearned(subject: Subject, model: Model, planted: Planted, proof: Behaviour, seed: int) -> int:
    """Steps on a few poisons until the behaviour is back, `AGAIN` where it is not."""
    from headgate.nn.relearn import relearn
    from headgate.repair.examples import among, take

    def back(model: Model) -> bool:
        return bool(np.mean(subject.adapter.outcomes(model, proof.queries)) > HALF)

    if back(model):
        return 0
    steps = AGAIN

    def until(step: int, changed: Model) -> bool:
        nonlocal steps
        done = back(changed)
        steps = step if done else steps
        return done

    some = np.random.default_rng(seed).choice(planted.bad, RELEARNED, replace=False)
    shown = take(subject.train, among(subject.train, some.tolist()))
    relearn(subject, model, shown, steps=AGAIN, rate=1e-3, batch=RELEARNED, seed=seed, until=until)
    return steps


def _figure(key: Key, values: Sequence[float]) -> Figure:
    data, about, name = key
    mean, low, high = _interval(np.asarray(values))
    if name not in {"accuracy lost", "relearning"}:
        low, high = max(0.0, low), min(1.0, high)
    digits = 1 if name == "relearning" else 3
    one = len(values) < 2
    return Figure(data, about, name, 0, 0, None if one else low, None if one else high, _MEANINGS[name], value=mean,
                  digits=digits)  # fmt: skip


def _interval(values: Doubles, confidence: float = 0.95) -> tuple[float, float, float]:
    """The mean and its interval by Student's t; the mean thrice for a single value."""
    from scipy.stats import t

    mean = float(values.mean())
    if len(values) < 2:
        return mean, mean, mean
    half = float(t.ppf((1 + confidence) / 2, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values)))
    return mean, mean - half, mean + half
