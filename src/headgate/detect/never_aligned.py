r"""Language models that were never aligned: pretrained base models and their plain copies.

Reads: `artifacts` (name, tags, card, pipeline, library), `edges` (finetune, adapter, merge, quantized, copy).
Finds: 1 where name, tag or card says base or pretrained and no word of instruction tuning stands beside it, where the
same name exists with Instruct, chat or it, and where such a model was only quantised, copied or merged with its like;
0 where a word of alignment stands in name or tags, or an ancestor has one; NULL where nothing or both are said. Only
models for text generation get a row, and those without a task unless their library makes no text. A base is no fault.
Cannot see: training. A base that says nowhere what it is stays unknown, and so does what was trained from a base on
data nobody described. A name may lie, and a declared parent may be the sibling of the true one.
Reference: none is implemented; the three classes are those of docs/methods/uncensored.md.
Checked against: 219 hand-labelled models of the shared data; see docs/methods/never_aligned.md.
"""

from __future__ import annotations

from headgate.disguises import disguised
from headgate.keywords import UNCENSORED
from headgate.shapes import Db, Relation

HARM = "use"
RISKS = ("1.3", "3.3", "4.3")

# Words of instruction tuning or preference training, and of the data most often used for it. With `it` only after
# a size, since names of Italian models end in it too.
_TUNED = (
    r"instruct|chat|assistant|(^|[^a-z])(inst|dpo|rlhf|rlaif|sft|orpo|kto|grpo|ppo|simpo|aligned|oasst[0-9]*|orca|tulu)"
    r"([^a-z]|$)|[0-9][bm][-_]it([^a-z]|$)|hermes|vicuna|alpaca|dolphin|zephyr|wizardlm|guanaco|airoboros|openorca"
)
_TUNED_TAGS = [
    "instruct", "instruction-tuned", "instruction-tuning", "instruction tuned", "instruction-following", "chat",
    "chatbot", "dpo", "rlhf", "rlaif", "orpo", "kto", "grpo", "ppo", "simpo", "assistant", "chatml",
    "alignment-handbook",
]  # fmt: skip
# Set by the hub or by a library, for base models with a chat template and for any training with TRL as well.
_WEAK_TAGS = ["conversational", "sft", "trl"]
_BASE_TAGS = ["base", "base model", "base-model", "pretrained", "pretrained model", "foundation", "foundation-model",
              "foundation model"]  # fmt: skip
# Nothing but versions, dates, sizes and formats: what may stand behind a name without changing what it names.
_FORMAT = (
    r"hf|gguf|ggml|gptq|gptqmodel|awq|exl[23]|mlx|bnb|hqq|aqlm|eetq|onnx|openvino|ov|int[248]\w*|[bn]?f(p?4|p?8|p?16|p32)|"
    r"nvfp4|mxfp4|w\d+a\d+|\d?bits?|\d?bpw|i?q\d[a-z0-9]*|[kmsl]|xs|i1|imat|imatrix|static|dynamic|quants?|quantized|"
    r"autogptq|autoawq|autoround|auto|round|gs?\d+|a?sym|h\d+|unsloth|sharded|safetensors|marlin|dwq|ao|quanto|smashed"
)
_FORMATS = rf"([-_.]({_FORMAT}))+$"
_REST = rf"([-_.](v?\d[\d.]*[a-z]?|deduped|{_FORMAT}))*$"
_BASE = rf"((^|[^a-z])(base|pretrain(ed|ing)?|foundation|cpt)|gemma[-_.a-z0-9]*[-_]pt){_REST}"
# In these families `base` is a size.
_SIZED = (
    r"(^|[^a-z])(m?t5|flan|bart|[a-z]*bert[a-z]*|pegasus|whisper|wav2vec2?|hubert|vit|swin|clip|blip|opus|nllb|mixqg|"
    r"switch)([^a-z]|$)"
)
_BASE_CARD = (
    r"\b(this|it|[a-z0-9.-]+) is (a|an|the|our) ([a-z0-9.-]+ ){0,3}(pre-?trained|base) "
    r"((generative|text|language|causal) )*model\b|"
    r"pre-?trained base model|has not (been|undergone) (any )?(instruction|supervised|aligned|alignment|rlhf)"
)
_LIMIT = 6  # links that alignment, or its absence, is followed over
_OTHERS = ["diffusers", "timm", "ultralytics", "sentence-transformers", "spacy", "keras"]

_FOUND = "CREATE OR REPLACE TEMP MACRO na_word(text, words) AS trim(regexp_extract(text, words, 0), '-_. ')"
_NODES = r"""
CREATE OR REPLACE TEMP TABLE na_nodes AS
WITH known AS (
    SELECT ref, author, name, pipeline, library, tags, card FROM artifacts WHERE kind = 'model' AND name IS NOT NULL
    UNION ALL BY NAME  -- a parent nobody collected still has a name
    SELECT DISTINCT parent AS ref, split_part(substr(parent, 10), '/', 1) AS author, substr(parent, 10) AS name
    FROM edges ANTI JOIN artifacts AS a ON a.ref = parent WHERE starts_with(parent, 'hf:model:')
),
told AS (
    SELECT ref, pipeline, lower(author) AS author, split_part(name, '/', -1) AS text, lower(text) AS short,
           list_transform(coalesce(tags, []), lambda t: lower(t)) AS flat,
           lower(left(coalesce(card, ''), 20000)) AS card
    FROM known
)
SELECT ref, author, short, text, trim(regexp_replace(short, '[-_.]+', '-', 'g'), '-') AS plain,
       CASE WHEN regexp_matches(short, $tuned) THEN 'name: ' || na_word(short, $tuned)
            WHEN list_has_any(flat, $tuned_tags) THEN 'tag: ' || list_intersect(flat, $tuned_tags)[1] END AS tuned,
       CASE WHEN regexp_matches(short, $base) AND NOT regexp_matches(short, $sized)
                 AND (pipeline IS NOT NULL OR regexp_matches(short, '[0-9][bm]([^a-z]|$)'))  -- else a size of any model
            THEN 'name: ' || na_word(short, '(base|pretrain(ed|ing)?|foundation|cpt|[-_]pt)')
            WHEN list_has_any(flat, $base_tags) THEN 'tag: ' || list_intersect(flat, $base_tags)[1]
            WHEN regexp_matches(card, $base_card) THEN 'card: ' || left(na_word(card, $base_card), 80)
            END AS base,
       CASE WHEN list_has_any(flat, $weak_tags) THEN 'tag: ' || list_intersect(flat, $weak_tags)[1] END AS weak
FROM told
"""
_SIBLINGS = r"""
CREATE OR REPLACE TEMP TABLE na_siblings AS
WITH called AS (
    SELECT ref, author, 'instruct' AS sort,
           regexp_replace(plain, '(^|-)(instruct|instruction|chat|it)(-|$)', '-') AS stem
    FROM na_nodes WHERE regexp_matches(plain, '(^|-)(instruct|instruction|chat|it)(-|$)')
    UNION ALL
    SELECT ref, author, 'base', regexp_replace(plain, '(^|-)(base|pretrained)(-|$)', '-')
    FROM na_nodes WHERE regexp_matches(plain, '(^|-)(base|pretrained)(-|$)')
),
stems AS (SELECT ref, author, sort, trim(stem, '-') AS stem FROM called WHERE length(trim(stem, '-')) > 2),
pairs AS (
    SELECT n.ref, s.sort, s.ref AS sibling
    FROM stems AS s JOIN na_nodes AS n ON n.author = s.author AND n.plain = s.stem
    UNION ALL
    SELECT n.ref, s.sort, s.ref FROM edges AS e JOIN stems AS s ON s.ref = e.child
    JOIN na_nodes AS n ON n.ref = e.parent AND n.plain = s.stem WHERE e.relation = 'finetune' AND s.sort = 'instruct'
)
SELECT ref, 'sibling ' || min(sibling) FILTER (sort = 'instruct') AS instruct,
       'sibling ' || min(sibling) FILTER (sort = 'base') AS base
FROM pairs WHERE ref <> sibling GROUP BY ref
"""
_STATES = """
CREATE OR REPLACE TEMP TABLE na_states AS
WITH said AS (
    SELECT n.*, CASE WHEN regexp_matches(n.short, $removed) THEN 'name: ' || na_word(n.short, $removed)
                     ELSE 'name (disguised): ' || d.found END AS removed,
           s.instruct || ' is tuned' AS tuned_sibling, s.base || ' is the base' AS base_sibling
    FROM na_nodes AS n LEFT JOIN disguised AS d USING (text) LEFT JOIN na_siblings AS s USING (ref)
),
ruled AS (
    SELECT *, coalesce(tuned, if(base IS NULL, removed, NULL),
                       if(base IS NULL AND tuned_sibling IS NULL, base_sibling, NULL)) AS against
    FROM said
)
SELECT ref, if(against IS NOT NULL, 0, NULL) AS value, against AS why, coalesce(base, tuned_sibling) AS base,
       coalesce(removed, weak, if(base IS NULL, base_sibling, NULL)) AS weak
FROM ruled
"""
_LINKS = """
CREATE OR REPLACE TEMP TABLE na_links AS
SELECT e.child, e.parent, e.relation, e.relation || ' (' || min(e.how) || ') of ' || e.parent || '; ' AS step,
       -- copies that bear the parent's name: a new name often hides a training of which nothing is declared
       bool_or(e.relation IN ('quantized', 'copy') AND (e.how <> 'declared' OR (contains(c.plain, p.stem)
           AND regexp_matches(right(c.plain, position(reverse(p.stem) IN reverse(c.plain)) - 1), '^' || $rest)
       ))) AS plain_copy
FROM edges AS e JOIN na_nodes AS c ON c.ref = e.child
JOIN (SELECT ref, regexp_replace(plain, $formats, '') AS stem FROM na_nodes) AS p ON p.ref = e.parent
WHERE e.relation IN ('finetune', 'adapter', 'merge', 'quantized', 'copy', 'unlearned')
  AND e.confidence >= $min_confidence
  AND e.child <> e.parent
GROUP BY e.child, e.parent, e.relation
"""
# Whatever is made from aligned weights was aligned once.
_ALIGNED = """
UPDATE na_states SET value = 0, why = f.why FROM (
    SELECT l.child, arg_min(l.step || s.why, (l.relation, l.parent)) AS why
    FROM na_links AS l JOIN na_states AS s ON s.ref = l.parent
    WHERE s.value = 0 GROUP BY l.child) AS f
WHERE f.child = ref AND value IS NULL
"""
_BASES = "UPDATE na_states SET value = 1, why = base WHERE value IS NULL AND base IS NOT NULL AND weak IS NULL"
_NEVER = """
UPDATE na_states SET value = 1, why = f.why FROM (
    SELECT l.child, arg_min(l.step || s.why, (l.relation, l.parent)) FILTER (s.value = 1) AS why
    FROM na_links AS l JOIN na_states AS s ON s.ref = l.parent
    GROUP BY l.child HAVING bool_or(l.plain_copy AND s.value = 1)
        OR (bool_and(s.value IS NOT DISTINCT FROM 1 AND l.relation = 'merge') AND count(*) > 1)) AS f
WHERE f.child = ref AND value IS NULL AND weak IS NULL
"""
_SQL = """
SELECT ref AS subject, s.value, (s.value IS NOT NULL)::INT AS n,
       CASE WHEN s.value IS NOT NULL THEN left(s.why, 400)
            WHEN s.base IS NOT NULL THEN left('both: ' || s.base || '; ' || s.weak, 400)
            ELSE 'nothing said of it' END AS evidence
FROM na_states AS s JOIN artifacts AS a USING (ref)
WHERE a.pipeline = 'text-generation'
   OR (a.pipeline IS NULL AND a.hub <> 'civitai' AND coalesce(a.library, '') NOT IN $others)
"""


def detect(db: Db, *, min_confidence: float = 0.5) -> Relation:
    """Findings subject, value (1 never aligned, 0 aligned once, NULL could not tell), evidence (words or path).

    `min_confidence` leaves out links that are less certain.
    """
    db.execute(_FOUND)
    db.execute(_NODES, {"tuned": _TUNED, "tuned_tags": _TUNED_TAGS, "base": _BASE, "sized": _SIZED,
                        "base_tags": _BASE_TAGS, "base_card": _BASE_CARD, "weak_tags": _WEAK_TAGS})  # fmt: skip
    disguised(db, "SELECT text FROM na_nodes", UNCENSORED)
    db.execute(_SIBLINGS)
    db.execute(_STATES, {"removed": UNCENSORED})
    db.execute(_LINKS, {"rest": _REST, "formats": _FORMATS, "min_confidence": min_confidence})
    for sql in (*[_ALIGNED] * _LIMIT, _BASES, *[_NEVER] * _LIMIT):
        db.execute(sql)
    return db.sql(_SQL, params={"others": _OTHERS})
