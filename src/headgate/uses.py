"""What a declared use touches: the uses that licences forbid, as far as its words tell.

`data/use_clauses.csv` holds words for each slug of `restricted_use` (docs/licences.md) and `commercial`. A row speaks
of a use where each of its words does: `a|b` is either, `loan*` any ending. It cannot clear a use that it does not
understand: a word that no row holds is reported, and whoever calls must ask.
Reference: Contractor et al., "Behavioral Use Licensing for Responsible AI" (FAccT 2022), clauses by use.
Checked against: 108 pairs of use and clause labelled by hand; see docs/methods/declared_use.md.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from typing import Literal, NamedTuple

from headgate import tables
from headgate.errors import UsageError

ANY, ORDINARY, COMMERCIAL = "any", "ordinary", "commercial"
LONGEST = 1000  # characters of a declared use
Level = Literal["conflict", "may", "strange", "none"]
_NOT_FOR_MONEY = re.compile(r"\b(?:non|not?)[\s-]*(?:for[\s-]*)?(?:commercial\w*|profit)\b")
_WORD = re.compile(r"[^\W_]+")


class Touch(NamedTuple):
    """How surely a use is one that a clause forbids, and the words that say so, or that nobody understands."""

    level: Level
    words: tuple[str, ...]


class _Row(NamedTuple):
    slug: str
    words: tuple[re.Pattern[str], ...]
    touch: str


@functools.cache
def slugs() -> frozenset[str]:
    """The uses that the table knows, `commercial` among them."""
    return frozenset(row.slug for row in _rows()) - {ANY, ORDINARY}


def touch(use: str, slug: str) -> Touch:
    """Whether the words of `use` say that it is what the clause `slug` forbids.

    `conflict`: they do, or name the slug; `may`: they may; `strange`: some are not understood, or the slug is not;
    `none`: all words are ordinary ones.
    Raises `UsageError` where `use` says nothing or is too long.
    """
    found = _words(use)
    if slug in (part.strip() for part in re.split("[,;]", use.lower())):
        return Touch("conflict", (slug,))
    matched = [(row.touch, said) for row in _rows() if row.slug == slug and (said := _said(row, found))]
    sure = next((said for level, said in matched if level == "conflict"), None)
    softer = [word for row in _rows() if row.slug == ANY for word in _said(row, found)]
    if sure and not softer:
        return Touch("conflict", sure)
    if sure or matched:
        return Touch("may", tuple(dict.fromkeys((*(sure or matched[0][1]), *(softer if sure else ())))))
    strange = tuple(word for word in dict.fromkeys(found) if not _ordinary(word))
    return Touch("strange" if strange or slug not in slugs() else "none", strange)


def not_for_money(use: str) -> bool:
    """Whether `use` says that it is not commercial."""
    return bool({"noncommercial", "academic", "hobby"} & set(_words(use)))


def for_research(use: str) -> bool:
    """Whether `use` says that it is research."""
    return bool({"research", "academic"} & set(_words(use)))


def _words(use: str) -> list[str]:
    folded = unicodedata.normalize("NFKC", use).lower()
    found = _WORD.findall(_NOT_FOR_MONEY.sub("noncommercial", folded))
    if not found or len(use) > LONGEST:
        msg = f"the use {use[:40]!r} cannot be read. Say in up to {LONGEST} characters what the model is to do."
        raise UsageError(msg)
    return [word for word in found if word != "s"]  # of a genitive


def _said(row: _Row, words: list[str]) -> tuple[str, ...]:
    # The words that match the row, () unless each of its own is matched, by words that differ.
    hits = [[word for word in words if pattern.fullmatch(word)] for pattern in row.words]
    told = tuple(dict.fromkeys(word for found in hits for word in found))
    return told if all(hits) and len(told) >= len(row.words) else ()


@functools.cache
def _ordinary(word: str) -> bool:
    # Only these clear a use: a word that a row of another clause holds says nothing of this one.
    return any(pattern.fullmatch(word) for row in _rows() if row.slug == ORDINARY for pattern in row.words)


@functools.cache
def _rows() -> tuple[_Row, ...]:
    return tuple(
        _Row(row["slug"], tuple(map(_pattern, row["words"].split())), row["touch"])
        for row in tables.rows("use_clauses.csv")
    )


def _pattern(stem: str) -> re.Pattern[str]:
    return re.compile("|".join(re.escape(word).replace(r"\*", r"\w*") for word in stem.split("|")))
