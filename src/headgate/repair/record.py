"""One repair from end to end, as data: what was ranked, tried, checked and certified, and what it cost.

It holds ids, groups, rates and settings; no text, picture or answer of an item.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Literal, NamedTuple, cast, get_args

from headgate.errors import BadInput
from headgate.repair.json_fields import Fields, document
from headgate.repair.shapes import Certificate, Check, Trial, Verdict

SCHEMA = 1  # goes up when a field changes its meaning or is removed
Outcome = Literal["held", "not held", "inconclusive"]


class Point(NamedTuple):
    """Mean behaviour and mean utility of a model on the validation items, each from 0 to 1."""

    behaviour: float
    utility: float


@dataclass(frozen=True, slots=True)
class Ranked:
    """A training item, the first to go first. `places` says of each trace method which share of the training items it
    ranked lower (1: it would take this one out first). `chosen`: it is in the forget set. `bad`: it is known to cause
    the behaviour, as in a planted benchmark; None where nobody knows. `group` is its author, dataset or source, or "".
    """

    id: str
    group: str
    chosen: bool
    places: Mapping[str, float]
    bad: bool | None = None


@dataclass(frozen=True, slots=True)
class Traced:
    """A trace method: its seconds; whether it is a model-free baseline; `skipped` says why it did not run, or is ""."""

    method: str
    seconds: float
    baseline: bool = False
    skipped: str = ""


@dataclass(frozen=True, slots=True)
class Agreement:
    """Two trace methods: Spearman's rank correlation over all training items (-1 to 1, None where one is constant),
    and the share of their first items, as many as the forget set holds, that both name.
    """

    first: str
    second: str
    correlation: float | None
    shared: float | None


@dataclass(frozen=True, slots=True)
class Repair:
    """The record of a repair. Trials, `source` and `reference` (the mean of models retrained without the forget set)
    are measured on validation items; checks on proof items. `seconds` is by stage: trace, remove, retrain, prove.
    `certificate`, where there is one, holds the same checks.
    """

    name: str
    kind: str
    started: str
    source: Point
    reference: Point | None
    ranked: tuple[Ranked, ...] = ()
    traced: tuple[Traced, ...] = ()
    agreement: tuple[Agreement, ...] = ()
    trials: tuple[Trial, ...] = ()
    checks: tuple[Check, ...] = ()
    certificate: Certificate | None = None
    seconds: Mapping[str, float] = field(default_factory=dict)
    memory: float | None = None  # most that the process held, in MiB
    notes: tuple[str, ...] = ()


def plain(repair: Repair) -> dict[str, object]:
    """The record as plain data; what a trial could not measure is None."""
    found = {"schema": SCHEMA, **asdict(repair)}
    for trial in found["trials"]:
        for name in ("behaviour", "utility"):
            trial[name] = trial[name] if math.isfinite(trial[name]) else None
    return found


def to_json(repair: Repair) -> str:
    """The record as JSON text; raises `BadInput` where something in it is no plain or finite value."""
    try:
        return json.dumps(plain(repair), indent=1, allow_nan=False, ensure_ascii=False)
    except (TypeError, ValueError) as error:
        msg = f"the record of {repair.name[:80]!r} cannot be written: {str(error)[:120]}. Give finite, plain values."
        raise BadInput(msg) from error


def from_json(text: str) -> Repair:
    """The record that `to_json` wrote; raises `BadInput` in one line for any other text."""
    given = document(text, "the record of a repair")
    if given.values.get("schema") != SCHEMA:
        given.bad(f"has schema {str(given.values.get('schema'))[:40]!r}; this version reads {SCHEMA}")
    checks = checks_of(given)
    certificate = None if given.values.get("certificate") is None else certificate_of(given.inside("certificate"))
    if certificate is not None and tuple(certificate.checks) != checks:
        given.bad("has a certificate of other checks than its own")
    return Repair(
        given.text("name"), given.text("kind"), given.text("started"), _point(given, "source"),
        None if given.values.get("reference") is None else _point(given, "reference"),
        tuple(_ranked(one) for one in given.objects("ranked")),
        tuple(Traced(one.text("method"), one.number("seconds", 0), one.flag("baseline"), one.text("skipped"))
              for one in given.objects("traced")),
        tuple(_agreement(one) for one in given.objects("agreement")),
        tuple(_trial(one) for one in given.objects("trials")), checks, certificate,
        given.numbers("seconds", 0), given.maybe("memory", 0), given.texts("notes"),
    )  # fmt: skip


def certificate_of(given: Fields) -> Certificate:
    """The certificate that `given` holds; raises `BadInput`."""
    splits = given.inside("splits")
    return Certificate(
        cast("Outcome", given.word("verdict", get_args(Outcome))), given.text("because"), given.free("subject"),
        given.free("forget"), given.free("removal"), {role: splits.text(role) for role in splits.values},
        checks_of(given), given.texts("claims"),
    )  # fmt: skip


def checks_of(given: Fields) -> tuple[Check, ...]:
    """The checks that `given` lists; raises `BadInput`."""
    return tuple(
        Check(
            one.text("test"), one.text("axis"), one.maybe("before"), one.maybe("after"), one.maybe("reference"),
            one.maybe("low"), one.maybe("high"), one.count("n"), one.number("margin", 0),
            cast("Verdict", one.word("verdict", get_args(Verdict))), one.text("evidence"),
        )
        for one in given.objects("checks")
    )  # fmt: skip


def _ranked(given: Fields) -> Ranked:
    bad = None if given.values.get("bad") is None else given.flag("bad")
    return Ranked(given.text("id"), given.text("group"), given.flag("chosen"), given.numbers("places", 0, 1), bad)


def _agreement(given: Fields) -> Agreement:
    return Agreement(
        given.text("first"), given.text("second"), given.maybe("correlation", -1, 1), given.maybe("shared", 0, 1)
    )


def _trial(given: Fields) -> Trial:
    behaviour, utility = (given.maybe(name, 0, 1) for name in ("behaviour", "utility"))
    return Trial(
        given.text("method"), given.free("settings"), given.number("seconds", 0),
        math.nan if behaviour is None else behaviour, math.nan if utility is None else utility,
        given.flag("collapsed"), given.flag("taken"), given.text("why"),
    )  # fmt: skip


def _point(given: Fields, name: str) -> Point:
    found = given.values.get(name)
    if not isinstance(found, list) or len(found) != 2:
        given.bad(f"needs two numbers for {name!r}")
    pair = Fields(f"{given.where}, {name}", dict(zip(("behaviour", "utility"), found, strict=True)))
    return Point(pair.number("behaviour", 0, 1), pair.number("utility", 0, 1))
