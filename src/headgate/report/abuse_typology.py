"""How media mislead in reviewed claims: one type a record, and the share of each type over time.

The types and their rules are tables of data/, to be read and changed in a spreadsheet. A rule is a pattern with a
weight; the type with most weight holds, and where two have as much the one that comes first in `ORDER`.
Reference: N. Dufour et al. (2024), AMMeBa: A large-scale survey and dataset of media-based misinformation in-the-wild,
arXiv 2405.11697, whose typology this follows in its own words.
"""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from headgate import tables
from headgate.report.claim_reviews import Claim, Rejected
from headgate.report.shapes import Share
from headgate.report.shares import share_of

CAVEAT = (
    "Simple means dominate: in AMMeBa, fact checks up to November 2023, context manipulation held the majority, and "
    "generated media became common only after the press had covered them widely. A rise of the generated share here "
    "may come from what fact checkers look at, which is no sample of what people see."
)
ORDER = ("generated", "edited", "staged", "identity", "document", "context", "unclear")
PERIODS = ("year", "quarter", "month")
TOLD = 20  # rejected records that are named
# without a word on media these say something about the claim's wording only
_OF_MEDIA = ("context", "edited", "unclear")


@dataclass(frozen=True, slots=True)
class Period:
    """The types of one period, 'all' for all of them; the shares sum to 1. Records without a date are in 'all' only."""

    period: str
    of: int
    types: tuple[tuple[str, Share], ...]


@dataclass(frozen=True, slots=True)
class Typology:
    """The types of a file of records; `rejected` counts by reason, `where` names the first of them."""

    read: int
    kept: int
    undated: int
    rejected: tuple[tuple[str, int], ...]
    where: tuple[Rejected, ...]
    periods: tuple[Period, ...]
    caveat: str = CAVEAT


def typology(records: Sequence[Claim | Rejected], *, by: str = "year", source: str = "ClaimReview records") -> Typology:
    """The types of `records` in all and by `by` (year, quarter or month)."""
    claims = [one for one in records if isinstance(one, Claim)]
    refused = [one for one in records if isinstance(one, Rejected)]
    typed = [(classify(claim), claim.made) for claim in claims]
    labels = sorted({_period(made, by) for _, made in typed if made})
    periods = [_shares("all", typed, source)] if typed else []
    periods += [
        _shares(name, [one for one in typed if one[1] and _period(one[1], by) == name], source) for name in labels
    ]
    reasons = Counter(one.why for one in refused)
    return Typology(
        len(records), len(claims), sum(claim.made is None for claim in claims), tuple(reasons.most_common()),
        tuple(refused[:TOLD]), tuple(periods),
    )  # fmt: skip


def classify(claim: Claim) -> str:
    """The type of `claim`: a type of data/abuse_types.csv."""
    text = " ".join(claim.text.lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'").split())
    weight: Counter[str] = Counter()
    for kind, points, pattern in _rules():
        if pattern.search(text):
            weight[kind] += points
    media = claim.media or "media" in weight
    kept = {kind: weight[kind] for kind in ORDER if weight[kind] and (media or kind not in _OF_MEDIA)}
    if not kept:
        return "unclear" if media else "none"
    return max(kept, key=lambda kind: (kept[kind], -ORDER.index(kind)))


@functools.cache
def names() -> dict[str, str]:
    """The types and what they are called, in their order."""
    return {row["type"]: row["name"] for row in tables.rows("abuse_types.csv")}


@functools.cache
def _rules() -> tuple[tuple[str, int, re.Pattern[str]], ...]:
    rows = tables.rows("abuse_rules.csv")
    return tuple((row["type"], int(row["weight"]), re.compile(row["pattern"])) for row in rows)


def _period(made: date, by: str) -> str:
    if by == "quarter":
        return f"{made.year}-Q{(made.month + 2) // 3}"
    return f"{made.year}" if by == "year" else f"{made:%Y-%m}"


def _shares(name: str, typed: Iterable[tuple[str, date | None]], source: str) -> Period:
    listed = list(typed)
    counted = Counter(kind for kind, _ in listed)
    newest = max((made for _, made in listed if made), default=None)
    last = newest.isoformat() if newest else None
    shares = tuple((kind, share_of(counted[kind], len(listed), last, source)) for kind in names())
    return Period(name, len(listed), shares)
