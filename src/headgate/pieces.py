"""One piece of a dataset, read, scored and written by whichever process has it.

A piece leaves two files: its rows, `part-<run>+<number>.parquet`, and then `.part-<run>+<number>.json`, which says
that it is whole and how many rows there are. What finds the second has nothing left to do: a screening that was
interrupted, or whose worker was killed, goes on with the pieces that have none.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

from headgate import catalog, workspace
from headgate.reading import images, read
from headgate.shapes import Columns, Scores, Screener, Shard, Trouble
from headgate.whole import write_whole


@dataclass(frozen=True, slots=True)
class Job:
    """What every worker has to know: which method with which flags, over which data, and where its rows go."""

    workspace: Path
    run: str
    dataset: str
    method: str
    params: tuple[tuple[str, Any], ...]
    root: Path
    columns: Columns


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a piece: its rows, how many of them had no score, what counted, and what could not be read.

    `over` has the headline first and then each axis; `told` likewise how many could be told.
    """

    number: int
    rows: int
    told: tuple[int, ...]
    over: tuple[int, ...]
    troubles: tuple[Trouble, ...] = field(default=())


def screen_piece(job: Job, shard: Shard) -> Done:
    """Score the items of `shard` and write them; what was done before is read back instead."""
    before = finished(job, shard.number)
    if before is not None:
        return before
    screener = loaded(job.method, job.params)
    troubles: list[Trouble] = []
    scored: list[Scores] = []
    rows = Rows([], [], [])
    for batch in read.batches(job.root, shard, job.columns, troubles):  # a batch at a time: images are large
        scored.append(screener.score(batch))
        if job.columns.reads == "images":
            troubles += _undecoded(job, shard, batch.rows, scored[-1])
        rows.ids.extend(batch.ids)
        rows.rows.extend(batch.rows)
    rows.files.extend([shard.file] * len(rows.ids))
    return write(job, shard.number, rows, joined(scored, len(screener.axes)), screener, tuple(troubles))


@dataclass(frozen=True, slots=True)
class Rows:
    """Which items the scores are of, and where they stand; None where the method does not say."""

    ids: list[str]
    files: list[str | None]
    rows: list[int | None]


def write(
    job: Job, number: int, rows: Rows, scores: Scores, screener: Screener, troubles: tuple[Trouble, ...] = ()
) -> Done:
    """Write the rows of piece `number`, then say that they are whole."""
    part = workspace.part_of_items(job.workspace, job.run, number)
    _write_part(part, job, rows, scores, screener.axes)
    every = np.column_stack([scores.score[:, None], scores.axes])
    with np.errstate(invalid="ignore"):
        over = (every >= np.float32(screener.threshold)).sum(axis=0)
    told = (~np.isnan(every)).sum(axis=0)
    done = Done(number, len(rows.ids), tuple(map(int, told)), tuple(map(int, over)), troubles)
    write_whole(_marker(part), json.dumps(asdict(done)).encode())
    return done


def finished(job: Job, number: int) -> Done | None:
    """What became of piece `number`, where it was finished before."""
    part = workspace.part_of_items(job.workspace, job.run, number)
    if not (_marker(part).exists() and part.exists()):
        return None
    said = json.loads(_marker(part).read_text(encoding="utf-8"))
    troubles = tuple(Trouble(**one) for one in said.pop("troubles"))
    return Done(said["number"], said["rows"], tuple(said["told"]), tuple(said["over"]), troubles)


def clear_markers(job: Job) -> None:
    """Remove the notes of what is whole, once the record of the run says it of everything, and what the killed left."""
    folder = workspace.part_of_items(job.workspace, job.run, 0).parent
    for marker in folder.glob(f".part-{job.run}+*"):
        marker.unlink(missing_ok=True)


@lru_cache(maxsize=1)
def loaded(method: str, params: tuple[tuple[str, Any], ...]) -> Screener:
    """The screener, loaded once in each process."""
    made = catalog.load(catalog.find("screen", method))(**dict(params))
    assert isinstance(made, Screener)
    return made


def joined(scored: Sequence[Scores], axes: int) -> Scores:
    """Scores of several batches as one."""
    if not scored:
        return Scores(np.empty(0, np.float32), np.empty((0, axes), np.float32))
    evidence: list[str | None] = []
    for one in scored:
        evidence += one.evidence if one.evidence is not None else [None] * len(one.score)
    return Scores(
        np.concatenate([one.score for one in scored]),
        np.concatenate([one.axes.reshape(len(one.score), axes) for one in scored]),
        evidence,
    )


def _undecoded(job: Job, shard: Shard, rows: Sequence[int], scores: Scores) -> list[Trouble]:
    """Images that a screener could not look at, and why; in a folder of images each is a file."""
    why = scores.evidence or [None] * len(rows)
    bad = [(row, said) for row, score, said in zip(rows, scores.score, why, strict=True) if said and np.isnan(score)]
    if shard.format != "images":
        return [Trouble(shard.file, f"row {row}", said) for row, said in bad]
    names = images.names(job.root / shard.file) if bad else []
    return [Trouble(names[row], None, said) for row, said in bad]


def _marker(part: Path) -> Path:
    return part.with_name(f".{part.stem}.json")


@lru_cache(maxsize=1_000)
def _legible(file: str) -> str:
    """A name as UTF-8, which the names of files need not be."""
    return file.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _write_part(part: Path, job: Job, rows: Rows, scores: Scores, axes: tuple[str, ...]) -> None:
    n = len(rows.ids)
    evidence = scores.evidence if scores.evidence is not None else [None] * n
    # DuckDB reads the columns from this name
    columns = {
        "file": np.array([file and _legible(file) for file in rows.files], dtype=object),
        "row": np.array([-1 if row is None else row for row in rows.rows], dtype="i8"),  # DuckDB 1.5 knows no masks
        "item": np.array(rows.ids, dtype=object),
        "score": scores.score.astype(np.float32),
        "evidence": np.array(evidence, dtype=object),
        **{f"axis{k}": np.ascontiguousarray(scores.axes[:, k], dtype=np.float32) for k in range(len(axes))},
    }
    assert len(columns["item"]) == n
    values = ", ".join(f"CASE WHEN NOT isnan(axis{k}) THEN axis{k} END" for k in range(len(axes)))
    names = ", ".join("?::VARCHAR" for _ in axes)
    with duckdb.connect(config={"threads": 1, "autoinstall_known_extensions": "false"}) as db:
        db.execute(
            "CREATE TABLE made AS SELECT ?::VARCHAR AS dataset, file::VARCHAR AS file, "
            "CASE WHEN row >= 0 THEN row END AS row, item::VARCHAR AS item, "
            '?::VARCHAR AS "check", CASE WHEN NOT isnan(score) THEN score END AS score, '
            f"map([{names}]::VARCHAR[], [{values}]::FLOAT[]) AS axes, evidence::VARCHAR AS evidence FROM columns",
            [job.dataset, job.method, *axes],
        )
        workspace.write_whole_part(db, "FROM made", part)
