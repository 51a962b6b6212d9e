"""The links of a report: each (child, parent, relation) once, however many methods found it.

Hugging Face ids differ by more than case, so refs that differ only in case are one, as in `graph`.
"""

from __future__ import annotations

from headgate.report.shapes import Edges, Health
from headgate.report.words import shown
from headgate.shapes import Db

# A dataset that a model was trained on is no ancestor of its weights.
LINEAGE = "relation <> 'trained_on'"

_LINKS = """
CREATE OR REPLACE TEMP TABLE report_links AS
SELECT folded(child) AS child, folded(parent) AS parent, relation,
       arg_max(how, coalesce(list_position(['inferred', 'declared', 'read'], how), 0)) AS how,
       min(method) <> max(method) AS several
FROM edges GROUP BY 1, 2, relation
"""
_BY_RELATION = """
SELECT left(relation, 100), how, count(*) FROM report_links GROUP BY ALL ORDER BY count(*) DESC, 1, 2 LIMIT 40
"""
# Versions and renames are one artifact, so they are no second parent.
_HEALTH = f"""
WITH known AS (SELECT DISTINCT folded(ref) AS ref FROM report_artifacts),
     parents AS (SELECT DISTINCT parent, {LINEAGE} AS lineage FROM report_links),
     missing AS (SELECT parent, lineage FROM parents ANTI JOIN known ON ref = parent)
SELECT (SELECT count(*) FROM report_links WHERE {LINEAGE}),
       (SELECT count(*) FROM report_links WHERE NOT ({LINEAGE})),
       (SELECT count(*) FROM report_links WHERE several),
       (SELECT count(*) FROM missing WHERE lineage AND NOT starts_with(parent, 'name:')),
       (SELECT count(*) FROM parents WHERE lineage AND starts_with(parent, 'name:')),
       (SELECT count(*) FROM missing WHERE NOT lineage),
       (SELECT count(*) FROM (SELECT child FROM report_links
            WHERE {LINEAGE} AND relation NOT IN ('version_of', 'renamed') AND child <> parent
            GROUP BY child HAVING count(DISTINCT parent) > 1))
"""


def prepare(db: Db) -> None:
    """Make the table `report_links`, which the others read; whoever calls this drops it."""
    db.execute(_LINKS)


def by_relation(db: Db) -> tuple[Edges, ...]:
    """Links by relation and by the strongest way each is known, most first."""
    return tuple(
        Edges(shown(relation, 40), shown(how, 20), n) for relation, how, n in db.execute(_BY_RELATION).fetchall()
    )


def health(db: Db) -> Health:
    """What can be counted without walking the graph; needs `report_artifacts` too."""
    edges, training, several_methods, dangling, name_only, datasets, several = db.execute(_HEALTH).fetchall()[0]
    return Health(
        edges=edges, training_edges=training, several_methods=several_methods, dangling_parents=dangling,
        name_only_parents=name_only, training_not_collected=datasets, several_parents=several,
    )  # fmt: skip
