"""A finished measurement as lines and as JSON."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from headgate.plain import plain
from headgate.shapes import Finding, Measured, Shown

_ANSWER = {True: "holds", False: "does not hold", None: "could not be told"}
_SHOWN = 60  # rows of a table that a screen holds


def as_lines(made: Measured, ref: str) -> list[str]:
    """The answer to what was asked, a line for each figure, then the tables and notes."""
    lines = [f"of {plain(ref)}"]
    if made.asked:
        lines.append(f"{_ANSWER[made.met]}: {plain(made.asked, 400)} ({plain(made.because, 600)})")
    width = max((len(one.axis) for one in made.findings), default=0)
    lines += [f"  {plain(one.axis):{width}}  {_figure(one)}: {plain(one.evidence, 600)}" for one in made.findings]
    for table in made.tables:
        lines += ["", *_table(table)]
    return [*lines, *(f"note: {plain(one, 600)}" for one in made.notes)]


def as_json(made: Measured, ref: str, method: str) -> dict[str, Any]:
    """The same as one object; a number that JSON lacks is null."""
    answer = {"asked": made.asked, "met": made.met, "because": made.because} if made.asked else None
    return {
        "method": method,
        "subject": ref,
        "answer": answer,
        "findings": [{key: _json(value) for key, value in asdict(one).items()} for one in made.findings],
        "tables": [
            {"title": one.title, "columns": one.columns, "rows": [[_json(cell) for cell in row] for row in one.rows]}
            for one in made.tables
        ],
        "notes": list(made.notes),
    }


def _figure(one: Finding) -> str:
    if one.value is None:
        return "could not tell"
    ends = "" if one.low is None or one.high is None else f" ({one.low:.4g} to {one.high:.4g})"
    return f"{one.value:.4g}{ends}"


def _table(table: Shown) -> list[str]:
    rows = [[_cell(cell) for cell in row] for row in table.rows[:_SHOWN]]
    columns = [plain(one, 60) for one in table.columns]
    widths = [max(map(len, column)) for column in zip(columns, *rows, strict=True)]
    lines = [plain(table.title), _line(columns, widths), *(_line(row, widths) for row in rows)]
    more = len(table.rows) - len(rows)
    return [*lines, f"  and {more:,} more rows (--format json)"] if more else lines


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "  " + "  ".join(f"{cell:{width}}" for cell, width in zip(cells, widths, strict=True)).rstrip()


def _cell(value: object) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "-"
    return f"{value:.4g}" if isinstance(value, float) else plain(value, 80)


def _json(value: object) -> object:
    if hasattr(value, "item"):  # a number of numpy
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value
