"""Screening 1 million documents: the embedded engine, Ray tasks, Ray Data and Daft beside a bare loop over the scorer.

    python bench/engines.py [--items 1000000] [--workers 2]

Prints documents a second, the ratio to the bare loop, and a checksum of the scores of each; Daft, which Headgate does
not use, is left out where it is not installed.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import duckdb

from headgate import pieces
from headgate.engines import local
from headgate.engines import ray as ray_engine
from headgate.pieces import Job
from headgate.reading import read
from headgate.reading.find import Dataset, find
from headgate.shapes import Columns
from headgate.workspace import open_workspace

METHOD = "toxicity"
COLUMNS = Columns("texts", "text")


def main() -> None:
    """Measure."""
    asked = argparse.ArgumentParser()
    asked.add_argument("--items", type=int, default=1_000_000)
    asked.add_argument("--workers", type=int, default=2)
    given = asked.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make(folder / "data", given.items)
        dataset = find(folder / "data", COLUMNS)
        rows: list[tuple[str, float, str]] = []
        seconds, told = timed(lambda: bare(dataset))
        rows.append(("bare loop, nothing written", seconds, told))
        for label, engine in (
            ("local", local.run),
            ("ray tasks", ray_engine.run),
            ("ray data", ray_data),
            ("daft on ray", daft),
        ):
            for workers in {1, given.workers} if label == "local" else {given.workers}:
                job = Job(folder / f"w-{label}-{workers}", "r", dataset.ref, METHOD, (), dataset.root, COLUMNS)
                open_workspace(job.workspace, create=True)
                try:
                    seconds, _ = timed(lambda e=engine, j=job, w=workers: str(len(list(e(j, dataset.shards, w)))))
                except ImportError as error:
                    print(f"{label}: left out ({error})")
                    continue
                rows.append((f"{label}, {workers} workers", seconds, checksum(job)))
    first = rows[0][1]
    for label, seconds, told in rows:
        print(
            f"{label:28} {seconds:7.1f} s {given.items / seconds:10,.0f} docs/s {first / seconds:5.2f} of bare {told}"
        )


def make(folder: Path, items: int) -> None:
    """Random texts of random words in 8 Parquet files."""
    folder.mkdir()
    rng = random.Random(0)
    words = ["".join(rng.choices("abcdefghijklmnopqrstuvwxyz", k=rng.randint(2, 9))) for _ in range(30_000)]
    with duckdb.connect() as db:
        for number in range(8):
            text = [" ".join(rng.choices(words, k=rng.randint(5, 25))) for _ in range(items // 8)]
            import numpy as np

            cols = {"text": np.array(text, dtype=object)}
            assert cols
            db.execute(
                f"COPY (SELECT text::VARCHAR AS text FROM cols) TO '{folder}/part-{number}.parquet' (FORMAT parquet)"
            )


def bare(dataset: Dataset) -> str:
    """Read and score, and no more."""
    screener = pieces.loaded(METHOD, ())
    total = 0.0
    for shard in dataset.shards:
        for batch in read.batches(dataset.root, shard, COLUMNS, []):
            total += float(screener.score(batch).score.sum(dtype=float))
    return f"sum {total:.4f}"


def checksum(job: Job) -> str:
    """Of the bytes of all parts, in order."""
    made = hashlib.sha256()
    for part in sorted((job.workspace / "tables" / "item_scores").glob("part-*.parquet")):
        made.update(part.read_bytes())
    return made.hexdigest()[:16]


def ray_data(job: Job, shards: object, workers: int) -> list[object]:
    """The same pieces as rows of a Ray Data dataset."""
    import ray

    ray.init(num_cpus=workers, _node_ip_address="127.0.0.1", log_to_driver=False, include_dashboard=False)
    try:
        found = list(shards)  # type: ignore[call-overload]
        data = ray.data.from_items([{"n": n} for n in range(len(found))], override_num_blocks=len(found))
        return data.map(lambda row: {"rows": pieces.screen_piece(job, found[row["n"]]).rows}).take_all()
    finally:
        ray.shutdown()


def daft(job: Job, shards: object, workers: int) -> list[object]:
    """The same pieces as rows of a Daft frame, on Ray."""
    import daft as engine
    import ray

    ray.init(num_cpus=workers, _node_ip_address="127.0.0.1", log_to_driver=False, include_dashboard=False)
    try:
        engine.context.set_runner_ray()
        found = list(shards)  # type: ignore[call-overload]

        @engine.func
        def rows(n: int) -> int:
            return pieces.screen_piece(job, found[n]).rows

        frame = engine.from_pydict({"n": list(range(len(found)))}).into_partitions(len(found))
        return frame.select(rows(engine.col("n"))).to_pylist()
    finally:
        ray.shutdown()


def timed(call: Callable[[], str]) -> tuple[float, str]:
    """Seconds, and what the call said."""
    start = time.perf_counter()
    told = call()
    return time.perf_counter() - start, told


if __name__ == "__main__":
    main()
