"""What the record of a repair says of its tracing: items ranked, methods with their cost, how far they agree."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from headgate.repair import record
from headgate.repair.agreement import agreement, ranks
from headgate.repair.examples import among
from headgate.repair.loop import Traced
from headgate.repair.shapes import ForgetSet, Subject

BASELINES = ("neighbours", "text_overlap")  # that look at no gradient and no training run
SHOWN = 200  # items that a record holds, besides the forget set


def ranked(subject: Subject, forget: ForgetSet, traced: Sequence[Traced]) -> tuple[record.Ranked, ...]:
    """The items of the forget set and the highest others, by the first method.

    Groups of texts are numbered: they may be names of those who are to be forgotten.
    """
    ids, groups = subject.train.ids, subject.train.groups
    if groups and subject.train.texts is not None:
        numbers = {one: number for number, one in enumerate(dict.fromkeys(groups), 1)}
        groups = tuple(f"group {numbers[one]}" if one else "" for one in groups)
    out = among(subject.train, forget.ids)
    places = {one.method: (ranks(one.influence.score) - 1) / max(len(ids) - 1, 1) for one in traced}
    order = np.argsort(-traced[0].influence.score, kind="stable")
    shown = [n for place, n in enumerate(order.tolist()) if out[n] or place < SHOWN]
    return tuple(
        record.Ranked(ids[n], groups[n] if groups else "", bool(out[n]),
                      {method: round(float(one[n]), 4) for method, one in places.items()})
        for n in shown
    )  # fmt: skip


def methods(traced: Sequence[Traced], left: Sequence[str]) -> tuple[record.Traced, ...]:
    """Each method that ran, with its seconds, and each of `left` ("method: why it did not")."""
    ran = [record.Traced(one.method, one.seconds, one.method in BASELINES) for one in traced]
    return (*ran, *(record.Traced(name, 0.0, False, why) for name, _, why in (one.partition(": ") for one in left)))


def agreements(traced: Sequence[Traced], top: int) -> tuple[record.Agreement, ...]:
    """Each pair of methods: the correlation of their ranks, and the share of their `top` first items in both."""
    found = agreement({one.method: one.influence for one in traced}, top) if len(traced) > 1 else []
    return tuple(record.Agreement(one.first, one.second, one.rank, one.overlap) for one in found)
