"""A table read in batches, each column as codes of its values in a file, so that memory holds distinct values only."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from headgate.profiles.partitions import Column
from headgate.shapes import Batch

LONGEST = 200  # characters of a value that are kept; of longer ones the hash
_NOTHING = ("", None)  # stands for a value that is missing


@dataclass(slots=True)
class CodedTable:
    """Names of columns, and for each its codes and its values by code; what is missing is a value of its own."""

    rows: int
    names: list[str]
    columns: list[Column]
    values: list[list[object]]


@dataclass(slots=True)
class _Growing:
    path: Path
    codes: dict[object, int] = field(default_factory=dict)
    rows: int = 0

    def add(self, values: list[object]) -> None:
        codes = self.codes
        coded = [codes.setdefault(key, len(codes)) for key in map(_key, values)]
        with self.path.open("ab") as file:
            np.asarray(coded, dtype=np.int32).tofile(file)
        self.rows += len(coded)

    def column(self) -> Column:
        # Read from the file as needed: tables may be larger than memory.
        codes = np.asarray(np.memmap(self.path, dtype=np.int32, mode="r")) if self.rows else np.zeros(0, np.int32)
        return Column(codes, max(1, len(self.codes)))


def coded(batches: Iterator[Batch], scratch: Path) -> CodedTable:
    """The table of all `batches`, its codes in files of `scratch`. Values that Python calls equal are equal."""
    growing: dict[str, _Growing] = {}
    rows = 0
    for batch in batches:
        for name, given in batch.more.items():
            if name not in growing:
                growing[name] = _Growing(scratch / f"column{len(growing)}.codes")
                _fill(growing[name], rows)
            growing[name].add(given)
        rows += len(batch.ids)
        for column in growing.values():
            _fill(column, rows)
    values: list[list[object]] = [[_value(key) for key in column.codes] for column in growing.values()]
    return CodedTable(rows, list(growing), [column.column() for column in growing.values()], values)


def _fill(column: _Growing, rows: int) -> None:
    """A file may lack a column that others have."""
    while column.rows < rows:
        column.add([None] * min(10_000, rows - column.rows))


def _key(value: object) -> object:
    """What tells a value from others: NaN equals itself here, truth is no number, and long text is told by its hash."""
    if type(value) is str:
        return value if len(value) <= LONGEST else _long(value)
    if value is None or value != value:  # only NaN differs from itself
        return _NOTHING
    if type(value) is bool:
        return "truth", value
    if isinstance(value, int | float):
        return value
    return _long(json.dumps(value, sort_keys=True, default=repr, ensure_ascii=False))


def _value(key: object) -> object:
    return key[1] if isinstance(key, tuple) else key


def _long(text: str) -> object:
    from hashlib import blake2b

    return "text", blake2b(text.encode("utf-8", errors="surrogatepass"), digest_size=16).hexdigest()
