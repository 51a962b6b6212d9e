"""What `screen contamination` reads beside the dataset: the benchmark's items, and how models did on each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from headgate.errors import BadInput
from headgate.reading import read
from headgate.reading.find import find
from headgate.reading.items import text_id
from headgate.shapes import Batch, Columns, Trouble

DIFFICULTY = "difficulty"
_KEYS = ("item", "text")


@dataclass(frozen=True, slots=True)
class Benchmark:
    """The distinct items of a benchmark: id, text and the file of each; and how many rows could not be read."""

    ids: list[str]
    texts: list[str]
    files: list[str]
    unread: int


@dataclass(frozen=True, slots=True)
class Results:
    """What each model got on each item (NaN: nothing), and how difficult each is, where that was given."""

    models: dict[str, np.ndarray[tuple[int], np.dtype[np.float64]]]
    difficulty: np.ndarray[tuple[int], np.dtype[np.float64]] | None


def benchmark(path: Path, columns: str | None) -> Benchmark:
    """The items of the file or folder `path`: one column (None: guessed), or several joined by line breaks.

    Raises `BadInput` where there is no item.
    """
    names = [name.strip() for name in (columns or "").split(",") if name.strip()]
    found: dict[str, tuple[str, str]] = {}
    troubles: list[Trouble] = []
    for batch in _batches(path, _columns(names), troubles):
        for text in _texts(batch, names):
            found.setdefault(text_id(text), (text, batch.file))
    if not found:
        why = f" ({troubles[0].file}: {troubles[0].why})" if troubles else ""
        msg = f"no benchmark item in {path}{why}. Give a Parquet, JSONL, CSV or text file, and --columns."
        raise BadInput(msg)
    return Benchmark(list(found), [text for text, _ in found.values()], [file for _, file in found.values()],
                     len(troubles))  # fmt: skip


def results(path: Path, ids: list[str]) -> Results:
    """Results by item: rows with `item` (its sha256) or `text`, and a column of numbers for each model.

    The column `difficulty`, if any, is no model. Several rows of one item count as their mean.
    Raises `BadInput` where no row fits an item or there is no number.
    """
    place = {ident: number for number, ident in enumerate(ids)}
    sums: dict[str, np.ndarray[tuple[int], np.dtype[np.float64]]] = {}
    rows: dict[str, np.ndarray[tuple[int], np.dtype[np.float64]]] = {}
    for batch in _batches(path, Columns("table"), []):
        at = [place.get(key, -1) for key in _keys(path, batch)]
        for name, values in batch.more.items():
            if name in _KEYS:
                continue
            for item, value in zip(at, values, strict=True):
                number = _number(value)
                if item >= 0 and number is not None:
                    sums.setdefault(name, np.zeros(len(ids)))[item] += number
                    rows.setdefault(name, np.zeros(len(ids)))[item] += 1
    if not set(sums) - {DIFFICULTY}:
        msg = f"{path} has no number for any item of the benchmark. Give `item` or `text`, and a column for each model."
        raise BadInput(msg)
    with np.errstate(invalid="ignore"):
        means = {name: sums[name] / np.where(rows[name] > 0, rows[name], np.nan) for name in sums}
    return Results({name: means[name] for name in means if name != DIFFICULTY}, means.get(DIFFICULTY))


def _columns(names: list[str]) -> Columns:
    return Columns("table") if len(names) > 1 else Columns("texts", names[0] if names else None)


def _batches(path: Path, columns: Columns, troubles: list[Trouble]) -> Iterator[Batch]:
    dataset = find(path, columns)
    troubles.extend(dataset.troubles)
    return read.every(dataset, columns, troubles)


def _texts(batch: Batch, names: list[str]) -> list[str]:
    if len(names) < 2:
        return batch.texts
    missing = [name for name in names if name not in batch.more]
    if missing:
        msg = f"the benchmark has no column {missing[0]!r}. It has {', '.join(sorted(batch.more)[:20])}."
        raise BadInput(msg)
    return ["\n".join(_written(value) for value in row) for row in zip(*(batch.more[n] for n in names), strict=True)]


def _written(value: object) -> str:
    """A value as text: the members of a list (such as choices) line by line."""
    if isinstance(value, (list, tuple)):
        return "\n".join(_written(one) for one in value)
    return "" if value is None else str(value)


def _keys(path: Path, batch: Batch) -> list[str]:
    if "item" in batch.more:
        return [str(value) for value in batch.more["item"]]
    if "text" in batch.more:
        return [text_id(str(value)) for value in batch.more["text"]]
    msg = f"{path} has neither `item` (the sha256 of an item's text) nor `text`. Give one of them with every row."
    raise BadInput(msg)


def _number(value: object) -> float | None:
    if isinstance(value, (bool, int, float)):
        return float(value)
    try:
        return float(value) if isinstance(value, str) else None
    except ValueError:
        return None
