"""Adult, German credit and Bank marketing as arrays, for tests and benchmarks. Texts become codes by sorted value."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import NamedTuple

import numpy as np


class People(NamedTuple):
    """`x` (n, columns) float, `y` (n) 0 or 1, and groups (n) of texts by name."""

    x: np.ndarray
    y: np.ndarray
    groups: dict[str, np.ndarray]

    def take(self, rows: np.ndarray) -> People:
        """The rows `rows`."""
        return People(self.x[rows], self.y[rows], {name: one[rows] for name, one in self.groups.items()})


def adult(data: Path) -> tuple[People, People]:
    """Train and official test rows: income above 50,000; groups sex and race."""
    train, test = (_rows(data / f"fairness/adult-{one}.csv", header=False) for one in ("train", "test"))
    columns = [np.array(one) for one in zip(*train, *test, strict=True)]
    y = np.array([one.rstrip(".") == ">50K" for one in columns[14].tolist()]).astype(int)
    every = People(_coded(columns[:14]), y, {"sex": columns[9], "race": columns[8]})
    cut = len(train)
    return every.take(np.arange(cut)), every.take(np.arange(cut, len(y)))


def german(data: Path) -> People:
    """1,000 rows: good credit (1); groups sex (A92 and A95 are women) and age (over 25)."""
    head, *rows = _rows(data / "fairness/german.csv", header=True)
    columns = [np.array(one) for one in zip(*rows, strict=True)]
    by = dict(zip(head, columns, strict=True))
    goal = head.index(next(one for one in head if one in ("credit", "default", "class", "target")))
    y = (columns[goal] == "1").astype(int)
    sex = np.where(np.isin(by["personal_status"], ["A92", "A95"]), "female", "male")
    age = np.where(by["age"].astype(float) > 25, "over 25", "to 25")
    return People(_coded([one for i, one in enumerate(columns) if i != goal]), y, {"sex": sex, "age": age})


def bank(data: Path) -> People:
    """45,212 rows as they stand: a term deposit was subscribed; groups marital and age (25 to 60, or not).

    The length of the call is left out: it is known only after the outcome.
    """
    head, *rows = _rows(data / "fairness/bank-full.csv", header=True)
    columns = [np.array(one) for one in zip(*rows, strict=True)]
    by = dict(zip(head, columns, strict=True))
    years = by["age"].astype(float)
    age = np.where((years >= 25) & (years <= 60), "25 to 60", "younger or older")
    kept = [by[one] for one in head if one not in ("y", "duration")]
    return People(_coded(kept), (by["y"] == "yes").astype(int), {"marital": by["marital"], "age": age})


def _rows(path: Path, *, header: bool) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        rows = [[cell.strip() for cell in row] for row in csv.reader(file, skipinitialspace=True)]
    width = max(map(len, rows[:5]))
    return [row for row in rows if len(row) == width] if not header else [row for row in rows if row]


def _coded(columns: list[np.ndarray]) -> np.ndarray:
    found = []
    for one in columns:
        try:
            found.append(one.astype(float))
        except ValueError:
            found.append(np.unique(one, return_inverse=True)[1].astype(float))
    return np.stack(found, axis=1)


def table(path: Path, s: np.ndarray, y: np.ndarray, g: np.ndarray) -> Path:
    """A CSV at `path` of scores, labels and groups, as the measures read them."""
    lines = [f"{int(b)},{a},{c}" for a, b, c in zip(s.tolist(), y.tolist(), g.tolist(), strict=True)]
    path.write_text("\n".join(["label,score,group", *lines]) + "\n", encoding="utf-8")
    return path
