"""Pieces in processes of this machine. A killed process costs the pieces it had in hand, and those are done again."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool

from headgate.errors import BadInput
from headgate.pieces import Done, Job, screen_piece
from headgate.shapes import Shard


def run(job: Job, shards: Sequence[Shard], workers: int) -> Iterator[Done]:
    """Yield what became of each of `shards`, in any order, over at most `workers` processes.

    Raises what a piece raises, and `BadInput` where one kills its process twice; the others are kept.
    """
    if workers == 1 or len(shards) == 1:
        yield from (screen_piece(job, shard) for shard in shards)
        return
    left = {shard.number: shard for shard in shards}
    while left:
        before = len(left)
        for done in _pool(job, list(left.values()), min(workers, len(left))):
            del left[done.number]
            yield done
        if len(left) == before:
            yield from _one_by_one(job, left)


def _pool(job: Job, shards: Sequence[Shard], workers: int) -> Iterator[Done]:
    # spawned, not forked: DuckDB and numpy hold threads, and a fork of those may hang
    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
        try:
            yield from (made.result() for made in as_completed([pool.submit(screen_piece, job, s) for s in shards]))
        except BrokenProcessPool:
            return
        finally:
            pool.shutdown(cancel_futures=True)


def _one_by_one(job: Job, left: dict[int, Shard]) -> Iterator[Done]:
    """The rest, each in a process of its own, so that one which kills its process can be named."""
    for number, shard in list(left.items()):
        done = next(_pool(job, [shard], 1), None)
        if done is None:
            msg = (
                f"the process that screened {shard.file} (piece {number}) was killed twice, perhaps for memory. "
                "Give --piece a smaller number; the other pieces are kept."
            )
            raise BadInput(msg)
        del left[number]
        yield done
