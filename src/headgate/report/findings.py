"""What each check found: shares of artifacts, medians, and for checks that count items what cards disclose.

Sensitive checks leave as aggregates only, small cells hidden.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from headgate import catalog
from headgate.disclosure import questions
from headgate.evidence.intervals import UNDER, WITHHELD, hide_small, small
from headgate.report.shapes import Check, Group, Share
from headgate.report.shares import share_of
from headgate.report.words import HUBS, shown
from headgate.shapes import Db

# A row that rests on no observation (n = 0) would bias the share.
_PREFIX = "regexp_extract(subject, '^(hf|civitai|file):[a-z0-9]{1,16}')"
_CHECKS = f"""
SELECT "check", bool_or(sensitive), min(harm), {_PREFIX}, count(*),
       count(*) FILTER (value = 1 AND coalesce(n, 1) > 0), count(*) FILTER (value IS NULL),
       count(*) FILTER (value IS NOT NULL AND n <= 0), count(*) FILTER (value NOT IN (0, 1)),
       count(*) FILTER (value BETWEEN 0.5 AND 1 AND coalesce(n, 1) > 0)
FROM findings WHERE NOT list_contains($screens, split_part("check", '.', 1))
GROUP BY "check", 4 ORDER BY "check", count(*) DESC, 4
"""
# Parts of what these stages find are figures, also where one happens to be 0 or 1.
_FIGURES = ("measure", "protect")
# A finding rests on what had been observed when its run began.
_OBSERVED = f"""
SELECT "check", {_PREFIX}, strftime(max(observed), '%Y-%m-%d')
FROM findings AS f JOIN observations AS o ON o.ref = f.subject AND o.run < f.run AND NOT o.gone
WHERE coalesce(n, 1) > 0 AND (value IS NOT NULL OR list_contains($sets, "check")) GROUP BY 1, 2
"""
# A set of questions gives yes or no (n = 1), the number of items of n, or no value at all by design.
_ITEMS = f"""
WITH asked AS (
    SELECT *, max(n) FILTER (value IS NOT NULL) OVER (PARTITION BY "check") AS items FROM findings
    WHERE list_contains($sets, "check") AND NOT sensitive
)
SELECT "check", {_PREFIX}, count(*) FILTER (n > 0), count(*) FILTER (n <= 0), items, avg(value) FILTER (n > 0),
       count(*) FILTER (value >= 1 AND n > 0)
FROM asked WHERE items IS DISTINCT FROM 1 GROUP BY "check", 2, items ORDER BY "check", count(*) DESC, 2
"""


@dataclass(frozen=True, slots=True)
class Disclosed:
    """How many of `items` questions the cards of one hub and kind answer; `counts` is the answer that counts.

    `asked` are the cards that the questions apply to, `not_asked` those they do not. `some` is the share with at
    least one item. Of a check that gives no score `items`, `mean` and `some` are None.
    """

    check: str
    counts: str
    hub: str
    kind: str
    asked: int
    not_asked: int
    items: int | None
    mean: float | None
    some: Share | None


def read(db: Db, date: str) -> tuple[tuple[Check, ...], tuple[Disclosed, ...]]:
    """Every check, and what cards disclose; `date` is used where a finding's own date is not known."""
    sets = questions.names()
    screens = [method.name for method in catalog.methods("screen")]  # they speak of items: report/screened
    dates: dict[str, dict[str, str]] = defaultdict(dict)
    for name, prefix, observed in db.execute(_OBSERVED, {"sets": sets}).fetchall():
        dates[name][prefix] = observed
    counted = db.execute(_ITEMS, {"sets": sets}).fetchall()
    counting = {row[0] for row in counted}
    rows = defaultdict(list)
    for name, *rest in db.execute(_CHECKS, {"screens": screens}).fetchall():
        rows[name].append(rest)
    checks = tuple(_check(db, name, of, dates[name], date, name in counting) for name, of in rows.items())
    return checks, tuple(_disclosed(row, dates[row[0]].get(row[1], date)) for row in counted)


def _disclosed(row: Any, date: str) -> Disclosed:
    name, prefix, asked, not_asked, items, mean, some = row
    share = None if items is None else share_of(some, asked, date, f"findings of {name}")
    return Disclosed(name, questions.load(name).answers[0], *_kind(prefix), asked, not_asked, items, mean, share)


def _kind(prefix: str) -> tuple[str, str]:
    hub, _, kind = prefix.partition(":")
    return HUBS.get(hub, "other"), shown(kind) if hub in HUBS else "other"


def _check(db: Db, name: str, rows: list[Any], dates: dict[str, str], otherwise: str, counting: bool) -> Check:
    date = max(dates.values(), default=otherwise)
    sensitive, harm = any(row[0] for row in rows), next((row[1] for row in rows if row[1]), None)
    looked, found, unknown, uncounted, measured, likely = (sum(row[n] for row in rows) for n in range(3, 9))
    said = (shown(name, 48), sensitive, harm and shown(harm, 20))
    stem, _, axis = name.partition(".")
    figure = bool(axis) and stem in {one.name for stage in _FIGURES for one in catalog.methods(stage)}
    if sensitive:
        return _sensitive(said, looked, likely if measured else found, unknown + uncounted, date)
    if counting:
        return Check(*said, looked, None, unknown, uncounted, None, None, ())
    if measured or figure:
        sql = 'SELECT median(value) FROM findings WHERE "check" = ? AND isfinite(value)'
        median = db.execute(sql, [name]).fetchall()[0][0]
        return Check(*said, looked, None, unknown, uncounted, None, median, ())
    groups = tuple(_group(row, dates.get(row[2], otherwise), said[0]) for row in rows)
    alone = sum(group.share.of > 0 for group in groups) < 2
    share = share_of(found, looked - unknown - uncounted, date, f"findings of {said[0]}") if alone else None
    return Check(*said, looked, found, unknown, uncounted, share, None, groups)


def _group(row: Any, date: str, check: str) -> Group:
    _, _, prefix, looked, found, unknown, uncounted, *_ = row
    share = share_of(found, looked - unknown - uncounted, date, f"findings of {check}")
    return Group(*_kind(prefix), looked, unknown, uncounted, share)


def _sensitive(said: tuple[str, bool, str | None], looked: int, found: int, rest: int, date: str) -> Check:
    """A check shown with care; where it gives probabilities, those of 0.5 and more are what it `found`."""
    if small(looked):
        return Check(*said, UNDER, WITHHELD, WITHHELD, WITHHELD, None, None, ())
    # A few that could not be told are counted with the not found, or the share would give them away.
    decided = looked if small(rest) else looked - rest
    if small(decided):  # what it could not tell would tell how few it could
        return Check(*said, looked, WITHHELD, WITHHELD, WITHHELD, None, None, ())
    cell = hide_small([found, decided - found])[0]
    source = f"findings of {said[0]}" + (", those it could not tell counted as not found" if small(rest) else "")
    share = share_of(found, decided, date, source) if isinstance(cell, int) else None
    return Check(*said, looked, cell, UNDER if small(rest) else rest, 0, share, None, ())
