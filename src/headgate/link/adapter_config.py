"""Parents that an adapter's own configuration names: `base_model_name_or_path`.

Reads: `artifacts.adapter_base`, which collection takes from adapter_config.json or the Hub's copy of it.
Finds: an `adapter` edge to the model that the adapter was trained on and is loaded into.
Cannot see: where the base was a folder on the trainer's disk; such an edge points to `name:<path>`.
Reference: PEFT documentation, "PEFT checkpoint format".
"""

from __future__ import annotations

from headgate.shapes import Db, Relation

_SQL = """
SELECT ref AS child, as_ref(adapter_base, 'model') AS parent, 'adapter' AS relation, 'read' AS how,
       0.95 AS confidence, 'adapter_config base_model_name_or_path: ' || left(adapter_base, 200) AS evidence
FROM artifacts WHERE trim(adapter_base) <> ''
"""


def link(db: Db) -> Relation:
    """Edges adapter -> base model, one for each adapter that names its base."""
    return db.sql(_SQL)
