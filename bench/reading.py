"""Reading short texts: items a second of each format on one core, beside a bare loop that checks nothing.

    python bench/reading.py [--items 1000000]

The bare loop reads each text and hashes it with what one would take: json.loads, csv.DictReader, DuckDB, pyarrow.
Seconds are those of the processor, so that other work on the machine does not count.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import hashlib
import io
import json
import random
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb

from headgate.reading import find, read
from headgate.shapes import Columns, Trouble

Bare = Callable[[Path], Iterator[str]]


def main() -> None:
    """Measure."""
    asked = argparse.ArgumentParser()
    asked.add_argument("--items", type=int, default=1_000_000)
    items = asked.parse_args().items
    print(f"{'format':12} {'find':>8} {'read':>8} {'items/s':>12} {'bare/s':>12} {'of bare':>8}")
    with tempfile.TemporaryDirectory() as name:
        for format_, (write, bare) in FORMATS.items():
            count = items if format_ != "a.tar" else items // 10
            path = Path(name) / format_
            write(path, count)
            started = time.process_time()
            dataset = find.find(path, Columns())
            found = time.process_time()
            troubles: list[Trouble] = []
            ids = [
                one
                for shard in dataset.shards
                for batch in read.batches(dataset.root, shard, Columns(), troubles)
                for one in batch.ids
            ]
            done = time.process_time()
            plain = [hashlib.sha256(text.encode()).hexdigest() for text in bare(path)]
            last = time.process_time()
            assert ids == plain
            assert not troubles
            ours, theirs = count / (done - found), count / (last - done)
            shown = f"{format_:12} {found - started:7.2f}s {done - found:7.2f}s {ours:12,.0f} {theirs:12,.0f}"
            print(f"{shown} {ours / theirs:8.2f}")
            path.unlink()


def texts(count: int) -> Iterator[str]:
    words = random.Random(0).choices(["so", "short", "a", "text", "of", "few", "words", "né", "文字", "here"], k=1_000)
    for number in range(count):
        begin = number % 980
        yield f"{number} {' '.join(words[begin : begin + 3 + number % 17])}"


def write_parquet(path: Path, count: int) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table({"text": list(texts(count))}), path, row_group_size=100_000)


def write_arrow(path: Path, count: int) -> None:
    import pyarrow as pa

    table = pa.table({"text": list(texts(count))})
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table, max_chunksize=1_000)


def write_jsonl(path: Path, count: int) -> None:
    content = "".join(json.dumps({"id": n, "text": text}) + "\n" for n, text in enumerate(texts(count))).encode()
    path.write_bytes(gzip.compress(content, 1) if path.suffix == ".gz" else content)


def write_csv(path: Path, count: int) -> None:
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(
            [("id", "text"), *((n, text + ', "so"' * (n % 3 == 0)) for n, text in enumerate(texts(count)))]
        )


def write_text(path: Path, count: int) -> None:
    path.write_text("".join(f"{text}\n" for text in texts(count)))


def write_tar(path: Path, count: int) -> None:
    with tarfile.open(path, "w") as made:
        for number, text in enumerate(texts(count)):
            info = tarfile.TarInfo(f"{number:08}.txt")
            info.size = len(text.encode())
            made.addfile(info, io.BytesIO(text.encode()))


def bare_parquet(path: Path) -> Iterator[str]:
    rows = duckdb.connect(config={"threads": 1}).execute("SELECT text FROM read_parquet(?)", [str(path)])
    while some := rows.fetchmany(20_000):
        for (text,) in some:
            yield text


def bare_arrow(path: Path) -> Iterator[str]:
    import pyarrow as pa

    with pa.memory_map(str(path)) as source:
        for batch in pa.ipc.open_stream(source):
            yield from batch.column(0).to_pylist()


def bare_jsonl(path: Path) -> Iterator[str]:
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
        for line in file:
            yield json.loads(line)["text"]


def bare_csv(path: Path) -> Iterator[str]:
    with path.open(newline="") as file:
        for row in csv.DictReader(file):
            yield row["text"]


def bare_text(path: Path) -> Iterator[str]:
    with path.open() as file:
        for line in file:
            yield line[:-1]


def bare_tar(path: Path) -> Iterator[str]:
    with tarfile.open(path) as made:
        for info in made:
            file = made.extractfile(info)
            assert file is not None
            yield file.read().decode()


FORMATS: dict[str, tuple[Callable[[Path, int], None], Bare]] = {
    "a.parquet": (write_parquet, bare_parquet),
    "a.arrow": (write_arrow, bare_arrow),
    "a.jsonl": (write_jsonl, bare_jsonl),
    "a.jsonl.gz": (write_jsonl, bare_jsonl),
    "a.csv": (write_csv, bare_csv),
    "a.txt": (write_text, bare_text),
    "a.tar": (write_tar, bare_tar),
}

if __name__ == "__main__":
    main()
