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
from headgate.repair import loop, record
from headgate.repair.agreement import agreement, ranks
from headgate.repair.certificate import certify, weights
from headgate.repair.examples import among, parted
from headgate.repair.load import Loaded
from headgate.repair.shapes import Behaviour, Case, ForgetSet, Model, Removal, Subject, Trial
from headgate.repair.trials import rank, search
from headgate.repair.widen import widened

BASELINES = ("neighbours", "text_overlap")  # that look at no gradient and no training run
SHOWN = 200  # items of the ranking that a record holds, besides the forget set


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
    taken = next((one for one in trials if one.taken), None)
    checks = [one for test in proved for one in test.checks]
    certificate = certify(
        subject, forget, dict(parts.items()), checks, before=weights(subject, subject.model),
        after=after, method=method, settings=taken.settings if taken else {},
        seeds={"seed": plan.seed}, references=len(references), required=_required(subject),
    )  # fmt: skip
    notes = [f"left out: {one}" for one in (*left, *untested)]
    if removal.note:
        notes.append(f"{method}: {removal.note}")
    points = [_point(subject, one, parts["validation"]) for one in references]
    kept = record.Repair(
        subject.name, subject.adapter.kind, started, _point(subject, subject.model, parts["validation"]),
        record.Point(*np.mean(points, axis=0).tolist()) if points else None, _ranked(subject, forget, traced),
        tuple(record.Traced(one.method, one.seconds, one.method in BASELINES) for one in traced)
        + tuple(record.Traced(one.partition(":")[0], 0.0, False, one.partition(": ")[2]) for one in left),
        _agreements(traced, min(len(forget.ids), len(subject.train))), trials, tuple(checks), certificate,
        clock.seconds, _memory(), tuple(notes),
    )  # fmt: skip
    return Mended(removal.model, method, removal.collapsed, forget, tuple(traced), tuple(proved), kept)


def _required(subject: Subject) -> tuple[str, ...]:
    """The tests without which nothing is concluded: what can be relearned has to withstand it."""
    return ("behaviour_rate", "relearning") if subject.adapter.item_losses else ("behaviour_rate",)


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


def _point(subject: Subject, model: Model, behaviour: Behaviour) -> record.Point:
    outcomes = subject.adapter.outcomes
    means = [float(np.mean(outcomes(model, items))) for items in (behaviour.queries, behaviour.clean)]
    return record.Point(*means)


def _ranked(subject: Subject, forget: ForgetSet, traced: Sequence[loop.Traced]) -> tuple[record.Ranked, ...]:
    """The items of the forget set and the highest others, by the first method.

    Groups of texts are numbered: they may be names of those who are to be forgotten.
    """
    ids, groups = subject.train.ids, subject.train.groups
    if groups and subject.train.texts is not None:
        numbers = {one: number for number, one in enumerate(dict.fromkeys(groups), 1)}
        groups = tuple(f"group {numbers[one]}" if one else "" for one in groups)
    out = among(subject.train, forget.ids)
    places = {one.method: (ranks(one.influence.score) - 1) / max(len(ids) - 1, 1) for one in traced}
    order = np.argsort(-traced[0].influence.score, kind="stable")
    shown = [n for place, n in enumerate(order.tolist()) if out[n] or place < SHOWN]
    return tuple(
        record.Ranked(ids[n], groups[n] if groups else "", bool(out[n]),
                      {method: round(float(one[n]), 4) for method, one in places.items()})
        for n in shown
    )  # fmt: skip


def _agreements(traced: Sequence[loop.Traced], top: int) -> tuple[record.Agreement, ...]:
    found = agreement({one.method: one.influence for one in traced}, top) if len(traced) > 1 else []
    return tuple(record.Agreement(one.first, one.second, one.rank, one.overlap) for one in found)


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
