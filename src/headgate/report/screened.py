"""What screening found of datasets, one line for each finding; the data sheet of each has more."""

from __future__ import annotations

from dataclasses import dataclass

from headgate import catalog
from headgate.report.words import shown
from headgate.shapes import Db

_ROWS = """
SELECT f.subject, f."check", f.value, f.low, f.high, f.n, r.started[:10]
FROM findings AS f JOIN (SELECT id, started::VARCHAR AS started FROM runs) AS r ON r.id = f.run
WHERE list_contains($screens, split_part(f."check", '.', 1)) AND NOT f.sensitive
ORDER BY f.subject, f."check"
"""


@dataclass(frozen=True, slots=True)
class Screened:
    """One finding about the items of one dataset: the value, its 95 % interval, and over how many items."""

    dataset: str
    check: str
    value: float | None
    low: float | None
    high: float | None
    items: int | None
    date: str


def read(db: Db) -> tuple[Screened, ...]:
    """Every finding of a screening; sensitive ones have no line."""
    screens = [method.name for method in catalog.methods("screen")]
    return tuple(
        Screened(shown(dataset), shown(check), *rest)
        for dataset, check, *rest in db.execute(_ROWS, {"screens": screens}).fetchall()
    )
