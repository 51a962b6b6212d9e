"""What the pages of repairs say, as data: counts, scores and hashes, no training item."""

from __future__ import annotations

from dataclasses import dataclass

from headgate.repair.shapes import Check
from headgate.report.repaired import Denied


@dataclass(frozen=True, slots=True)
class Repaired:
    """A model made by a removal, in a list; `checks` counts its verdicts, `verdict` is its certificate's, if any."""

    ref: str
    name: str
    parent: str | None
    method: str
    made: str
    checks: dict[str, int]
    grade: str
    verdict: str


@dataclass(frozen=True, slots=True)
class Subject:
    """A model whose training items were ranked: by which methods, how many items, how many models were made of it."""

    ref: str
    methods: tuple[str, ...]
    items: int
    date: str
    made: int


@dataclass(frozen=True, slots=True)
class Repairs:
    """All repairs of the workspace; `hidden` more are withheld, as they are of what depicts a person."""

    models: tuple[Repaired, ...]
    traced: tuple[Subject, ...]
    hidden: int
    more: int


@dataclass(frozen=True, slots=True)
class Trace:
    """What one trace method said of the training items: how many have a score above 0, and how the scores lie."""

    method: str
    date: str
    items: int
    above: int
    untold: int
    least: float | None
    median: float | None
    most: float | None
    bins: tuple[tuple[float, int], ...]


@dataclass(frozen=True, slots=True)
class Removal:
    """How the model was made: the method, its settings, the version and date; how many items went, if that is known."""

    method: str
    date: str
    seconds: float | None
    reason: str
    items: int | None
    known: float | None
    references: int | None
    settings: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class RepairPage:
    """One repaired model, from the trace to what may be said of it.

    `certificate` holds the facts of its certificate, which agrees with itself and the weights; without one, `lacks`
    says why. `unread` checks are worded by another version and left out.
    """

    ref: str
    name: str
    parent: str | None
    removal: Removal
    traces: tuple[Trace, ...]
    checks: tuple[Check, ...]
    unread: int
    grade: str
    verdict: str
    because: str
    may: tuple[str, ...]
    must: tuple[str, ...]
    denied: tuple[Denied, ...]
    never: tuple[str, ...]
    certificate: tuple[tuple[str, str, str], ...]
    lacks: str
