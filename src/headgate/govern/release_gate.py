r"""The release gate: allow, block or unknown for every artifact, from findings and a policy.

Reads: `artifacts`, `findings`, a policy in TOML.
Finds: `block` where a rule is broken, else `unknown` where a rule could not be judged, else `allow`. A
finding that is missing, NULL or stale is a fact nobody knows: the policy says whether that blocks or stays unknown. A
waiver lifts a rule that is broken, and a fact that nobody knows only where it says so. Every block says on what
evidence, and where to appeal.
Cannot see: what no rule asks; a decision to allow is only as wide as its policy. Whether a waiver was given by
somebody who may: who changes the policy's file can waive.
Reference: design of OpenSSF Scorecard (facts and verdicts apart); Headgate design, "Facts and verdicts".
Checked against: every combination of value, staleness, outcome and waiver, worked out apart from this code.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path

from headgate import policy as policies
from headgate.errors import UsageError
from headgate.policy import Policy, Rule
from headgate.shapes import Db, Relation

_TABLES = """
CREATE OR REPLACE TEMP TABLE policy_rules (name VARCHAR, "check" VARCHAR, at_most DOUBLE, at_least DOUBLE,
    missing VARCHAR, outcome VARCHAR, kinds VARCHAR[], sensitive BOOLEAN, allowed VARCHAR, seen_since TIMESTAMP);
CREATE OR REPLACE TEMP TABLE policy_waivers (pattern VARCHAR, name VARCHAR, reason VARCHAR, owner VARCHAR,
    expires DATE, approved DATE, covers VARCHAR);
"""
# The same characters as in `plain`: evidence may hold hub text.
_UNSAFE = r"[\x00-\x1f\x7f-\x{9f}\x{61c}\x{200b}-\x{200f}\x{2028}-\x{202e}\x{2060}-\x{2069}\x{feff}\x{e0000}-\x{e007f}]"
# A value that is not a number compares as nothing does, so it counts as missing; so does a finding that is older
# than what was last seen of the artifact (ids of runs tell their order), and one on what was last seen too long ago.
_JUDGED = """
WITH facts AS (
    SELECT a.ref, r.*, f.value, coalesce(f.sensitive, false) OR r.sensitive AS hidden,
           CASE WHEN a.observed < r.seen_since THEN 'stale' WHEN f.value IS NULL OR isnan(f.value) THEN 'missing'
                WHEN f.value > r.at_most OR f.value < r.at_least THEN 'broken' END AS state,
           f.evidence, a.observed
    FROM artifacts AS a JOIN policy_rules AS r ON list_contains(r.kinds, a.kind)
    LEFT JOIN findings AS f ON f.subject = a.ref AND f."check" = r."check" AND f.run >= a.run
),
troubles AS (
    SELECT *, regexp_replace(left(evidence, 600), $unsafe, '\ufffd', 'g') || if(len(evidence) > 600, '…', '') AS words
    FROM facts WHERE state IS NOT NULL
),
lifting AS (
    SELECT t.ref, t.name, t.state, max(w.expires) AS expired,
           arg_max(w, w.expires) FILTER (w.expires >= $today AND coalesce(w.approved <= $today, true)) AS waiver
    FROM (SELECT DISTINCT ref, name, state FROM troubles) AS t JOIN policy_waivers AS w
    ON w.name = t.name AND lower(t.ref) GLOB w.pattern
       AND w.covers IN ('both', if(t.state = 'broken', 'broken', 'missing'))
    GROUP BY ALL
),
judged AS (
    SELECT t.ref, t.name, if(l.waiver IS NULL, t.state, 'waived') AS state,
           CASE WHEN l.waiver IS NOT NULL THEN 'allow' WHEN t.state = 'broken' THEN t.outcome
                ELSE t.missing END AS decision,
           CASE WHEN l.waiver IS NOT NULL THEN 'waived: ' WHEN t.state = 'broken' THEN 'broken: '
                ELSE 'not known: ' END ||
           -- which artifacts a sensitive check found leaves the workspace in no words
           CASE WHEN t.hidden THEN 'a sensitive rule' ELSE if(l.waiver IS NULL, '', 'rule ') || t.name END ||
           CASE WHEN l.waiver IS NOT NULL THEN ' until ' || l.waiver.expires || ' by ' || l.waiver.owner ||
                     if(t.hidden, '', ': ' || l.waiver.reason)
                WHEN t.hidden THEN ''
                WHEN t.state = 'broken'
                    THEN ' (' || t."check" || ' = ' || t.value::FLOAT || t.allowed || '): '
                         || coalesce(t.words, 'the check gave no words')
                WHEN t.state = 'stale'
                    THEN ' (' || t."check" || '): last observed ' || t.observed::DATE || ', too long ago'
                ELSE ' (' || t."check" || ')' || coalesce(': ' || t.words, '') END ||
           if(l.waiver IS NULL AND l.expired < $today, ' [a waiver expired on ' || l.expired || ']', '') AS told
    FROM troubles AS t LEFT JOIN lifting AS l USING (ref, name, state)
)
"""
_BY_RULE = f"{_JUDGED} SELECT ref, name, state, decision, told FROM judged"
_SQL = f"""{_JUDGED},
summed AS (
    SELECT ref, bool_or(decision = 'block') AS blocked, bool_or(decision = 'unknown') AS unclear,
           array_to_string(list_sort(list_distinct(list(told))), '; ') AS told
    FROM judged GROUP BY ref
),
covered AS (SELECT DISTINCT unnest(kinds) AS kind FROM policy_rules)
SELECT a.ref AS subject, CASE WHEN s.blocked THEN 'block' WHEN s.unclear OR c.kind IS NULL THEN 'unknown'
                              ELSE 'allow' END AS decision,
       CASE WHEN c.kind IS NULL THEN 'no rule covers this kind'
            ELSE s.told || if(s.blocked, '; appeal: ' || $appeal, '') END AS because
FROM artifacts AS a LEFT JOIN covered AS c USING (kind) LEFT JOIN summed AS s ON s.ref = a.ref
"""


def govern(db: Db, *, policy: Path | None = None, now: str | None = None) -> Relation:
    """Decisions subject, decision, because, for every artifact.

    `policy` is a policy in TOML, the default one if not given; `now` is the moment at which waivers expire and
    observations are too old, such as 2026-11-21, this moment if not given.
    Raises `UsageError` where the policy or the moment cannot be read.
    """
    return judge(db, policies.read(policy), _moment(now))


def judge(db: Db, policy: Policy, moment: datetime) -> Relation:
    """Decisions subject, decision, because, for every artifact under `policy` at `moment` (UTC, without a zone).

    `db` needs the tables artifacts and findings alone; those may be of as few artifacts as one likes.
    """
    _prepare(db, policy, moment)
    return db.sql(_SQL, params={"unsafe": _UNSAFE, "today": moment.date(), "appeal": policy.appeal})


def by_rule(db: Db, policy: Policy, moment: datetime) -> Relation:
    """Rows ref, name, state, decision, told for every rule of `policy` that an artifact does not plainly keep.

    `state` is broken, missing, stale or waived; `decision` is what the rule alone comes to; `told` says why. `worst`
    of the decisions is that of the artifact.
    """
    _prepare(db, policy, moment)
    return db.sql(_BY_RULE, params={"unsafe": _UNSAFE, "today": moment.date()})


def worst(decisions: Collection[str], *, covered: bool) -> str:
    """What the `decisions` of single rules come to; `covered`: there is a rule for this kind of artifact."""
    return next((one for one in ("block", "unknown") if one in decisions), "allow" if covered else "unknown")


def _prepare(db: Db, policy: Policy, moment: datetime) -> None:
    db.execute(_TABLES)
    rules = [
        [r.name, r.check, r.at_most, r.at_least, r.missing, r.then, list(r.kinds), r.sensitive, _allowed(r), moment,
         r.stale_after_days] for r in policy.rules
    ]  # fmt: skip
    since = "?::TIMESTAMP - to_seconds(?::DOUBLE * 86400)"
    db.executemany(f"INSERT INTO policy_rules VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, {since})", rules)
    waivers = [[w.ref.lower(), w.rule, w.reason, w.owner, w.expires, w.approved, w.covers] for w in policy.waivers]
    if waivers:
        db.executemany("INSERT INTO policy_waivers VALUES (?, ?, ?, ?, ?, ?, ?)", waivers)


def _allowed(rule: Rule) -> str:
    limits = (("at least", rule.at_least), ("at most", rule.at_most))
    return "".join(f", {words} {limit:g}" for words, limit in limits if limit is not None)


def _moment(text: str | None) -> datetime:
    try:
        moment = datetime.fromisoformat(text) if text else datetime.now(UTC)
    except ValueError as error:
        msg = f"--now is not a date: {text!r}. Write 2026-11-21 or 2026-11-21T08:00:00+00:00."
        raise UsageError(msg) from error
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
