"""Which checks there are, and which of them are sensitive: known from their files and from the findings."""

from __future__ import annotations

from difflib import get_close_matches

from headgate import catalog
from headgate.errors import UsageError
from headgate.shapes import Db


def sensitive(db: Db, check: str) -> bool:
    """Whether findings of `check` leave as aggregates only; one row marked so is enough.

    Raises `UsageError` with the nearest name where neither a method nor a finding has it.
    """
    found = _all(db)
    if check not in found:
        near = get_close_matches(check, found, 1)
        hint = f"Did you mean {near[0]}?" if near else "`headgate methods detect` lists them."
        msg = f"no check {check[:80]!r}. {hint}"
        raise UsageError(msg)
    return found[check]


def open_checks(db: Db) -> set[str]:
    """Names of the checks that are not sensitive; one that nobody knows is not among them."""
    return {name for name, hidden in _all(db).items() if not hidden}


def _all(db: Db) -> dict[str, bool]:
    found = {method.name: method.sensitive for stage in catalog.CHECKING for method in catalog.methods(stage)}
    for name, hidden in db.execute('SELECT "check", bool_or(sensitive) FROM findings GROUP BY "check"').fetchall():
        found[name] = found.get(name, False) or hidden
    return found
