"""Parquet, read by DuckDB in ranges of rows; what lies in a damaged page is told, and the rest is read."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from itertools import repeat
from pathlib import Path
from typing import Any

from headgate.errors import BadInput
from headgate.plain import plain
from headgate.reading import items
from headgate.reading.columns import IMAGES, TEXTS, Picked, pick
from headgate.reading.lines import reason
from headgate.shapes import Batch, Columns, Db, Shard, Trouble

_Asked = tuple[str, str]  # SQL of the weights of the rows, and of the rows
_Chunk = tuple[list[str], list[Any]]  # names of columns; rows, each its number and its values
_CHUNK = {"texts": 20_000, "images": 50, "pairs": 50, "table": 2_000}  # rows fetched at once
_SCAN = "read_parquet(?, file_row_number = true, hive_partitioning = false)"
_PATIENCE = 20  # failing queries that are spent on finding the rows of one row group that cannot be read


def shards(path: Path, columns: Columns, rows: int) -> list[tuple[int, int | None]]:
    """Ranges of `rows` rows. Raises `BadInput` where the footer cannot be read or the columns cannot be told."""
    picked(path, columns)
    total = sum(_row_groups(path))
    return [(start, min(start + rows, total)) for start in range(0, total, rows)]


def batches(path: Path, shard: Shard, columns: Columns, troubles: list[Trouble], size: int) -> Iterator[Batch]:
    """The rows of the shard; `Batch.rows` counts from 0."""

    def tell(row: int, why: str) -> None:
        troubles.append(Trouble(shard.file, f"row {row}", why))

    chosen = picked(path, columns)
    size = min(size, _CHUNK[chosen.reads])
    for names, rows in _chunks(path, shard, chosen, troubles, size):
        if chosen.reads == "texts":
            numbers, texts = zip(*rows, strict=True)
            yield from items.text_batches(list(numbers), list(texts), chosen, tell, size)
        else:
            records = ((row, dict(zip(names, values, strict=True))) for row, *values in rows)
            yield from items.batches(records, chosen, tell, size)


def picked(path: Path, columns: Columns) -> Picked:
    """The columns to read, told from their names and types."""
    return pick(columns, {name: _kind(name, type_) for name, type_ in _types(path).items()})


def _types(path: Path) -> dict[str, str]:
    described = _asked(path, f"DESCRIBE FROM {_SCAN}")
    return {name: type_ for name, type_, *_ in described if name != "file_row_number"}


def _kind(name: str, type_: str) -> str:
    if type_ == "VARCHAR":
        return "text"
    if type_ == "BLOB":
        return "image" if name.lower() in IMAGES else "text" if name.lower() in TEXTS else "other"
    if type_.startswith("STRUCT(") and "bytes BLOB" in type_ and not type_.endswith("]"):
        return "image"
    return "chat" if type_.endswith("[]") and type_.startswith(("STRUCT(", "VARCHAR")) else "other"


def _weight(name: str, type_: str) -> str:
    """SQL that gives about how many bytes a value takes."""
    column = _quoted(name)
    if type_ == "BLOB":
        size = f"octet_length({column})"
    elif _kind(name, type_) == "image":
        size = f"octet_length(struct_extract({column}, 'bytes'))"
    elif type_ == "VARCHAR" or "[" in type_ or "(" in type_:
        size = f"strlen({column}::VARCHAR)"
    else:
        return "8::BIGINT"
    return f"coalesce({size}, 0)::BIGINT"


def _portions(weights: list[int], size: int, heaviest: int) -> Iterator[int]:
    """How many rows to take at once: at most `size`, and one or no more than weigh `heaviest` together."""
    count = held = 0
    for weight in weights:
        if count and (count >= size or held + weight > heaviest):
            yield count
            count = held = 0
        count, held = count + 1, held + weight
    if count:
        yield count


def _row_groups(path: Path) -> list[int]:
    """How many rows each row group has."""
    sql = "SELECT DISTINCT row_group_id, row_group_num_rows FROM parquet_metadata(?) ORDER BY 1"
    return [max(0, int(rows)) for _, rows in _asked(path, sql)]


def _chunks(path: Path, shard: Shard, chosen: Picked, troubles: list[Trouble], size: int) -> Iterator[_Chunk]:
    wanted = {"texts": chosen.text, "images": chosen.image}.get(chosen.reads)
    columns = _quoted(wanted) if wanted is not None else "* EXCLUDE (file_row_number)"
    weights = [_weight(name, type_) for name, type_ in _types(path).items() if wanted in {None, name}]
    sql = f"SELECT {{}} FROM {_SCAN} WHERE file_row_number >= ? AND file_row_number < ?"
    together = f"list_sum([{', '.join(weights)}])" if weights[1:] else weights[0]
    asked = sql.format(f"{together} AS weight"), sql.format(f"file_row_number, {columns}")
    at, end = shard.start, 2**62 if shard.end is None else shard.end
    try:
        for chunk in _read(path, asked, at, end, size):
            yield chunk
            at = chunk[1][-1][0] + 1
    except BadInput:
        readable = _readable(path, asked, at, end, shard.file, troubles)
    else:
        return
    for first, last in readable:
        yield from _read(path, asked, first, last, size)


def _readable(
    path: Path, asked: _Asked, start: int, end: int, file: str, troubles: list[Trouble]
) -> list[tuple[int, int]]:
    """The ranges of rows from `start` to `end` that can be read; the others are told."""
    good: list[tuple[int, int]] = []
    bad: list[tuple[int, int, str]] = []
    begin = 0
    for rows in _row_groups(path):
        first, last = max(start, begin), min(end, begin + rows)
        begin += rows
        waiting, left = deque([(first, last)] if first < last else []), _PATIENCE
        while waiting:
            first, last = waiting.popleft()
            if not (why := _fault(path, asked, first, last)):
                good.append((first, last))
            elif last - first == 1 or left <= 0:
                bad.append((first, last, why))
            else:
                left -= 1
                middle = (first + last) // 2
                waiting += [(first, middle), (middle, last)]
    for first, last, why in _joined(sorted(bad)):
        where = f"row {first}" if last == first + 1 else f"rows {first} to {last - 1}"
        troubles.append(Trouble(file, where, why))
    return sorted(good)


def _joined(ranges: list[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    """Ranges that follow each other made one, with what is wrong with the first."""
    joined: list[tuple[int, int, str]] = []
    for first, last, why in ranges:
        if joined and joined[-1][1] == first:
            joined[-1] = (joined[-1][0], last, joined[-1][2])
        else:
            joined.append((first, last, why))
    return joined


def _fault(path: Path, asked: _Asked, start: int, end: int) -> str | None:
    try:
        for _ in _read(path, asked, start, end, 1_000):
            pass
    except BadInput as error:
        return str(error)
    return None


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


# -- DuckDB: one database in each process, thrown away when an error inside it may have broken it


def _asked(path: Path, sql: str) -> list[tuple[Any, ...]]:
    with _told(path), _database(os.getpid()).cursor() as db:
        return db.execute(sql, [_name(path)]).fetchall()


def _read(path: Path, asked: _Asked, start: int, end: int, size: int) -> Iterator[_Chunk]:
    with _told(path), _database(os.getpid()).cursor() as db:
        for first, last, counts in _spans(db, path, asked[0], start, end, size):
            found = db.execute(asked[1], [_name(path), first, last])
            names = [column[0] for column in found.description][1:]
            for count in counts:
                if not (rows := found.fetchmany(count)):
                    break
                yield names, rows


def _spans(db: Db, path: Path, weigh: str, start: int, end: int, size: int) -> Iterator[tuple[int, int, Iterable[int]]]:
    """Ranges of rows to ask for together, and how many of each to fetch at once."""
    # a page says a long text once and any number of times: a file of 2 KB may hold rows of terabytes
    given = [_name(path), start, end]
    [(total,)] = db.execute(f"SELECT coalesce(sum(weight), 0) FROM ({weigh})", given).fetchall()
    if total <= items.HEAVIEST:
        yield start, end, repeat(size)
        return
    weights = [weight for (weight,) in db.execute(weigh, given).fetchall()]
    while weights:  # DuckDB makes 2,048 rows at once, so a query may not ask for too many either
        most = next(_portions(weights, len(weights), 4 * items.HEAVIEST))
        yield start, min(start + most, end), _portions(weights[:most], size, items.HEAVIEST)
        weights, start = weights[most:], start + most


def _name(path: Path) -> str:
    from headgate.workspace import exact

    return exact(path.resolve())


@lru_cache(maxsize=1)
def _database(_process: int) -> Db:
    import duckdb

    return duckdb.connect(config={"threads": 1, "memory_limit": "2GB", "temp_directory": "",
                                  "autoinstall_known_extensions": "false"})  # fmt: skip


@contextmanager
def _told(path: Path) -> Iterator[None]:
    import duckdb

    try:
        yield
    except (duckdb.Error, UnicodeDecodeError, MemoryError) as error:
        if isinstance(error, (duckdb.InternalError, duckdb.OutOfMemoryException, duckdb.FatalException)):
            _database.cache_clear()
        # the path is known, and of values nothing is shown
        said = str(error).replace(str(path.resolve()), plain(path.name)).partition(": value ")[0]
        msg = f"cannot be read ({reason(ValueError(said))})"
        raise BadInput(msg) from error
