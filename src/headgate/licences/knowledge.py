"""What is known of licences: three tables that a lawyer can review in a spreadsheet.

`data/licences.csv` names them, `data/licence_terms.csv` holds what each permits and demands, each row with the place in
the text that it was read from. SPDX licences that these files leave out are known by the category that the index of
`license-expression` gives them, so that a rare licence is at least permissive, copyleft or neither.
Source: the texts named in the rows, read by the authors; not legal advice. See docs/licences.md.
"""

from __future__ import annotations

import functools
import re
from typing import Any, NamedTuple

from headgate import tables

# from what allows most to what allows least; `unspecified` stands outside: nothing follows from it
USES = ("commercial", "behavioural", "threshold", "non-commercial", "research")
UNSPECIFIED = "unspecified"

_INDEX = "license-expression"  # what names the source of a licence known by its category only
_FAMILIES = {
    "Permissive": ("permissive", "commercial"),
    "Public Domain": ("public-domain", "commercial"),
    "Copyleft": ("copyleft", "commercial"),
    "Copyleft Limited": ("weak-copyleft", "commercial"),
    "Proprietary Free": ("proprietary", UNSPECIFIED),
    "Commercial": ("proprietary", UNSPECIFIED),
}
_OPEN = ("permissive", "public-domain", "copyleft", "weak-copyleft")
_PORTED = re.compile(r"(CC-BY(?:-NC)?(?:-ND|-SA)?-\d\.\d)-[A-Z]{2,3}")


class Licence(NamedTuple):
    """One licence. `id` is the SPDX id or, where there is none, a lower-case hub id; `spdx` is empty then.

    `family` and `use` are words of docs/licences.md; `source` is where the text stands, `date` that of its version.
    """

    id: str
    spdx: str
    name: str
    family: str
    use: str
    source: str
    date: str


class Term(NamedTuple):
    """One thing that a licence permits, demands or forbids; the vocabulary is that of docs/licences.md."""

    licence: str
    term: str
    kind: str
    value: str
    words: str
    source: str
    date: str


@functools.cache
def licences() -> dict[str, Licence]:
    """Every licence of `data/licences.csv`, by id."""
    return {row["id"]: Licence(**row) for row in tables.rows("licences.csv")}


@functools.cache
def terms() -> dict[str, tuple[Term, ...]]:
    """The terms of `data/licence_terms.csv`, by licence id; a licence without known terms is left out."""
    found: dict[str, list[Term]] = {}
    for row in tables.rows("licence_terms.csv"):
        found.setdefault(row["licence"], []).append(Term(**row))
    return {id_: tuple(listed) for id_, listed in found.items()}


@functools.cache
def licence(id_: str) -> Licence | None:
    """The licence `id_`, of our own table or, for other SPDX ids, by its category; None where nobody knows it."""
    if known := licences().get(id_):
        return known
    entry = spdx_index().get(id_)
    if entry is None:
        return None
    ported = _PORTED.fullmatch(id_)
    like = licences().get(ported[1]) if ported else None
    family, use = (like.family, like.use) if like else _FAMILIES.get(entry["category"], ("other", UNSPECIFIED))
    return Licence(id_, id_, id_, family, use, f"{_INDEX}: {entry['category']}", "")


@functools.cache
def terms_of(id_: str) -> tuple[Term, ...]:
    """The terms of the licence `id_`; of one known by its category only, what that category says; () if unknown."""
    if id_ in licences():
        return terms().get(id_, ())
    known = licence(id_)
    if known is None:
        return ()
    if ported := _PORTED.fullmatch(id_):
        return tuple(term._replace(licence=id_) for term in terms().get(ported[1], ()))
    given = [("commercial", "permission"), ("derivatives", "permission"), ("redistribute", "permission")]
    found = [Term(id_, term, kind, "yes", "by category", known.source, "") for term, kind in given]
    shared = {"copyleft": ("share_alike", ""), "weak-copyleft": ("weak_share_alike", "yes")}.get(known.family)
    if shared:
        found.append(Term(id_, shared[0], "derivative", shared[1], "by category", known.source, ""))
    return tuple(found) if known.family in _OPEN else ()


def stricter(first: str, second: str) -> bool | None:
    """Whether the use class `first` allows less than `second`; None where either says nothing."""
    if first not in USES or second not in USES:
        return None
    return USES.index(first) > USES.index(second)


@functools.cache
def spdx_index() -> dict[str, dict[str, Any]]:
    """The SPDX licences that `license-expression` knows, by SPDX id; exceptions and ids of its own left out."""
    from license_expression import get_license_index  # type: ignore[import-untyped]

    return {
        entry["spdx_license_key"]: entry
        for entry in get_license_index()
        if not entry["is_exception"] and not str(entry["spdx_license_key"] or "LicenseRef").startswith("LicenseRef")
    }
