"""A decision of the release gate for a reader: which rules led to it, what would lift them, and whom to ask."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from headgate.errors import UsageError
from headgate.plain import plain
from headgate.policy import APPEAL, Policy, Rule
from headgate.report.explain import READERS, Rival

SAYS = {
    "allow": "It may pass: no rule shown here is broken, and nothing that they ask is unknown.",
    "block": "It is stopped: at least one rule is broken, or asks for a fact that nobody knows.",
    "unknown": "Nobody can say yet: a rule asks for what nobody knows, or no rule covers this kind.",
}
FORMAL = {
    "allow": "Admission is granted as far as the rules examined here are concerned, each required fact being known.",
    "block": "Admission is refused, because at least one rule is violated or a fact that it requires remains unknown.",
    "unknown": "No determination is possible, because a required fact is not established or no rule covers this kind.",
}
_LIFT = {
    "broken": ("The finding changes when the artifact is mended and collected and checked again.",
               "A waiver of this rule for this artifact lifts it, with a reason, an owner and an end."),
    "missing": ("The check has to be able to tell: collect what it needs, then run it again.",
                'A waiver lifts it only if it says covers = "missing".'),
    "stale": ("Collect the artifact again: what was seen of it is too old for this rule.",
              'A waiver lifts it only if it says covers = "missing".'),
    "waived": ("It is lifted already, until the waiver ends.",),
    "kept": (),
}  # fmt: skip


class Troubled(NamedTuple):
    """A row of `release_gate.by_rule`, its ref aside."""

    name: str
    state: str
    decision: str
    told: str


@dataclass(frozen=True, slots=True)
class Ruled:
    """One rule: its `state` (kept, broken, missing, stale, waived), what it alone comes to, and what would lift it."""

    rule: str
    check: str
    asks: str
    state: str
    decision: str
    because: str
    lift: tuple[str, ...]
    ask: str


@dataclass(frozen=True, slots=True)
class GateExplained:
    """A decision in words: rules in the order of the policy, rivals, what is not known, and where to appeal."""

    reader: str
    decision: str
    says: str
    rules: tuple[Ruled, ...]
    against: tuple[Rival, ...]
    unknown: tuple[str, ...]
    appeal: str


def explain_gate(decision: str, troubled: Sequence[Troubled], policy: Policy, kind: str, reader: str) -> GateExplained:
    """Why the gate decides so about an artifact of `kind` under the open rules of `policy`.

    `troubled` are the rules that it does not plainly keep. Raises `UsageError` for no reader, or a sensitive rule.
    """
    if reader not in READERS:
        msg = f"no reader {plain(reader, 40)!r}. Choose from {', '.join(READERS)}."
        raise UsageError(msg)
    if hidden := [rule.name for rule in policy.rules if rule.sensitive]:
        msg = f"{len(hidden)} rules rest on sensitive checks: what they come to is explained to nobody."
        raise UsageError(msg)
    at = {one.name: one for one in troubled}
    ruled = tuple(_ruled(rule, at.get(rule.name)) for rule in policy.rules if kind in rule.kinds)
    says = (FORMAL if reader == "regulator" else SAYS)[decision]
    return GateExplained(
        reader, decision, says, ruled, tuple(_against(decision, policy)), _unknown(decision, reader), _appeal(policy)
    )  # fmt: skip


def asks(rule: Rule) -> str:
    """What a rule asks of its check, in words."""
    limits = (("at least", rule.at_least), ("at most", rule.at_most))
    return f"{rule.check} is " + " and ".join(f"{words} {limit:g}" for words, limit in limits if limit is not None)


def _ruled(rule: Rule, trouble: Troubled | None) -> Ruled:
    ask = rule.owner or "nobody is named as its owner: ask whoever keeps the policy"
    if trouble is None:
        return Ruled(rule.name, rule.check, asks(rule), "kept", "allow", "what was found keeps it", (), ask)
    because = plain(_because(rule, trouble.told), 700)
    return Ruled(
        rule.name, rule.check, asks(rule), trouble.state, trouble.decision, because, _LIFT[trouble.state], ask
    )  # fmt: skip


def _because(rule: Rule, told: str) -> str:
    # without what stands beside it in a table: the state and the name of the rule
    rest = told.partition(": ")[2].removeprefix("rule ").removeprefix(rule.name).strip()
    return rest.removeprefix(f"({rule.check})").removeprefix(":").strip() or "nothing more is said"


def _against(decision: str, policy: Policy) -> list[Rival]:
    old = Rival("The facts are older than the artifact.", "rejected",
                "A finding older than what was last seen of it counts as not known.")  # fmt: skip
    if decision == "block":
        return [Rival("The finding behind it is wrong.", "open",
                      f"Findings err. Contest it: {_appeal(policy)}."), old]  # fmt: skip
    if decision == "allow":
        return [Rival("It is safe.", "open", "What no rule asks, nobody looked at here."), old]
    return [Rival("It would pass.", "rejected", "What is not known never passes, unless a waiver says so."), old]


def _unknown(decision: str, reader: str) -> tuple[str, ...]:
    if reader == "regulator":
        return ("The decision extends no further than the rules of its policy and the findings that they cite.",)
    return ("A decision is only as wide as its rules.", *(("Unknown is not a pass.",) if decision == "unknown" else ()))


def _appeal(policy: Policy) -> str:
    where = plain(policy.appeal, 200)
    return f"the command {where} REF --question CHECK --note TEXT" if policy.appeal == APPEAL else where
