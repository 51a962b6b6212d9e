"""JSON Lines, packed or not: each line is an object, and blank lines are nothing.

A file called .json may be one array of objects instead, of at most 64 MiB; it is one shard.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from headgate.errors import BadInput
from headgate.reading import items, json_array
from headgate.reading.columns import SAMPLE, Picked, kinds_of, pick
from headgate.reading.lines import Lines, cuts, each, first
from headgate.shapes import Batch, Columns, Shard, Trouble

_MARK = b"\xef\xbb\xbf"


def shards(path: Path, columns: Columns, rows: int) -> list[tuple[int, int | None]]:
    """Byte ranges of about `rows` lines. Raises `BadInput` where the columns cannot be told."""
    _picked(path, columns)
    return [(0, None)] if json_array.is_one(path) else cuts(path, rows)


def batches(path: Path, shard: Shard, columns: Columns, troubles: list[Trouble], size: int) -> Iterator[Batch]:
    """The lines that begin in the shard; `Batch.rows` are the bytes at which they begin (of an array, from 0)."""
    picked = _picked(path, columns)
    if json_array.is_one(path):

        def tell(row: int, why: str) -> None:
            troubles.append(Trouble(shard.file, f"item {row}", why))

        return items.batches(json_array.records(path, tell), picked, tell, size)
    lines = Lines(path, shard, troubles)
    return items.batches(_records(lines, each(lines)), picked, lines.tell, size)


def _picked(path: Path, columns: Columns) -> Picked:
    sample = Lines(path, Shard(0, path.name, "jsonl"), [])
    array = json_array.is_one(path)
    records = json_array.records(path, sample.tell) if array else _records(sample, first(path, path.name))
    found = [record for _, record in islice(records, SAMPLE)]
    if not found:
        msg = f"no JSON object in it ({sample.troubles[0].why if sample.troubles else 'only blank lines'})"
        raise BadInput(msg)
    return pick(columns, kinds_of(found))


def _records(lines: Lines, given: Iterator[tuple[int, bytes]]) -> Iterator[items.Record]:
    loads = json.JSONDecoder().decode
    for at, line in given:
        try:
            record = loads((line if at else line.removeprefix(_MARK)).decode())
        except UnicodeDecodeError:
            lines.tell(at, "is not UTF-8")
        except RecursionError:
            lines.tell(at, "is nested too deep")
        except ValueError as error:
            if line.strip():
                lines.tell(at, f"is no JSON ({getattr(error, 'msg', 'a number too long')})")
        else:
            if isinstance(record, dict):
                yield at, record
            else:
                lines.tell(at, f"holds a {type(record).__name__}, not an object")
