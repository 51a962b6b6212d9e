"""Rows of the Adult census table of ../shared/data as arrays, for tests that measure on real people's decisions."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

NAMES = (
    "age", "workclass", "fnlwgt", "education", "years", "marital", "occupation", "relationship", "race", "sex",
    "gain", "loss", "hours", "country", "income",
)  # fmt: skip
NUMBERS = ("age", "years", "gain", "loss", "hours")
WORDS = ("workclass", "education", "marital", "occupation", "relationship", "country")


@dataclass(frozen=True)
class Adult:
    """`columns` by name as texts, `earns` whether over 50,000 dollars."""

    columns: dict[str, npt.NDArray[np.str_]]
    earns: npt.NDArray[np.bool_]

    def features(self, names: tuple[str, ...] = (*NUMBERS, *WORDS)) -> npt.NDArray[np.float64]:
        """Numbers as they are, words as their place among the sorted words (the same in both files but by chance)."""
        return np.column_stack([
            self.columns[one].astype(float) if one in NUMBERS
            else [_place(word) for word in self.columns[one].tolist()]
            for one in names
        ])  # fmt: skip


def read(data: Path, part: str = "test") -> Adult:
    """The official part "train" (32,561 rows) or "test" (16,281 rows)."""
    with (data / "fairness" / f"adult-{part}.csv").open(encoding="utf-8", newline="") as file:
        rows = [[cell.strip() for cell in row] for row in csv.reader(file) if len(row) == len(NAMES)]
    columns = {name: np.array(values) for name, values in zip(NAMES, zip(*rows, strict=True), strict=True)}
    return Adult(columns, np.char.startswith(columns["income"], ">50K"))


_PLACES: dict[str, int] = {}


def _place(word: str) -> int:
    return _PLACES.setdefault(word, len(_PLACES))
