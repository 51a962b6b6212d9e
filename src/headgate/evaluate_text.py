"""An evaluation as text, Markdown or JSON: a table a split, then what the worst one says."""

from __future__ import annotations

import json
from dataclasses import asdict
from itertools import groupby

from headgate.evaluate import MEANING, Evaluation, Judged, worst
from headgate.evaluate_methods import CONTROL
from headgate.evidence.ranking import Estimate

_HEAD = ("method", "average precision", "precision at 100", "at 500", "recall at 500", "behind", "calibration error")
# what reads the label itself, or is no rival but a check, is not beaten
_NO_RIVALS = (CONTROL, "keyword rule, reading the names", "its linear part alone", "its trees alone", "GraphSAGE")


def render(found: Evaluation, format_: str) -> str:
    """`found` in the format table, md or json."""
    if format_ == "json":
        return json.dumps(asdict(found), indent=1)
    md = format_ == "md"
    lines = [
        f"{found.detector}: {found.positives:,} of {found.items:,} models labelled ({found.labels}), seed {found.seed}",
        *([f"{found.unknown:,} labels are of no model here and were left out"] if found.unknown else []),
        "What nobody labelled counts as not found: precision is a lower bound. Intervals: 95 %, accounts drawn whole.",
    ]
    for split, rows in groupby(found.rows, lambda row: row.split):
        lines += [
            "",
            f"{'## ' if md else ''}{split} ({MEANING[split]}; split {found.digests[split]})",
            *([""] if md else []),
        ]
        lines += _table([_HEAD, *map(_cells, rows)], md=md)
    lines += [""] + [f"left out: {split}: {why}" for split, why in found.left_out.items()]
    return "\n".join(lines + reading(found)) if found.rows else "\n".join(lines)


def reading(found: Evaluation) -> list[str]:
    """What the worst split says: beside the best rival, and beside the control."""
    own = worst(found)
    same = [row for row in found.rows if row.split == own.split]
    lines = [f"worst split: {own.split}, average precision {_said(own.ranking.average_precision)}"]
    rivals = [row for row in same if row.behind is not None and row.method not in _NO_RIVALS]
    if rivals:
        best = max(rivals, key=lambda row: row.ranking.average_precision.value)
        lines.append(
            f"best baseline there: {best.method}, {_said(best.ranking.average_precision)}, "
            f"behind by {_said(best.behind)}"
        )
    by_name = {row.method: row.ranking.average_precision for row in same}
    if CONTROL in by_name and "words only, logistic" in by_name:
        lines.append(
            f"on a rewired graph: {_said(by_name[CONTROL])}; words alone: {_said(by_name['words only, logistic'])}"
        )
    return lines


def _cells(row: Judged) -> tuple[str, ...]:
    r = row.ranking
    return (row.method, _said(r.average_precision), _said(r.precision[100], 2), _said(r.precision[500], 2),
            _said(r.recall[500], 2), _said(row.behind), _said(row.error, 4))  # fmt: skip


def _said(one: Estimate | None, digits: int = 3) -> str:
    return f"{one.value:.{digits}f} ({one.low:.{digits}f} to {one.high:.{digits}f})" if one else ""


def _table(rows: list[tuple[str, ...]], *, md: bool) -> list[str]:
    if md:
        return [f"| {' | '.join(row)} |" for row in (rows[0], ("---",) * len(rows[0]), *rows[1:])]
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
