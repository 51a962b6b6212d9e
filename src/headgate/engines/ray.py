"""Pieces as tasks of a Ray cluster: the one at RAY_ADDRESS, or one that is started on this machine.

Every node must see the dataset and the workspace at the same paths, and have this version of Headgate. Ray runs a
task again whose worker or node died; a piece that was written before is not scored twice.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from logging import ERROR
from typing import TYPE_CHECKING

from headgate.errors import BadInput, MissingExtra
from headgate.pieces import Done, Job, screen_piece
from headgate.shapes import Shard

if TYPE_CHECKING:
    import ray

AGAIN = 3  # times that a task is run again after its worker died


def run(job: Job, shards: Sequence[Shard], workers: int) -> Iterator[Done]:
    """Yield what became of each of `shards`, in any order; on a cluster of our own over `workers` processes.

    Raises what a piece raises, `MissingExtra` without Ray, and `BadInput` where a piece kills every worker it meets.
    """
    try:
        import ray
    except ImportError as error:
        msg = "--on ray needs ray. Install it with: pip install 'headgate[ray]'"
        raise MissingExtra(msg) from error
    ours = not ray.is_initialized()
    if ours:
        _join(workers)
    try:
        task = ray.remote(num_cpus=1, max_retries=AGAIN)(screen_piece)
        pending = {task.remote(job, shard): shard for shard in shards}
        while pending:
            ready, _ = ray.wait(list(pending))
            yield _result(ready[0], pending.pop(ready[0]))
    finally:
        if ours:
            ray.shutdown()


def _join(workers: int) -> None:
    import ray

    if os.environ.get("RAY_ADDRESS"):
        ray.init(log_to_driver=False, logging_level=ERROR)
    else:
        ray.init(
            "local", num_cpus=workers, _node_ip_address="127.0.0.1", include_dashboard=False, log_to_driver=False,
            logging_level=ERROR,
        )  # fmt: skip


def _result(made: ray.ObjectRef[Done], shard: Shard) -> Done:
    import ray

    try:
        return ray.get(made)
    except ray.exceptions.RayTaskError as error:
        raise error.cause from error
    except ray.exceptions.WorkerCrashedError as error:
        msg = (
            f"the workers that screened {shard.file} (piece {shard.number}) died {AGAIN + 1} times, perhaps for want "
            "of memory. Give --piece a smaller number; the other pieces are kept."
        )
        raise BadInput(msg) from error
