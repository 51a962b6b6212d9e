"""Waivers of a policy: a named rule is lifted from named artifacts, by somebody, for a reason, until a date.

An expired waiver, or one approved only later, lifts nothing. None makes a missing fact pass unless it says so.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from headgate.toml_fields import Where

# what there is to lift: a rule that is broken, a fact that nobody knows, or either
COVERS = ("broken", "missing", "both")
FIELDS = ("ref", "rule", "reason", "owner", "expires", "approved", "covers")
# A `*` stands for any characters. A hub and a kind come before it: a waiver of everything would be a rule less.
REF = re.compile(r"((hf:(model|dataset)|civitai:(model|version)|file:sha256):)[A-Za-z0-9._/*-]{1,200}\Z")


@dataclass(frozen=True, slots=True)
class Waiver:
    """Rule `rule` is lifted from artifacts like `ref`, up to and with the day `expires`, as far as it `covers`."""

    ref: str
    rule: str
    reason: str
    owner: str
    expires: date
    approved: date | None = None  # it lifts nothing before this day
    covers: str = "broken"


def read(path: Path, tables: list[dict[str, Any]], rules: Collection[str]) -> tuple[Waiver, ...]:
    """The waivers of the policy at `path`, whose rules are called `rules`; raises `UsageError`."""
    return tuple(_waiver(path, number, table, rules) for number, table in enumerate(tables, 1))


def _waiver(path: Path, number: int, given: dict[str, Any], rules: Collection[str]) -> Waiver:
    where = Where(path, f"waiver {number} ({str(given.get('ref', 'without a ref'))[:80]})")
    where.only(given, FIELDS)
    ref = where.text(given, "ref")
    if not REF.match(ref):
        where.bad("needs a ref such as hf:model:org/name, or hf:model:org/* for several, in 'ref'")
    rule = where.text(given, "rule")
    if rule not in rules:
        near = get_close_matches(rule, rules, 1)
        hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(map(repr, rules))}"
        where.bad(f"lifts the rule {rule[:80]!r}, which the policy does not have; {hint}")
    return Waiver(
        ref=ref,
        rule=rule,
        reason=where.text(given, "reason"),
        owner=where.text(given, "owner"),
        expires=where.day(given, "expires"),
        approved=where.day(given, "approved") if "approved" in given else None,
        covers=where.one_of(given, "covers", COVERS, COVERS[0]),
    )
