"""Joint leak of layered defences, measured on the same harmful items, beside the product that independence would give.

A layer that was not measured on an item (a reviewer whom nobody tested, say) gets no credit there: it lets the item
pass.

Reference: the "Swiss cheese" model, J. Reason (2000), Human error: models and management, BMJ 320, 768-770; intervals
as in `evidence/clustered.py`; phi's from the influence function of a correlation, S. J. Devlin, R. Gnanadesikan and
J. R. Kettenring (1975), Robust estimation and outlier detection with correlation coefficients, Biometrika 62,
531-545.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from math import atanh, prod, sqrt, tanh

import numpy as np
import numpy.typing as npt

from headgate.evidence.clustered import Column, Floats, Share, numbered, share, t_quantile

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer: on how many items it was measured, what it lets pass by itself, and what it is worth.

    `worth` is the share of all items that it alone stops, by which the joint leak would rise without it.
    """

    name: str
    measured: int
    leak: Share
    worth: Share


@dataclass(frozen=True, slots=True)
class Dependence:
    """Phi of two layers' leaks over items measured by both: above 0, they miss the same items. None where undefined."""

    first: str
    second: str
    items: int
    phi: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class JointLeak:
    """The share of harmful items that pass every layer, and what the layers' own leaks multiply to."""

    items: int
    joint: Share
    product: float
    layers: tuple[Layer, ...]
    pairs: tuple[Dependence, ...]


def joint_leak(
    stopped: npt.ArrayLike, names: Sequence[str], *, groups: Column | None = None, confidence: float = 0.95
) -> JointLeak:
    """What leaks through all layers of `names`, from `stopped`: harmful items down, layers across.

    A cell is 1 or True where the layer stopped the item, 0 or False where it let it pass, NaN or None where nobody
    measured. `groups` are items that may be missed together (an author's, a family's), any labels, one for each item.
    Raises `ValueError` for a table of another shape, other values, or fewer than two items or groups.
    """
    table = np.asarray(stopped, dtype=float)
    if table.ndim != 2 or table.shape[1] != len(names) or not names:
        msg = f"A table of shape {table.shape} does not fit {len(names)} layers. Give items down, layers across."
        raise ValueError(msg)
    measured: Flags = ~np.isnan(table)
    if not np.isin(table[measured], (0, 1)).all():
        msg = "An outcome is neither 0, 1 nor missing. Give 1 for stopped, 0 for passed, NaN for not measured."
        raise ValueError(msg)
    stops: Flags = np.where(measured, table, 0) == 1
    count = stops.sum(axis=1)
    alone = stops & (count == 1)[:, None]
    layers = tuple(
        Layer(
            name,
            int(measured[:, n].sum()),
            _share(~stops[:, n], groups, confidence),
            _share(alone[:, n], groups, confidence),
        )
        for n, name in enumerate(names)
    )
    pairs = tuple(
        _dependence((names[a], names[b]), 1 - table[:, [a, b]], groups, confidence)
        for a, b in combinations(range(len(names)), 2)
    )
    joint = _share(count == 0, groups, confidence)
    return JointLeak(len(table), joint, prod(layer.leak.estimate for layer in layers), layers, pairs)


def _share(hits: Flags, groups: Column | None, confidence: float) -> Share:
    found = share(hits, groups=groups, confidence=confidence)
    if found is None:
        msg = f"{len(hits)} items in fewer than two groups give no interval. Measure more."
        raise ValueError(msg)
    return found


def _dependence(names: tuple[str, str], leaks: Floats, groups: Column | None, confidence: float) -> Dependence:
    both = ~np.isnan(leaks).any(axis=1)
    pair, items = leaks[both], int(both.sum())
    code = numbered(None if groups is None else np.asarray(groups)[both], items)
    if items < 2 or code.max() < 1 or (pair.std(axis=0) == 0).any():
        return Dependence(*names, items, None, None, None)
    first, second = ((pair - pair.mean(axis=0)) / pair.std(axis=0)).T
    phi = float(np.clip(first @ second / items, -1, 1))
    if abs(phi) > 1 - 1e-9:
        return Dependence(*names, items, phi, None, None)
    moved = np.bincount(code, first * second - phi / 2 * (first**2 + second**2)) / items
    error = sqrt(float(moved @ moved) * len(moved) / (len(moved) - 1))
    # On the scale of atanh the interval keeps within -1 and 1.
    half = t_quantile(len(moved) - 1, confidence) * error / (1 - phi**2)
    return Dependence(*names, items, phi, tanh(atanh(phi) - half), tanh(atanh(phi) + half))
