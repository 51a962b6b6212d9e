"""Adapters made to depict real people, counted by hub, base family and month: aggregates only, small cells hidden.

A cell is small where fewer than ten models, or versions of fewer than ten models, stand behind it. Where the totals
that are known would give such a cell away, the largest one beside it is withheld too.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from headgate.evidence.intervals import SMALL, UNDER, WITHHELD, small, wilson
from headgate.report.shapes import Cell, Share
from headgate.report.words import of_kind, shown
from headgate.shapes import Db

CUT = 0.5  # of the probability, from which an adapter counts as made to depict somebody
ELSEWHERE = "other or not stated"
UNDATED = "undated"
_FAMILIES = Path(__file__).parent.parent / "data" / "base_families.csv"

# Of each adapter: its hub and kind, base family, month, whether it was found, and the model it is (a version) of.
_TOLD = """
CREATE OR REPLACE TEMP TABLE report_told AS
WITH families AS (SELECT * FROM read_csv($families, header = true, all_varchar = true)),
based AS (
    SELECT e.child, min(f.family) AS family FROM edges AS e JOIN families AS f ON lower(f.ref) = lower(e.parent)
    WHERE e.relation NOT IN ('version_of', 'base_family', 'trained_on')
    GROUP BY e.child
)
SELECT f."check", a.hub, a.kind, coalesce(a.version_of, a.ref) AS model,
       CASE WHEN a.hub = 'civitai' THEN named.family ELSE based.family END AS base,
       CASE WHEN a.created BETWEEN TIMESTAMP '2005-01-01' AND a.observed + INTERVAL 1 DAY
            THEN strftime(a.created, '%Y-%m') END AS month,
       CASE WHEN f.value IS NULL OR coalesce(f.n, 1) <= 0 THEN 2 WHEN f.value >= $cut THEN 0 ELSE 1 END AS told,
       a.downloads, a.downloads_window
FROM findings AS f JOIN report_artifacts AS a ON a.ref = f.subject
LEFT JOIN families AS named ON lower(named.family) = lower(a.base_family) LEFT JOIN based ON based.child = a.ref
WHERE f."check" IN ('real_person_adapter', 'ncii_intent')
"""
_COUNTS = """
SELECT hub, kind, {group} AS label, told, count(*), count(DISTINCT model), sum(downloads)::BIGINT,
       CASE WHEN count(DISTINCT downloads_window) = 1 THEN min(downloads_window) END
FROM report_told WHERE "check" = ? GROUP BY ALL ORDER BY hub DESC, kind, label, told
"""
# A Civitai model may have versions for several families; only the versions say which.
_BASE = f"CASE WHEN hub = 'civitai' AND kind = 'model' THEN NULL ELSE coalesce(base, '{ELSEWHERE}') END"


@dataclass(frozen=True, slots=True)
class Likeness:
    """Image adapters of one hub and kind (model or version) that a check looked at, of one base family or month.

    `group` is empty for all of them. Groups have no `unknown`. A model has downloads, of one hub's own `window`.
    """

    hub: str
    kind: str
    group: str
    found: Cell
    not_found: Cell
    unknown: Cell | None
    share: Share | None
    downloads: int | None = None
    window: str | None = None


@dataclass(frozen=True, slots=True)
class Likenesses:
    """Adapters made to depict real people, by hub, base family and month; `intent` beside sexual signals, by hub."""

    hubs: tuple[Likeness, ...]
    bases: tuple[Likeness, ...]
    months: tuple[Likeness, ...]
    intent: tuple[Likeness, ...]


def read(db: Db, date: str) -> Likenesses | None:
    """What `detect real_person_adapter` and `detect ncii_intent` found; None where the first has no findings.

    Needs the table `report_artifacts`; `date` is that of the newest observation.
    """
    db.execute(_TOLD, {"families": str(_FAMILIES), "cut": CUT})
    try:
        found = _hubs(db, "real_person_adapter", date)
        if not found:
            return None
        bases, months = (_groups(db, group, found, date) for group in (_BASE, f"coalesce(month, '{UNDATED}')"))
        return Likenesses(found, bases, months, _hubs(db, "ncii_intent", date))
    finally:
        db.execute("DROP TABLE IF EXISTS report_told")


def withhold(
    cells: Sequence[Sequence[int]], models: Sequence[Sequence[int]], *, columns: Sequence[int] = ()
) -> list[list[Cell]]:
    """`cells` of a table whose row totals, and totals of `columns`, are known: no small one can be worked out.

    `models` says how many models stand behind each cell, which is what makes it small.
    """
    places = [(row, column) for row, line in enumerate(cells) for column in range(len(line))]
    gone = {(r, c) for r, c in places if small(cells[r][c]) or small(models[r][c])}
    lines = [[place for place in places if place[0] == row] for row in range(len(cells))]
    lines += [[place for place in places if place[1] == column] for column in columns]
    before = -1
    while before != len(gone):
        before = len(gone)
        for line in lines:
            # an empty cell that is not shown could as well be small, so a line of few may lose one of those
            left = sorted((p for p in line if p not in gone), key=lambda p: cells[p[0]][p[1]])
            if left and small(sum(models[r][c] for r, c in line if (r, c) in gone)):
                gone.add(left[-1])
    under = {(r, c) for r, c in gone if small(cells[r][c])}
    for line in lines:
        told = sorted((p for p in line if p in gone), key=lambda p: cells[p[0]][p[1]])
        # a hidden total of two that are '<10' each says it all where both must be 1, or both 9
        if under.issuperset(told) and sum(cells[r][c] for r, c in told) in (len(told), (SMALL - 1) * len(told)):
            under.difference_update(told[-1:])
    return [
        [UNDER if (r, c) in under else WITHHELD if (r, c) in gone else n for c, n in enumerate(line)]
        for r, line in enumerate(cells)
    ]


def _hubs(db: Db, check: str, date: str) -> tuple[Likeness, ...]:
    by_hub: dict[tuple[str, str], list[Any]] = defaultdict(lambda: [(0, 0, None, None)] * 3)
    for hub, kind, _, told, *counts in db.execute(_COUNTS.format(group="''"), [check]).fetchall():
        by_hub[hub, kind][told] = tuple(counts)
    # The findings by check tell over all hubs how many could not be told, and how many a check of 0 and 1 found.
    counts, models = ([[told[n] for told in row] for row in by_hub.values()] for n in (0, 1))
    cells = withhold(counts, models, columns=(2,) if check == "real_person_adapter" else (0, 1, 2))
    listed = []
    for ((hub, kind), of), (found, rest, unknown) in zip(by_hub.items(), cells, strict=True):
        whole = kind == "model" and isinstance(found, int) and found > 0
        downloads, window = of[0][2:] if whole else (None, None)
        share = _share(found, rest, hub, kind, date)
        listed.append(Likeness(shown(hub), shown(kind), "", found, rest, unknown, share,
                               downloads if window else None, window and shown(window)))  # fmt: skip
    return tuple(listed)


def _groups(db: Db, group: str, hubs: Sequence[Likeness], date: str) -> tuple[Likeness, ...]:
    # Where a total is hidden its parts are too.
    open_ = {(row.hub, row.kind) for row in hubs if isinstance(row.found, int) and isinstance(row.not_found, int)}
    counted: dict[tuple[str, str], dict[str, list[tuple[int, int]]]] = defaultdict(
        lambda: defaultdict(lambda: [(0, 0)] * 2)
    )
    rows = db.execute(_COUNTS.format(group=group), ["real_person_adapter"]).fetchall()
    for hub, kind, label, told, count, models, *_ in rows:
        if label is not None and told < 2 and (hub, kind) in open_:
            counted[hub, kind][label][told] = (count, models)
    listed = []
    for (hub, kind), labels in counted.items():
        columns = [
            withhold([[told[n][0] for told in labels.values()]], [[told[n][1] for told in labels.values()]])[0]
            for n in (0, 1)
        ]
        for label, found, rest in zip(labels, *columns, strict=True):
            share = _share(found, rest, hub, kind, date)
            listed.append(Likeness(shown(hub), shown(kind), shown(label), found, rest, None, share))
    return tuple(listed)


def _share(found: Cell, rest: Cell, hub: str, kind: str, date: str) -> Share | None:
    if not isinstance(found, int) or not isinstance(rest, int):
        return None
    ends = wilson(found, found + rest)
    source = f"image adapters among {of_kind(shown(hub), shown(kind))} of which the record could tell"
    return Share(found, found + rest, found / (found + rest), *ends, date, source) if ends else None
