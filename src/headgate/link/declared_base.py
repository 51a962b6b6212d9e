"""Parents that an artifact declares: `base_model` in tags and card, with its relation.

Reads: `artifacts` (tags, base_models, base_relation).
Finds: an edge for each declared parent. The tag `base_model:<relation>:<id>` names the relation; where only
the card or a bare tag does not, the relation is told as the Hub tells it: an adapter's library or a
quantised format says so, several parents say merge, everything else is a fine-tune.
Cannot see: parents nobody declared, or that were declared wrongly.
Reference: Hugging Face Hub documentation, "Specifying a base model".
Checked against: 39,203 edges of the public dependency network in the shared data.
"""

from __future__ import annotations

from headgate.shapes import Db, Relation

# What was said of one parent is gathered as bits, which is what makes this fast on millions of tags: 1 to 8 a relation
# named by a tag, 16 to 128 the same by the card, 256 a bare tag, 512 a card that names none.
_SQL = r"""
WITH relations (bit, relation) AS (VALUES (1, 'finetune'), (2, 'adapter'), (4, 'merge'), (8, 'quantized')),
given AS (
    SELECT ref, list_filter(tags, lambda t: starts_with(t, 'base_model:')) AS said, base_models,
           coalesce(r.bit * 16, 512) AS card_bit,
           CASE WHEN adapter_base IS NOT NULL OR library = 'peft' OR list_has_any(tags, ['lora', 'adapter', 'peft'])
                    THEN 'adapter'
                WHEN library IN ('gguf', 'mlx') OR list_has_any(tags, ['gguf', 'gptq', 'awq', 'exl2', 'mlx'])
                    THEN 'quantized'
                WHEN list_has_any(tags, ['merge', 'mergekit']) THEN 'merge' END AS told
    FROM artifacts LEFT JOIN relations AS r ON r.relation = lower(base_relation) WHERE kind = 'model'
),
tagged AS (
    SELECT ref, told, tag, CASE split_part(tag, ':', 2) WHEN 'finetune' THEN 1 WHEN 'adapter' THEN 2 WHEN 'merge' THEN 4
           WHEN 'quantized' THEN 8 ELSE 256 END AS bit
    FROM (SELECT ref, told, unnest(said) AS tag FROM given WHERE len(said) > 0)
),
said AS (
    SELECT ref, told, bit, bare_id(substr(tag,
               CASE bit WHEN 1 THEN 21 WHEN 2 THEN 20 WHEN 4 THEN 18 WHEN 8 THEN 22 ELSE 12 END)) AS parent
    FROM tagged
    UNION ALL
    SELECT ref, told, card_bit, bare_id(unnest(base_models)) FROM given WHERE len(base_models) > 0
),
-- The Hub tells ids apart without regard to case, so one parent spelled twice is one parent.
declared AS MATERIALIZED (
    SELECT ref, any_value(told) AS told, min(parent) AS parent, bit_or(bit) AS bits
    FROM said WHERE parent <> '' GROUP BY ref, lower(parent)
),
several AS (
    SELECT ref FROM declared SEMI JOIN (SELECT ref FROM declared WHERE bits & 255 = 0) USING (ref)
    GROUP BY ref HAVING count(*) > 1
),
edges AS (
    SELECT ref, parent, r.relation, 0.95 AS confidence,
           CASE WHEN bits & bit > 0 THEN 'base_model:' || r.relation || ':' || parent
                ELSE 'base_model and base_model_relation in the card' END AS evidence
    FROM declared JOIN relations AS r ON bits & (bit + bit * 16) > 0
    UNION ALL
    SELECT ref, parent, coalesce(told, CASE WHEN several.ref IS NULL THEN 'finetune' ELSE 'merge' END), 0.9,
           CASE WHEN bits & 256 > 0 THEN 'base_model:' || parent ELSE 'base_model in the card' END
    FROM declared LEFT JOIN several USING (ref) WHERE bits & 255 = 0
)
SELECT ref AS child, as_ref(parent, 'model') AS parent, relation, 'declared' AS how, confidence,
       left(evidence, 300) AS evidence
FROM edges
"""


def link(db: Db) -> Relation:
    """Edges child -> declared parent, one for each pair."""
    return db.sql(_SQL)
