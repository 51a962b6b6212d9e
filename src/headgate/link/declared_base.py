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

_SQL = r"""
WITH tags AS (
    SELECT ref, unnest(list_filter(tags, lambda t: starts_with(t, 'base_model:'))) AS tag
    FROM artifacts WHERE kind = 'model'
),
said AS (
    SELECT ref, nullif(regexp_extract(tag, '^base_model:(finetune|adapter|merge|quantized):', 1), '') AS relation,
           trim(regexp_replace(tag, '^base_model:((finetune|adapter|merge|quantized):)?', '')) AS parent,
           tag AS evidence
    FROM tags
    UNION ALL
    SELECT ref, CASE WHEN lower(base_relation) IN ('finetune', 'adapter', 'merge', 'quantized')
                     THEN lower(base_relation) END, trim(unnest(base_models)), 'base_model in the card'
    FROM artifacts WHERE kind = 'model' AND len(base_models) > 0
),
-- The Hub tells ids apart without regard to case, so one parent spelled twice is one parent.
declared AS (
    SELECT ref, relation, arg_min(parent, evidence) AS parent, min(evidence) AS evidence
    FROM said WHERE parent <> '' GROUP BY ref, lower(parent), relation
    QUALIFY relation IS NOT NULL OR count(relation) OVER (PARTITION BY ref, lower(parent)) = 0
),
parents AS (SELECT ref, count(DISTINCT lower(parent)) AS number FROM declared GROUP BY ref)
SELECT d.ref AS child, as_ref(d.parent, 'model') AS parent,
       coalesce(d.relation, CASE
           WHEN a.adapter_base IS NOT NULL OR a.library = 'peft' OR list_has_any(a.tags, ['lora', 'adapter', 'peft'])
               THEN 'adapter'
           WHEN list_has_any(a.tags, ['gguf', 'gptq', 'awq', 'exl2', 'mlx']) OR a.library IN ('gguf', 'mlx')
               THEN 'quantized'
           WHEN p.number > 1 OR list_has_any(a.tags, ['merge', 'mergekit']) THEN 'merge'
           ELSE 'finetune' END) AS relation,
       'declared' AS how, CASE WHEN d.relation IS NULL THEN 0.9 ELSE 0.95 END AS confidence,
       left(d.evidence, 300) AS evidence
FROM declared AS d JOIN artifacts AS a ON a.ref = d.ref JOIN parents AS p ON p.ref = d.ref
"""


def link(db: Db) -> Relation:
    """Edges child -> declared parent, one for each pair."""
    return db.sql(_SQL)
