"""What changed of the artifacts themselves: there or not, their names, licences, gates, base models and parents."""

from __future__ import annotations

from headgate.diff_shapes import Unknown
from headgate.diff_sides import Side
from headgate.shapes import Db

_LEFT = "CREATE OR REPLACE TEMP TABLE left_over AS SELECT * FROM older_artifacts ANTI JOIN newer_artifacts USING (ref)"
_COME = "CREATE OR REPLACE TEMP TABLE come AS SELECT * FROM newer_artifacts ANTI JOIN older_artifacts USING (ref)"
# The hub's own id survives a rename; of what depicts a person the two names are not put side by side.
_RENAMED = """
CREATE OR REPLACE TEMP TABLE renamed AS
SELECT was, min(now) AS now FROM (
    SELECT o.ref AS was, n.ref AS now, o.person OR n.person AS person
    FROM left_over AS o JOIN come AS n USING (hub, kind, hub_id)
    UNION ALL
    SELECT o.ref, n.ref, o.person OR n.person FROM left_over AS o JOIN come AS n ON folded(o.ref) = folded(n.ref)
) WHERE NOT person GROUP BY was
"""
_PAIRS = """
CREATE OR REPLACE TEMP TABLE pairs AS
SELECT o.ref AS was, n.ref AS now, {pairs}
FROM (SELECT ref AS was, ref AS now FROM older_artifacts SEMI JOIN newer_artifacts USING (ref)
      UNION ALL FROM renamed) AS p
JOIN older_artifacts AS o ON o.ref = p.was JOIN newer_artifacts AS n ON n.ref = p.now
""".format(pairs=", ".join(f"o.{name} AS {name}_was, n.{name} AS {name}_now" for name in (
    "licence", "licence_name", "licence_link", "gated", "bases")))  # fmt: skip
_NAMES = "INSERT INTO changes SELECT 'renamed', now, NULL, was, now FROM renamed"
_CHANGED = (
    "INSERT INTO changes SELECT '{kind}', now, NULL, {name}_was, {name}_now FROM pairs WHERE {name}_was <> {name}_now"
)
# Names and links of licences are compared where both sides have one: earlier collections did not record them.
_LICENCES = """
INSERT INTO changes SELECT 'licence', now, NULL, concat_ws('; ', licence_was, licence_name_was, licence_link_was),
    concat_ws('; ', licence_now, licence_name_now, licence_link_now) FROM pairs
WHERE licence_was <> licence_now OR licence_name_was <> licence_name_now OR licence_link_was <> licence_link_now
"""
_NEW = "INSERT INTO changes SELECT 'new', ref, kind, NULL, NULL FROM come WHERE ref NOT IN (SELECT now FROM renamed)"
# Gone is what left a tombstone, or what a listing of the whole hub does not have; a version is listed with its model.
_GONE = """
INSERT INTO changes
SELECT CASE WHEN t.ref IS NOT NULL OR w.hub IS NOT NULL THEN 'gone' ELSE 'absent' END, o.ref, o.kind, NULL, NULL
FROM left_over AS o
LEFT JOIN (SELECT DISTINCT ref FROM newer.observations SEMI JOIN left_over USING (ref) WHERE gone) AS t ON t.ref = o.ref
LEFT JOIN listed_whole AS w ON w.hub = o.hub AND w.kind = CASE o.kind WHEN 'version' THEN 'model' ELSE o.kind END
WHERE o.ref NOT IN (SELECT was FROM renamed)
"""
_PARENTS = """
INSERT INTO changes
WITH moved AS (
    SELECT DISTINCT child FROM (
        (FROM older_parents EXCEPT FROM newer_parents) UNION ALL (FROM newer_parents EXCEPT FROM older_parents))
),
was AS (SELECT child, string_agg(parent, ', ' ORDER BY parent) AS parents
        FROM older_parents SEMI JOIN moved USING (child) GROUP BY child),
now AS (SELECT child, string_agg(parent, ', ' ORDER BY parent) AS parents
        FROM newer_parents SEMI JOIN moved USING (child) GROUP BY child)
SELECT 'parents', p.now, NULL, coalesce(was.parents, 'none'), coalesce(now.parents, 'none') FROM pairs AS p
LEFT JOIN was ON was.child = folded(p.was) LEFT JOIN now ON now.child = folded(p.now)
WHERE was.parents IS DISTINCT FROM now.parents
"""
_STEPS = (
    _LEFT, _COME, _RENAMED, _PAIRS, _NEW, _GONE, _NAMES, _LICENCES, _PARENTS,
    _CHANGED.format(kind="gated", name="gated"), _CHANGED.format(kind="base models", name="bases"),
)  # fmt: skip
_ABSENT = "SELECT count(*) FROM changes WHERE kind = 'absent'"
_UNRECORDED = "SELECT count(*) FROM pairs WHERE (licence_was IS NULL) <> (licence_now IS NULL)"


def compare(db: Db, newer: Side) -> list[Unknown]:
    """Add to the table `changes` what changed between `older_*` and `newer_*`, and return what could not be told."""
    db.execute("CREATE OR REPLACE TEMP TABLE listed_whole (hub VARCHAR, kind VARCHAR)")
    for shelf in newer.complete:
        db.execute("INSERT INTO listed_whole VALUES (?, ?)", list(shelf))
    for sql in _STEPS:
        db.execute(sql)
    absent, unrecorded = (int(db.execute(sql).fetchall()[0][0]) for sql in (_ABSENT, _UNRECORDED))
    unknown = []
    if absent:
        what = f"{absent:,} artifacts of the old side are not in the new one, which listed no hub of theirs to its end"
        unknown.append(Unknown(what, ("gone",), whole=False))
    if unrecorded:
        what = f"of {unrecorded:,} artifacts only one side recorded a licence, or that there is none"
        unknown.append(Unknown(what, ("licence-change",), whole=False))
    return unknown
