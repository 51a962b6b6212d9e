"""What fairness costs where only k positive decisions can be made: the best allocation, the fair one, the loss.

Within a group whoever scores higher comes first, so an allocation is a number of places for each group. The fair one
has the smallest gap of selection rates (or of recall) between groups that whole numbers allow; among those, the highest
sum of scores. Ties of scores are broken by lot.

Reference: Goethals et al. (2024), Resource-constrained Fairness, arXiv 2406.01290.
Checked against: enumeration of every choice of k of up to 14 rows (tests/fairness/test_capacity.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from headgate.errors import UsageError
from headgate.fairness import places
from headgate.fairness.counts import Floats
from headgate.fairness.places import Ints
from headgate.plain import plain

Parity = Literal["selection", "recall"]
_NEAR = 1e-9


@dataclass(frozen=True, slots=True)
class Ranked:
    """Rows by descending score: `score`, `hit` (what a place given to the row is worth), `group` and `row` (n each).

    `hit` is 1 or 0 for a label, or the probability of one where labels are not known.
    """

    score: Floats
    hit: Floats
    group: Ints
    row: Ints
    names: tuple[str, ...]

    @property
    def sizes(self) -> Ints:
        """Rows of each group."""
        return np.bincount(self.group, minlength=len(self.names))

    def drawn(self, times: Ints) -> Ranked:
        """The same with row i standing in it `times`[i] times, by place in this ranking."""
        again = np.repeat(np.arange(len(self.row)), times)
        return Ranked(self.score[again], self.hit[again], self.group[again], self.row[again], self.names)


@dataclass(frozen=True, slots=True)
class Cost:
    """Of `k` places: how many each group gets at `best` and at `fair`, and the hits each group has by these."""

    k: int
    best: Ints
    fair: Ints
    best_hits: Floats
    fair_hits: Floats

    @property
    def lost(self) -> float:
        """Hits lost by being fair; below 0 where scores are so uneven between groups that fairness finds more."""
        return float(self.best_hits.sum() - self.fair_hits.sum())

    @property
    def precision_lost(self) -> float:
        """The same for each place; 0 where there are none."""
        return self.lost / self.k if self.k else 0.0


def ranked(
    scores: npt.ArrayLike, groups: npt.ArrayLike, *, labels: npt.ArrayLike | None = None, seed: int = 0
) -> Ranked:
    """Rank rows by `scores` (n) within and across `groups` (n); `labels` (n, 0 to 1) say what each is worth.

    Without labels the scores count as probabilities. Raises `UsageError` where lengths differ, nothing is given, or
    a score is not finite.
    """
    score, group = np.asarray(scores, dtype=np.float64), np.asarray(groups)
    hit = score if labels is None else np.asarray(labels, dtype=np.float64)
    if not (len(score) == len(group) == len(hit)) or not len(score):
        msg = f"{len(score)} scores, {len(group)} groups and {len(hit)} labels do not fit. Give as many of each."
        raise UsageError(msg)
    if not (np.isfinite(score).all() and (hit >= 0).all() and (hit <= 1).all()):
        msg = "scores must be finite, and labels (or scores that stand in for them) from 0 to 1."
        raise UsageError(msg)
    names, member = np.unique(group.astype(str), return_inverse=True)
    order = np.lexsort((np.random.default_rng(seed).permutation(len(score)), -score))
    return Ranked(score[order], hit[order], member[order], order, tuple(names.tolist()))


def best(rows: Ranked, k: int) -> Ints:
    """Places of each group when the `k` highest scores get one. Raises `UsageError` where there are fewer rows."""
    _possible(rows, k)
    return np.bincount(rows.group[:k], minlength=len(rows.names))


def fair(rows: Ranked, k: int, parity: Parity = "selection") -> Ints:
    """Places of each group with the smallest gap of `parity` between groups, then the highest sum of scores.

    `recall` counts the rows whose hit is 1, and needs one in each group. Raises `UsageError`.
    """
    _possible(rows, k)
    if parity not in get_args(Parity):
        msg = f"no parity {plain(parity, 40)!r}. Choose from {', '.join(get_args(Parity))}."
        raise UsageError(msg)
    if (name := wanting(rows, parity)) is not None:
        msg = f"the group {plain(name, 40)!r} has no positive row, so its recall is unknown."
        raise UsageError(msg)
    counted = np.ones(len(rows.row), dtype=bool) if parity == "selection" else rows.hit == 1
    members = [rows.group == one for one in range(len(rows.names))]
    return places.nearest([places.ends(counted[one]) for one in members], [rows.score[one] for one in members], k)


def wanting(rows: Ranked, parity: Parity) -> str | None:
    """The first group whose rate is 0 by 0: without rows, or for `recall` without a row whose hit is 1."""
    there = rows.sizes if parity == "selection" else np.bincount(rows.group, rows.hit == 1, len(rows.names))
    return None if (there > 0).all() else rows.names[int(np.argmin(there > 0))]


def chosen(rows: Ranked, given: npt.ArrayLike) -> Ints:
    """The rows, by place in what `ranked` was given, that get the `given` places of their groups, best score first."""
    many = np.asarray(given)
    rank = np.empty(len(rows.row), dtype=np.int64)
    for group in range(len(rows.names)):
        member = rows.group == group
        rank[member] = np.arange(int(member.sum()))
    found: Ints = rows.row[rank < many[rows.group]]
    return found


def cost(rows: Ranked, k: int, parity: Parity = "selection", *, fairly: Ints | None = None) -> Cost:
    """What `parity` costs with `k` places; `fairly` are places to judge in place of those of `fair`."""
    at_best, at_fair = best(rows, k), fair(rows, k, parity) if fairly is None else fairly
    hits = [np.concatenate(([0.0], np.cumsum(rows.hit[rows.group == one]))) for one in range(len(rows.names))]
    return Cost(
        k, at_best, at_fair,
        np.array([one[a] for one, a in zip(hits, at_best.tolist(), strict=True)]),
        np.array([one[a] for one, a in zip(hits, at_fair.tolist(), strict=True)]),
    )  # fmt: skip


def redrawn(
    rows: Ranked, ks: Sequence[int], parity: Parity = "selection", *, draws: int = 1000, seed: int = 0
) -> Floats:
    """Hits lost with each of `ks` places in bootstrap samples of the rows, shape (draws, ks).

    Rows are drawn anew and the places allocated anew. NaN where a sample leaves a group without what `parity` needs.
    """
    random, n = np.random.default_rng(seed), len(rows.row)
    found = np.full((draws, len(ks)), np.nan)
    for draw in range(draws):
        sample = rows.drawn(np.bincount(random.integers(0, n, n), minlength=n))
        if wanting(sample, parity) is None:
            found[draw] = [cost(sample, k, parity).lost for k in ks]
    return found


def carried(given: npt.ArrayLike, sizes: npt.ArrayLike, to: npt.ArrayLike, k: int) -> Ints:
    """`k` places over groups of sizes `to`, as shares of a group near those that `given` are of `sizes`.

    For places found on validation rows. The whole numbers are those of the largest remainders.
    """
    rates, room = np.asarray(given) / np.asarray(sizes), np.asarray(to, dtype=np.int64)
    if not 0 <= k <= room.sum():
        msg = f"{k} places for {int(room.sum())} rows. Give from 0 to as many."
        raise UsageError(msg)
    low, high = 0.0, 1.0 / max(float(rates[rates > 0].min(initial=1.0)), _NEAR)
    for _ in range(100):  # the factor by which all shares grow or shrink until they fill k places
        middle = (low + high) / 2
        low, high = (middle, high) if np.minimum(rates * middle, 1) @ room < k else (low, middle)
    wanted = np.minimum(rates * high, 1) * room
    found: Ints = np.floor(wanted + _NEAR).astype(np.int64)
    # a group that got no place on the validation rows still has room where every other group is full
    by_remainder = np.argsort(found - wanted, kind="stable")
    while (left := k - int(found.sum())) > 0:
        found[by_remainder[found[by_remainder] < room[by_remainder]][:left]] += 1
    return found


def _possible(rows: Ranked, k: int) -> None:
    if not 0 <= k <= len(rows.row):
        msg = f"{k} places for {len(rows.row)} rows. Give from 0 to as many."
        raise UsageError(msg)
