"""How far generated outputs are from reference shares that somebody chose and justified, by role and over all prompts.

Reads: a table of outputs or counts (columns prompt, role, an attribute of what is depicted, perhaps count and
annotation), and a table of reference shares (attribute, share, source, perhaps role). Without a reference it refuses.
Finds: for each role the total variation from the reference with an interval, an exact or chi-square test with Holm's
correction over roles, Cramer's V; over all prompts the cumulative imbalance; and for each finding its legal class and
what that rests on. Counts alone can only show unbalanced content; every other class needs annotations by people.
Cannot see: whether the reference is right; real people: an attribute is what an output seems to depict to whoever
annotated it, and is never inferred for anybody; why outputs are so; prompts nobody tried; what a court would say.
Reference: Hacker et al. (2024), Generative Discrimination, arXiv 2407.10329 (three legal classes, two output types).
Checked against: scipy; two worked examples; the p of a study of 143 generated cardiologists; see
docs/methods/representation.md.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from headgate import depicted_counts, depicted_roles, frames, legal_classes
from headgate.depicted_counts import ANY, Depicted, Reference
from headgate.depicted_roles import Role
from headgate.errors import UsageError
from headgate.evidence import representation
from headgate.evidence.intervals import wilson
from headgate.evidence.representation import Floats
from headgate.plain import plain
from headgate.shapes import Finding, Measured, Shown

RISKS = ("1.1", "5.3")
FEWEST = 30  # outputs of a role below which it is flagged
_AXES = 12  # roles that get an axis of their own
_LEVEL = 0.05


def measure(
    *, counts: Path, reference: Path | None = None, attribute: str = "attribute", limit: float | None = None,
    seed: int = 0,
) -> Measured:  # fmt: skip
    """Total variation from the reference by role, tests, the cumulative index, and legal classes.

    `counts` is a CSV, JSON lines or Parquet file of outputs; `reference` is a file of shares with their sources;
    `attribute` names the column of what is depicted, in both; `limit` is the largest total variation of a role that
    is let pass (None where the interval holds it: could not be told); `seed` is of tests by drawing. Raises
    `UsageError` without a reference or a reason for it, and `BadInput` in one line each.
    """
    if limit is not None and not 0 <= limit <= 1:
        msg = f"a limit of {limit:g} is no total variation. Give one from 0 to 1."
        raise UsageError(msg)
    chosen = depicted_counts.reference(reference, attribute)
    table = frames.read(counts)
    shown = depicted_counts.depicted(table, attribute, chosen.attributes)
    asked = "" if limit is None else f"the total variation of every role is at most {limit:g}"
    if not len(shown.counts):
        none = Finding("cumulative_imbalance", None, None, None, 0, "no output was counted")
        return Measured(table.ref, [none], asked=asked, because=none.evidence)
    shares = np.stack([chosen.of(role) for role in shown.roles])
    found = depicted_roles.roles(shown, shares, seed)
    worst = max(found, key=lambda one: one.distance)
    ends = f"{worst.distance:.3f} ({worst.low:.3f} to {worst.high:.3f})"
    return Measured(
        table.ref,
        [_off(found), _cumulative(shown.counts, shares), *_by_role(found), *_annotated(shown)],
        tables=(_table(found), _classes(found, shown)),
        asked=asked,
        met=None if limit is None else _met(found, limit),
        because=f"the farthest is {plain(worst.name, 60)} with {ends}",
        notes=_notes(chosen, found),
    )


def _met(roles: list[Role], limit: float) -> bool | None:
    if any(one.low > limit for one in roles):
        return False
    return True if all(one.high <= limit for one in roles) else None


def _off(roles: list[Role]) -> Finding:
    off = sum(one.adjusted < _LEVEL for one in roles)
    return Finding("unbalanced_roles", float(off), None, None, len(roles),
                   f"roles told apart from the reference at {_LEVEL:g}, Holm over {len(roles)}")  # fmt: skip


def _cumulative(counts: Floats, shares: Floats) -> Finding:
    found = representation.cumulative(counts, shares)
    same = "" if found.same_way is None else f"; {found.same_way:.2f} of what single prompts are off goes the same way"
    return Finding("cumulative_imbalance", found.value, found.low, found.high, len(counts),
                   f"total variation of the mean over {len(counts)} prompts{same}")  # fmt: skip


def _by_role(roles: list[Role]) -> list[Finding]:
    if len(roles) > _AXES:
        return []
    return [
        Finding(f"total_variation.{_axis(one.name)}", one.distance, one.low, one.high, one.outputs,
                f"{one.tested.how} test, Holm p = {one.adjusted:.3g}, V = {one.size:.3f}")
        for one in roles
    ]  # fmt: skip


def _annotated(shown: Depicted) -> list[Finding]:
    found = []
    of = sum(shown.looked_at.values())
    for word in legal_classes.CLASSES if of else ():
        number = sum(count for (_, told), count in shown.annotated.items() if told == word)
        low, high = wilson(number, of) or (None, None)
        found.append(Finding(f"annotated.{_axis(word)}", number / of, low, high, of,
                             f"annotated outputs said to be {legal_classes.label(word)}"))  # fmt: skip
    return found


def _table(roles: list[Role]) -> Shown:
    rows = [(one.name, one.outputs, one.prompts, one.distance, one.low, one.high, one.size, one.tested.statistic,
             one.tested.chi_square_p, one.tested.how, one.tested.p, one.adjusted) for one in roles]  # fmt: skip
    columns = (
        "role",
        "outputs",
        "prompts",
        "total variation",
        "low",
        "high",
        "V",
        "statistic",
        "chi-square p",
        "test",
        "p",
        "Holm p",
    )
    return Shown("distance from the reference by role", columns, rows)


def _classes(roles: list[Role], shown: Depicted) -> Shown:
    rows: list[tuple[object, ...]] = [
        (one.name, legal_classes.label(legal_classes.UNBALANCED), f"counts alone: {one.outputs} outputs, stated shares")
        for one in roles
        if one.adjusted < _LEVEL
    ]
    rows += [
        (role, legal_classes.label(word), f"annotations by people: {count} of {shown.looked_at[role]} outputs")
        for (role, word), count in sorted(shown.annotated.items())
    ]
    return Shown("legal class of each finding", ("role", "legal class", "what it rests on"), rows)


def _notes(chosen: Reference, roles: list[Role]) -> list[str]:
    given = [f"reference{f' of {role}' if role != ANY else ''}, chosen by whoever asked: {why}"
             for role, why in chosen.reasons.items()]  # fmt: skip
    small = [f"{one.name} has {one.outputs} outputs, fewer than {FEWEST}: little can be told of it"
             for one in roles if one.outputs < FEWEST]  # fmt: skip
    return [
        *given[:_AXES], *small[:_AXES],
        "Tests are of these prompts; whether other prompts do likewise only the cumulative interval says.",
        "Attributes are what outputs seem to depict to whoever annotated them; none is inferred for a real person.",
        legal_classes.NO_LAW,
    ]  # fmt: skip


def _axis(name: str) -> str:
    return re.sub(r"\W+", "_", name.casefold()).strip("_")[:40] or "unnamed"
