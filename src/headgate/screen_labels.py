"""What people said of items of the very dataset that is screened: the screener's errors, measured on those items."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import duckdb

from headgate import workspace
from headgate.errors import BadInput
from headgate.pieces import Job
from headgate.plain import plain
from headgate.shapes import Errors, Screener

_SAID = {"1": True, "yes": True, "true": True, "0": False, "no": False, "false": False}
_COUNTS = """
WITH scored AS (
    SELECT item, any_value(score) AS score, any_value(axes) AS axes FROM read_parquet(?)
    WHERE item IN (SELECT item FROM labels) GROUP BY item
),
told AS (
    SELECT l.axis, l.positive, CASE WHEN l.axis = '' THEN s.score ELSE s.axes[l.axis] END >= ?::FLOAT AS flagged
    FROM labels AS l JOIN scored AS s USING (item)
)
SELECT axis, count(*) FILTER (positive AND flagged), count(*) FILTER (positive),
       count(*) FILTER (NOT positive AND NOT flagged), count(*) FILTER (NOT positive)
FROM told WHERE flagged IS NOT NULL GROUP BY axis ORDER BY axis
"""


def with_errors(job: Job, screener: Screener, path: Path) -> Screener:
    """`screener` with the errors that the labels in `path` show on the items scored by `job`; others are dropped.

    `path` is a CSV with the columns item (sha256), label (1, yes, true, 0, no or false) and perhaps axis (empty: the
    headline). The labelled items should be a random draw from the dataset. Raises `BadInput` where the file cannot be
    read, or names no item that has a score.
    """
    labels = read(path)
    unknown = sorted({axis for _, axis, _ in labels} - {"", *screener.axes})
    if unknown:
        there = ", ".join(screener.axes) or "none"
        msg = (
            f"labels {path} are of the axis {plain(unknown[0], 60)}, which {job.method} does not have. It has {there}."
        )
        raise BadInput(msg)
    parts = workspace.part_of_items(job.workspace, job.run, 0)
    with duckdb.connect(config={"threads": 1, "autoinstall_known_extensions": "false"}) as db:
        db.execute("CREATE TABLE labels (item VARCHAR, axis VARCHAR, positive BOOLEAN)")
        db.executemany("INSERT INTO labels VALUES (?, ?, ?)", [list(row) for row in labels])
        every = f"{workspace.exact(parts.parent)}/part-{job.run}+*.parquet"
        counted = db.execute(_COUNTS, [every, screener.threshold]).fetchall()
    if not counted:
        msg = f"labels {path} name no item that has a score here. Give the sha256 of items of this dataset."
        raise BadInput(msg)
    rows = f"labels of {path.name}"
    errors = (
        Errors(axis, hits, positives, passed, negatives, rows) for axis, hits, positives, passed, negatives in counted
    )
    return replace(screener, errors=tuple(errors))


def read(path: Path) -> list[tuple[str, str, bool]]:
    """Item, axis and whether it is positive, of each line of `path`, each item and axis once. Raises `BadInput`."""
    found: dict[tuple[str, str], bool] = {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = csv.DictReader(file)
            if not {"item", "label"} <= set(lines.fieldnames or ()):
                msg = f"labels {path} need the columns item and label; they have {plain(lines.fieldnames, 120)}."
                raise BadInput(msg)
            for row in lines:
                said = _SAID.get((row["label"] or "").strip().lower())
                key = ((row["item"] or "").strip().lower(), (row.get("axis") or "").strip())
                if said is None or len(key[0]) != 64 or found.setdefault(key, said) != said:
                    msg = (
                        f"labels {path}, line {lines.line_num}: item {plain(row['item'], 70)!r}, label "
                        f"{plain(row['label'], 20)!r}. Give a sha256, and 1 or 0, each item and axis with one label."
                    )
                    raise BadInput(msg)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        msg = f"labels {path} cannot be read ({plain(error, 100)}). Give a CSV with the columns item and label."
        raise BadInput(msg) from error
    return [(item, axis, positive) for (item, axis), positive in found.items()]
