"""Versions of a Civitai model, and the base family that Civitai says each was made for.

Reads: `artifacts` (version_of, base_family), `data/base_families.csv`.
Finds: a `version_of` edge to the model page, and a `base_family` edge to the repository of the family's
base model, which joins the two hubs.
Cannot see: which of a family's many checkpoints was really used; hence the lower confidence.
Reference: Civitai REST API, `modelVersions[].baseModel`.
"""

from __future__ import annotations

from pathlib import Path

from headgate.shapes import Db, Relation

_FAMILIES = Path(__file__).parent.parent / "data" / "base_families.csv"
_SQL = """
SELECT ref AS child, version_of AS parent, 'version_of' AS relation, 'declared' AS how, 1.0 AS confidence,
       'modelVersions of the model' AS evidence
FROM artifacts WHERE version_of IS NOT NULL
UNION ALL
SELECT a.ref, coalesce(f.ref, 'name:' || left(a.base_family, 200)), 'base_family', 'declared',
       CASE WHEN f.ref IS NULL THEN 0.5 ELSE 0.7 END, 'baseModel: ' || left(a.base_family, 200)
FROM artifacts AS a LEFT JOIN read_csv($families, header = true, all_varchar = true) AS f
    ON lower(f.family) = lower(a.base_family)
WHERE a.base_family IS NOT NULL AND lower(a.base_family) NOT IN ('', 'other', 'upscaler')
"""


def link(db: Db) -> Relation:
    """Edges version -> model and version -> base model of its family."""
    return db.sql(_SQL, params={"families": str(_FAMILIES)})
