"""Artifacts that changed their name: the hub's own id stayed the same.

Reads: `observations` (ref, hub_id).
Finds: a `renamed` edge from each earlier ref to the present one, so that children which still declare
the old name are reached from the new.
Cannot see: renames between which nothing was collected, or on hubs that give no lasting id. Where either ref was
stored under a pseudonym there is no edge: it would tell who is meant.
Reference: Hugging Face Hub API, field `_id`; hub-docs issue 1388.
"""

from __future__ import annotations

from headgate.shapes import Db, Relation

# Few artifacts are ever renamed, so those few are found first.
_SQL = """
WITH several AS (
    SELECT hub, kind, hub_id FROM observations WHERE hub_id IS NOT NULL AND NOT gone
    GROUP BY hub, kind, hub_id HAVING min(ref) <> max(ref)
),
named AS (
    SELECT hub, kind, hub_id, ref, max(observed) AS last, coalesce(bool_or(person), false) AS person
    FROM observations SEMI JOIN several USING (hub, kind, hub_id)
    WHERE NOT gone
    GROUP BY hub, kind, hub_id, ref
),
present AS (
    SELECT hub, kind, hub_id, arg_max(ref, (last, ref)) AS ref, arg_max(person, (last, ref)) AS person
    FROM named
    GROUP BY hub, kind, hub_id
)
SELECT n.ref AS child, p.ref AS parent, 'renamed' AS relation, 'read' AS how, 0.95 AS confidence,
       'the hub id ' || n.hub_id || ' was observed under both names' AS evidence
FROM named AS n JOIN present AS p USING (hub, kind, hub_id)
WHERE n.ref <> p.ref AND NOT n.person AND NOT p.person
"""


def link(db: Db) -> Relation:
    """Edges old ref -> present ref."""
    return db.sql(_SQL)
