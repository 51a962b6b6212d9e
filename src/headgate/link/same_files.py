"""Artifacts that carry the same weight file: equal sha256 across repositories and hubs.

Reads: every observation of `files` (sha256, size, format) and of `artifacts`, tombstones too.
Finds: a `copy` edge from every present carrier of a weight file to the artifact that had it first, even where
that one is gone: a file removed at one place that reappeared at another.
Cannot see: copies that were re-saved, re-sharded or converted; files for which the hub gives no hash.
Reference: SHA-256 as the hubs publish it (LFS oid; Civitai `hashes.SHA256`).
"""

from __future__ import annotations

from headgate.shapes import Db, Relation

# A Civitai model has its files through its versions; small files (configs, empty files) prove nothing.
# An earlier name of an artifact that is still there is no original of its own.
_SQL = """
WITH weights AS (
    SELECT f.sha256, f.artifact, min(coalesce(o.created, o.observed)) AS since
    FROM all_files AS f JOIN observations AS o ON o.ref = f.artifact AND o.run = f.run
    LEFT JOIN artifacts AS other ON other.hub = o.hub AND other.hub_id = o.hub_id AND other.kind = o.kind
    WHERE coalesce(other.ref, o.ref) = o.ref AND f.sha256 IS NOT NULL AND f.size >= $smallest
      AND f.format IN ('safetensors', 'gguf', 'pickle', 'onnx', 'hdf5', 'msgpack')
    GROUP BY f.sha256, f.artifact
),
first AS (
    SELECT sha256, arg_min(artifact, (since, artifact)) AS artifact FROM weights
    GROUP BY sha256 HAVING count(*) > 1
)
SELECT w.artifact AS child, first.artifact AS parent, 'copy' AS relation, 'read' AS how, 1.0 AS confidence,
       'sha256 ' || min(w.sha256)
           || CASE WHEN count(*) > 1 THEN ' and ' || (count(*) - 1) || ' more files' ELSE '' END AS evidence
FROM weights AS w JOIN first USING (sha256)
JOIN artifacts AS present ON present.ref = w.artifact
WHERE w.artifact <> first.artifact GROUP BY w.artifact, first.artifact
"""


def link(db: Db, *, smallest: int = 65_536) -> Relation:
    """Edges later carrier -> first carrier of a weight file.

    `smallest` is the size in bytes below which files are left out.
    """
    return db.sql(_SQL, params={"smallest": smallest})
