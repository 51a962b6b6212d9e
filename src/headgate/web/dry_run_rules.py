"""What single rules of a policy say by themselves, counted; those on sensitive checks so that nobody's can be told.

A rule on a sensitive check is counted over all artifacts of its kinds, without waivers and staleness, rounded down to
tens, cells under 10 hidden. With waivers, or together with other rules, two policies that differ in one artifact
would tell what was found of it; so would two rules that differ in a kind of which there are a few, so such a kind is
left out.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from headgate.evidence.intervals import WITHHELD, hide_small, small
from headgate.govern import release_gate
from headgate.plain import plain
from headgate.policy import Policy, Rule
from headgate.policy_waivers import Waiver
from headgate.report.shapes import Cell
from headgate.shapes import Db
from headgate.web.dry_run_shapes import Effect

_TENS = 10


@dataclass(frozen=True, slots=True)
class Standing:
    """A rule of either policy, and what becomes of it."""

    rule: Rule
    policy: Policy
    how: str  # same, new, changed, removed

    @property
    def waivers(self) -> tuple[Waiver, ...]:
        """The waivers of the rule."""
        return tuple(waiver for waiver in self.policy.waivers if waiver.rule == self.rule.name)

    @property
    def key(self) -> str:
        """A name of it that no other rule of the two policies has."""
        return f"{self.how} {self.rule.name}"


def standing(before: Policy, after: Policy) -> list[tuple[Rule, Policy, str]]:
    """The rules of both policies with what became of them, those of `after` first."""
    was = {rule.name: rule for rule in before.rules}
    found = [
        (rule, after, "new" if rule.name not in was else "same" if was[rule.name] == rule else "changed")
        for rule in after.rules
    ]
    names = {rule.name for rule in after.rules}
    return found + [(rule, before, "removed") for rule in before.rules if rule.name not in names]


def is_open(rule: Rule, known: Collection[str]) -> bool:
    """Whether single findings of the check of `rule` may be shown; `known` names the checks of which they may."""
    return not rule.sensitive and (rule.check in known or rule.check.partition(".")[0] in known)


def without(policy: Policy, known: Collection[str]) -> Policy:
    """`policy` without its rules on sensitive checks and their waivers."""
    rules = tuple(rule for rule in policy.rules if is_open(rule, known))
    names = {rule.name for rule in rules}
    return replace(policy, rules=rules, waivers=tuple(one for one in policy.waivers if one.rule in names))


@dataclass(slots=True)
class Counted:
    """What a rule on an open check says by itself, slice by slice: kept, broken, unknown, and kept with its waivers."""

    kept: int = 0
    broken: int = 0
    unknown: int = 0
    lifted: int = 0

    def add(self, db: Db, one: Standing, moment: datetime) -> None:
        """Count the artifacts in view."""
        kept, broken, unknown = _alone(db, one.rule, (), moment)
        self.kept, self.broken, self.unknown = self.kept + kept, self.broken + broken, self.unknown + unknown
        self.lifted += _alone(db, one.rule, one.waivers, moment)[0] if one.waivers else kept

    def effect(self, one: Standing) -> Effect:
        """What was counted."""
        cells = (self.kept, self.broken, self.unknown)
        waived = self.lifted - self.kept if one.waivers else None
        return Effect(plain(one.rule.name), one.rule.check, one.how, False, sum(cells), *cells, waived)


def sensitive(db: Db, one: Standing, moment: datetime) -> Effect:
    """What a rule on a sensitive check says by itself, in cells from which nobody's can be told."""
    held = dict(db.execute("SELECT kind, count(*) FROM artifacts GROUP BY kind").fetchall())
    kinds = tuple(kind for kind in one.rule.kinds if not small(held.get(kind, 0)))
    if kinds:
        cells = _alone(db, replace(one.rule, stale_after_days=None, kinds=kinds), (), moment)
    else:
        cells = [sum(held.get(kind, 0) for kind in one.rule.kinds)]
    kept, broken, unknown = hidden(cells) if kinds else [WITHHELD] * 3
    return Effect(plain(one.rule.name), one.rule.check, one.how, True, sum(cells), kept, broken, unknown, None)


def hidden(cells: Sequence[int]) -> list[Cell]:
    """Cells of a sensitive rule, small ones hidden as in the report, the others rounded down to tens."""
    if small(sum(cells)):
        return [WITHHELD] * len(cells)
    return [cell - cell % _TENS if isinstance(cell, int) else cell for cell in hide_small(cells)]


def _alone(db: Db, rule: Rule, waivers: tuple[Waiver, ...], moment: datetime) -> list[int]:
    """How many artifacts of its kinds `rule` by itself keeps, finds broken, and cannot tell."""
    alone = Policy("alone", (replace(rule, then="block", missing="unknown"),), waivers)
    release_gate.judge(db, alone, moment).create_view("dry_decisions", replace=True)
    found = dict(db.execute("SELECT decision, count(*) FROM dry_decisions GROUP BY ALL").fetchall())
    sql = "SELECT count(*) FROM artifacts WHERE NOT list_contains($kinds, kind)"
    others = db.execute(sql, {"kinds": list(rule.kinds)}).fetchall()[0][0]
    return [found.get("allow", 0), found.get("block", 0), found.get("unknown", 0) - others]
