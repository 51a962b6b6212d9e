"""Which columns of a table determine which others, rows that break it, likely typos, and rows given twice.

Reads: rows with all their columns, several times; only distinct values stay in memory.
Finds: for each row the share of the most telling near-dependencies that it breaks, and whether the value that breaks
one looks misspelt, the row is a copy of an earlier one, or differs from an earlier one in one column. Of the whole:
how many minimal dependencies hold exactly, and how many but for a few rows, ranked by the bits that they save, with
those left out that are likely to be chance; the shares of such rows, with intervals; and why a named dependency fails.
Cannot see: dependencies with more columns on the left than asked for, with arithmetic or order in them, or that hold
under a condition only; which of two values is right; typos in columns that nothing determines.
Reference: A. Chernishev et al., Solving Data Quality Problems with Desbordante: a Demo, arXiv:2307.14935; see `fd` and
`partitions` for the algorithms.
Checked against: Desbordante 2.5.0 on Adult and German credit (the same exact dependencies), and brute force on 200
random tables; see docs/methods/dependencies.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from headgate.errors import UsageError
from headgate.profiles.coded_table import CodedTable, coded
from headgate.profiles.fd import Dependency, Found, dependencies, standing_alone, telling
from headgate.profiles.misspelt import misspelt
from headgate.profiles.partitions import broken, everything, refined
from headgate.profiles.row_copies import copies, near_copies
from headgate.profiles.why_not import pattern, reasons
from headgate.screen_findings import share
from headgate.shapes import Finding, Floats, Items, Scores, Screened

READS = "table"
RISKS = ()
AXES = ("typo", "duplicate", "near_duplicate")


def screen(
    items: Items, *, error: float = 0.01, most_left: int = 3, most: int = 10, why: str | None = None
) -> Screened:
    """Dependencies of the table, and a score of each row: the share of the shown near-dependencies that it breaks.

    `error` is the share of rows that a near-dependency may break, below 0.5; `most_left` the columns that may determine
    another together, 0 to 6; `most` how many dependencies are shown, and near ones scored; `why` a dependency to
    explain, such as "city, street -> postcode".
    """
    if not 0 <= error < 0.5 or not 0 <= most_left <= 6 or most < 1:
        msg = f"error {error}, most_left {most_left}, most {most}: give 0 <= error < 0.5, 0 to 6 columns, most above 0."
        raise UsageError(msg)
    table = coded(items.batches(), items.scratch)
    asked = None if why is None else pattern(why, table.names)
    found = dependencies(table.columns, table.rows, error=error, most_left=most_left)
    near = telling(found.near, found.tried)[:most]
    axes = AXES if asked is None else (*AXES, "why")
    scores = np.zeros((table.rows, 1 + len(axes)), dtype=np.float32)
    said: dict[int, list[str]] = {}
    for one in near:
        _break(table, one, scores, said, len(near))
    scores[:, 2] = copies(table.columns, table.rows)
    nearly, by_column = near_copies(table.columns, table.rows)
    scores[:, 3] = nearly
    explained = None
    if asked is not None:
        rows, explained = reasons(table, asked)
        scores[rows, 4] = 1
    findings = _findings(table, found, near, scores, by_column, most)
    if explained is not None:
        findings.append(explained)
    return Screened(_parts(items, scores, said), axes, findings)


def _break(table: CodedTable, one: Dependency, scores: Floats, said: dict[int, list[str]], of: int) -> None:
    partition = everything(table.rows)
    for place in one.left:
        partition = refined(partition, table.columns[place])
    column = table.columns[one.right]
    rows, examples = broken(partition, column)
    scores[rows, 0] += np.float32(1 / of)
    counts = np.bincount(column.codes, minlength=column.size)
    name = _name(table, one)
    for row, example in zip(rows.tolist(), examples.tolist(), strict=True):
        told = f"breaks {name}"
        odd, usual = column.codes[row], column.codes[example]
        values = table.values[one.right]
        if misspelt(values[odd], values[usual], times=int(counts[odd]), usual_times=int(counts[usual])):
            scores[row, 1] = 1
            told += f" (misspelt? compare row {example})"
        said.setdefault(row, []).append(told)


def _parts(items: Items, scores: Floats, said: dict[int, list[str]]) -> Iterator[tuple[Sequence[str], Scores]]:
    start = 0
    for batch in items.batches():
        end = start + len(batch.ids)
        rows = scores[start:end]
        evidence = ["; ".join(said.get(row, ()))[:300] or None for row in range(start, end)]
        yield batch.ids, Scores(np.minimum(rows[:, 0], 1), rows[:, 1:], evidence)
        start = end


def _findings(
    table: CodedTable, found: Found, near: list[Dependency], scores: Floats, by_column: list[int], most: int
) -> list[Finding]:
    exact = telling(standing_alone(found), found.tried)
    told = telling(found.near, found.tried)
    reach = f"left sides of up to {found.left} of {len(table.names)} columns"
    differ = [f"{table.names[n][:40]} ({by_column[n]:,})" for n in np.argsort(by_column)[::-1][:3] if by_column[n]]
    broken_rows = f"rows break one of the {len(near)} near-dependencies shown, of {len(told)} that are more than chance"
    return [
        _share("", scores[:, 0], broken_rows),
        Finding("exact", len(found.exact), None, None, table.rows, _list(table, exact, len(found.exact), reach, most)),
        Finding("near", len(found.near), None, None, table.rows, _list(table, told, len(found.near), reach, most)),
        _share("typo", scores[:, 1], "rows break one of them with a value that looks misspelt"),
        _share("duplicate", scores[:, 2], "rows repeat an earlier one"),
        _share("near_duplicate", scores[:, 3], f"rows differ from an earlier one in one column: {', '.join(differ)}"),
    ]


def _share(axis: str, column: Floats, what: str) -> Finding:
    rows, count = len(column), int((column > 0).sum())
    return share(axis, count, rows, f"{count:,} {what.removesuffix(': ')}" if rows else "no rows were read")


def _list(table: CodedTable, ranked: list[Dependency], number: int, reach: str, most: int) -> str:
    shown = "; ".join(
        _name(table, one) + (f" ({one.broken:,} rows break it)" * (one.broken > 0)) for one in ranked[:most]
    )
    return f"{number:,} minimal, {reach}; {len(ranked):,} more than chance" + (f": {shown}" if shown else "")


def _name(table: CodedTable, one: Dependency) -> str:
    left = ", ".join(table.names[place][:40] for place in one.left) or "nothing"
    return f"{left} -> {table.names[one.right][:40]}"
