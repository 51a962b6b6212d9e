"""Quantised copies: what a GGUF, GPTQ, AWQ or MLX repository was made from.

Reads: `artifacts` (name, author, file_bases, tags, library, downloads).
Finds: a `quantized` edge to the parent that a GGUF header names (how: read), and, from the name alone
(how: inferred), to the artifact that is called the same without the format's suffix: of the maker or the
author the name gives, else the only one on the hub so called, else the most downloaded of at most five.
Cannot see: quantised copies that were renamed; two models that share a name may be mistaken for each other.
Reference: GGUF specification, keys `general.base_model.*`; naming as the Hub's quantisers use it.
Checked against: the declared parents of quantised models in the shared data; see docs/methods/quantised_copy.md.
"""

from __future__ import annotations

from headgate.shapes import Db, Relation

# What quantisers put behind a model's name; stripped again and again, as in -Instruct-4bit-AWQ.
_SUFFIX = (
    r"[-_.]((i1|imat|imatrix|weighted|static|dynamic|ud|ggml|gguf|gptq|awq|exl2|exl3|eetq|hqq|aqlm|mlx|onnx|"
    r"bnb|marlin|autoround|autoawq|nf4|fp4|nvfp4|mxfp4|fp8|int4|int8|w4a16|w8a8|w8a16|quants?|quantized|"
    r"[2-8](\.\d+)?[-_]?(bit|bpw)|[2-8]bits|g(32|64|128)|[if]?q[2-8](_[k0-9])?(_[sml0-9]+)?|"
    r"bf16|fp16|f16|dynamic|kv))$"
)
# A name that says that its artifact is quantised at all.
_FORMAT = (
    r"[-_.](gguf|ggml|gptq|awq|exl2|exl3|mlx|bnb|hqq|aqlm|eetq|fp8|nvfp4|mxfp4|[2-8](\.\d+)?[-_]?(bit|bpw)|"
    r"w4a16|w8a8|int4|int8)([-_.]|$)"
)
_SQL = r"""
WITH RECURSIVE marked AS (
    SELECT ref, author, lower(split_part(name, '/', -1)) AS stem, 0 AS cut FROM artifacts
    WHERE kind = 'model'
      AND ($also_declared OR NOT (len(base_models) > 0 OR len(tagged(tags, 'base_model:')) > 0)) AND (
        regexp_matches(lower(name), $format)
        OR list_has_any(tags, ['gguf', 'gptq', 'awq', 'exl2', 'mlx']))
    UNION ALL
    SELECT ref, author, regexp_replace(stem, $suffix, ''), cut + 1 FROM marked
    WHERE cut < 8 AND regexp_matches(stem, $suffix)
),
stems AS (
    SELECT ref, any_value(author) AS author, arg_max(stem, cut) AS stem FROM marked GROUP BY ref HAVING max(cut) > 0
),
named AS (
    SELECT ref, author, lower(split_part(name, '/', -1)) AS short, coalesce(downloads, 0) AS downloads
    FROM artifacts WHERE kind = 'model'
),
-- some quantisers put the maker before the name: maker_model-GGUF
candidates AS (
    SELECT s.ref, n.ref AS parent, coalesce(n.author = s.author, false) AS own, false AS full_name, downloads
    FROM stems AS s JOIN named AS n ON n.short = s.stem WHERE n.ref <> s.ref
    UNION ALL
    SELECT s.ref, n.ref, false, true, downloads
    FROM stems AS s JOIN named AS n ON lower(n.author) || '_' || n.short = s.stem WHERE n.ref <> s.ref
),
ranked AS (
    SELECT *, count(*) OVER (PARTITION BY ref) AS rivals,
           row_number() OVER (PARTITION BY ref ORDER BY full_name DESC, own DESC, downloads DESC, parent) AS place
    FROM candidates
)
SELECT ref AS child, parent, 'quantized' AS relation, 'inferred' AS how,
       CASE WHEN full_name THEN 0.95 WHEN own THEN 0.60 WHEN rivals = 1 THEN 0.90 ELSE 0.75 END AS confidence,
       'name without the suffix of its format' || CASE WHEN full_name THEN ', maker in the name'
           WHEN own THEN ', same author' WHEN rivals > 1
           THEN ', ' || rivals || ' so called, the most downloaded' ELSE '' END AS evidence
FROM ranked WHERE place = 1 AND rivals <= 5
UNION ALL
SELECT ref, as_ref(base, 'model'), 'quantized', 'read', 0.95,
       'general.base_model of the GGUF header: ' || left(base, 200)
FROM (SELECT ref, unnest(file_bases) AS base FROM artifacts WHERE len(file_bases) > 0) WHERE trim(base) <> ''
"""


def link(db: Db, *, also_declared: bool = False) -> Relation:
    """Edges quantised copy -> what it was made from.

    Names are read only where no parent is declared; `also_declared` reads them all, to measure the rule.
    """
    return db.sql(_SQL, params={"suffix": _SUFFIX, "format": _FORMAT, "also_declared": also_declared})
