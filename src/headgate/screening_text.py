"""A finished screening as lines and as JSON, and what could not be read, one line a file."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from headgate.plain import plain
from headgate.screening import Screening
from headgate.shapes import Trouble


def as_lines(made: Screening) -> list[str]:
    """One line on the run, then one for each finding."""
    run = made.run
    counted = {kind: run.counts.get(kind, 0) for kind in ("files unreadable", "places unreadable")}
    lines = [
        f"screen {run.method}: {run.rows.get('item_scores', 0):,} items scored for {plain(run.subject)} "
        f"in {run.seconds:.2f} s" + "".join(f", {_number(kind, many)}" for kind, many in counted.items() if many)
    ]
    width = max((len(one.axis) for one in made.findings), default=0)
    for one in made.findings:
        value = "cannot tell" if one.value is None else f"{one.value:.4g}"
        ends = "" if one.low is None or one.high is None else f" ({one.low:.4g} to {one.high:.4g})"
        name = f"{plain(one.axis) or 'all':{max(width, 3)}}"
        lines.append(f"  {name}  {value}{ends}: {plain(one.evidence, 1_000)}")
    return lines


def _number(kind: str, many: int) -> str:
    return f"{many:,} {kind if many > 1 else kind.replace('s ', ' ', 1)}"


def as_json(made: Screening) -> dict[str, Any]:
    """The same as one object."""
    run = made.run
    return {
        "method": run.method, "dataset": run.subject, "run": run.id, "items": run.rows.get("item_scores", 0),
        "seconds": run.seconds, "counts": run.counts,
        "findings": [
            {"axis": one.axis, "value": one.value, "low": one.low, "high": one.high, "n": one.n,
             "evidence": one.evidence}
            for one in made.findings
        ],
    }  # fmt: skip


def trouble_lines(troubles: Sequence[Trouble]) -> list[str]:
    """One line for each file of which something could not be read."""
    lines = []
    for file, found in groupby(sorted(troubles, key=lambda one: one.file), key=lambda one: one.file):
        told = list(found)
        first = told[0]
        where = f", {first.where}" if first.where else ""
        others = sum(one.count for one in told) - 1
        more = f" (and {others:,} more)" if others else ""
        lines.append(f"left out: {plain(file)}{where}: {plain(first.why, 300)}{more}")
    return lines
