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

# A value that is not a number compares as nothing does, so it counts as missing; so does a finding that is older
# than what was last seen of the artifact (ids of runs tell their order).
_SQL = """
WITH judged AS (
    SELECT a.ref, CASE
        WHEN f.value IS NULL OR isnan(f.value) THEN r.missing
        WHEN f.value > r.at_most OR f.value < r.at_least THEN r.outcome
        ELSE 'allow' END AS decision, CASE
        -- which artifacts a sensitive check found leaves the workspace in no words
        WHEN r.sensitive THEN CASE WHEN f.value IS NULL THEN 'not known: ' ELSE 'broken: ' END || 'a sensitive rule'
        WHEN f.value IS NULL OR isnan(f.value) THEN 'not known: ' || r.name || ' (' || r."check" || ')'
        ELSE 'broken: ' || r.name || ' (' || r."check" || ' = ' || f.value::FLOAT || r.allowed || ')' END AS told
    FROM artifacts AS a JOIN policy_rules AS r ON list_contains(r.kinds, a.kind)
    LEFT JOIN findings AS f ON f.subject = a.ref AND f."check" = r."check" AND f.run >= a.run
)
SELECT a.ref AS subject,
       CASE WHEN bool_or(j.decision = 'block') THEN 'block' WHEN bool_or(j.decision = 'unknown') THEN 'unknown'
            WHEN count(j.ref) = 0 THEN 'unknown' ELSE 'allow' END AS decision,
       CASE WHEN count(j.ref) = 0 THEN 'no rule covers this kind'
            ELSE string_agg(DISTINCT j.told, '; ' ORDER BY j.told) FILTER (j.decision <> 'allow') END AS because
FROM artifacts AS a LEFT JOIN judged AS j ON j.ref = a.ref
GROUP BY a.ref
"""


def govern(db: Db, *, policy: Path | None = None) -> Relation:
    """Decisions subject, decision, because, for every artifact.

    `policy` is a policy in TOML, the default one if not given. Raises `UsageError` where it cannot be read.
    """
    rules = policies.read(policy).rules
    db.execute(
        'CREATE OR REPLACE TEMP TABLE policy_rules (name VARCHAR, "check" VARCHAR, at_most DOUBLE, '
        "at_least DOUBLE, missing VARCHAR, outcome VARCHAR, kinds VARCHAR[], sensitive BOOLEAN, allowed VARCHAR)"
    )
    db.executemany(
        "INSERT INTO policy_rules VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            [r.name, r.check, r.at_most, r.at_least, r.missing, r.then, list(r.kinds), r.sensitive, _allowed(r)]
            for r in rules
        ],
    )
    return db.sql(_SQL)


def _allowed(rule: policies.Rule) -> str:
    limits = (("at least", rule.at_least), ("at most", rule.at_most))
    return "".join(f", {words} {limit:g}" for words, limit in limits if limit is not None)
