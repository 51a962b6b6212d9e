"""The whole loop over one subject: trace the behaviour, choose a forget set, remove it, prove the removal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np

from headgate import catalog
from headgate.errors import EXIT_BLOCKED, EXIT_PASS, EXIT_UNKNOWN, MissingExtra, UsageError
from headgate.progress import Progress
from headgate.repair.examples import parted
from headgate.repair.shapes import Behaviour, Case, Check, ForgetSet, Influence, Model, Subject

# The tests that suit each kind of model; a test that the subject lacks something for is left out with its reason.
TESTS = {
    "classes": ("behaviour_rate", "membership", "relearning", "quantisation", "neighbour_damage"),
    "regression": ("behaviour_rate", "membership", "relearning", "quantisation", "neighbour_damage"),
    "causal": ("behaviour_rate", "membership", "relearning", "extraction", "reintroduction", "quantisation",
               "paraphrase_gap"),
    "estimator": ("behaviour_rate", "membership", "neighbour_damage"),
    "trees": ("behaviour_rate", "membership"),
}  # fmt: skip
# What traces each kind of model, the model-free baselines always among them.
TRACERS = {
    "classes": ("data_shapley", "tracin", "neighbours"),
    "regression": ("tracin", "neighbours"),
    "causal": ("tracin", "text_overlap"),
    "estimator": ("data_shapley", "neighbours"),
    "trees": ("boostin", "neighbours"),
}

REMOVERS = {
    "classes": ("npo", "ssd", "finetune"),
    "regression": ("blindspot", "finetune"),
    "causal": ("npo",),
    "estimator": ("retrain",),
    "trees": ("retrain",),
}
EXIT = {"held": EXIT_PASS, "not held": EXIT_BLOCKED, "inconclusive": EXIT_UNKNOWN}


@dataclass(frozen=True, slots=True)
class Traced:
    """What one trace method said of all training items, and its seconds."""

    method: str
    influence: Influence
    seconds: float


@dataclass(frozen=True, slots=True)
class Proved:
    """The checks of one test and its seconds."""

    test: str
    checks: tuple[Check, ...]
    seconds: float


def check_methods(tracers: Sequence[str], removers: Sequence[str], tests: Sequence[str]) -> None:
    """Raise `UsageError` where a method is none, before anything is done."""
    for stage, names in (("trace", tracers), ("remove", removers), ("prove", tests)):
        for name in names:
            catalog.find(stage, name)


def traced(subject: Subject, behaviour: Behaviour, methods: Sequence[str]) -> tuple[list[Traced], list[str]]:
    """Every method of `methods` over the query part, and why any was left out. Raises `UsageError` if none was left."""
    found: list[Traced] = []

    def keep(name: str, run: Callable[..., Influence]) -> None:
        influence, seconds = _timed(run, subject, behaviour)
        if not np.isfinite(influence.score).all():
            msg = "it gave scores that are no numbers. Trace with other settings, or leave it out."
            raise UsageError(msg)
        found.append(Traced(name, influence, seconds))

    left = _each("trace", methods, keep)
    if not found:
        msg = f"no method could trace {subject.name}: {'; '.join(left)}"
        raise UsageError(msg)
    return found, left


def chosen(found: Sequence[Traced], ids: Sequence[str], most: int) -> ForgetSet:
    """The `most` items that the first method puts highest, of those it says support the behaviour at all."""
    lead = found[0]
    order = np.argsort(-lead.influence.score, kind="stable")[:most]
    picked = [ids[n] for n in order if lead.influence.score[n] > 0]
    if not picked:
        msg = f"{lead.method} found no training item that supports the behaviour. Name a forget set with --forget."
        raise UsageError(msg)
    return ForgetSet(tuple(picked), f"the highest {len(picked)} by {lead.method}")


def references(subject: Subject, forget: ForgetSet, number: int, *, seed: int = 0) -> tuple[Model, ...]:
    """`number` models trained again without the forget set, each from a seed of its own; none where nobody can."""
    if subject.retrain is None:
        return ()
    kept = parted(subject.train, forget)[1]
    with Progress("retrain") as progress:
        models = []
        for one in range(number):
            progress.say(f"{one + 1} of {number}")
            models.append(subject.retrain(kept, seed + 1_000 + one))
        return tuple(models)


def proved(case: Case, tests: Sequence[str]) -> tuple[list[Proved], list[str]]:
    """Every test of `tests`, and why any was left out."""
    found: list[Proved] = []

    def keep(name: str, run: Callable[..., list[Check]]) -> None:
        checks, seconds = _timed(run, case)
        found.append(Proved(name, tuple(checks), seconds))

    return found, _each("prove", tests, keep)


def _each(stage: str, names: Sequence[str], do: Callable[[str, Callable[..., Any]], None]) -> list[str]:
    left = []
    with Progress(stage) as progress:
        for name in names:
            progress.say(name)
            method = catalog.find(stage, name)
            try:
                do(name, catalog.load(method))
            except (MissingExtra, UsageError) as error:
                left.append(f"{name}: {error}")
    for line in left:
        sys.stderr.write(f"left out: {line}\n")
    return left


def _timed(run: Callable[..., Any], *given: object) -> tuple[Any, float]:
    start = perf_counter()
    made = run(*given)
    return made, perf_counter() - start
