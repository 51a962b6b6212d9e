"""Which claim about a removal the tests that were run allow, and which tests a stronger one lacks.

Reads: findings of prove methods about a repaired model, each with its verdict before the colon; data/claims.csv.
Finds: for each such model the strongest grade allowed: attempted, suppressed, robust, removed, removed without damage;
and why no stronger one is. A claim needs every test it rests on to have run and held, so leaving a test out or failing
it never allows more. That use is prevented is never allowed: no test of weights shows it.
Cannot see: whether a test was run well, with margins and budgets that mean something, or on the right behaviour; tests
of other tools; what happens where the model is used.
Reference: Barez et al., "Open Problems in Machine Unlearning for AI Safety" (arXiv 2501.04952): limits in evaluation,
robustness, side effects and dual use. Which test allows which words is our choice.
"""

from __future__ import annotations

from collections import defaultdict

from headgate import catalog
from headgate.repair.claims import Status, claims, held, lacking, must_say, statuses, strongest
from headgate.shapes import Db, Relation

_FOUND = """
SELECT subject, split_part("check", '.', 1), array_to_string(string_split("check", '.')[2:], '.'),
       split_part(coalesce(evidence, ''), ':', 1)
FROM findings WHERE NOT sensitive AND list_contains($tests, split_part("check", '.', 1)) ORDER BY ALL
"""


def govern(db: Db) -> Relation:
    """Decisions subject (ref of the repaired model), decision (the grade), because (what a stronger one lacks)."""
    by_model: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    tests = [method.name for method in catalog.methods("prove")]
    for subject, test, axis, verdict in db.execute(_FOUND, {"tests": tests}).fetchall():
        by_model[subject].append((test, axis, verdict))
    rows = []
    for subject, checks in by_model.items():
        found = statuses(checks)
        rows.append([subject, strongest(held(found)).name, because(found)])
    db.execute("CREATE OR REPLACE TEMP TABLE claim_decisions (subject VARCHAR, decision VARCHAR, because VARCHAR)")
    if rows:
        db.executemany("INSERT INTO claim_decisions VALUES (?, ?, ?)", rows)
    return db.sql("FROM claim_decisions")


def because(found: dict[str, Status]) -> str:
    """Which tests the grade rests on, which failed, what the next grade lacks, and what no test here allows."""
    best = strongest(held(found))
    parts = [f"held: {', '.join(sorted(held(found))) or 'no test'}", *must_say(found)]
    grades = [one for one in claims() if one.rank is not None and one.rank > (best.rank or 0)]
    if grades:
        parts.append(f"not {grades[0].name}: {lacking(grades[0], found)}")
    never = [one.name for one in claims() if one.beyond]
    return "; ".join([*parts, f"never by tests of a model: {', '.join(never)}"])
