"""Completions of one model: of each its prompt's id, the subset of that prompt and, of several, which sample it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from headgate import frames
from headgate.errors import BadInput, UsageError
from headgate.frames import Frame
from headgate.plain import plain

WHOLE = "all"  # the subset of prompts of which none is told


@dataclass(frozen=True, slots=True)
class Completions:
    """One row a completion: columns of equal length; `ref` names what made them, `prompts` is empty where not told.

    `unanswered` counts the prompts that got no completion, since they were longer than the model can read.
    """

    ref: str
    ids: Sequence[str]
    samples: Sequence[str]
    subsets: Sequence[str]
    texts: Sequence[str]
    prompts: Sequence[str] = ()
    unanswered: int = 0


def read(path: Path, *, subset: str = "subset") -> Completions:
    """The completions in a table with the columns id and completion; sample, prompt and `subset` where it has them.

    Raises `BadInput` for an empty id, a sample that comes twice, or a prompt in two subsets.
    """
    table = frames.read(path)
    needs(table, "id", "completion")
    ids = _named(table, "id")
    there = table.columns
    samples = _named(table, "sample") if "sample" in there else ["0"] * table.rows
    seen: set[tuple[str, str]] = set()
    for one in zip(ids, samples, strict=True):
        if one in seen:
            msg = f"{plain(path)}: sample {plain(one[1], 40)} of the prompt {plain(one[0], 60)} comes twice. "
            raise BadInput(msg + "Number several samples of a prompt in a column sample.")
        seen.add(one)
    subsets = subsets_of(table, subset)
    told: dict[str, str] = {}
    for name, part in zip(ids, subsets, strict=True):
        if told.setdefault(name, part) != part:
            msg = f"{plain(path)}: the prompt {plain(name, 60)} is in two subsets. Give each prompt one."
            raise BadInput(msg)
    return Completions(
        table.ref, ids, samples, subsets, _texts(table, "completion"),
        _texts(table, "prompt") if "prompt" in there else (),
    )  # fmt: skip


def subsets_of(table: Frame, subset: str) -> list[str]:
    """The subset of each row; all rows in one where the column `subset` is not there and was not asked for by name.

    Raises `UsageError` for a column of texts or ids: what subsets are called is shown.
    """
    if subset in ("id", "prompt", "completion"):
        msg = f"the column {subset} names no subsets, and would be shown. Name another with --subset."
        raise UsageError(msg)
    if subset == "subset" and subset not in table.columns:
        return [WHOLE] * table.rows
    return [plain(one, 60) or "none" for one in table.words(subset).tolist()]


def needs(table: Frame, *columns: str) -> None:
    """Raise `UsageError` where a column lacks, without those that are there: in a table without a header texts are."""
    for name in columns:
        if name not in table.columns:
            msg = f"{plain(table.path)} has no column {name}. Its first row must name the columns {', '.join(columns)}."
            raise UsageError(msg)


def _named(table: Frame, column: str) -> list[str]:
    words = [plain(one, 200) for one in table.words(column).tolist()]
    if "" in words:
        msg = f"{plain(table.path)}, row {words.index('') + 1}: {column} is empty. Name every row."
        raise BadInput(msg)
    return words


def _texts(table: Frame, column: str) -> list[str]:
    # kept as they are: arrays of texts would make each as long as the longest
    return ["" if one is None or one != one else str(one) for one in table.column(column).tolist()]
