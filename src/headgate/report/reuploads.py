"""Re-uploads from hub to hub, and what became of notices: aggregates of two sensitive checks, small cells hidden.

The table of findings shows how many each check found in all, so a cell is also hidden where that total would give it
away. No artifact is named, and nothing is shown of a check that found fewer than ten.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from headgate.evidence.intervals import hide_small, small, wilson
from headgate.report.shapes import Cell, Check, Share
from headgate.report.words import HUBS
from headgate.shapes import Db

# The evidence of detect re_upload: "<case>: <ref of the source>; ...; here since <date>".
_FLOWS = """
SELECT split_part(evidence, ':', 1), regexp_extract(evidence, '^[^:]+: (hf|civitai|file):', 1),
       regexp_extract(subject, '^(hf|civitai|file):', 1),
       nullif(regexp_extract(evidence, '; here since (\\d{4}-\\d\\d)', 1), ''), count(*)
FROM findings WHERE "check" = 're_upload' AND value = 1 AND coalesce(n, 1) > 0 GROUP BY ALL ORDER BY ALL
"""
_OUTCOMES = """
SELECT split_part(evidence, ':', 1), count(*) FROM findings WHERE "check" = 'notice_outcome' GROUP BY 1
"""


@dataclass(frozen=True, slots=True)
class MonthOf:
    """How many reappeared in `month` (YYYY-MM), None where the month is not known."""

    month: str | None
    count: Cell


@dataclass(frozen=True, slots=True)
class Flow:
    """Re-uploads of one case from `origin` to `target` (hubs); `months` is empty where `count` is not shown."""

    case: str
    origin: str
    target: str
    count: Cell
    months: tuple[MonthOf, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How many notices ended so, and their share of those whose outcome is known; None where it is not shown."""

    outcome: str
    count: Cell
    share: Share | None


@dataclass(frozen=True, slots=True)
class Reuploads:
    """What moves between hubs, and what notices led to; both empty where there is nothing or too little to show."""

    flows: tuple[Flow, ...]
    notices: tuple[Outcome, ...]


def read(db: Db, checks: tuple[Check, ...]) -> Reuploads:
    """The aggregates, given how the report shows the `checks`."""
    by_name = {check.check: check for check in checks}
    return Reuploads(_flows(db, by_name.get("re_upload")), _notices(db, by_name.get("notice_outcome")))


def _shown(check: Check | None) -> bool:
    return check is not None and isinstance(check.found, int) and check.found > 0


def _flows(db: Db, check: Check | None) -> tuple[Flow, ...]:
    if not _shown(check):
        return ()
    by_flow: dict[tuple[str, str, str], list[tuple[str | None, int]]] = defaultdict(list)
    for case, origin, target, month, count in db.execute(_FLOWS).fetchall():
        by_flow[case, HUBS.get(origin, "other"), HUBS.get(target, "other")].append((month, count))
    cells = hide_small([sum(count for _, count in months) for months in by_flow.values()])
    listed = [Flow(*flow, cell, _months(cell, by_flow[flow])) for flow, cell in zip(by_flow, cells, strict=True)]
    return tuple(sorted(listed, key=lambda f: (not isinstance(f.count, int), f.case, f.origin, f.target)))


def _months(cell: Cell, months: list[tuple[str | None, int]]) -> tuple[MonthOf, ...]:
    if not isinstance(cell, int):
        return ()
    cells = hide_small([count for _, count in months])
    return tuple(MonthOf(month, shown) for (month, _), shown in zip(months, cells, strict=True))


def _notices(db: Db, check: Check | None) -> tuple[Outcome, ...]:
    if check is None or not _shown(check):
        return ()
    found: dict[str, int] = defaultdict(int, db.execute(_OUTCOMES).fetchall())
    corrected, ignored, moved, unknown = (found[name] for name in ("corrected", "ignored", "moved", "unknown"))
    # The table of findings shows `corrected` and, unless it is small, `unknown`: what is left over is known too.
    rest = hide_small([ignored, moved, unknown]) if small(unknown) else [*hide_small([ignored, moved]), unknown]
    shown: list[tuple[str, Cell]] = [("corrected", corrected), ("ignored", rest[0]), ("moved", rest[1])]
    outcomes = [Outcome(name, cell, _share(cell, check.share)) for name, cell in shown]
    return (*outcomes, Outcome("unknown", rest[2], None))


def _share(cell: Cell, of: Share | None) -> Share | None:
    ends = wilson(cell, of.of) if of and isinstance(cell, int) else None
    if of is None or ends is None:
        return None
    return Share(int(cell), of.of, int(cell) / of.of, *ends, of.date, of.source)
