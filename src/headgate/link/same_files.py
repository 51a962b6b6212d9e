"""Artifacts that carry the same weight file: equal sha256 across repositories and hubs.

Reads: `files` (sha256, size, format), `artifacts.created`.
Finds: a `copy` edge from every carrier of a weight file to the artifact that had it first.
Cannot see: copies that were re-saved, re-sharded or converted; files for which the hub gives no hash.
Reference: SHA-256 as the hubs publish it (LFS oid; Civitai `hashes.SHA256`).
"""

from __future__ import annotations

from headgate.shapes import Db, Relation

# A Civitai model has its files through its versions; small files (configs, empty files) prove nothing.
_SQL = """
WITH weights AS (
    SELECT DISTINCT f.sha256, f.artifact, coalesce(a.created, a.observed) AS since
    FROM files AS f JOIN artifacts AS a ON a.ref = f.artifact
    WHERE f.sha256 IS NOT NULL AND f.size >= $smallest
      AND f.format IN ('safetensors', 'gguf', 'pickle', 'onnx', 'hdf5', 'msgpack')
),
first AS (
    SELECT sha256, arg_min(artifact, (since, artifact)) AS artifact FROM weights
    GROUP BY sha256 HAVING count(*) > 1
)
SELECT w.artifact AS child, first.artifact AS parent, 'copy' AS relation, 'read' AS how, 1.0 AS confidence,
       'sha256 ' || min(w.sha256)
           || CASE WHEN count(*) > 1 THEN ' and ' || (count(*) - 1) || ' more files' ELSE '' END AS evidence
FROM weights AS w JOIN first USING (sha256)
WHERE w.artifact <> first.artifact GROUP BY w.artifact, first.artifact
"""


def link(db: Db, *, smallest: int = 65_536) -> Relation:
    """Edges later carrier -> first carrier of a weight file of at least `smallest` bytes."""
    return db.sql(_SQL, params={"smallest": smallest})
