"""Labels from many reporters: what probably holds for each item, given how each of them tends to err.

Dawid and Skene's model: an item has one true class, a reporter confuses classes in a way of their own, and reports are
independent given the class. `evidence/brigading.py` tests that last part; run it first where anybody may report.
A reporter's confusion is a means to the items' posterior. It is never shown for a person.

Reference: A. P. Dawid and A. M. Skene (1979), Maximum likelihood estimation of observer error-rates using the EM
algorithm, Applied Statistics 28, 20-28.
Checked against: the 45 patients and five anaesthetists of their table 1 (class shares 0.40, 0.42, 0.11, 0.07).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from headgate.evidence.clustered import Column, Floats, Ints

_TINY = 1e-300  # under a logarithm


@dataclass(frozen=True, slots=True)
class Consensus:
    """What reports say of items: `posterior` has a row for each of `items`, a column for each class.

    `confusion[r, true, said]` is of `reporters[r]`; use it, never publish it per person. `objective` is the
    log-likelihood (with the prior, where there is one) after each step; it never falls.
    """

    items: Column
    reporters: Column
    shares: Floats
    posterior: Floats
    confusion: Floats
    objective: tuple[float, ...]


def consensus(
    items: Column,
    reporters: Column,
    labels: Column,
    *,
    classes: int | None = None,
    prior: float = 4.0,
    tolerance: float = 1e-7,
    steps: int = 500,
) -> Consensus:
    """Posterior classes of items by Dawid and Skene's EM, started from the shares of votes.

    One row for each report: `items` and `reporters` are ids (integers), `labels` classes from 0. Anybody may have
    left out any item, or reported it several times. `prior` imagined reports in each cell of a reporter's confusion,
    twice as many on the diagonal, keep those who said little from extremes; 0 is the paper's maximum likelihood.
    Raises `ValueError` for columns that do not match or labels that are no classes.
    """
    kinds = _kinds(items, reporters, labels, classes)
    item_ids, item = np.unique(np.asarray(items), return_inverse=True)
    reporter_ids, reporter = np.unique(np.asarray(reporters), return_inverse=True)
    label = np.asarray(labels, dtype=np.int64)
    added = prior * (np.ones((kinds, kinds)) + np.eye(kinds))
    posterior = np.zeros((len(item_ids), kinds))
    np.add.at(posterior, (item, label), 1)
    posterior /= posterior.sum(axis=1, keepdims=True)
    objective: list[float] = []
    while True:
        shares = (posterior.sum(axis=0) + prior) / (len(item_ids) + kinds * prior)
        confusion = _confusion(posterior[item], reporter, label, len(reporter_ids), added)
        joint = np.tile(np.log(np.maximum(shares, _TINY)), (len(item_ids), 1))
        np.add.at(joint, item, np.log(np.maximum(confusion[reporter, :, label], _TINY)))
        top = joint.max(axis=1, keepdims=True)
        posterior = np.exp(joint - top)
        weight = posterior.sum(axis=1, keepdims=True)
        posterior /= weight
        told = float((top + np.log(weight)).sum()) + prior * float(np.log(np.maximum(shares, _TINY)).sum())
        objective.append(told + float((added * np.log(np.maximum(confusion, _TINY))).sum()) if prior else told)
        settled = len(objective) > 1 and objective[-1] - objective[-2] < tolerance * abs(objective[-1])
        if settled or len(objective) >= steps:
            return Consensus(item_ids, reporter_ids, shares, posterior, confusion, tuple(objective))


def _kinds(items: Column, reporters: Column, labels: Column, classes: int | None) -> int:
    label = np.asarray(labels)
    kinds = (int(label.max(initial=0)) + 1 if classes is None else classes) if len(label) else 0
    if not len(items) == len(reporters) == len(label) or not len(label):
        msg = f"{len(items)} items, {len(reporters)} reporters, {len(label)} labels: give one of each a report."
        raise ValueError(msg)
    if label.min() < 0 or label.max() >= kinds:
        msg = f"Labels from {label.min()} to {label.max()} are not classes 0 to {kinds - 1}. Number the classes from 0."
        raise ValueError(msg)
    return max(2, kinds)


def _confusion(weight: Floats, reporter: Ints, label: Ints, reporters: int, added: Floats) -> Floats:
    """Each reporter's chances of a label, given the class, from reports weighted by the items' posterior."""
    counts = np.zeros((reporters, len(added), len(added)))
    for true in range(len(added)):
        np.add.at(counts[:, true], (reporter, label), weight[:, true])
    counts += added
    total = counts.sum(axis=2, keepdims=True)
    # A class that a reporter never met leaves nothing to estimate; any row gives the same likelihood.
    return np.asarray(np.divide(counts, total, out=np.full_like(counts, 1 / len(added)), where=total > 0))
