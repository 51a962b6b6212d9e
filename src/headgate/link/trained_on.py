"""Datasets that a model declares it was trained on: `dataset:` tags and `datasets` of the card.

Reads: `artifacts` (tags, datasets).
Finds: a `trained_on` edge for each declared dataset.
Cannot see: training data nobody declared, which is most of it.
Reference: Hugging Face Hub documentation, "Model cards", field `datasets`.
"""

from __future__ import annotations

from headgate.shapes import Db, Relation

_SQL = """
WITH said AS (
    SELECT ref, unnest(tagged(tags, 'dataset:')) AS parent, 'dataset tag' AS evidence
    FROM artifacts WHERE kind = 'model'
    UNION ALL
    SELECT ref, unnest(datasets), 'datasets in the card' FROM artifacts WHERE kind = 'model' AND len(datasets) > 0
)
SELECT ref AS child, as_ref(arg_min(parent, evidence), 'dataset') AS parent, 'trained_on' AS relation,
       'declared' AS how, 0.95 AS confidence, min(evidence) AS evidence
FROM said WHERE trim(parent) <> '' GROUP BY ref, lower(trim(parent))
"""


def link(db: Db) -> Relation:
    """Edges model -> dataset, one for each pair."""
    return db.sql(_SQL)
