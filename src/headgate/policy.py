"""Policies: a TOML file of rules over findings, read with messages that say what to mend."""

from __future__ import annotations

import math
import tomllib
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from headgate import catalog
from headgate.errors import UsageError

DEFAULT = Path(__file__).parent / "data" / "policy.toml"
_OUTCOMES = ("block", "unknown")
_KINDS = ("model", "dataset", "version")
_FIELDS = {"name", "check", "at_most", "at_least", "missing", "then", "kinds"}


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


@dataclass(frozen=True, slots=True)
class Policy:
    """A named list of rules."""

    name: str
    rules: tuple[Rule, ...]


def read(path: Path | None = None) -> Policy:
    """The policy at `path`, or the default one; raises `UsageError` that names the rule and the field."""
    path = path or DEFAULT
    try:
        text = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        msg = f"no policy at {path} ({error.strerror}). The default one is printed by: headgate policy"
        raise UsageError(msg) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError, ValueError) as error:
        msg = f"policy {path} is not TOML: {str(error)[:200]}."
        raise UsageError(msg) from error
    unknown = sorted(set(text) - {"name", "missing", "rule"})
    if unknown:
        _bad(path, "the policy", f"does not know the field {unknown[0]!r}. It knows name, missing and [[rule]]")
    rules = text.get("rule", [])
    if not isinstance(rules, list) or not rules or not all(isinstance(rule, dict) for rule in rules):
        msg = f"policy {path} has no rules. Write at least one [[rule]] with name, check and at_most."
        raise UsageError(msg)
    missing = _one_of(path, "the policy", "missing", text.get("missing", "unknown"), _OUTCOMES)
    read = tuple(_rule(path, number, rule, missing) for number, rule in enumerate(rules, 1))
    return Policy(str(text.get("name", path.stem)), read)


def _rule(path: Path, number: int, rule: dict[str, Any], missing: str) -> Rule:
    where = f"rule {number} ({rule.get('name', 'without a name')})"
    unknown = sorted(set(rule) - _FIELDS)
    if unknown:
        _bad(path, where, f"does not know the field {unknown[0]!r}. It knows {', '.join(sorted(_FIELDS))}")
    for field in ("name", "check"):
        if not isinstance(rule.get(field), str):
            _bad(path, where, f"needs the text {field!r}")
    checks = {method.name: method.sensitive for method in catalog.methods("detect")}
    if rule["check"] not in checks:
        near = get_close_matches(rule["check"], checks, 1)
        hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(checks)}"
        _bad(path, where, f"asks for the check {rule['check']!r}, which no method makes; {hint}")
    limits = {field: rule.get(field) for field in ("at_most", "at_least")}
    for field, value in limits.items():
        if value is not None and not _is_number(value):
            _bad(path, where, f"needs a finite number for {field!r}, not {str(value)[:40]!r}")
    if all(value is None for value in limits.values()):
        _bad(path, where, "needs at_most or at_least")
    kinds = rule.get("kinds", list(_KINDS))
    if not isinstance(kinds, list) or any(kind not in _KINDS for kind in kinds):
        _bad(path, where, f"has kinds {str(kinds)[:60]}; choose from {', '.join(_KINDS)}")
    return Rule(
        name=rule["name"],
        check=rule["check"],
        at_most=limits["at_most"],
        at_least=limits["at_least"],
        missing=_one_of(path, where, "missing", rule.get("missing", missing), _OUTCOMES),
        then=_one_of(path, where, "then", rule.get("then", "block"), _OUTCOMES),
        kinds=tuple(kinds),
        sensitive=checks[rule["check"]],
    )


def _is_number(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    try:
        return math.isfinite(float(value))
    except OverflowError:
        return False


def _one_of(path: Path, where: str, field: str, value: object, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        _bad(path, where, f"has {field} = {value!r}; choose {' or '.join(allowed)}")
    return str(value)


def _bad(path: Path, where: str, what: str) -> None:
    msg = f"policy {path}: {where} {what}."
    raise UsageError(msg)
