"""How far each artifact is released: the six levels from fully closed to fully open, and controls that it makes void.

Reads: `observations`, `artifacts`, `all_files` (files of every observation); data/release_levels.csv.
Finds: the grade of each artifact (`downloadable`, `fully open`, ... with `, gated` behind it where the hub asks first)
and, for each component (weights, code, data, docs), the fact that proves it. A fact nobody collected proves nothing:
where no weights were seen the grade is `unknown`. Controls that need somebody in between (rate limit, use log,
revocation) are void once the weights can be kept, and are listed. Earlier grades are told with their dates.
Cannot see: what is offered elsewhere (an API, code in another repository, data under another name), so `fully open` is
rare and `downloadable` may be too low; whether the code is the whole code; tags that an author wrote by hand.
Reference: Solaiman, "The Gradient of Generative AI Release: Methods and Considerations" (2023).
Checked against: its 13 example systems, and 40 real repositories labelled by hand; see docs/methods/release_level.md.
"""

from __future__ import annotations

from collections.abc import Collection
from itertools import product

from headgate import tables
from headgate.shapes import Db, Relation

COMPONENTS = ("weights", "code", "data", "docs")
_ACCESS = (("api", 4), ("hosted", 3), ("staged", 2), ("announced", 1))

# Saved beside a training run, but no weights of a model.
_NO_WEIGHTS = r"(^|/)(training_args|optimizer|scheduler|scaler|rng_state|random_states|trainer_state)[^/]*$"
_MORE_WEIGHTS = r"\.(tflite|mlmodel|mlpackage/.*|npz|pdparams|nemo|keras|pb|ggml|ot|engine|joblib|params|caffemodel)$"
_DATA = r"\.(parquet|arrow|csv|tsv|jsonl?|ndjson|txt|tar|tgz|zip|gz|zst|xz|7z|h5|hdf5|npy|npz|wav|mp3|flac|jpe?g|png)$"
_NO_DATA = r"(^|/)(dataset_infos?|config|croissant|package|requirements|licen[cs]e)[^/]*$"
_TRAINING = r"(^|/)(pre)?(train|fine[-_]?tun|sft|dpo|run_(clm|mlm|sft|dpo|finetun))[^/]*(/[^/]+)*\.(py|sh|ipynb)$"
# Tags that the Hub makes from a repository's files.
_TAGS = ["safetensors", "gguf", "pytorch", "tf", "jax", "onnx", "openvino", "coreml", "tflite", "rust", "keras"]

_SQL = r"""
WITH listed AS (
    SELECT artifact, run, count(*) AS files,
        count(*) FILTER (CASE WHEN size = 0 THEN false
            WHEN format <> 'other' THEN NOT regexp_matches(lower(path), $no_weights)
            ELSE regexp_matches(lower(path), $more_weights) END) AS weights,
        count(*) FILTER (CASE WHEN size = 0 OR format <> 'other' THEN false
            WHEN right(path, 3) IN ('.py', '.sh') OR ends_with(path, '.ipynb')
            THEN regexp_matches(lower(path), $training) ELSE false END) AS code,
        count(*) FILTER (CASE WHEN size = 0 OR NOT starts_with(artifact, 'hf:dataset:') THEN false
            ELSE regexp_matches(lower(path), $data) AND NOT regexp_matches(lower(path), $no_data) END) AS data
    FROM all_files GROUP BY ALL
),
-- on Civitai the files belong to the versions of a model
versions AS (
    SELECT o.version_of AS artifact, o.run, sum(l.files) AS files, sum(l.weights) AS weights, sum(l.code) AS code,
           sum(l.data) AS data
    FROM observations AS o JOIN listed AS l ON l.artifact = o.ref AND l.run = o.run
    WHERE o.version_of IS NOT NULL AND NOT o.gone GROUP BY ALL
),
declared AS (
    SELECT ref, run, unnest(list_distinct(list_transform(
        if(len(datasets) > 0, datasets, tagged(tags, 'dataset:')), lambda d: folded(as_ref(d, 'dataset'))))) AS dataset
    FROM observations WHERE kind <> 'dataset' AND NOT gone
),
sources AS (
    SELECT d.ref, d.run, count(*) AS declared, count(a.ref) AS known
    FROM declared AS d
    LEFT JOIN (SELECT folded(ref) AS ref FROM artifacts WHERE kind = 'dataset' AND coalesce(gated, 'no') = 'no') AS a
        ON a.ref = d.dataset
    GROUP BY ALL
),
facts AS (
    SELECT o.ref, o.run, o.observed, o.kind, o.gated,
           coalesce(len(o.licences) > 0 OR o.licence_source = 'terms', false) AS licensed,
           coalesce(l.files, v.files, 0) AS files, coalesce(l.weights, 0) + coalesce(v.weights, 0) AS weight_files,
           o.kind <> 'dataset' AND o.parameters IS NOT NULL AS counted,
           -- what the Hub itself reads in the files
           len(list_filter(coalesce(o.tags, []), lambda t: if(o.kind = 'dataset', starts_with(t, 'format:'),
               list_contains($tags, t) OR starts_with(t, 'diffusers:')))) > 0 AS tagged,
           coalesce(l.code, 0) + coalesce(v.code, 0) AS code_files, coalesce(l.data, 0) AS data_files,
           coalesce(s.declared, 0) AS declared, coalesce(s.known, 0) AS known, coalesce(o.has_card, false) AS docs
    FROM observations AS o LEFT JOIN listed AS l ON l.artifact = o.ref AND l.run = o.run
    LEFT JOIN versions AS v ON v.artifact = o.ref AND v.run = o.run
    LEFT JOIN sources AS s ON s.ref = o.ref AND s.run = o.run
    WHERE NOT o.gone
),
graded AS MATERIALIZED (
    SELECT f.*, g.void, g.grade || if(g.level >= 5 AND f.gated IN ('auto', 'manual'), ', gated', '') AS grade
    FROM facts AS f JOIN level_of AS g ON g.dataset = (f.kind = 'dataset') AND g.code = (f.code_files > 0)
        AND g.docs = f.docs AND g.weights = (f.kind <> 'dataset' AND (f.weight_files > 0 OR f.counted OR f.tagged))
        AND g.data = if(f.kind = 'dataset', f.data_files > 0 OR f.tagged, f.declared > 0 AND f.known = f.declared)
),
current AS (SELECT g.* FROM graded AS g SEMI JOIN artifacts AS a ON a.ref = g.ref AND a.run = g.run),
earlier AS (
    SELECT ref, string_agg(grade || ' until ' || day, ', ' ORDER BY day, grade) AS told FROM (
        SELECT g.ref, g.grade, max(g.observed)::DATE AS day
        FROM graded AS g JOIN current AS c ON c.ref = g.ref AND c.grade <> g.grade GROUP BY ALL
    ) GROUP BY ref
)
SELECT g.ref AS subject, g.grade AS decision, concat_ws('; ',
    CASE WHEN g.kind = 'dataset' THEN NULL WHEN weight_files > 0 THEN 'weights: ' || weight_files || ' files listed'
         WHEN counted THEN 'weights: counted from their header' WHEN tagged THEN 'weights: a tag of the hub'
         WHEN files > 0 THEN 'weights: none among ' || files || ' files listed' ELSE 'weights: not seen' END,
    'code: ' || if(code_files > 0, code_files || ' training scripts listed', if(files > 0, 'none listed', 'not seen')),
    'data: ' || CASE WHEN g.kind = 'dataset' THEN CASE WHEN data_files > 0 THEN data_files || ' files listed'
             WHEN tagged THEN 'a tag of the hub' ELSE 'not seen' END
         WHEN declared = 0 THEN 'none declared'
         ELSE declared || ' declared, ' || known || ' of them in the workspace without a gate' END,
    'docs: ' || if(docs, 'a card', 'not seen'), 'licence: ' || if(licensed, 'declared', 'none declared'),
    'gate: ' || coalesce(g.gated, 'not said'), 'void: ' || nullif(replace(g.void, ';', ', '), ''),
    'earlier: ' || e.told) AS because
FROM current AS g LEFT JOIN earlier AS e ON e.ref = g.ref
"""


def level(facts: Collection[str], *, of: str = "model") -> int:
    """The level, 0 (unknown) to 6 (fully open), that `facts` prove; it never rises when one is taken away.

    Facts are announced, staged, hosted, api, weights, code, data and docs. `of` is model or dataset: the data are what
    a dataset offers. What is out counts: a staged release whose weights can be fetched is downloadable.
    """
    main, others = ("data", {"code", "docs"}) if of == "dataset" else ("weights", {"code", "data", "docs"})
    if main in facts:
        return 6 if others <= set(facts) else 5
    return next((number for fact, number in _ACCESS if fact in facts), 0)


def levels() -> dict[int, dict[str, str]]:
    """Rows of data/release_levels.csv by level: grade, meaning, void (controls, between semicolons), source."""
    return {int(row["level"]): row for row in tables.rows("release_levels.csv")}


def govern(db: Db) -> Relation:
    """Decisions subject, decision (the grade), because (the facts of each component and the void controls)."""
    known, rows = levels(), []
    for dataset, *has in product((False, True), repeat=5):
        facts = [name for name, there in zip(COMPONENTS, has, strict=True) if there]
        found = known[level(facts, of="dataset" if dataset else "model")]
        rows.append([dataset, *has, int(found["level"]), found["grade"], found["void"]])
    columns = ", ".join(f"{name} BOOLEAN" for name in ("dataset", *COMPONENTS))
    db.execute(f"CREATE OR REPLACE TEMP TABLE level_of ({columns}, level INT, grade VARCHAR, void VARCHAR)")
    db.executemany("INSERT INTO level_of VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)
    patterns = {"no_weights": _NO_WEIGHTS, "more_weights": _MORE_WEIGHTS, "data": _DATA, "no_data": _NO_DATA}
    return db.sql(_SQL, params=patterns | {"training": _TRAINING, "tags": _TAGS})
