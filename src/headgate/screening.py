"""Screen a dataset by one method: its pieces over the engine that was asked for, then what they say of the whole.

Every piece is on disk before it counts. Interrupted, or with a worker killed, the same call goes on with the pieces
that are missing; a dataset whose content has changed since begins anew.
"""

from __future__ import annotations

import importlib
import json
import os
import shutil
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from headgate import __version__, catalog, finding_rows, pieces, refs, runs, screen_labels, screening_whole, workspace
from headgate.errors import BadInput, UsageError, WorkspaceError
from headgate.pieces import Done, Job
from headgate.plain import plain
from headgate.progress import Progress
from headgate.reading.find import Dataset, find, ref_of
from headgate.screen_findings import summary
from headgate.shapes import Columns, Finding, Method, Run, Trouble
from headgate.workspace import Workspace

ENGINES = ("local", "ray")
PIECE = 20_000  # items that a worker holds at once
_Stamps = dict[str, tuple[int, int] | None]


@dataclass(frozen=True, slots=True)
class Screening:
    """A finished screening: its run, what it found of the dataset, and what could not be read."""

    run: Run
    findings: tuple[Finding, ...]
    troubles: tuple[Trouble, ...]


def screen(
    ws: Workspace, name: str, data: Path, *, text: str | None = None, image: str | None = None, ref: str | None = None,
    labels: Path | None = None, on: str = "local", workers: int | None = None, piece: int = PIECE, **params: Any,
) -> Screening:  # fmt: skip
    """Screen the dataset in the file or folder `data` by the method `name` and write its rows.

    `text` and `image` name columns (None: guess), `ref` what the dataset is called in the workspace (None: by its
    content), `labels` a CSV of labelled items that the errors of the screener are measured on, `on` an engine,
    `workers` how many processes (None: one a core), `piece` how many items at once.
    Raises `UsageError`, `MissingExtra`, and `BadInput` where there is nothing to screen.
    """
    method = catalog.find("screen", name)
    catalog.load(method)  # a missing extra is told before anything is read
    _check(on, workers, piece)
    if labels is not None:
        if method.whole:
            msg = (
                f"--labels are for methods that score single items, and {name} needs the whole dataset. Leave them out."
            )
            raise UsageError(msg)
        screen_labels.read(labels)  # a file that cannot be read is told before hours of work
    named = str(refs.parse_dataset(ref)) if ref else None
    _check_apart(ws.path, data)
    dataset = find(data, Columns(method.reads, text, image), rows=piece)
    before = _stamps(dataset)
    subject = named or dataset.ref
    run = _begun(ws, method, subject, {**params, "data": str(data), "content": dataset.ref, "text": text,
                                       "image": image, "piece": piece, "labels": labels})  # fmt: skip
    columns = Columns(method.reads, text, image)
    job = Job(ws.path.resolve(), run.id, subject, name, tuple(sorted(params.items())), dataset.root, columns)
    with runs.locked(ws.path, run.id):
        try:
            found, done = _whole(job, dataset) if method.whole else _pieces(job, dataset, on, workers, labels)
            troubles = (*dataset.troubles, *(one for piece_done in done for one in piece_done.troubles))
            _check_unchanged(ws, run, dataset, before, data)
            _end(ws, run, method, found, done, troubles)
        except BaseException as error:
            if not isinstance(error, KeyboardInterrupt) and (method.whole or not _any_piece(job)):
                workspace.finish(ws, run, "failed")
            raise
    pieces.clear_markers(job)
    return Screening(run, tuple(found), troubles)


def _pieces(
    job: Job, dataset: Dataset, on: str, workers: int | None, labels: Path | None
) -> tuple[list[Finding], list[Done]]:
    screener = pieces.loaded(job.method, job.params)
    engine = importlib.import_module(f"headgate.engines.{on}")
    before = {shard.number: pieces.finished(job, shard.number) for shard in dataset.shards}
    done = [one for one in before.values() if one]
    left = [shard for shard in dataset.shards if before[shard.number] is None]
    items = sum(one.rows for one in done)
    with Progress(f"screen {job.method}") as progress:
        for one in engine.run(job, left, workers or os.cpu_count() or 1):
            done.append(one)
            items += one.rows
            progress.say(f"{items:,} items, {len(done):,} of {len(dataset.shards):,} pieces")
    done.sort(key=lambda one: one.number)
    return summary(screen_labels.with_errors(job, screener, labels) if labels else screener, done), done


def _whole(job: Job, dataset: Dataset) -> tuple[list[Finding], list[Done]]:
    _clear_scratch(job.workspace)
    scratch = job.workspace / f".screen-{job.run}"
    try:
        return screening_whole.screen_whole(job, dataset, scratch)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _clear_scratch(path: Path) -> None:
    """Remove what screenings left that were killed: those whose lock nobody holds."""
    for left in path.glob(".screen-*"):
        with suppress(WorkspaceError), runs.locked(path, left.name.removeprefix(".screen-")):
            shutil.rmtree(left, ignore_errors=True)


def _begun(ws: Workspace, method: Method, subject: str, params: dict[str, Any]) -> Run:
    written = json.loads(json.dumps(params, default=str))
    run = None if method.whole else runs.unfinished(runs.read_all(ws.path), "screen", method.name, written)
    if run is None or run.subject != subject or run.version != __version__:
        run = workspace.new_run(ws, "screen", method.name, written)
        run.subject = subject
        runs.save(ws.path, run)
    return run


def _end(
    ws: Workspace, run: Run, method: Method, found: Sequence[Finding], done: Sequence[Done], troubles: Sequence[Trouble]
) -> None:
    rows = sum(one.rows for one in done)
    if rows == 0 and not any(one.n for one in found):
        msg = (
            f"screen {method.name} found no items in {run.params['data']} "
            f"({len(troubles)} places could not be read). Check the path and the columns; nothing was written."
        )
        raise BadInput(msg)
    run.rows["item_scores"] = rows
    kinds: Counter[str] = Counter()
    for one in troubles:
        kinds["files unreadable" if one.where is None else "places unreadable"] += one.count
    run.counts = {"pieces": len(done), **kinds}
    finding_rows.write(ws, run, method, found)
    workspace.finish(ws, run)


def _any_piece(job: Job) -> bool:
    folder = workspace.part_of_items(job.workspace, job.run, 0).parent
    return any(json.loads(marker.read_text())["rows"] for marker in folder.glob(f".part-{job.run}+*.json"))


def _check_apart(path: Path, data: Path) -> None:
    # what is written there would be screened the next time, and change what the dataset is called
    if path.resolve().is_relative_to(data.resolve()):
        msg = f"the workspace {path} lies in the data {data}. Name a folder outside of them with --into."
        raise UsageError(msg)


def _stamps(dataset: Dataset) -> _Stamps:
    """Size and time of change of each file to read; a folder of images has none."""
    found: _Stamps = {}
    for name in {shard.file for shard in dataset.shards if shard.format != "images"}:
        try:
            status = (dataset.root / name).stat()
            found[name] = status.st_size, status.st_mtime_ns
        except OSError:
            found[name] = None
    return found


def _check_unchanged(ws: Workspace, run: Run, dataset: Dataset, before: _Stamps, data: Path) -> None:
    after = _stamps(dataset)
    changed = sorted(name for name in before if before[name] != after[name])
    if changed and ref_of(data) != dataset.ref:
        workspace.finish(ws, run, "failed")
        msg = f"{plain(changed[0])} changed while it was screened, so nothing counts. Screen again once it rests."
        raise BadInput(msg)


def _check(on: str, workers: int | None, piece: int) -> None:
    if on not in ENGINES:
        msg = f"no engine {on!r}. Choose {' or '.join(ENGINES)}."
        raise UsageError(msg)
    if (workers is not None and workers < 1) or piece < 1:
        msg = f"--workers {workers} and --piece {piece} must be 1 or more."
        raise UsageError(msg)
