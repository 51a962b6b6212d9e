"""Controls that nobody owns, and controls that two assume each other to own.

Reads: a policy in TOML (its rules, their `control` and `owner`, its waivers), a file of owners like CODEOWNERS.
Finds: for each control (subject `control:<name>`) `no owner` where nobody is named, or only words such as tbd or
everyone; `doubly assumed` where two places name different owners; `owned` where all agree on at least one; and
`no such control` for a name in the owners' file that the policy does not have. A waiver is a control too: somebody
answers for it until it expires.
Cannot see: whether an owner knows of it, still works there, or does anything; controls outside the policy.
Reference: "Responsible Generative AI Use by Product Managers" (arXiv 2501.16531), diffused responsibility.
Checked against: a policy of 20 controls with 5 orphaned and 3 doubly assumed.
"""

from __future__ import annotations

from pathlib import Path

from headgate import owners as owning
from headgate import policy as policies
from headgate.owners import Claim
from headgate.shapes import Db, Relation


def govern(db: Db, *, policy: Path | None = None, owners: Path | None = None) -> Relation:
    """One row for each control: subject `control:<name>`, decision (the grade), because.

    `policy` is a policy in TOML, the default one if not given; `owners` is a file of control names or patterns, each
    with its owners. Raises `UsageError` where one of them cannot be read.
    """
    lines = owning.read(owners) if owners else []
    claims = _claims(policies.read(policy))
    rows = [[f"control:{name}", *_graded(said, owning.claim(lines, name))] for name, said in claims.items()]
    for line in lines:
        if "*" not in line.pattern and not any(line.matches(name) for name in claims):
            told = f"line {line.number} of the owners file names it, the policy does not have it"
            rows.append([f"control:{line.pattern}", "no such control", told])
    db.execute("CREATE OR REPLACE TEMP TABLE ownership (subject VARCHAR, decision VARCHAR, because VARCHAR)")
    db.executemany("INSERT INTO ownership VALUES (?, ?, ?)", list({row[0]: row for row in rows}.values()))
    return db.sql("FROM ownership")


def _claims(policy: policies.Policy) -> dict[str, list[Claim]]:
    found: dict[str, list[Claim]] = {}
    for rule in policy.rules:
        found.setdefault(rule.control or rule.name, []).append(
            Claim(owning.people(rule.owner or ""), f"rule {rule.name}")
        )
    for waiver in policy.waivers:
        place = f"waiver until {waiver.expires}"
        found.setdefault(f"waiver of {waiver.rule} for {waiver.ref}", []).append(
            Claim(owning.people(waiver.owner), place)
        )
    return found


def _graded(said: list[Claim], filed: Claim | None) -> tuple[str, str]:
    claims = [one for one in (*said, *([filed] if filed else [])) if one.owners]
    told = "; ".join(f"{', '.join(sorted(one.owners))} ({one.place})" for one in claims)
    if not claims:
        return "no owner", "nobody is named" + (f"; {filed.place} names nobody" if filed else "")
    if not frozenset.intersection(*(one.owners for one in claims)):
        return "doubly assumed", f"each may think the other does it: {told}"
    return "owned", told
