"""Rules of misuse indicators, read from TOML."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from headgate.tables import DATA
from headgate.toml_fields import Where, read_file

# pattern -> the numbers it needs beside `at_least`, each with whether it is a share
PATTERNS: dict[str, dict[str, bool]] = {
    "burst": {"times_usual": False},
    "uniform": {"most_spread": False, "size_share": True},
    "refusals": {"share": True},
    "origins": {},
    "regular": {"most_spread": False},
    "probing": {"share": True},
}
READS = {
    "burst": (), "uniform": ("endpoint", "size"), "refusals": ("status",), "origins": ("origin",), "regular": (),
    "probing": ("endpoint",),
}  # fmt: skip
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}\Z")


@dataclass(frozen=True, slots=True)
class Rule:
    """One indicator: `name`, `pattern`, `at_least` of what it counts, further `numbers`, context, and privacy cost."""

    name: str
    pattern: str
    at_least: float
    numbers: dict[str, float]
    context: str
    privacy: str


def read(path: Path | None = None) -> tuple[Rule, ...]:
    """The rules in the TOML file at `path`, or those that ship. Raises `UsageError` that names what to mend."""
    file = path or DATA / "misuse_indicators.toml"
    given = read_file(file, "file of indicators", "Copy headgate's data/misuse_indicators.toml and change it.")
    where = Where(file, "the file", "file of indicators")
    where.only(given, ("indicator",))
    tables = where.tables(given, "indicator")
    if not tables:
        where.bad("has no [[indicator]]")
    rules = tuple(_rule(Where(file, f"indicator {n}", "file of indicators"), one) for n, one in enumerate(tables, 1))
    names = [rule.name for rule in rules]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:
        where.bad(f"has two indicators called {twice!r}")
    return rules


def _rule(where: Where, given: dict[str, object]) -> Rule:
    pattern = where.one_of(given, "pattern", tuple(PATTERNS), "")
    needed = PATTERNS[pattern]
    where.only(given, ("name", "pattern", "at_least", "context", "privacy", *needed))
    name = where.text(given, "name")
    if not _NAME.match(name):
        where.bad(f"has the name {name[:40]!r}; write lower-case letters, digits and _")
    return Rule(
        name,
        pattern,
        _number(where, given, "at_least", share=False, least=1),
        {field: _number(where, given, field, share=share) for field, share in needed.items()},
        where.text(given, "context"),
        where.text(given, "privacy"),
    )


def _number(where: Where, given: dict[str, object], field: str, *, share: bool, least: float = 0.0) -> float:
    value = where.number(given, field)
    if value is None or value < least or value == 0 or (share and value >= 1):
        kind = "a share above 0 and below 1" if share else f"a number of {least:g} or more" if least else "above 0"
        where.bad(f"needs {kind} for {field!r}")
    return float(value)
