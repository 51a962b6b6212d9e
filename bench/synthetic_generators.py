"""Synthetic tables of known kinds, to try measures on: copies, shuffled columns, Gaussian copula, trees.

Tables are columns of words by name, as a CSV has them. The copula is that of Patki et al. (2016), The synthetic data
vault; trees column by column are those of Reiter (2005), Using CART to generate partially synthetic microdata.
"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.stats import norm
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

Columns = dict[str, npt.NDArray[np.str_]]
FEW = 10


def shuffled(real: Columns, rows: int, seed: int) -> Columns:
    """Every column drawn by itself: right columns, nothing between them."""
    drawn = np.random.default_rng(seed)
    return {name: drawn.choice(values, rows) for name, values in real.items()}


def jittered(real: Columns, rows: int, seed: int, much: float = 0.01) -> Columns:
    """Real rows with next to no noise in their numbers: copies in all but name."""
    drawn = np.random.default_rng(seed)
    which = drawn.permutation(len(next(iter(real.values()))))[:rows]
    made = {}
    for name, values in real.items():
        numbers = as_numbers(values)
        if numbers is None or len(np.unique(numbers)) <= FEW:
            made[name] = values[which]
        else:
            noise = much * numbers.std() * drawn.normal(size=len(which))
            made[name] = (numbers[which] + noise).astype(str)
    return made


def gaussian(real: Columns, rows: int, seed: int) -> Columns:
    """A Gaussian copula: ranks of each column as normal scores, their correlations, drawn anew and turned back."""
    drawn = np.random.default_rng(seed)
    cells = {name: _cells(values) for name, values in real.items()}
    scores = np.column_stack([_scores(cells[name][0], drawn) for name in real])
    together = np.corrcoef(scores, rowvar=False)
    again = norm.cdf(drawn.multivariate_normal(np.zeros(len(real)), together, size=rows, method="eigh"))
    made = {}
    for n, (name, (codes, values)) in enumerate(cells.items()):
        ordered = np.sort(codes)
        made[name] = values[ordered[np.minimum((again[:, n] * len(ordered)).astype(int), len(ordered) - 1)]]
    return made


def trees(real: Columns, rows: int, seed: int, leaf: int = 20) -> Columns:
    """A tree for each column from those before it: its value is drawn from the real ones in the leaf."""
    drawn = np.random.default_rng(seed)
    known, made_known, made = (
        np.empty((len(next(iter(real.values()))), 0)),
        np.empty((rows, 0)),
        dict[str, np.ndarray](),
    )
    for name, values in real.items():
        codes, kinds = _cells(values)
        if known.shape[1] == 0:
            chosen = drawn.choice(codes, rows)
        else:
            kind = DecisionTreeClassifier if len(kinds) <= FEW or as_numbers(values) is None else DecisionTreeRegressor
            tree = kind(min_samples_leaf=leaf, random_state=seed).fit(known, codes)
            chosen = _from_leaves(tree.apply(known), codes, tree.apply(made_known), drawn)
        made[name] = kinds[chosen]
        known, made_known = np.column_stack((known, codes)), np.column_stack((made_known, chosen))
    return made


def write(path: Path, columns: Columns) -> Path:
    """`columns` as a CSV at `path`."""
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(columns)
        out.writerows(zip(*(values.tolist() for values in columns.values()), strict=True))
    return path


def take(columns: Columns, which: npt.NDArray[np.intp]) -> Columns:
    """The rows `which`."""
    return {name: values[which] for name, values in columns.items()}


def breast_cancer() -> Columns:
    """569 patients of scikit-learn's copy: 30 numbers, and the label `benign`."""
    from sklearn.datasets import load_breast_cancer

    given = load_breast_cancer()
    columns = {name.replace(" ", "_"): given.data[:, n].astype(str) for n, name in enumerate(given.feature_names)}
    return columns | {"benign": given.target.astype(str)}


def adult(path: Path) -> Columns:
    """The rows of a file of Adult without their survey weight, which is no fact of a person."""
    names = ("age", "work", "weight", "education", "years", "marital", "job", "relation", "race", "sex", "gain", "loss",
             "hours", "country", "income")  # fmt: skip
    with path.open(encoding="utf-8") as file:
        rows = [[cell.strip() for cell in row] for row in csv.reader(file) if len(row) == len(names)]
    columns = {name: np.array(values) for name, values in zip(names, zip(*rows, strict=True), strict=True)}
    columns["income"] = np.char.rstrip(columns["income"], ".")
    del columns["weight"]
    return columns


def as_numbers(values: npt.NDArray[np.str_]) -> npt.NDArray[np.float64] | None:
    """`values` as numbers, None where one is none."""
    try:
        return values.astype(float)
    except ValueError:
        return None


def _cells(values: npt.NDArray[np.str_]) -> tuple[np.ndarray, np.ndarray]:
    """Codes of `values` in the order of numbers, or of how often they occur, and what they stand for."""
    kinds, codes, often = np.unique(values, return_inverse=True, return_counts=True)
    numbers = as_numbers(kinds)
    order = np.argsort(-often if numbers is None else numbers, kind="stable")
    place = np.empty(len(kinds), dtype=int)
    place[order] = np.arange(len(kinds))
    return place[codes], kinds[order]


def _scores(codes: np.ndarray, drawn: np.random.Generator) -> np.ndarray:
    order = np.lexsort((drawn.random(len(codes)), codes))
    ranks = np.empty(len(codes))
    ranks[order] = np.arange(len(codes))
    return norm.ppf((ranks + 0.5) / len(codes))


def _from_leaves(leaves: np.ndarray, codes: np.ndarray, asked: np.ndarray, drawn: np.random.Generator) -> np.ndarray:
    order = np.argsort(leaves, kind="stable")
    ordered, values = leaves[order], codes[order]
    first, last = np.searchsorted(ordered, asked, "left"), np.searchsorted(ordered, asked, "right")
    return values[(first + drawn.random(len(asked)) * (last - first)).astype(int)]
