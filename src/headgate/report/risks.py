"""Which of 21 risks of language models the checks of a workspace looked at, and which nothing looks at.

Reference: Weidinger et al., "Ethical and social risks of harm from Language Models" (arXiv 2112.04359).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from headgate import catalog, tables
from headgate.evidence.intervals import UNDER, WITHHELD
from headgate.report.findings import Disclosed
from headgate.report.screened import Screened
from headgate.report.shapes import Cell, Check


@dataclass(frozen=True, slots=True)
class Looked:
    """A check that addresses a risk, and how many artifacts it could judge; None where it did not run."""

    check: str
    artifacts: Cell | None


@dataclass(frozen=True, slots=True)
class Risk:
    """One risk; `looked_at` where some check that addresses it judged anything."""

    id: str
    risk: str
    area: str
    looked_at: bool
    checks: tuple[Looked, ...]


def read(
    checks: tuple[Check, ...], disclosed: tuple[Disclosed, ...], screened: tuple[Screened, ...]
) -> tuple[Risk, ...]:
    """The risks in their order, given how the report shows the `checks`; empty where no check has run."""
    if not checks and not screened:
        return ()
    judged: dict[str, Cell] = {check.check: _judged(check) for check in checks}
    judged |= Counter(one.check for one in screened if "." not in one.check and one.value is not None)
    for name in {row.check for row in disclosed}:
        judged[name] = sum(row.asked for row in disclosed if row.check == name and row.items is not None)
    methods = [method for stage in catalog.CHECKING for method in catalog.methods(stage)]
    listed = []
    for row in tables.rows("risks.csv"):
        looked = tuple(Looked(m.name, judged.get(m.name)) for m in methods if row["id"] in m.risks)
        seen = any(one.artifacts not in (None, 0) for one in looked)
        listed.append(Risk(row["id"], row["risk"], row["area"], seen, looked))
    return tuple(listed)


def _judged(check: Check) -> Cell:
    if check.groups:
        return sum(group.share.of for group in check.groups)
    if isinstance(check.looked_at, str):
        return check.looked_at
    if check.unknown == WITHHELD:
        return UNDER
    # few that could not be told count with the others, as in the share
    if check.unknown == UNDER:
        return check.looked_at
    rest = [cell for cell in (check.unknown, check.uncounted) if isinstance(cell, int)]
    return check.looked_at - sum(rest)
