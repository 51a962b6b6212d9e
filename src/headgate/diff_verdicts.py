"""What changed of findings and decisions: listed where nothing sensitive is behind it, otherwise only counted."""

from __future__ import annotations

from collections import defaultdict

from headgate.diff_shapes import Aggregate, Occurs, Unknown
from headgate.diff_sides import Side
from headgate.evidence.intervals import SMALL, UNDER, hide_small
from headgate.shapes import Db

_WORDS = ("a sensitive rule",)  # how decisions say that they rest on a check that is not named
# A check that measures something else than 0, 1 or a probability has no line to cross.
_NUMBERS = (
    'SELECT "check" FROM {side}.findings WHERE isfinite(value) GROUP BY "check" HAVING max(value) > 1 OR min(value) < 0'
)
_STATE = (
    "SELECT subject, CASE WHEN max(value) IS NULL OR isnan(max(value)) THEN 'could not tell' WHEN max(value) < 0.5 "
    "THEN 'not found' ELSE 'found' END AS state FROM {side}.findings WHERE \"check\" = $name GROUP BY subject"
)
_STATES = (
    f"SELECT subject, o.state AS was, n.state AS now FROM ({_STATE.format(side='older')}) AS o "
    f"JOIN ({_STATE.format(side='newer')}) AS n USING (subject) WHERE o.state <> n.state"
)
_FOUND = f"INSERT INTO changes SELECT 'finding', subject, $name, was, now FROM ({_STATES})"
_COUNTED = f"SELECT was || ' -> ' || now, count(*) FROM ({_STATES}) GROUP BY ALL ORDER BY ALL"
# What is decided for the first time counts where it does not allow.
_DECIDED = """
INSERT INTO decided
SELECT n.subject, $name, o.decision, n.decision, $told
FROM (FROM newer.decisions WHERE control = $name) AS n
LEFT JOIN (FROM older.decisions WHERE control = $name) AS o ON o.subject = n.subject
WHERE o.decision <> n.decision OR (o.decision IS NULL AND n.decision IN ('block', 'unknown'))
"""
# A list of a control's decisions beside one of the open findings would tell whom a sensitive rule keeps or kept.
_RESTS = """
SELECT count(*) FROM (
    SELECT DISTINCT because FROM (FROM older.decisions UNION ALL BY NAME FROM newer.decisions) WHERE control = $name
) WHERE list_bool_or(list_transform($words::VARCHAR[], lambda w: contains(because, w)))
"""
_NOT_TOLD = """
SELECT control, coalesce(was, 'not decided') || ' -> ' || now, count(*) FROM decided
WHERE NOT told GROUP BY ALL ORDER BY ALL
"""
_OCCURRING = """
SELECT now, count(*) FILTER (told), bool_or(NOT told) FROM decided WHERE now IN ('block', 'unknown')
GROUP BY now ORDER BY now
"""


def findings(db: Db, older: Side, newer: Side) -> tuple[list[Aggregate], list[Unknown]]:
    """Add to `changes` the findings of open checks that changed; return numbers of the others, and what was lacking.

    Compared are subjects that both sides have a finding of; a probability counts as found from 0.5.
    """
    both, unknown = _shared(older, newer, ("detect", "measure"), "findings", ())
    sides = (older.schema, newer.schema)
    numbers = {row[0] for side in sides for row in db.execute(_NUMBERS.format(side=side)).fetchall()}
    hidden = []
    for check in sorted(both - numbers):
        if check in older.open & newer.open:
            db.execute(_FOUND, {"name": check})
        else:
            hidden += _hidden(check, dict(db.execute(_COUNTED, {"name": check}).fetchall()))
    return hidden, unknown


def decisions(db: Db, older: Side, newer: Side) -> tuple[list[Aggregate], list[Unknown]]:
    """Add to `changes` the decisions that changed; of controls that rest on a sensitive check only return numbers."""
    both, unknown = _shared(older, newer, ("govern",), "decisions", ("new-block", "new-unknown"))
    db.execute(
        "CREATE OR REPLACE TEMP TABLE decided "
        "(subject VARCHAR, control VARCHAR, was VARCHAR, now VARCHAR, told BOOLEAN)"
    )
    checks = older.methods("detect", "measure") | newer.methods("detect", "measure")
    closed = sorted(checks - (older.open & newer.open))
    words = [*_WORDS, *(f"({name}{end}" for name in closed for end in (" =", ")"))]  # as a gate that names them would
    for control in sorted(both):
        rests = db.execute(_RESTS, {"name": control, "words": words}).fetchall()[0][0]
        db.execute(_DECIDED, {"name": control, "told": not rests})
    db.execute("INSERT INTO changes SELECT 'decision', subject, control, was, now FROM decided WHERE told")
    rows: dict[str, dict[str, int]] = defaultdict(dict)
    for control, change, number in db.execute(_NOT_TOLD).fetchall():
        rows[control][change] = number
    return [one for control, cells in rows.items() for one in _hidden(control, cells)], unknown


def occurring(db: Db) -> list[Occurs]:
    """Whether anything is now blocked or unknown that was not, after `decisions`."""
    return [Occurs(f"new-{now}", told, others) for now, told, others in db.execute(_OCCURRING).fetchall()]


def _shared(
    older: Side, newer: Side, stages: tuple[str, ...], what: str, conditions: tuple[str, ...]
) -> tuple[set[str], list[Unknown]]:
    """The methods of `stages` that both sides ran over all they hold, and what is said of the others."""
    ran = [(side, side.methods(*stages)) for side in (older, newer)]
    lacking = [side.label for side, methods in ran if not methods]
    if lacking:
        where = "either side" if len(lacking) == 2 else lacking[0]
        return set(), [Unknown(f"{what}: none on {where}", conditions, whole=len(lacking) == 1)]
    common = older.methods(*stages) & newer.methods(*stages)
    said = [f"{what} of {name}: only on {side.label}" for side, methods in ran for name in sorted(methods - common)]
    for side, _ in ran:
        stale = {name for name in common if side.stale(name, *stages)}
        said += [f"{what} of {name}: made before the newest collection of {side.label}" for name in sorted(stale)]
        common -= stale
    return common, [Unknown(one, conditions, whole=True) for one in said]


def _hidden(name: str, cells: dict[str, int]) -> list[Aggregate]:
    if sum(cells.values()) < SMALL:
        # Not even that there is none: two dates can be chosen so that one artifact lies between them.
        return [Aggregate(name, "any change", UNDER)]
    shown = hide_small(list(cells.values()))
    return [Aggregate(name, change, number) for change, number in zip(cells, shown, strict=True)]
