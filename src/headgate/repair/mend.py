"""One repair from end to end in memory: trace, choose, remove by trials, prove, certify; and its record."""

from __future__ import annotations

import resource
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from time import perf_counter

import numpy as np

from headgate.errors import UsageError
from headgate.repair import loop, ranking, record
from headgate.repair.certificate import certify, weights
from headgate.repair.examples import parted
from headgate.repair.load import Loaded
from headgate.repair.shapes import Behaviour, Case, Certificate, Check, ForgetSet, Model, Removal, Subject, Trial
from headgate.repair.trials import means, rank, search
from headgate.repair.widen import widened


@dataclass(frozen=True, slots=True)
class Plan:
    """What a repair is to do: methods of each verb, how many items go at most, trials a removal, models retrained."""

    tracers: Sequence[str]
    removers: Sequence[str]
    tests: Sequence[str]
    forget: ForgetSet | None = None
    most: int = 50
    widen: bool = False
    budget: int = 12
    drop: float = 0.02
    references: int = 3
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Mended:
    """What came of it: the model, the method and forget set it was made with, tracings, checks, and the record."""

    model: Model
    method: str
    collapsed: bool
    forget: ForgetSet
    traced: tuple[loop.Traced, ...]
    proved: tuple[loop.Proved, ...]
    record: record.Repair


def mend(given: Loaded, plan: Plan, keep: Callable[[ForgetSet, Model], str] | None = None) -> Mended:
    """Carry out `plan` on the subject and behaviour `given`. Raises `UsageError` where nothing can be traced, or the
    forget set of the plan is none: that before anything is done.

    `keep` writes the new model as soon as it is there, and says the hash of its weights.
    """
    subject, parts = given.subject, given.parts
    if plan.forget:
        parted(subject.train, plan.forget)
    started, clock = datetime.now(UTC).isoformat(timespec="seconds"), _Clock()
    traced, left = loop.traced(subject, parts["query"], plan.tracers)
    forget = plan.forget or loop.chosen(traced, subject.train.ids, plan.most)
    forget = widened(subject, forget) if plan.widen else forget
    clock.lap("trace")
    removal, method, trials = _removed(subject, forget, parts["validation"], plan)
    clock.lap("remove")
    after = keep(forget, removal.model) if keep else weights(subject, removal.model)
    references = loop.references(subject, forget, plan.references, seed=plan.seed)
    clock.lap("retrain")
    case = Case(subject, removal.model, references, forget, parts["proof"])
    proved, untested = loop.proved(case, plan.tests)
    clock.lap("prove")
    checks = tuple(one for test in proved for one in test.checks)
    notes = [f"left out: {one}" for one in (*left, *untested)] + ([f"{method}: {removal.note}"] if removal.note else [])
    points = [record.Point(*means(subject, one, parts["validation"])) for one in references]
    kept = record.Repair(
        subject.name, subject.adapter.kind, started, record.Point(*means(subject, subject.model, parts["validation"])),
        record.Point(*np.mean(points, axis=0).tolist()) if points else None, ranking.ranked(subject, forget, traced),
        ranking.methods(traced, left), ranking.agreements(traced, len(forget.ids)), trials, checks,
        _certified(given, forget, trials, checks, plan, method, after, len(references)), clock.seconds, _memory(),
        tuple(notes),
    )  # fmt: skip
    return Mended(removal.model, method, removal.collapsed, forget, tuple(traced), tuple(proved), kept)


def _certified(
    given: Loaded, forget: ForgetSet, trials: Sequence[Trial], checks: Sequence[Check], plan: Plan, method: str,
    after: str | None, references: int,
) -> Certificate:  # fmt: skip
    """The certificate, by the settings of the trial that was taken; what can be relearned has to withstand it."""
    subject = given.subject
    settings = next((one.settings for one in trials if one.taken), {})
    required = ("behaviour_rate", "relearning") if subject.adapter.item_losses else ("behaviour_rate",)
    return certify(
        subject, forget, dict(given.parts.items()), checks, before=weights(subject, subject.model), after=after,
        method=method, settings=settings, seeds={"seed": plan.seed}, references=references, required=required,
    )  # fmt: skip


def _removed(
    subject: Subject, forget: ForgetSet, behaviour: Behaviour, plan: Plan
) -> tuple[Removal, str, tuple[Trial, ...]]:
    """The best removal over all methods by the same rule as within one: least behaviour within the allowed loss."""
    found, left, ledger = [], [], list[Trial]()
    for name in plan.removers:
        try:
            made, trials = search(subject, forget, behaviour, name, budget=plan.budget, seed=plan.seed, drop=plan.drop)
        except UsageError as error:
            left.append(f"{name}: {error}")
            sys.stderr.write(f"left out: {left[-1]}\n")
            continue
        taken = next((one for one in trials if one.taken), None)
        found.append((rank(taken) if taken else (np.inf, 0.0), made, name))
        ledger += trials
    if not found:
        msg = f"no method could remove anything from {subject.name}: {'; '.join(left)}"
        raise UsageError(msg)
    _, best, method = min(found, key=lambda one: one[0])
    return best, method, tuple(_only(one, method) for one in ledger)


def _only(trial: Trial, method: str) -> Trial:
    """`trial`, taken only if its method is."""
    if trial.taken and trial.method != method:
        return replace(trial, taken=False, why=f"{method} does it less")
    return trial


def _memory() -> float:
    """The most that this process held so far, in MiB."""
    unit = 2**20 if sys.platform == "darwin" else 2**10
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit, 1)


class _Clock:
    """Seconds by stage."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._last = perf_counter()

    def lap(self, name: str) -> None:
        """What has passed since the last lap was `name`."""
        now = perf_counter()
        self.seconds[name] = round(now - self._last, 3)
        self._last = now
