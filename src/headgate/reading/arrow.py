"""Arrow streams and files, as `datasets` of Hugging Face saves them, read by pyarrow; every batch is checked first."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from headgate.errors import BadInput, MissingExtra
from headgate.reading import items
from headgate.reading.columns import IMAGES, TEXTS, Picked, pick
from headgate.reading.lines import reason
from headgate.shapes import Batch, Columns, Shard, Trouble

if TYPE_CHECKING:
    import pyarrow as pa


def shards(path: Path, columns: Columns, rows: int) -> list[tuple[int, int | None]]:
    """Ranges of `rows` rows; the last is open where the file is damaged, so that reading it tells.

    Raises `BadInput` where the schema cannot be read or the columns cannot be told, `MissingExtra` without pyarrow.
    """
    total, whole = 0, True
    with _opened(path) as (schema, given):
        pick(columns, _kinds(schema))
        try:
            for batch in given:
                total += batch.num_rows
        except BadInput:
            whole = False
    begins = range(0, max(total, 0 if whole else 1), rows)
    ends: list[int | None] = [min(begin + rows, total) for begin in begins]
    if not whole:
        ends[-1] = None
    return list(zip(begins, ends, strict=True))


def batches(path: Path, shard: Shard, columns: Columns, troubles: list[Trouble], size: int) -> Iterator[Batch]:
    """The rows of the shard; `Batch.rows` counts from 0."""

    def tell(row: int, why: str) -> None:
        troubles.append(Trouble(shard.file, f"row {row}", why))

    with _opened(path) as (schema, given):
        picked = pick(columns, _kinds(schema))
        yield from items.batches(_records(given, shard, picked, tell), picked, tell, size)


def _records(given: Iterator[pa.RecordBatch], shard: Shard, picked: Picked, tell: items.Tell) -> Iterator[items.Record]:
    wanted = {"texts": picked.text, "images": picked.image}.get(picked.reads)
    at = 0
    try:
        for batch in given:
            first, last = max(at, shard.start), at + batch.num_rows
            if shard.end is not None:
                last = min(last, shard.end)
            if first < last:
                part = (batch if wanted is None else batch.select([wanted])).slice(first - at, last - first)
                yield from _rows(part, first, tell)
            at += batch.num_rows
            if shard.end is not None and at >= shard.end:
                return
    except BadInput as error:
        tell(at, f"and all after it {error}")


def _rows(part: pa.RecordBatch, first: int, tell: items.Tell) -> Iterator[items.Record]:
    # images are large: a few rows at a time
    step = max(1, min(1_000, part.num_rows * items.HEAVIEST // max(1, 8 * part.nbytes), _repeatable(part)))
    for begin in range(0, part.num_rows, step):
        piece = part.slice(begin, step)
        try:
            records = _checked(piece)
        except BadInput:
            yield from _one_by_one(piece, first + begin, tell)
        else:
            yield from enumerate(records, first + begin)


def _repeatable(part: pa.RecordBatch) -> int:
    """How many rows may be made, each of which may say the longest text of a dictionary again."""
    import pyarrow as pa
    from pyarrow import compute, types

    longest = 0
    for column in part.columns:
        if types.is_dictionary(column.type) and (types.is_string(column.type.value_type)
                                                 or types.is_large_string(column.type.value_type)
                                                 or types.is_binary(column.type.value_type)):  # fmt: skip
            with suppress(pa.ArrowException):  # what is damaged is told where it is read
                column.dictionary.validate()
                longest += compute.max(compute.binary_length(column.dictionary)).as_py() or 0
    return items.HEAVIEST // max(1, longest)


def _one_by_one(piece: pa.RecordBatch, first: int, tell: items.Tell) -> Iterator[items.Record]:
    for number in range(piece.num_rows):
        try:
            [record] = _checked(piece.slice(number, 1))
        except BadInput as error:
            tell(first + number, str(error))
        else:
            yield first + number, record


def _checked(piece: pa.RecordBatch) -> list[dict[str, Any]]:
    with _told():
        piece.validate(full=True)
        records: list[dict[str, Any]] = piece.to_pylist()
        return records


@contextmanager
def _opened(path: Path) -> Iterator[tuple[pa.Schema, Iterator[pa.RecordBatch]]]:
    try:
        import pyarrow as pa
    except ImportError as error:
        msg = "Arrow files need pyarrow. Install it with: pip install 'headgate[screen]'"
        raise MissingExtra(msg) from error
    with _told():
        source = pa.memory_map(str(path))
    with source:
        with _told():
            reader: Any
            if source.read(6) == b"ARROW1":
                reader = pa.ipc.open_file(source)
            else:
                source.seek(0)
                reader = pa.ipc.open_stream(source)
        yield reader.schema, _each(reader)


def _each(reader: Any) -> Iterator[pa.RecordBatch]:
    with _told():
        if hasattr(reader, "num_record_batches"):
            yield from map(reader.get_batch, range(reader.num_record_batches))
        else:
            yield from reader


@contextmanager
def _told() -> Iterator[None]:
    import pyarrow as pa

    try:
        yield
    except (pa.ArrowException, OSError, ValueError, MemoryError, OverflowError) as error:
        msg = f"cannot be read ({reason(error)})"
        raise BadInput(msg) from error


def _kinds(schema: pa.Schema) -> dict[str, str]:
    with _told():  # names may be no UTF-8
        return {field.name: _kind(field.name.lower(), field.type) for field in schema}


def _kind(name: str, type_: pa.DataType) -> str:
    from pyarrow import types

    if types.is_dictionary(type_):
        type_ = type_.value_type
    if types.is_string(type_) or types.is_large_string(type_) or types.is_string_view(type_):
        return "text"
    if types.is_binary(type_) or types.is_large_binary(type_):
        return "image" if name in IMAGES else "text" if name in TEXTS else "other"
    if types.is_struct(type_):
        return "image" if type_.get_field_index("bytes") >= 0 else "other"
    if types.is_list(type_) or types.is_large_list(type_):
        inner = type_.value_type
        return "chat" if types.is_struct(inner) or _kind(name, inner) == "text" else "other"
    return "other"
