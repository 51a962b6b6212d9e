"""Parents that a merge recipe names: mergekit's YAML in the card, or the card's list of merged models.

Reads: `artifacts.card`.
Finds: a `merge` edge for each model of the recipe, its `base_model` included.
Cannot see: recipes that are not in the card, or beyond where the collected card was cut.
Reference: mergekit README, "Merge Configuration", and the card text that mergekit writes.
Checked against: hand-written recipes of every mergekit form (tests); real cards are cut at 1,500 characters.
"""

from __future__ import annotations

from headgate.shapes import Db, Relation

# In a recipe, `model:` stands alone, in a list or under `sources`; `+lora` may follow the id.
_SQL = r"""
WITH cards AS (
    SELECT ref, name, card, regexp_matches(card, '(?m)^[ \t]*merge_method:[ \t]*[\w\-]+[ \t]*$') AS recipe,
           regexp_extract(card,
               '(?is)(following models were (?:included|merged)|merge of (?:the following|pre-trained)).*', 0) AS told
    FROM artifacts WHERE kind = 'model' AND (card LIKE '%merge_method:%' OR card ILIKE '%merge%following models%'
                                             OR card ILIKE '%following models%merge%')
),
named AS (
    SELECT ref, name, 'mergekit recipe in the card' AS evidence,
           unnest(regexp_extract_all(card,
               '(?m)^[ \t]*(?:-[ \t]*)*(?:model|base_model):[ \t]*["'']?([\w][\w.\-]*/[\w.\-]+)', 1)) AS parent
    FROM cards WHERE recipe
    UNION ALL
    SELECT ref, name, 'list of merged models in the card',
           unnest(regexp_extract_all(told, '(?m)^[ \t]*[*\-][ \t]+\[?([\w][\w.\-]*/[\w.\-]+)', 1))
    FROM cards WHERE told <> ''
)
SELECT ref AS child, as_ref(parent, 'model') AS parent, 'merge' AS relation, 'read' AS how, 0.9 AS confidence,
       min(evidence) AS evidence
FROM named WHERE lower(parent) <> lower(name) GROUP BY ref, as_ref(parent, 'model')
"""


def link(db: Db) -> Relation:
    """Edges merge -> ingredient, one for each pair."""
    return db.sql(_SQL)
