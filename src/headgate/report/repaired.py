"""The page of a repair: what was ranked, what was tried, what was proved, and what may be said of it.

One HTML page without a script, and the same as plain data. It shows ids, rates and settings; no text or picture.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import headgate
from headgate.repair.canonical import canonical
from headgate.repair.claims import claims, held, must_say, statuses, strongest, withheld, words
from headgate.repair.record import Repair, plain
from headgate.report.charts import Bar, bars
from headgate.report.html import environment
from headgate.report.json import save
from headgate.report.repaired_charts import SHOWN_ITEMS, dots, places, plane, tones
from headgate.report.words import shown

MOST_ROWS = 200  # of one table
MOST_METHODS = 8  # of the bars beside an item
SHOWN_CHECKS = 40


@dataclass(frozen=True, slots=True)
class Cost:
    """What the trials of one removal method cost: how many, how many were of no use, and their seconds together."""

    method: str
    trials: int
    failed: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Denied:
    """A claim that may not be made, the words that would make it, and what stands against it."""

    claim: str
    phrases: tuple[str, ...]
    lacks: str


@dataclass(frozen=True, slots=True)
class Sayings:
    """The verdict on a repair and its reason; the strongest grade, what may be said, has to be said and may not be."""

    verdict: str
    because: str
    grade: str
    may: tuple[str, ...]
    must: tuple[str, ...]
    not_: tuple[Denied, ...]


def sayings(repair: Repair) -> Sayings:
    """What the checks of `repair` allow one to say; without a certificate nothing is concluded."""
    found = statuses((one.test, one.axis, one.verdict) for one in repair.checks)
    made = repair.certificate
    return Sayings(
        made.verdict if made else "not proved",
        made.because if made else "no certificate was made",
        strongest(held(found)).name,
        words(found),
        must_say(found),
        tuple(Denied(one.name, one.phrases, lacks) for one, lacks in withheld(found) if one.phrases),
    )


def costs(repair: Repair) -> tuple[Cost, ...]:
    """The trials of each removal method, in the order in which methods were first tried."""
    by_method = defaultdict(list)
    for one in repair.trials:
        by_method[one.method].append(one)
    return tuple(
        Cost(name, len(tried), sum(one.collapsed or one.why.startswith("lost") for one in tried),
             sum(one.seconds for one in tried))
        for name, tried in by_method.items()
    )  # fmt: skip


def as_json(repair: Repair) -> str:
    """The record, what may be said of it, and its costs as JSON text."""
    found = {"schema": 1, "repair": plain(repair), "says": asdict(sayings(repair)),
             "costs": [asdict(one) for one in costs(repair)], "version": headgate.__version__}  # fmt: skip
    return json.dumps(found, indent=1, allow_nan=False)


def render(repair: Repair) -> str:
    """The page of `repair`."""
    from markupsafe import Markup

    env = environment()
    env.filters["text"] = shown
    methods = [one.method for one in repair.traced if not one.skipped]
    methods += [name for one in repair.ranked[:SHOWN_ITEMS] for name in one.places if name not in methods]
    methods = list(dict.fromkeys(methods))[:MOST_METHODS]
    drawn = {
        "items": places(repair.ranked, methods),
        "trials": plane(repair.trials, repair.source, repair.reference),
        "checks": dots(repair.checks[:SHOWN_CHECKS], title="Checks: each model's mean against the retrained models"),
        "seconds": bars(_seconds(repair), title="Seconds by stage"),
    }
    return env.get_template("repaired.html.j2").render(
        r=repair, says=sayings(repair), costs=costs(repair), version=headgate.__version__, never=_never(),
        charts={name: Markup(svg) for name, svg in drawn.items()},  # noqa: S704 - charts escapes every text
        item_tones=tones(methods), trial_tones=tones([one.method for one in repair.trials]),
        bad=sum(one.bad is True for one in repair.ranked if one.chosen),
        known=any(one.bad is not None for one in repair.ranked),
        chosen=sum(one.chosen for one in repair.ranked), facts=_facts(repair),
        shown_items=SHOWN_ITEMS, shown_checks=SHOWN_CHECKS, most=MOST_ROWS,
        settings=[_settings(one.settings) for one in repair.trials[:MOST_ROWS]],
    )  # fmt: skip


def write(repair: Repair, path: Path) -> None:
    """Write the page of `repair` to `path`; raises `WorkspaceError` if that cannot be done."""
    save(path, render(repair))


def _settings(settings: Mapping[str, object]) -> str:
    def told(value: object) -> str:
        return f"{value:.4g}" if isinstance(value, float) else value if isinstance(value, str) else canonical(value)

    return ", ".join(f"{name} {told(value)}" for name, value in settings.items())


def _seconds(repair: Repair) -> list[Bar]:
    return [Bar(name, value, f"{value:,.1f} s") for name, value in list(repair.seconds.items())[:SHOWN_CHECKS]]


def _never() -> tuple[str, ...]:
    return tuple(one.name for one in claims() if one.beyond)


def _facts(repair: Repair) -> list[tuple[str, str, str]]:
    """What the certificate says took part: (of what, which fact, its value)."""
    made = repair.certificate
    if made is None:
        return []
    parts = {"subject": made.subject, "forget set": made.forget, "removal": made.removal, "split": made.splits}
    return [
        (of, str(name), value if isinstance(value, str) else canonical(value))
        for of, facts in parts.items()
        for name, value in facts.items()
    ]
