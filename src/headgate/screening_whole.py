"""Screen a dataset by a method that needs all of it at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

from headgate import catalog, pieces
from headgate.pieces import Done, Job, Rows
from headgate.progress import Progress
from headgate.reading import read
from headgate.reading.find import Dataset
from headgate.shapes import Batch, Finding, Items, Scores, Screened, Screener, Trouble

PART = 10  # parts of a method that are written as one piece


def screen_whole(job: Job, dataset: Dataset, scratch: Path) -> tuple[list[Finding], list[Done]]:
    """Run the method over the whole dataset, write its rows, and return its findings and what was written.

    What cannot be read is told once, however often the method streams the items.
    """
    scratch.mkdir()
    troubles: list[Trouble] = []
    with Progress(f"screen {job.method}") as progress:

        def batches() -> Iterator[Batch]:
            seen: list[Trouble] = []
            items = 0
            for batch in read.every(dataset, job.columns, seen):
                items += len(batch.ids)
                progress.say(f"{items:,} items")
                yield batch
            troubles[:] = seen

        method = catalog.load(catalog.find("screen", job.method))
        made = method(Items(batches, scratch, job.root, dataset.ref), **dict(job.params))
        assert isinstance(made, Screened)
        done = _written(job, made)
        found = made.findings() if callable(made.findings) else made.findings
    told = done[0] if done else Done(0, 0, (), ())
    return list(found), [replace(told, troubles=tuple(troubles)), *done[1:]]


def _written(job: Job, made: Screened) -> list[Done]:
    parts = iter(made.parts)
    done: list[Done] = []
    while some := list(islice(parts, PART)):
        done.append(_piece(job, len(done), some, made.axes))
    return done


def _piece(job: Job, number: int, some: Sequence[tuple[Sequence[str], Scores]], axes: tuple[str, ...]) -> Done:
    ids = [one for part, _ in some for one in part]
    scores = pieces.joined([scored for _, scored in some], len(axes))
    return pieces.write(job, number, Rows(ids, [None] * len(ids), [None] * len(ids)), scores, Screener(_no_score, axes))


def _no_score(_: Batch) -> Scores:
    raise AssertionError
