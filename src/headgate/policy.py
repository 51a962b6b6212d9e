"""Policies: a TOML file of rules over findings, read with messages that say what to mend."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from headgate import catalog, policy_waivers
from headgate.errors import UsageError
from headgate.policy_waivers import Waiver
from headgate.toml_fields import Where, read_file

_DATA = Path(__file__).parent / "data"
DEFAULT = _DATA / "policy.toml"
SCHEMA = _DATA / "policy.schema.json"
APPEAL = "headgate appeal"  # where to appeal if the policy names no other place
_OUTCOMES = ("block", "unknown")
_KINDS = ("model", "dataset", "version")
_POLICY_FIELDS = ("name", "missing", "appeal", "stale_after_days", "rule", "waiver")
_FIELDS = ("name", "check", "at_most", "at_least", "missing", "then", "kinds", "owner", "control", "stale_after_days")


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: the finding `check` must lie in [`at_least`, `at_most`], else `then`; unknown, `missing`."""

    name: str
    check: str
    at_most: float | None
    at_least: float | None
    missing: str
    then: str
    kinds: tuple[str, ...]
    sensitive: bool  # rests on a check whose findings leave as aggregates only
    owner: str | None = None  # who answers for it
    control: str | None = None  # the control that it puts into force, where several rules make one
    stale_after_days: float | None = None  # a finding on what was last observed longer ago counts as missing


@dataclass(frozen=True, slots=True)
class Policy:
    """A named list of rules, what is waived of them, and where to appeal."""

    name: str
    rules: tuple[Rule, ...]
    waivers: tuple[Waiver, ...] = ()
    appeal: str = APPEAL


def read(path: Path | None = None) -> Policy:
    """The policy at `path`, or the default one; raises `UsageError` that names the rule and the field."""
    path = path or DEFAULT
    text = read_file(path, "policy", "The default one is printed by: headgate policy")
    return of_tables(path, text)


def of_tables(path: Path, text: dict[str, Any]) -> Policy:
    """The policy in the tables of a TOML document; `path` is what messages call it."""
    where = Where(path, "the policy")
    where.only(text, _POLICY_FIELDS)
    rules = text.get("rule", [])
    if not isinstance(rules, list) or not rules or not all(isinstance(rule, dict) for rule in rules):
        msg = f"policy {path} has no rules. Write at least one [[rule]] with name, check and at_most."
        raise UsageError(msg)
    default = {
        "missing": where.one_of(text, "missing", _OUTCOMES, "unknown"),
        "stale_after_days": where.days(text, "stale_after_days"),
    }
    checks = {method.name: method.sensitive for stage in catalog.CHECKING for method in catalog.methods(stage)}
    found: dict[str, Rule] = {}
    for number, given in enumerate(rules, 1):
        rule = _rule(path, number, given, default, checks)
        if rule.name in found:
            Where(path, f"rule {number} ({rule.name})").bad("has the name of another rule. Waivers go by the name")
        found[rule.name] = rule
    return Policy(
        where.optional_text(text, "name") or path.stem,
        tuple(found.values()),
        policy_waivers.read(path, where.tables(text, "waiver"), list(found)),
        where.optional_text(text, "appeal") or APPEAL,
    )


def _rule(path: Path, number: int, given: dict[str, Any], default: dict[str, Any], checks: dict[str, bool]) -> Rule:
    where = Where(path, f"rule {number} ({str(given.get('name', 'without a name'))[:80]})")
    where.only(given, _FIELDS)
    name, check = where.text(given, "name"), where.text(given, "check")
    # of one axis of a screening: toxicity.violence
    method = check.partition(".")[0]
    if method not in checks:
        near = get_close_matches(check, checks, 1)
        hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(checks)}"
        where.bad(f"asks for the check {check[:80]!r}, which no method makes; {hint}")
    most, least = where.number(given, "at_most"), where.number(given, "at_least")
    if most is None and least is None:
        where.bad("needs at_most or at_least")
    if most is not None and least is not None and least > most:
        where.bad(f"asks for at least {least:g} and at most {most:g}, which no value can be")
    kinds = given.get("kinds", list(_KINDS))
    if not isinstance(kinds, list) or not kinds or any(kind not in _KINDS for kind in kinds):
        where.bad(f"has kinds {str(kinds)[:60]}; choose from {', '.join(_KINDS)}")
    return Rule(
        name=name,
        check=check,
        at_most=most,
        at_least=least,
        missing=where.one_of(given, "missing", _OUTCOMES, default["missing"]),
        then=where.one_of(given, "then", _OUTCOMES, "block"),
        kinds=tuple(kinds),
        sensitive=checks[method],
        owner=where.optional_text(given, "owner"),
        control=where.optional_text(given, "control"),
        stale_after_days=where.days(given, "stale_after_days") or default["stale_after_days"],
    )
