"""Settings of a removal chosen by trials: so many for each method, judged on validation items, every one recorded."""

from __future__ import annotations

import importlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

import numpy as np

from headgate import catalog
from headgate.errors import UsageError
from headgate.repair.shapes import Behaviour, ForgetSet, Model, Removal, Subject, Trial
from headgate.repair.splits import open_to
from headgate.shapes import Method

# of a flag: its lowest and highest value, drawn on a logarithmic scale, or its choices
Space: TypeAlias = Mapping[str, tuple[float, float] | Sequence[object]]
Settings: TypeAlias = dict[str, object]

_STEP = 0.15  # standard deviation of a step, as a share of the range
_COST = 10.0  # of a unit of utility lost beyond what is allowed, in units of behaviour: where a search goes on


def search(
    subject: Subject, forget: ForgetSet, behaviour: Behaviour, name: str, *, budget: int = 12, seed: int = 0,
    drop: float = 0.02, fixed: Mapping[str, object] | None = None,
) -> tuple[Removal, tuple[Trial, ...]]:  # fmt: skip
    """The best of `budget` attempts of `remove name`, and all of them: the first with its defaults, half with settings
    drawn from its SEARCH, the others with steps from the best until then. `fixed` flags hold in all.

    The best has the lowest behaviour on the validation queries, to two digits, of those that lose at most `drop` of the
    source's utility, and of equals the highest utility; where none does, the source comes back as a removal that
    collapsed. A method with nothing to draw is tried once. Raises `UsageError` for a budget below 1, and for the query
    or proof part.
    """
    if budget < 1 or open_to(behaviour, "remove").role != "validation":
        msg = f"a search of {budget} trials on the {behaviour.role} part. Give it 1 at least, and the validation part."
        raise UsageError(msg)
    method = catalog.find("remove", name)
    remove = catalog.load(method)
    always: Settings = {**seeding(method, seed), **(fixed or {})}
    space = {flag: some for flag, some in _space(name).items() if flag not in always}
    least = means(subject, subject.model, behaviour)[1] - drop
    best, ledger, chosen = None, list[Trial](), None
    generator = np.random.default_rng(seed)
    for number in range(budget if space else 1):
        if number == 0:
            settings = {flag: one for flag, one in _defaults(method).items() if flag in space}
        elif number <= budget // 2:
            settings = drawn(space, generator)
        else:
            leading = min(ledger, key=lambda one: _far(one, least))
            settings = stepped(space, leading.settings, generator)
        begun = time.perf_counter()
        made: Removal = remove(subject, forget, behaviour, **always, **settings)
        seconds = time.perf_counter() - begun
        rate, utility = means(subject, made.model, behaviour)
        why = "" if utility >= least else f"lost more than {drop:g} of utility"
        why = why if np.isfinite([rate, utility]).all() else "gives no numbers"
        ledger.append(Trial(name, {**always, **settings}, seconds, rate, utility, made.collapsed, why=why))
        if not why and (chosen is None or rank(ledger[-1]) < rank(ledger[chosen])):
            best, chosen = made, number
    if best is None:
        note = f"none of {len(ledger)} trials kept the utility within {drop:g}: the model is as it was"
        best = Removal(subject.adapter.clone(subject.model), collapsed=True, note=note)
    return best, tuple(_judged(one, n == chosen) for n, one in enumerate(ledger))


def drawn(space: Space, generator: np.random.Generator) -> Settings:
    """A value for each flag: evenly among choices, or on a logarithmic scale."""
    return {flag: _value(some, generator.uniform()) for flag, some in space.items()}


def stepped(space: Space, settings: Mapping[str, object], generator: np.random.Generator) -> Settings:
    """Values near `settings`: a normal step on a logarithmic scale, within the range; a third of choices is redrawn."""
    found: Settings = {}
    for flag, some in space.items():
        if isinstance(some, tuple):
            low, high = np.log(some)
            place = (np.log(float(str(settings[flag]))) - low) / (high - low) + generator.normal(0, _STEP)
            found[flag] = _value(some, float(np.clip(place, 0, 1)))
        else:
            found[flag] = _value(some, generator.uniform()) if generator.integers(3) == 0 else settings[flag]
    return found


def _value(some: tuple[float, float] | Sequence[object], place: float) -> object:
    """What stands at `place` (0 to 1) of the range or the choices; whole where both ends of a range are."""
    if not isinstance(some, tuple):
        return some[min(int(place * len(some)), len(some) - 1)]
    low, high = some
    found = float(low * (high / low) ** place)
    return round(found) if isinstance(low, int) and isinstance(high, int) else found


def _space(name: str) -> Space:
    found: Space = getattr(importlib.import_module(f"headgate.remove.{name}"), "SEARCH", {})
    return found


def seeding(method: Method, seed: int) -> Settings:
    """The flag `seed` of a method that draws; nothing of another."""
    return {"seed": seed} if "seed" in _defaults(method) else {}


def _defaults(method: Method) -> Settings:
    return {one.name: one.default for one in method.params}


def means(subject: Subject, model: Model, behaviour: Behaviour) -> tuple[float, float]:
    """The mean outcome of `model` on the queries, and on the clean items."""
    outcomes = subject.adapter.outcomes
    return float(np.mean(outcomes(model, behaviour.queries))), float(np.mean(outcomes(model, behaviour.clean)))


def rank(trial: Trial) -> tuple[float, float]:
    """What decides between trials, the lowest first: behaviour to two digits, then utility."""
    # a smaller difference is chance on a few hundred validation items
    return round(trial.behaviour, 2), -trial.utility


def _far(trial: Trial, least: float) -> float:
    """How far a search is from its end at `trial`: behaviour, and utility lost below `least`; last where no number."""
    found = trial.behaviour + _COST * max(0.0, least - trial.utility)
    return found if np.isfinite([trial.behaviour, trial.utility]).all() else float("inf")


def _judged(trial: Trial, taken: bool) -> Trial:
    return replace(trial, taken=taken, why="" if taken else trial.why or "another does it less")
