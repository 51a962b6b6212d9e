"""The release gate: allow, block or unknown for every artifact, from findings and a policy.

Reads: `artifacts`, `findings`, a policy in TOML.
Finds: `block` where a rule is broken, else `unknown` where a rule could not be judged, else `allow`. A
finding that is missing or NULL is a fact nobody knows: the policy says whether that blocks or stays unknown.
Cannot see: what no rule asks; a decision to allow is only as wide as its policy.
Reference: design of OpenSSF Scorecard (facts and verdicts apart); Headgate design, "Facts and verdicts".
"""

from __future__ import annotations

from pathlib import Path

from headgate import policy as policies
from headgate.shapes import Db, Relation

# A value that is not a number compares as nothing does, so it counts as missing.
_SQL = """
WITH judged AS (
    SELECT a.ref, r.name, CASE
        WHEN f.value IS NULL OR isnan(f.value) THEN r.missing
        WHEN f.value > r.at_most OR f.value < r.at_least THEN r.outcome
        ELSE 'allow' END AS decision
    FROM artifacts AS a JOIN policy_rules AS r ON list_contains(r.kinds, a.kind)
    LEFT JOIN findings AS f ON f.subject = a.ref AND f."check" = r."check"
)
SELECT a.ref AS subject,
       CASE WHEN bool_or(j.decision = 'block') THEN 'block' WHEN bool_or(j.decision = 'unknown') THEN 'unknown'
            WHEN count(j.ref) = 0 THEN 'unknown' ELSE 'allow' END AS decision,
       CASE WHEN count(j.ref) = 0 THEN 'no rule covers this kind'
            ELSE string_agg(j.decision || ': ' || j.name, '; ' ORDER BY j.decision, j.name)
                 FILTER (j.decision <> 'allow') END AS because
FROM artifacts AS a LEFT JOIN judged AS j ON j.ref = a.ref
GROUP BY a.ref
"""


def govern(db: Db, *, policy: Path | None = None) -> Relation:
    """Decisions subject, decision, because, for every artifact, under `policy` (the default one if None).

    Raises `UsageError` where the policy cannot be read.
    """
    rules = policies.read(policy).rules
    db.execute(
        'CREATE OR REPLACE TEMP TABLE policy_rules (name VARCHAR, "check" VARCHAR, at_most DOUBLE, '
        "at_least DOUBLE, missing VARCHAR, outcome VARCHAR, kinds VARCHAR[])"
    )
    db.executemany(
        "INSERT INTO policy_rules VALUES (?, ?, ?, ?, ?, ?, ?)",
        [[r.name, r.check, r.at_most, r.at_least, r.missing, r.then, list(r.kinds)] for r in rules],
    )
    return db.sql(_SQL)
