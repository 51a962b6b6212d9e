"""Load a dump in a hub's own shape: JSONL, .gz, .zst or Parquet, without a single request.

Reads: one file, or every such file of a folder, whose rows are records as the hub's API gives them, such
as a public daily snapshot of the Hugging Face Hub.
Finds: nothing; it hands the records on, 20,000 a page.
Cannot see: when the records were true. Say so with `--observed`, or the time of loading counts.
Reference: the Hub API (`/api/models`, `/api/datasets`) and the Civitai REST API (`/api/v1/models`).
"""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Iterator
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import IO, Literal

from headgate import zstd
from headgate.errors import BadInput, UsageError
from headgate.shapes import Page

PAGE_LINES = 20_000
PAGE_BYTES = 64 * 2**20
LONGEST_LINE = 64 * 2**20  # bytes; a longer line is no record and would only fill the memory
_TOO_LONG = b'"a line longer than any record"'
_ENDINGS = (".jsonl", ".json", ".ndjson", ".gz", ".zst", ".parquet")
_SHAPES = {
    "huggingface-models": ("huggingface", "model"),
    "huggingface-datasets": ("huggingface", "dataset"),
    "civitai-models": ("civitai", "model"),
}


def collect(
    start: str | None, *, path: Path,
    shape: Literal["auto", "huggingface-models", "huggingface-datasets", "civitai-models"] = "auto",
    observed: str | None = None, complete: bool = False,
) -> Iterator[Page]:  # fmt: skip
    """Yield pages of the dump at `path`, from the cursor `start` (file number:line) on.

    `shape` says what the records are; auto tells it from the first one. `observed` is the date of the
    records, now if not given; `complete` says that what is absent is gone from the hub.
    Raises `UsageError` for a wrong path or shape and `BadInput` for a file that cannot be read.
    """
    files = _files(path)
    hub, kind = _SHAPES[shape] if shape in _SHAPES else _told_from(files[0], shape)
    stamp = _stamp(files)
    begin, line, was = start.split(":") if start else ("0", "0", stamp)
    if was != stamp:
        msg = f"{path} has changed since this collection was interrupted. Begin anew with --fresh."
        raise BadInput(msg)
    skip = int(line)
    for number in range(int(begin), len(files)):
        done = skip
        lines = islice(_lines(files[number]), skip, None)
        page = _page(lines)
        while page:
            done += len(page)
            following = _page(lines)
            cursor = f"{number}:{done}:{stamp}" if following else f"{number + 1}:0:{stamp}"
            last = not following and number + 1 == len(files)
            yield Page(page, None if last else cursor, hub, kind, complete=complete and last)
            page = following
        skip = 0


def _page(lines: Iterator[str | bytes]) -> list[str | bytes]:
    page: list[str | bytes] = []
    size = 0
    for line in islice(lines, PAGE_LINES):
        page.append(line)
        size += len(line)
        if size >= PAGE_BYTES:
            break
    return page


def _stamp(files: list[Path]) -> str:
    told = [(file.name, file.stat().st_size, file.stat().st_mtime_ns) for file in files]
    return sha256(repr(told).encode()).hexdigest()[:16]


def _files(path: Path) -> list[Path]:
    if path.is_dir():
        files = sorted(p for p in path.iterdir() if p.name.endswith(_ENDINGS) and p.is_file())
    else:
        files = [path] if path.is_file() else []
    if not files:
        msg = f"no dump at {path}. Name a file ending in {', '.join(_ENDINGS)}, or a folder of them."
        raise UsageError(msg)
    return files


def _lines(file: Path) -> Iterator[str | bytes]:
    if file.suffix == ".parquet":
        yield from _parquet_lines(file)
        return
    try:
        with _opened(file) as stream:
            while line := stream.readline(LONGEST_LINE):
                if len(line) < LONGEST_LINE or line.endswith(b"\n"):
                    yield line
                    continue
                while (rest := stream.readline(LONGEST_LINE)) and not rest.endswith(b"\n"):
                    pass
                yield _TOO_LONG
    except (OSError, EOFError, zstd.ZstdError) as error:
        msg = f"{file} cannot be read to its end ({error}). Fetch it again; what was read is kept."
        raise BadInput(msg) from error


def _opened(file: Path) -> IO[bytes]:
    if file.suffix == ".gz":
        return io.BufferedReader(gzip.GzipFile(file, "rb"), 2**20)
    if file.suffix == ".zst":
        # public snapshots are packed with large windows
        return io.BufferedReader(zstd.open(file, "rb", options={zstd.DecompressionParameter.window_log_max: 31}), 2**20)
    return file.open("rb")


def _parquet_lines(file: Path) -> Iterator[str]:
    import duckdb

    from headgate.workspace import exact

    sql = "SELECT to_json(t)::VARCHAR FROM read_parquet(?, hive_partitioning = false) AS t"
    try:
        rows = duckdb.connect().execute(sql, [exact(file)])
        while batch := rows.fetchmany(PAGE_LINES):
            yield from (row[0] for row in batch)
    except duckdb.Error as error:
        msg = f"{file} is not a Parquet file that can be read ({str(error).splitlines()[0]})."
        raise BadInput(msg) from error


def _told_from(file: Path, shape: str) -> tuple[str, str]:
    if shape != "auto":
        msg = f"no shape {shape!r}. Choose one of auto, {', '.join(_SHAPES)}."
        raise UsageError(msg)
    try:
        record = json.loads(next(_lines(file), b"{}"))
    except ValueError:
        record = {}
    keys = set(record) if isinstance(record, dict) else set()
    if "modelVersions" in keys:
        return _SHAPES["civitai-models"]
    if keys & {"modelId", "pipeline_tag", "library_name", "safetensors", "transformersInfo"}:
        return _SHAPES["huggingface-models"]
    if "id" in keys and keys & {"description", "citation", "paperswithcode_id", "_topics"}:
        return _SHAPES["huggingface-datasets"]
    msg = f"cannot tell what {file.name} holds from its first record. Say so with --shape: {', '.join(_SHAPES)}."
    raise UsageError(msg)
