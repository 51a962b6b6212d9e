"""Artifacts that carry again what was removed elsewhere, or that republish the files of another account.

Reads: every observation of `files` (path, size, sha256, format) and of `artifacts` (hub_id, author, created, sha, tags,
licences), tombstones too; `edges` that were declared or read from a file, which tell an open copy from a silent one.
Finds: 1 where an artifact has the same weight file, or on Hugging Face the same commit under a new name, as one that
was removed, or as one that another account had earlier; the evidence begins with the case. 0 where it has hashed weight
files and none is known elsewhere earlier, or the source is its own account's or declared. NULL where no hash is known,
where the dates do not tell who was first, and where only the marks of a migration from Civitai say that it is a copy.
Cannot see: copies that were re-saved, converted or quantised (see `link quantised_copy`); originals that were never
collected; who removed an original, its hub or its owner; whether a copy is allowed, which mirrors often are.
Reference: Hawkins, Russell, Mittelstadt, "Deepfakes on Demand" (2025), on adapters that move between hubs; SHA-256 as
the hubs publish it (LFS oid; Civitai `hashes.SHA256`).
Checked against: re-uploads planted in the synthetic hub, ten seeds; see docs/methods/re_upload.md.
"""

from __future__ import annotations

from headgate.shapes import Db, Relation

SENSITIVE = True
HARM = "use"
RISKS = ()

# Parts that pipelines share: the same text encoder in two repositories makes neither a copy of the other.
_PART = r"(^|/)(text_?encoder|image_?encoder|tokenizer|vae|safety_?checker|feature_?extractor|scheduler)(_\d)?/"

# Steps in the order they are made, each small: only what occurs in two places is looked at closely.
_WEIGHTS = """
SELECT artifact, run, sha256, size, observed FROM all_files
WHERE sha256 IS NOT NULL AND size >= $smallest AND NOT regexp_matches(lower(path), $part)
  AND format IN ('safetensors', 'gguf', 'pickle', 'onnx', 'hdf5', 'msgpack')
"""
# Numbers stand for hashes and refs here, so that ten million files fit; a chance match is sorted out by the join below.
_HELD = f"""
WITH weights AS NOT MATERIALIZED ({_WEIGHTS}),
twice AS (SELECT hash(sha256) AS h FROM weights GROUP BY h HAVING min(hash(artifact)) <> max(hash(artifact))),
held AS (
    SELECT artifact, sha256, max(size) AS size, min(observed) AS had FROM weights
    SEMI JOIN twice ON hash(sha256) = h SEMI JOIN observations AS o ON o.ref = artifact AND o.run = weights.run
    GROUP BY artifact, sha256
),
whole AS (
    SELECT artifact, max(size) AS largest, arg_max(sha256, (size, sha256)) AS main, min(observed) AS first_look
    FROM weights SEMI JOIN held USING (artifact) GROUP BY artifact
),
beside AS (  -- beside how many other weights a file is found that is small for its artifact
    SELECT sha256, count(DISTINCT main) AS mains FROM held JOIN whole USING (artifact) WHERE 2 * size < largest
    GROUP BY sha256
),
commits AS (
    SELECT sha FROM observations
    WHERE hub = 'huggingface' AND kind = 'model' AND regexp_full_match(sha, '[0-9a-f]{{40}}')
    GROUP BY sha HAVING min(ref) <> max(ref)
)
SELECT artifact, 'sha256 ' || sha256 AS content, had, had > first_look AS late, first_look
FROM held JOIN whole USING (artifact) LEFT JOIN beside USING (sha256)
WHERE 2 * size >= largest OR mains < $lineages
UNION ALL
SELECT ref, 'commit ' || sha, min(observed), false, min(observed)
FROM observations SEMI JOIN commits USING (sha) WHERE hub = 'huggingface' AND kind = 'model' GROUP BY ref, sha
"""
# A renamed artifact keeps the hub's id and is one thing; it is as its newest observation says.
_THINGS = """
WITH named AS (
    SELECT *, CASE WHEN hub_id IS NULL THEN ref ELSE concat_ws(' ', hub, kind, hub_id) END AS thing
    FROM observations WHERE kind <> 'dataset' AND hub <> 'file'
),
chosen AS (SELECT DISTINCT thing FROM named SEMI JOIN re_upload_held ON artifact = ref)
SELECT thing, arg_max(ref, (observed, NOT gone, ref)) AS ref, list_distinct(list(ref)) AS refs, any_value(hub) AS hub,
       -- where the hub names no account, the artifact counts as one of its own
       lower(coalesce(arg_max(author, observed), any_value(thing))) AS account,
       bool_or(hub_id IS NOT NULL) AS lasting, min(created) AS created, arg_max(gone, (observed, NOT gone)) AS gone,
       max(observed) FILTER (gone) AS gone_by, max(observed) FILTER (NOT gone) AS last_seen
FROM named SEMI JOIN chosen USING (thing) GROUP BY thing
"""
# `no_later` and `no_earlier` bound the moment at which a thing came to hold the content. What Hugging Face had before
# 2022-03-02 all bears that date.
_CARRIERS = """
WITH every AS (SELECT *, unnest(refs) AS artifact FROM re_upload_things)
SELECT thing, content, any_value(e.ref) AS ref, any_value(e.hub) AS hub, any_value(account) AS account, bool_or(lasting)
           AS lasting, bool_or(gone) AS gone, max(gone_by) AS gone_by, max(last_seen) AS last_seen,
       min(CASE WHEN late THEN had ELSE least(coalesce(created, had), had) END) AS no_later,
       min(CASE WHEN late THEN first_look
                WHEN created <= had AND NOT (e.hub = 'huggingface' AND created < TIMESTAMP '2022-03-03')
                THEN created END) AS no_earlier
FROM re_upload_held JOIN every AS e USING (artifact) GROUP BY thing, content
"""
# Of each content the earliest carriers of two accounts, removed and present: whoever comes later meets one not its own.
# One file may be in a hundred thousand artifacts: each step is made whole before the next, so that no order of joins
# can pair all carriers of a content with one another.
_PAIRS = """
WITH sources AS MATERIALIZED (
    SELECT content, gone, CASE WHEN gone THEN concat_ws(' ', hub, account) ELSE account END AS whose,
           arg_min(thing, (no_later, ref)) AS thing, min(no_later) AS since
    FROM re_upload_carriers GROUP BY content, gone, whose
    QUALIFY row_number() OVER (PARTITION BY content, gone ORDER BY since, whose) <= 2
),
origins AS MATERIALIZED (
    SELECT a.* FROM sources AS s JOIN re_upload_carriers AS a ON a.content = s.content AND a.thing = s.thing
),
called AS MATERIALIZED (SELECT thing, folded(unnest(refs)) AS ref FROM re_upload_things),
told AS MATERIALIZED (
    SELECT DISTINCT folded(child) AS child, folded(parent) AS parent FROM edges
    WHERE how <> 'inferred' AND relation IN ('finetune', 'adapter', 'merge', 'quantized')
),
children AS MATERIALIZED (SELECT c.thing, t.parent FROM told AS t JOIN called AS c ON c.ref = t.child),
links AS MATERIALIZED (
    SELECT DISTINCT c.thing, p.thing AS source FROM children AS c JOIN called AS p ON p.ref = c.parent
    WHERE c.thing <> p.thing
),
linked AS MATERIALIZED (
    SELECT c.content, c.thing, l.source FROM links AS l JOIN re_upload_carriers AS c ON c.thing = l.thing
),
declared AS MATERIALIZED (
    SELECT DISTINCT l.content, l.thing, l.source
    FROM linked AS l JOIN re_upload_carriers AS o ON o.thing = l.source AND o.content = l.content
),
-- an account that had it before the other one did copies itself, whatever it publishes later
accounts AS (
    SELECT content, account, min(no_later) AS no_later, CASE WHEN count(*) = count(no_earlier) THEN min(no_earlier) END
               AS no_earlier FROM re_upload_carriers GROUP BY content, account
),
pairs AS (
    SELECT c.thing, c.content, c.no_earlier AS since, a.ref AS source, a.hub = c.hub AS same_hub, a.gone, a.gone_by,
           a.last_seen, a.account = c.account AS own, d.thing IS NOT NULL AS said, named.thing IS NOT NULL AS named,
           coalesce(a.no_later < if(a.account = c.account, c.no_earlier, m.no_earlier), false) AS later,
           coalesce(if(a.account = c.account, c.no_later, m.no_later) < a.no_earlier, false) AS before,
           a.lasting AND c.lasting AS told
    FROM re_upload_carriers AS c JOIN accounts AS m USING (content, account) JOIN origins AS a ON a.content = c.content
    LEFT JOIN (SELECT DISTINCT content, thing FROM declared) AS d ON d.thing = c.thing AND d.content = c.content
    LEFT JOIN declared AS named ON named.content = c.content AND named.thing = a.thing AND named.source = c.thing
    WHERE NOT c.gone AND a.thing <> c.thing AND a.ref <> c.ref
)
SELECT *, CASE
    -- an original may have been made anew since; what is made from it says so
    WHEN before OR named THEN NULL
    -- without the hub's id a rename looks like a removal and a re-upload, and a mixed-up record like a clone
    WHEN gone AND own AND same_hub AND NOT told THEN NULL
    WHEN starts_with(content, 'commit') AND NOT told THEN 3
    WHEN gone AND later AND since >= last_seen THEN 6
    WHEN gone AND since IS NULL THEN 3
    WHEN own OR said THEN 2
    WHEN NOT later THEN 3
    WHEN gone THEN 5 ELSE 4 END AS rank
FROM pairs
"""
_VERDICTS = """
SELECT t.thing, t.refs, max(p.rank) AS rank, count(DISTINCT content) FILTER (starts_with(content, 'sha256')) AS files,
       arg_max(p, (p.rank, starts_with(p.content, 'sha256'), p.content, p.source)) AS best
FROM re_upload_pairs AS p JOIN re_upload_things AS t USING (thing) WHERE p.rank IS NOT NULL GROUP BY t.thing, t.refs
"""
# A model of Civitai has its files through its versions, which are looked at.
_FINDINGS = f"""
WITH hashed AS (
    SELECT artifact, count(*) AS files FROM ({_WEIGHTS}) AS w
    SEMI JOIN artifacts AS a ON a.ref = w.artifact AND a.run = w.run GROUP BY artifact
),
verdicts AS (SELECT unnest(refs) AS ref, rank, files, best FROM re_upload_verdicts),
looked AS (
    SELECT a.ref, coalesce(h.files, 0) AS files, v.rank, v.best, v.files AS same,
           (list_contains(a.tags, 'template:sd-lora') AND list_contains(a.tags, 'migrated'))
               OR list_contains(a.tags, 'license:bespoke-lora-trained-license')
               OR list_contains(a.licences, 'bespoke-lora-trained-license') AS marks
    FROM artifacts AS a LEFT JOIN hashed AS h ON h.artifact = a.ref LEFT JOIN verdicts AS v ON v.ref = a.ref
    WHERE a.kind <> 'dataset' AND a.hub <> 'file' AND NOT (a.hub = 'civitai' AND a.kind = 'model')
)
SELECT ref AS subject,
       CASE WHEN rank >= 4 THEN 1 WHEN rank = 3 THEN NULL WHEN rank = 2 THEN 0 WHEN marks THEN NULL
            WHEN files > 0 THEN 0 END AS value,
       greatest(files, (rank >= 4)::INT) AS n,
       CASE WHEN rank IS NULL AND marks THEN 'migration marks only: the original was not collected, nor whose it is'
            WHEN rank IS NULL AND files > 0 THEN 'none known elsewhere earlier'
            WHEN rank IS NULL THEN 'no hashes known'
            ELSE CASE rank WHEN 6 THEN 'removed there, reappeared here' WHEN 5 THEN 'removed there, copied here before'
                     WHEN 4 THEN 'copy of a live original' WHEN 3 THEN CASE
                         WHEN starts_with(best.content, 'commit') AND NOT best.told
                         THEN 'same commit, perhaps a rename or a mixed-up record'
                         ELSE 'same content, who was first is not known' END
                     ELSE CASE WHEN best.own THEN 'own copy' ELSE 'declared copy' END END
                || ': ' || best.source || '; ' || best.content
                || CASE WHEN same BETWEEN 1 AND files THEN ', ' || same || ' of ' || files || ' weight files'
                   ELSE '' END
                || CASE WHEN best.gone THEN '; there last seen ' || strftime(best.last_seen, '%Y-%m-%d') || ', gone by '
                       || strftime(best.gone_by, '%Y-%m-%d') ELSE '' END
                || CASE WHEN best.since IS NULL THEN ''
                        WHEN best.gone AND rank = 6 AND best.since <= best.gone_by
                        THEN '; here since ' || strftime(best.since, '%Y-%m-%d') || ', perhaps before it went'
                        ELSE '; here since ' || strftime(best.since, '%Y-%m-%d') END
                || CASE WHEN best.own AND rank >= 3 THEN '; the same account name' ELSE '' END
                || CASE WHEN best.said AND rank >= 3 THEN '; names its source' ELSE '' END
                || CASE WHEN marks THEN '; migration marks' ELSE '' END END AS evidence
FROM looked
"""


def detect(db: Db, *, smallest: int = 65_536, lineages: int = 10) -> Relation:
    """Findings subject, value (1 a re-upload, 0 none known, NULL could not tell), n (hashed weight files), evidence.

    `smallest` is the size in bytes below which files are left out;
    `lineages` is beside how many other weights a file may be found before it counts as a part that many share.
    """
    given = {"smallest": smallest, "part": _PART}
    for name, sql, values in (
        ("held", _HELD, given | {"lineages": lineages}),
        ("things", _THINGS, {}),
        ("carriers", _CARRIERS, {}),
        ("pairs", _PAIRS, {}),
        ("verdicts", _VERDICTS, {}),
    ):
        db.execute(f"CREATE OR REPLACE TEMP TABLE re_upload_{name} AS {sql}", values)
    return db.sql(_FINDINGS, params=given)
