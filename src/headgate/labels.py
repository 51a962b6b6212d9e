"""Labels: what people and rules said of artifacts, and what that comes to for each artifact.

Rows are only ever added; of several by one labeller in one role the newest counts. Names of labellers are keyed
pseudonyms before the first write.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from headgate import checks, label_text, workspace
from headgate.keys import installation_key
from headgate.shapes import Db, Relation, Run
from headgate.workspace import Workspace

LABELS = ("yes", "no", "unsure", "contested")
ROLES = ("seed", "review", "adjudication", "appeal")

_NEWEST = """
SELECT * FROM labels
QUALIFY row_number() OVER (PARTITION BY subject, question, labeller, role ORDER BY made DESC, run DESC) = 1
"""
_CURRENT = f"""
WITH counted AS (
    SELECT subject,
        arg_max(label, made) FILTER (role = 'adjudication') AS ruled,
        max(made) FILTER (role = 'adjudication') AS ruled_at,
        max(made) FILTER (role = 'appeal') AS appealed_at,
        count(*) FILTER (role = 'review') AS reviews,
        count(*) FILTER (role = 'review' AND label = 'yes') AS yes,
        count(*) FILTER (role = 'review' AND label = 'no') AS no,
        count(*) FILTER (role = 'seed' AND label = 'yes' AND NOT starts_with(labeller, 'rule:')) AS seed_yes,
        count(*) FILTER (role = 'seed' AND label = 'no' AND NOT starts_with(labeller, 'rule:')) AS seed_no,
        count(*) FILTER (role = 'seed' AND label = 'yes' AND starts_with(labeller, 'rule:')) AS rule_yes,
        count(*) FILTER (role = 'seed' AND label = 'no' AND starts_with(labeller, 'rule:')) AS rule_no,
        max(chance) AS chance
    FROM ({_NEWEST}) WHERE question = $question GROUP BY subject
), based AS (
    SELECT *, CASE WHEN ruled IS NOT NULL THEN 'adjudication'
                   WHEN greatest(yes, no) >= 2 AND least(yes, no) = 0 THEN 'agreement'
                   WHEN reviews > 0 THEN CASE WHEN yes > 0 AND no > 0 THEN 'disagreement' ELSE 'single' END
                   WHEN seed_yes + seed_no > 0 THEN 'seed'
                   WHEN rule_yes + rule_no > 0 THEN 'rule' END AS basis
    FROM counted
)
SELECT subject,
       CASE WHEN basis = 'adjudication' THEN ruled WHEN basis = 'seed' THEN said(seed_yes, seed_no)
            WHEN basis = 'rule' THEN said(rule_yes, rule_no) WHEN basis IS NOT NULL THEN said(yes, no) END AS verdict,
       basis, reviews, appealed_at IS NOT NULL AND (ruled_at IS NULL OR appealed_at >= ruled_at) AS contested, chance
FROM based
"""
_SAID = """
CREATE OR REPLACE TEMP MACRO said(yes, no) AS
    CASE WHEN yes > 0 AND no > 0 THEN 'disputed' WHEN yes > 0 THEN 'yes' WHEN no > 0 THEN 'no' ELSE 'unsure' END
"""
_APPEALS = f"""
SELECT a.subject, a.question, a.reason, a.made FROM ({_NEWEST}) AS a WHERE a.role = 'appeal'
AND NOT EXISTS (FROM labels AS r WHERE r.role = 'adjudication' AND r.subject = a.subject AND r.question = a.question
                AND r.made > a.made)
ORDER BY a.made DESC, a.subject, a.question
"""
_ROWS = """
SELECT unnest($subject::VARCHAR[]) AS subject, unnest($question::VARCHAR[]) AS question,
       unnest($label::VARCHAR[]) AS label, unnest($labeller::VARCHAR[]) AS labeller, unnest($role::VARCHAR[]) AS role,
       unnest($chance::DOUBLE[]) AS chance, unnest($reason::VARCHAR[]) AS reason, unnest($made::TIMESTAMP[]) AS made
"""
# Hubs tell ids apart without regard to case: a label gets the spelling of the artifact that it is about.
_SPELLED = """
SELECT g.* REPLACE (coalesce(o.ref, g.subject) AS subject), '{run}' AS run
FROM given_labels AS g LEFT JOIN (
    SELECT folded(ref) AS folded_ref, arg_max(ref, observed) AS ref FROM observations
    WHERE folded(ref) IN (SELECT folded(subject) FROM given_labels) GROUP BY 1
) AS o ON o.folded_ref = folded(g.subject)
"""
_PEOPLE = """
SELECT DISTINCT folded(ref) FROM all_artifacts
WHERE person AND folded(ref) IN (SELECT folded(unnest($refs::VARCHAR[])))
"""


class Label(NamedTuple):
    """One label, as it is said: `labeller` is a name or rule:<name>; `made` in UTC, now if None; see schema.sql."""

    subject: str
    question: str
    label: str
    labeller: str
    role: str = "seed"
    reason: str = ""
    made: datetime | None = None
    chance: float | None = None


class Appeal(NamedTuple):
    """An appeal nobody has ruled on since; `check` is None where it is a sensitive one. `note` is hostile text."""

    ref: str
    check: str | None
    note: str
    made: datetime


def add(ws: Workspace, given: Sequence[Label]) -> Run:
    """Add the labels `given` to `ws` in one part; names of labellers become pseudonyms on the way.

    Raises `ValueError` for a label, role or labeller that cannot be; nothing is written then.
    """
    key, now = installation_key(), datetime.now(UTC)
    people = _about_people(ws, given)
    for one in given:
        if one.label not in LABELS or one.role not in ROLES or (one.label == "contested") != (one.role == "appeal"):
            msg = f"{one.label!r} is no label of the role {one.role!r}."
            raise ValueError(msg)
    columns = {
        "subject": [one.subject for one in given],
        "question": [one.question for one in given],
        "label": [one.label for one in given],
        "labeller": [label_text.labeller(one.labeller, key) for one in given],
        "role": [one.role for one in given],
        "chance": [one.chance for one in given],
        "reason": [
            label_text.kept(one.reason, about_people=hidden) or None for one, hidden in zip(given, people, strict=True)
        ],
        "made": [(one.made or now).astimezone(UTC).replace(tzinfo=None) for one in given],
    }
    run = workspace.new_run(ws, "label", "add", {})
    try:
        ws.db.execute(f"CREATE OR REPLACE TEMP TABLE given_labels AS {_ROWS}", columns)
        workspace.write_part(ws, run, "labels", ws.db.sql(_SPELLED.format(run=run.id)))
    except BaseException:
        workspace.finish(ws, run, "failed")
        raise
    finally:
        ws.db.execute("DROP TABLE IF EXISTS temp.given_labels")
    workspace.finish(ws, run)
    return run


def current(db: Db, question: str) -> Relation:
    """What the labels for `question` come to: subject, verdict, basis, reviews, contested, chance.

    `verdict` is yes, no, unsure, disputed or NULL (only an appeal); `basis` the strongest there is of
    adjudication, agreement or disagreement of two reviews, a single review, a person's seed and a rule's.
    `contested`: an appeal was made that no adjudication has followed. `chance`: of being drawn for review.
    """
    db.execute(_SAID)
    return db.sql(_CURRENT, params={"question": question})


def appeals(ws: Workspace) -> list[Appeal]:
    """Every open appeal that `ws` shows, newest first, that against a sensitive check without its name."""
    found = _appeals(ws.db)
    told = checks.open_checks(ws.db) if found else set()
    return [one if one.check in told else one._replace(check=None) for one in found]


def appeals_on(db: Db, check: str) -> list[Appeal]:
    """Every open appeal against `check`, newest first."""
    return [one for one in _appeals(db) if one.check == check]


def _appeals(db: Db) -> list[Appeal]:
    rows = db.execute(_APPEALS).fetchall()
    return [Appeal(ref, check, note or "", made) for ref, check, note, made in rows]


def _about_people(ws: Workspace, given: Sequence[Label]) -> list[bool]:
    refs = list({one.subject for one in given})
    people = {row[0] for row in ws.db.execute(_PEOPLE, {"refs": refs}).fetchall()}
    folded = {r: r.lower() if r.startswith("hf:") else r for r in refs}
    return [folded[one.subject] in people or label_text.asks_about_people(one.question) for one in given]
