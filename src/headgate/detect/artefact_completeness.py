r"""Files that are claimed and are not there, not whole or not the same.

Reads: `files` (path, size, sha256), `artifacts` (card, name, author); with `--folder` the checksum manifests in a local
folder that was collected.
Finds: 1 where a claim fails, 0 where every claim that could be checked holds, NULL where nothing is claimed or no files
are listed. n is the claims checked. Claims are: the parts of a numbered set (model-00001-of-00005.safetensors), the
parts that an index.json stands for, that a listed weight or data file has a content; from the card the files of this
artifact that are linked, named beside its id or in a table without links to elsewhere, with the size (to a tenth) and
the SHA-256 of the same line; and the files of each split of a dataset (`data_files`). The evidence names the first few
with the line of the card, and the account to ask.
Cannot see: whether a link answers (nothing is fetched), files named in running prose, claims in a paper, sizes and
hashes where the hub's listing gives none, parts numbered beyond their set, splits given as lists of paths.
Reference: "Enforcing public data archiving policies in academic publishing: A study of ecology journals": nobody owns
the check that archived data are complete. Inspired by the problem; the study measured no tool.
Checked against: invented folders with each fault, and the md5sums of installed Debian packages; see
docs/methods/artefact_completeness.md.
"""

from __future__ import annotations

from pathlib import Path

from headgate.errors import UsageError
from headgate.shapes import Db, Relation

HARM = "implementation"
RISKS = ()

_EXT = "safetensors|gguf|ggml|bin|pt|pth|ckpt|onnx|h5|msgpack|tflite|parquet|arrow|jsonl|csv|tsv|zip|tar|gz|zst"
_PART = r"^(.*?)[-.](\d{5})-of-(\d{5})(\.[\w.]+)$"
_LONGEST = 100_000  # characters of a card
_MOST = 10_000  # parts of a set; a larger number is a typing error or bait
_SHOWN = 4  # failed claims in an evidence

_CLAIMS = """
CREATE OR REPLACE TEMP TABLE ac_claims (ref VARCHAR, bad BOOLEAN, what VARCHAR, quote VARCHAR, checked BIGINT)
"""
# A set counts its parts from 0 or from 1: where the first is missing both readings miss one part.
_SETS = """
INSERT INTO ac_claims
WITH parts AS (
    SELECT artifact, regexp_extract(path, $part, ['stem', 'at', 'total', 'ending']) AS p, path
    FROM files WHERE contains(path, '-of-') AND regexp_matches(path, $part)
),
sets AS (
    SELECT artifact, p.stem AS stem, p.total AS total, p.ending AS ending, list_distinct(list(p.at::INT)) AS there,
           bool_or(p.at::INT = 0)::INT AS zero
    FROM parts WHERE p.total::INT BETWEEN 1 AND $most GROUP BY ALL
),
missed AS (
    SELECT *, list_filter(range(1 - zero, total::INT + 1 - zero), lambda n: NOT list_contains(there, n)) AS gone
    FROM sets
)
SELECT artifact, len(gone) > 0,
       CASE WHEN len(gone) > 0 THEN 'missing part ' || stem || '-' || lpad(gone[1]::VARCHAR, 5, '0') || '-of-' || total
            || ending || if(len(gone) > 1, ' and ' || (len(gone) - 1) || ' more', '') END, NULL, total::INT
FROM missed
"""
_INDEXES = r"""
INSERT INTO ac_claims
WITH indexes AS (
    SELECT artifact, path, regexp_replace(path, '(\.(safetensors|bin))?\.index(\.\w+)?\.json$', '') AS stem FROM files
    WHERE regexp_matches(path, '\.(safetensors|bin)\.index(\.\w+)?\.json$')
)
SELECT i.artifact, count(f.path) = 0, if(count(f.path) = 0, 'no part of ' || i.path, NULL), NULL, 1
FROM indexes AS i LEFT JOIN files AS f
     ON f.artifact = i.artifact AND starts_with(f.path, i.stem) AND regexp_matches(f.path, '\.(safetensors|bin)$')
GROUP BY i.artifact, i.path
"""
_EMPTY = r"""
INSERT INTO ac_claims
SELECT artifact, bool_or(size = 0), 'empty: ' || min(path) FILTER (size = 0)
       || if(count(*) FILTER (size = 0) > 1, ' and ' || (count(*) FILTER (size = 0) - 1) || ' more', ''), NULL, count(*)
FROM files WHERE size IS NOT NULL AND regexp_matches(lower(path), '\.(' || $ext || ')$') GROUP BY artifact
"""
_LINES = r"""
CREATE OR REPLACE TEMP TABLE ac_lines AS
WITH cards AS (
    SELECT ref, lower(name) AS id, left(card, $longest) AS card FROM artifacts
    WHERE card IS NOT NULL AND regexp_matches(card, '(?i)\.(' || $ext || ')([^\w.]|$)')
),
lines AS (
    SELECT ref, id, unnest(string_split(card, chr(10))) AS line FROM cards SEMI JOIN files ON files.artifact = cards.ref
),
owned AS (
    SELECT ref, line, low FROM (SELECT *, lower(line) AS low FROM lines)
    WHERE strlen(line) <= 2000 AND regexp_matches(line, '(?i)\.(' || $ext || ')([^\w.]|$)')
      AND CASE WHEN contains(low, '://') OR regexp_matches(line, '[\w.-]+/[\w.-]+ +\S*\.\w+')
               THEN contains(low, '/' || id || '/') OR contains(low, ' ' || id || ' ')
               ELSE contains(low, '"' || id || '"') OR contains(low, '''' || id || '''')
                    OR starts_with(ltrim(line), '|') OR regexp_matches(line, '\]\((\./)?[\w./-]+\)')
                    OR regexp_matches(low, '^\W*[0-9a-f]{64}\W') END
)
SELECT ref, line, unnest(list_distinct(regexp_extract_all(line,
           '(?i)(?:^|[\s|(\[`"''/=,*])([a-z0-9][\w.+-]*\.(?:' || $ext || '))(?:[^\w.*]|$)', 1))) AS name,
       regexp_extract(low, '(?:^|[^0-9a-f])([0-9a-f]{64})(?:[^0-9a-f]|$)', 1) AS sha256,
       regexp_extract(low, '(?:^|[^\w.])([0-9]{1,6}(?:\.[0-9]{1,3})?) ?([kmgt])i?b(?:[^\w]|$)',
                      ['size', 'unit']) AS said
FROM owned
"""
_NAMED = r"""
INSERT INTO ac_claims
WITH named AS (
    SELECT artifact, path, lower(split_part(path, '/', -1)) AS name, size, sha256 FROM files
    UNION ALL  -- a file in parts goes by its whole name; its size and hash are nobody's
    SELECT artifact, path, lower(regexp_replace(split_part(path, '/', -1), '[-.]\d{5}-of-\d{5}', '')), NULL, NULL
    FROM files WHERE contains(path, '-of-')
),
met AS (
    SELECT l.ref, l.line, l.name, l.sha256, l.said, f.path, f.size, f.sha256 AS is_,
           try_cast(l.said.size AS DOUBLE) * pow(10, 3 * strpos('kmgt', nullif(l.said.unit, ''))) AS least,
           try_cast(l.said.size AS DOUBLE) * pow(1024, strpos('kmgt', nullif(l.said.unit, ''))) AS most,
           count(*) OVER (PARTITION BY l.ref, l.line) AS names
    FROM ac_lines AS l LEFT JOIN named AS f ON f.artifact = l.ref AND f.name = lower(l.name)
),
judged AS (
    -- of a line with several names nobody knows whose the size and the hash are
    SELECT ref, line, name, bool_and(path IS NULL) AS absent,
           bool_and(names = 1 AND sha256 <> '' AND is_ IS NOT NULL AND is_ <> sha256) AS altered,
           bool_and(names = 1 AND coalesce(size > 0 AND (size < 0.9 * least OR size > 1.1 * most), false)) AS sized,
           1 + max((names = 1 AND sha256 <> '' AND is_ IS NOT NULL)::INT)
             + max((names = 1 AND size > 0 AND least IS NOT NULL)::INT) AS checked
    FROM met GROUP BY ALL
)
SELECT ref, coalesce(absent OR altered OR sized, false),
       CASE WHEN absent THEN 'not there: ' WHEN altered THEN 'wrong sha256: ' ELSE 'another size: ' END || name,
       left(trim(line), 80), checked
FROM judged
"""
_SPLITS = r"""
INSERT INTO ac_claims
WITH said AS (
    SELECT ref, unnest(regexp_extract_all(left(card, $longest),
        '- split:[ \t]*[^\n]{1,100}\r?\n[ \t]+path:[ \t]*[^\n\[]{1,200}')) AS text
    FROM artifacts SEMI JOIN files ON files.artifact = artifacts.ref
    WHERE kind = 'dataset' AND starts_with(card, '---') AND contains(card, 'data_files:')
),
split AS (
    SELECT ref, trim(regexp_extract(text, 'split:([^\n\r]*)', 1), ' "''') AS split,
           replace(trim(regexp_extract(text, 'path:([^\n\r]*)', 1), ' "'''), '**', '*') AS path
    FROM said
)
SELECT s.ref, count(f.path) = 0, if(count(f.path) = 0, 'no file of split ' || s.split, NULL), 'path: ' || s.path, 1
FROM split AS s LEFT JOIN files AS f ON f.artifact = s.ref AND f.path GLOB s.path
WHERE s.path <> '' AND len(s.path) - len(replace(s.path, '*', '')) <= 3 AND NOT contains(s.path, '://')
GROUP BY s.ref, s.split, s.path
"""
_SQL = """
WITH told AS (
    SELECT ref, max(bad::INT) AS value, sum(checked)::BIGINT AS n, count(*) FILTER (bad) AS failed,
           array_to_string(list(left(what, 150) || coalesce(' (card: "' || quote || '")', '') ORDER BY what, quote)
                           FILTER (bad)[:$shown], '; ') AS why
    FROM ac_claims GROUP BY ref
)
SELECT a.ref AS subject, t.value, coalesce(t.n, 0) AS n,
       CASE WHEN t.value = 1 THEN t.why || if(t.failed > $shown, '; and ' || (t.failed - $shown) || ' more', '')
                                  || coalesce('; to ask: ' || a.author, '; nobody to ask is known')
            WHEN t.value = 0 THEN t.n || if(t.n = 1, ' claim holds', ' claims hold')
            WHEN a.ref IN (SELECT artifact FROM files) THEN 'nothing claimed that could be checked'
            ELSE 'no files listed' END AS evidence
FROM artifacts AS a LEFT JOIN told AS t ON t.ref = a.ref
"""


def detect(db: Db, *, folder: Path | None = None) -> Relation:
    """Findings subject, value (1 a claim fails, 0 all hold, NULL none could be checked), n (claims), evidence.

    `folder` is a collected local folder whose checksum manifests are held against its files too. Raises `UsageError`
    where it is none.
    """
    db.execute(_CLAIMS)
    db.execute(_SETS, {"part": _PART, "most": _MOST})
    db.execute(_INDEXES)
    db.execute(_EMPTY, {"ext": _EXT})
    db.execute(_LINES, {"ext": _EXT, "longest": _LONGEST})
    db.execute(_NAMED)
    db.execute(_SPLITS, {"longest": _LONGEST})
    if folder is not None:
        _manifests(db, folder)
    return db.sql(_SQL, params={"shown": _SHOWN})


def _manifests(db: Db, folder: Path) -> None:
    import hashlib

    from headgate.manifest import check_manifest, manifests

    if not folder.is_dir():
        msg = f"no folder at {folder}. Name one that was collected with: headgate collect folder"
        raise UsageError(msg)
    for path in manifests(folder):
        text = path.read_bytes()
        owner = "SELECT DISTINCT artifact FROM files WHERE sha256 = ? AND split_part(path, '/', -1) = ?"
        owners = db.execute(owner, [hashlib.sha256(text).hexdigest(), path.name]).fetchall()
        checks = check_manifest(path.parent, text.decode("utf-8", "replace"))
        for check in checks if owners else ():
            told = f"{check.verdict}: {check.claim.path} ({path.name} line {check.claim.line})"
            row = [check.verdict != "holds", told if check.verdict != "holds" else None]
            db.executemany("INSERT INTO ac_claims VALUES (?, ?, ?, NULL, 1)", [[ref, *row] for (ref,) in owners])
