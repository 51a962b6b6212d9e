"""Whether a sensitive attribute may be used, by a table that a lawyer can review: exactly one verdict for each use.

Verdicts: `own data`, `proxy with noise correction`, `aggregate only`, `refuse`. Any method that groups people by an
attribute asks for the record first (`required`); without one it refuses the column.
Source: data/attribute_access.csv, after Bogen, Rieke and Ahmed, "Awareness in Practice" (2020); see
docs/methods/attribute_access.md. It is a default to be checked by counsel, no legal advice.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

from headgate import tables
from headgate.errors import UsageError

DOMAINS = ("employment", "credit", "healthcare", "other")
JURISDICTIONS = ("US", "EU", "UK", "other")
PURPOSES = ("monitor", "audit", "improve", "decide")
SOURCES = ("self-reported", "collected", "inferred", "proxy")
VERDICTS = ("own data", "proxy with noise correction", "aggregate only", "refuse")
_AXES = {"domain": DOMAINS, "jurisdiction": JURISDICTIONS, "purpose": PURPOSES, "source": SOURCES}


@dataclass(frozen=True, slots=True)
class Access:
    """The record of one verdict: what was asked, what may be done, why, and for how many days rows may be kept."""

    domain: str
    jurisdiction: str
    purpose: str
    source: str
    verdict: str
    retention_days: int
    reason: str
    law: str

    @property
    def use(self) -> str:
        """The use in one word, such as credit/US/decide/inferred."""
        return f"{self.domain}/{self.jurisdiction}/{self.purpose}/{self.source}"


def access(domain: str, jurisdiction: str, purpose: str, source: str) -> Access:
    """The record for one use of an attribute; raises `UsageError` for a word that the table does not know.

    `collected` was recorded because a law demands it; `self-reported` was told for this use; `inferred` is a guess
    about a person; `proxy` a probability from other fields, used for groups only.
    """
    given = dict(zip(_AXES, (domain, jurisdiction, purpose, source), strict=True))
    for axis, value in given.items():
        if value not in _AXES[axis]:
            msg = f"no {axis} {value!r}. Choose from {', '.join(_AXES[axis])}."
            raise UsageError(msg)
    row = next(row for row in rules() if all(covers(row[axis], value) for axis, value in given.items()))
    days = int(row["retention_days"])
    return Access(**given, verdict=row["verdict"], retention_days=days, reason=row["reason"], law=row["law"])


def required(column: str, record: Access | None, *, groups_only: bool = True) -> Access:
    """`record`, if it allows the group column `column`; raises `UsageError` where there is none or it refuses.

    `groups_only` is whether only results of groups leave; without it the verdict must be `own data`.
    """
    if record is None:
        msg = f"column {column!r} groups people and has no access record. Make one with access.access(...)."
        raise UsageError(msg)
    if record.verdict == "refuse" or not (groups_only or record.verdict == "own data"):
        msg = f"column {column!r} may not be used so for {record.use}: {record.verdict}, since {record.reason}."
        raise UsageError(msg)
    return record


@functools.cache
def rules() -> tuple[dict[str, str], ...]:
    """Rows of the table; a cell lists the words that it covers, * all of them. No use is covered twice."""
    return tuple(tables.rows("attribute_access.csv"))


def covers(cell: str, value: str) -> bool:
    """Whether a cell of the table covers `value`."""
    return cell == "*" or value in cell.split()
