"""What waits for people: appeals, items that need a second label, items that two labellers do not agree on.

Counts only. Those of sensitive checks stand together and are hidden where one of them is small.
"""

from __future__ import annotations

from dataclasses import dataclass

from headgate import labels, review, review_items
from headgate.evidence.intervals import UNDER, WITHHELD, small
from headgate.report.shapes import Cell
from headgate.shapes import Db


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many appeals nobody ruled on, items wait for a second label, and for a ruling; and of sensitive checks.

    An appeal is an item to rule on too, and counts in both.
    """

    appeals: int = 0
    second_label: int = 0
    rulings: int = 0
    sensitive_appeals: Cell = 0
    sensitive_second_label: Cell = 0
    sensitive_rulings: Cell = 0


def read(db: Db, open_checks: set[str]) -> Waiting:
    """What waits in the labels that `db` shows; a check that is not among `open_checks` is taken for sensitive."""
    asked = [row[0] for row in db.execute("SELECT DISTINCT question FROM labels WHERE role <> 'seed'").fetchall()]
    open_counts = [_counts(db, check) for check in asked if check in open_checks]
    hidden_counts = [_counts(db, check) for check in asked if check not in open_checks]
    shown = [sum(column) for column in zip((0, 0, 0), *open_counts, strict=True)]
    hidden = [_together(column) for column in zip((0, 0, 0), *hidden_counts, strict=True)]
    return Waiting(*shown, *hidden)


def _counts(db: Db, check: str) -> tuple[int, int, int]:
    said = review_items.said(db, check)
    return len(labels.appeals_on(db, check)), len(review.waiting(said, "")), len(review.unsettled(said))


def _together(counts: tuple[int, ...]) -> Cell:
    """The sum of `counts`, hidden where it is small, or where one of them is and the others could be known."""
    whole = sum(counts)
    if small(whole):
        return UNDER
    return WITHHELD if any(small(count) for count in counts) else whole
