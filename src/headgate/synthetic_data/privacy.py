"""Privacy: whether synthetic rows lie nearer to the rows they were made from than to fresh real ones.

Reference: distances to the closest real record as in Belgodere et al. (2023), arXiv 2304.10819. The attack is one by
distance on membership (Chen et al. 2020, GAN-Leaks, arXiv 1909.03935), the weakest there is: it needs no model.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from headgate.synthetic_data.columns import Coding, Floats, Rows, points

KEPT = 8  # closest rows that are kept of each
NEAR = 0.01  # share of fresh rows that lie nearest to the real ones: nearer than those is a near copy


@dataclass(frozen=True, slots=True)
class Distances:
    """Distances to the closest row, each (rows,).

    Of synthetic rows to real ones (`to_train`) and to as many fresh ones (`to_fresh`); of fresh rows to as many real
    ones (`fresh_to_train`); and to the synthetic rows, of real ones (`train_to_made`) and fresh ones (`fresh_to_made`).
    Of the first two also those to the next closest, (rows, 8), with the rows they are to.
    """

    train_nearest: tuple[Floats, npt.NDArray[np.intp]]
    fresh_nearest: tuple[Floats, npt.NDArray[np.intp]]
    fresh_to_train: Floats
    train_to_made: Floats
    fresh_to_made: Floats
    against: int  # rows of the real ones, and of the fresh ones

    @property
    def to_train(self) -> Floats:
        """Of each synthetic row to the closest real one."""
        return self.train_nearest[0][:, 0]

    @property
    def to_fresh(self) -> Floats:
        """Of each synthetic row to the closest fresh one."""
        return self.fresh_nearest[0][:, 0]


def distances(
    train: Rows, fresh: Rows, made: Rows, coding: Coding, *, rows: int = 5_000, against: int = 20_000, seed: int = 0
) -> Distances:
    """The distances of up to `rows` rows each to up to `against` rows, as many real as fresh ones, drawn at random."""
    drawn = np.random.default_rng(seed)
    each = min(len(train), len(fresh), against)
    real, other, synthetic = (
        points(_drawn(one, most, drawn), coding) for one, most in ((train, each), (fresh, each), (made, against))
    )
    asked = min(rows, each)
    return Distances(
        nearest(synthetic[:rows], real), nearest(synthetic[:rows], other), closest(other[:asked], real),
        closest(real[:asked], synthetic), closest(other[:asked], synthetic), each,
    )  # fmt: skip


def closest(one: Floats, other: Floats) -> Floats:
    """The distance of each row of `one` (n, d) to the closest of `other` (m, d)."""
    return np.asarray(nearest(one, other, 1)[0][:, 0])


def nearest(one: Floats, other: Floats, number: int = KEPT) -> tuple[Floats, npt.NDArray[np.intp]]:
    """The distances of each row of `one` (n, d) to the closest `number` of `other` (m, d), in order, and which."""
    from sklearn.neighbors import NearestNeighbors

    model = NearestNeighbors(n_neighbors=min(number, len(other)), algorithm="brute").fit(other)
    which = model.kneighbors(one, return_distance=False)
    exact = np.stack([np.sqrt(((one - other[column]) ** 2).sum(1)) for column in which.T], axis=1)
    order = np.argsort(exact, axis=1, kind="stable")  # exact, so that a copy is 0 apart
    return np.take_along_axis(exact, order, 1), np.take_along_axis(which, order, 1)


def ratio(found: Distances) -> float:
    """How far synthetic rows lie from the closest real row, as a share of how far from the closest fresh one."""
    return _ratio(found.to_train.mean(), found.to_fresh.mean())


def ratios(found: Distances, draws: int, seed: int) -> Floats:
    """The same of `draws` bootstrap samples of synthetic, real and fresh rows, (draws,).

    A closest row that a sample has not gives way to the next; the last of those kept stays (under 1 in 1,000).
    """
    drawn = np.random.default_rng(seed)
    rows, made = len(found.to_train), np.empty(draws)
    for n in range(draws):
        which = drawn.integers(0, rows, rows)
        means = []
        for far, to in (found.train_nearest, found.fresh_nearest):
            there = np.bincount(drawn.integers(0, found.against, found.against), minlength=found.against) > 0
            kept = there[to[which]]
            kept[:, -1] = True
            means.append(far[which, kept.argmax(1)].mean())
        made[n] = _ratio(*means)
    return made


def copies(real: Rows, rows: Rows) -> npt.NDArray[np.bool_]:
    """Which of `rows` (n,) stand among `real` as they are, all columns alike."""
    known, asked = (
        np.ascontiguousarray(np.hstack((one.numbers, one.codes.astype(np.float64)))) + 0.0 for one in (real, rows)
    )
    kind = np.dtype((np.void, known.dtype.itemsize * known.shape[1]))
    return np.isin(asked.view(kind).ravel(), known.view(kind).ravel())


def near_copies(found: Distances) -> tuple[float, float]:
    """The share of synthetic rows as near to a real one as the nearest 1 in 100 fresh rows are; and that of fresh rows.

    The latter is 0.01, and more where many are alike.
    """
    return _near(found.to_train, found.fresh_to_train)


def near_copies_again(found: Distances, draws: int, seed: int) -> Floats:
    """The first less the second share of `draws` bootstrap samples of synthetic and of fresh rows, (draws,)."""
    drawn = np.random.default_rng(seed)
    made, fresh = found.to_train, found.fresh_to_train
    shares = [_near(drawn.choice(made, len(made)), drawn.choice(fresh, len(fresh))) for _ in range(draws)]
    return np.array([near - usual for near, usual in shares])


def caught(found: Distances) -> float:
    """The share of real rows nearer to a synthetic one than all but 1 in 100 fresh rows: 0.01 where nothing is told.

    Where fresh rows are tied at that distance, real rows tied with them count in proportion.
    """
    far = np.quantile(found.fresh_to_made, NEAR)
    real, fresh = ((one < far).mean() for one in (found.train_to_made, found.fresh_to_made))
    tied, tied_fresh = ((one == far).mean() for one in (found.train_to_made, found.fresh_to_made))
    part = (NEAR - fresh) / tied_fresh if tied_fresh else 0.0
    return float(real + tied * np.clip(part, 0, 1))


def _near(made: Floats, fresh: Floats) -> tuple[float, float]:
    far = np.quantile(fresh, NEAR)
    return float((made <= far).mean()), float((fresh <= far).mean())


def _ratio(train: float, fresh: float) -> float:
    return float(train / fresh) if fresh > 0 else 1.0


def _drawn(rows: Rows, most: int, drawn: np.random.Generator) -> Rows:
    return rows.take(drawn.permutation(len(rows))[:most])
