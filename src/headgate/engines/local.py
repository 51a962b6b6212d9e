"""Pieces in processes of this machine. A killed process costs the pieces it had in hand, and those are done again."""

from __future__ import annotations

import errno
import multiprocessing
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import wait
from threading import Thread

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
    with ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"), _die_with_parent) as pool:
        try:
            yield from (made.result() for made in as_completed(_submitted(pool, job, shards)))
        except BrokenProcessPool:
            return
        finally:
            pool.shutdown(cancel_futures=True)


def _submitted(pool: ProcessPoolExecutor, job: Job, shards: Sequence[Shard]) -> list[Future[Done]]:
    try:
        return [pool.submit(screen_piece, job, shard) for shard in shards]
    except OSError as error:
        # a process died while it or the next was being started: a broken pipe, or "handle is closed", without a number
        if error.errno not in {None, errno.EPIPE}:
            raise
        raise BrokenProcessPool from error


def _die_with_parent() -> None:
    # a pool whose process was killed would leave its workers waiting for ever
    parent = multiprocessing.parent_process()
    assert parent is not None
    Thread(target=lambda: (wait([parent.sentinel]), os._exit(1)), daemon=True).start()


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
