"""What many debates say together: shares of each outcome, what the order changed, kappa against people, the cost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

import numpy as np

from headgate.debating.debate import Result, cost
from headgate.evidence.agreement import agreement
from headgate.screen_findings import share
from headgate.shapes import Finding

_UNDECIDED = ("abstain", "refused", "unparsable", "unanswered")


@dataclass(slots=True)
class Seen:
    """Debates so far, as counts: labels, items without a debate, debates held in both orders, and what was spent.

    `ours` and `people` are the labels, yes or no, of items that both labelled.
    """

    labels: Counter[str] = field(default_factory=Counter)
    absent: int = 0
    swapped: int = 0
    held_twice: int = 0
    spent: Counter[str] = field(default_factory=Counter)
    ours: list[str] = field(default_factory=list)
    people: list[str] = field(default_factory=list)


def count(seen: Seen, results: Sequence[Result | None], said: Sequence[str | None]) -> None:
    """Add debates to `seen`; `said` is what people said of each item: yes, no or None."""
    for result, label in zip(results, said, strict=True):
        if result is None:
            seen.absent += 1
            continue
        seen.labels[result.label] += 1
        seen.held_twice += result.swapped is not None
        seen.swapped += bool(result.swapped)
        seen.spent.update(asdict(cost([result])))
        if label is not None and result.share is not None:
            seen.ours.append(result.label)
            seen.people.append(label)


def findings(seen: Seen) -> list[Finding]:
    """The findings of the whole: yes among items that got a label, and one of each outcome among all debated."""
    debated, spent = seen.labels.total(), seen.spent
    decided = seen.labels["yes"] + seen.labels["no"]
    used = (
        f"{spent['calls']} answers, {spent['characters_in']} characters asked and {spent['characters_out']} answered, "
        f"tokens {spent['tokens_in']} and {spent['tokens_out']} where told"
    )
    absent = f"; {seen.absent} items are not in the transcripts" if seen.absent else ""
    told = f"yes among {decided} labelled of {debated} debated{absent}; {used}"
    found = [share("", seen.labels["yes"], decided, told)]
    found += [share(name, seen.labels[name], debated, f"{name} of {debated} debated") for name in _UNDECIDED]
    if seen.held_twice:
        found.append(share("order_changed", seen.swapped, seen.held_twice, "labels that the order of sides changed"))
    if seen.people:
        found.append(_kappa(seen.ours, seen.people))
    return found


def _kappa(ours: Sequence[str], people: Sequence[str]) -> Finding:
    agreed = agreement(np.array(ours), np.array(people))
    same = sum(a == b for a, b in zip(ours, people, strict=True))
    told = f"Cohen's kappa with people; {same} of {len(people)} items that both labelled alike"
    return Finding("kappa", agreed.kappa, agreed.low, agreed.high, len(people), told)
