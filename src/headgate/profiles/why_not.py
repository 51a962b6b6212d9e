"""Why a dependency that somebody names does not hold: the rows that break it, and what would have to change."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from headgate.errors import UsageError
from headgate.profiles.coded_table import CodedTable
from headgate.profiles.partitions import Ints, breaks, broken, everything, refined
from headgate.shapes import Finding

SHOWN = 5  # rows and columns that are named


@dataclass(frozen=True, slots=True)
class Pattern:
    """Columns, by place: those on the left of a dependency and the one that they are said to determine."""

    left: tuple[int, ...]
    right: int
    text: str


def pattern(text: str, names: list[str]) -> Pattern:
    """What "a, b -> c" says of a table with these column names. Raises `UsageError`."""
    left, arrow, right = text.partition("->")
    if not arrow or not right.strip():
        msg = f'"{text[:100]}" is no dependency. Write it as "a, b -> c", with names of columns.'
        raise UsageError(msg)
    wanted = [name.strip() for name in left.split(",") if name.strip()] + [right.strip()]
    unknown = [name for name in wanted if name not in names]
    if unknown:
        msg = f"the table has no column {unknown[0][:60]!r}. It has {', '.join(names)[:300]}."
        raise UsageError(msg)
    *determining, determined = (names.index(name) for name in wanted)
    if determined in determining:
        msg = f'"{text[:100]}" holds always: the column on the right stands on the left too. Take it off one side.'
        raise UsageError(msg)
    return Pattern(
        tuple(sorted(set(determining))), determined, f"{', '.join(wanted[:-1]) or 'nothing'} -> {wanted[-1]}"
    )


def reasons(table: CodedTable, asked: Pattern) -> tuple[Ints, Finding]:
    """The rows that break the dependency, and a finding `why` with the share of them and what would mend it.

    The share is exactly the g3 error of this table, so it has no interval. Rows are counted from 0 over all files.
    """
    partition = everything(table.rows)
    for place in asked.left:
        partition = refined(partition, table.columns[place])
    rows, examples = broken(partition, table.columns[asked.right])
    order = np.argsort(rows)
    rows, examples = rows[order], examples[order]
    share = len(rows) / table.rows if table.rows else None
    if not len(rows):
        said = f"{asked.text} holds in all {table.rows:,} rows{_smaller(table, asked)}"
        return rows, Finding("why", share, None, None, table.rows, said)
    groups = len(np.unique(_group_of(partition.rows, partition.groups, rows)))
    some = ", ".join(
        f"{row} (row {like} has the usual value)" for row, like in zip(rows[:SHOWN], examples, strict=False)
    )
    said = (
        f"{asked.text} fails: {len(rows):,} rows would have to change, in {groups:,} of {partition.number:,} groups of "
        f"rows alike on the left; rows {some}{' and more' if len(rows) > SHOWN else ''}; {_larger(table, asked)}"
    )
    return rows, Finding("why", share, None, None, table.rows, said)


def _group_of(rows: Ints, groups: Ints, wanted: Ints) -> Ints:
    order = np.argsort(rows)
    return groups[order[np.searchsorted(rows, wanted, sorter=order)]]


def _larger(table: CodedTable, asked: Pattern) -> str:
    """Which one column more on the left leaves the fewest rows."""
    left = everything(table.rows)
    for place in asked.left:
        left = refined(left, table.columns[place])
    column = table.columns[asked.right]
    more = sorted(
        (breaks(refined(left, table.columns[place]), column, up_to=table.rows), place)
        for place in range(len(table.names))
        if place != asked.right and place not in asked.left
    )
    if not more:
        return "no other column could join the left"
    holds = [table.names[place] for count, place in more if count == 0]
    if holds:
        return f"it would hold with one of these on the left as well: {', '.join(holds[:SHOWN])[:300]}"
    count, place = more[0]
    return f"{table.names[place][:60]} on the left as well would leave {count:,} rows, the fewest of any column"


def _smaller(table: CodedTable, asked: Pattern) -> str:
    """Columns on the left that it holds without."""
    idle = []
    for out in asked.left:
        partition = everything(table.rows)
        for place in asked.left:
            if place != out:
                partition = refined(partition, table.columns[place])
        if breaks(partition, table.columns[asked.right], up_to=0) == 0:
            idle.append(table.names[out])
    return f", and without {' or without '.join(idle)[:200]} as well" if idle else ""
