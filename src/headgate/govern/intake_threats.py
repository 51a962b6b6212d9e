r"""Threats of taking an open model or dataset in, one by one: present, absent, or not tested.

Reads: `files` (path), `artifacts` (tags, sha, library, base_relation, adapter_base, base_models), `edges`, `findings`
(whether a check for backdoors or membership inference ran); with `--folder` the files of a local folder that was
collected, none of which is loaded, unpickled or run.
Finds: a grade, no verdict. `code on load`: only forms of weights that run code when they are loaded (pickle) are there,
or loading needs code of the repository (`custom_code`, modeling_*.py, a dataset's script). `no code on load`: files are
listed, weights or data come in forms without code (safetensors, gguf, onnx, parquet, ...), and nothing speaks for code.
`unknown`: anything else, an archive that nobody opened among it. `because` tells each threat: unsafe serialisation,
custom code, programs, archives, files of unknown form, base, commit, backdoor, membership, adversarial transfer.
Cannot see: what the weights do. Backdoor and membership probes are told as not tested until such a check has run, and
no grade says that a model is safe. `.bin` is taken for a pickle by its name; a listing shows no auto_map of a local
config.json, which `--folder` reads.
Reference: "Balancing Transparency and Risk: The Security and Privacy Risks of Open-Source Machine Learning Models":
hidden backdoors, privacy leakage, adversarial transfer.
Checked against: files made with each fault, under an audit hook; see docs/methods/intake_threats.md.
"""

from __future__ import annotations

from pathlib import Path

from headgate.errors import UsageError
from headgate.shapes import Db, Relation

_PICKLE = r"\.(bin|pt|pth|ckpt|pkl|pickle|joblib|dill|th)$"
_BESIDE = r"(^|/)(training_args\.bin|optimizer\.(pt|bin)|scheduler\.pt|scaler\.pt|rng_state[\w]*\.pth)$"  # of training
_MAYBE = r"\.(h5|hdf5|keras|npy|npz|pb|mlmodel|tflite|engine|plan)$"  # some of these can hold code
_SAFE = (
    r"\.(safetensors|gguf|ggml|onnx|onnx_data|msgpack|parquet|arrow|feather|jsonl?|csv|tsv|txt|jsonl\.(gz|zst)|xml)$"
)
_WEIGHTS = r"\.(safetensors|gguf|ggml|onnx|msgpack)$"
_LOADED = (
    r"(^|/)(modeling|configuration|tokenization|processing|image_processing|feature_extraction|pipeline)[\w-]*\.py$"
)
_PROGRAM = r"\.(py|pyc|ipynb|so|dll|dylib|exe|sh|bat|ps1|js|jar|whl|egg)$"
_ARCHIVE = r"\.(zip|tar|tgz|tar\.(gz|bz2|xz|zst)|7z|rar|nemo|mar)$"
_KNOWN = (
    r"(\.(json|md|txt|model|vocab|tiktoken|jinja|yaml|yml|toml|cfg|ini|png|jpe?g|gif|webp|svg|pdf|wav|mp3|flac|mp4|csv|tsv|"
    r"bib|cff|gz|zst|html|css|tfevents[\w.]*|gitattributes|gitignore|gitkeep|imatrix|dat|idx|spm|bpe|rst|lock|log|proto|lora)"
    r"|(^|/)(LICEN[CS]E|NOTICE|README|USE_POLICY|COPYING|CITATION|\.[\w.-]+)[\w.-]*)$"
)

_FILES = """
CREATE OR REPLACE TEMP TABLE it_files AS
WITH listed AS (
    SELECT f.artifact, f.path, lower(f.path) AS low, split_part(lower(f.path), '/', -1) AS base, l.verdict, l.because
    FROM files AS f LEFT JOIN it_looks AS l ON l.artifact = f.artifact AND l.path = f.path
),
told AS (
    SELECT *, regexp_matches(low, $pickle) AS pickle, regexp_matches(low, $safe) AS safe,
           regexp_matches(low, $program) AS program, regexp_matches(low, $archive) AS archive
    FROM listed
)
SELECT artifact, count(*) AS files,
       min(path) FILTER (pickle AND verdict IS DISTINCT FROM 'data' AND NOT regexp_matches(low, $beside)) AS pickle,
       min(path) FILTER (pickle AND verdict IS DISTINCT FROM 'data' AND regexp_matches(low, $beside)) AS beside,
       min(path) FILTER (pickle AND verdict = 'data') AS harmless,
       min(path || ': ' || because)
           FILTER (verdict = 'code' AND (pickle OR archive OR regexp_matches(low, $maybe))) AS seen,
       min(path || ': ' || because) FILTER (verdict = 'truncated') AS truncated,
       min(path) FILTER (regexp_matches(low, $maybe) AND verdict IS DISTINCT FROM 'data') AS maybe,
       min(path) FILTER (regexp_matches(low, $weights)) AS weights,
       min(path) FILTER (safe AND base NOT IN ('dataset_infos.json', 'config.json', 'readme.txt')) AS data,
       min(path) FILTER (regexp_matches(low, $loaded)) AS loaded,
       min(path || ': ' || because) FILTER (verdict = 'code' AND ends_with(low, '.json')) AS mapped,
       bool_or(verdict IS NOT NULL AND ends_with(low, 'config.json')) AS config_read,
       min(path) FILTER (program) AS program,
       list(base) FILTER (ends_with(base, '.py') AND NOT contains(path, '/')) AS scripts,
       min(path) FILTER (archive AND verdict IS DISTINCT FROM 'data') AS archive,
       min(path) FILTER (NOT (pickle OR safe OR program OR archive OR regexp_matches(low, $maybe)
                              OR regexp_matches(path, $known))) AS odd
FROM told GROUP BY artifact
"""
_SQL = """
WITH parents AS (
    SELECT e.child AS ref, bool_or(a.ref IS NOT NULL) AS known, min(e.parent) AS parent
    FROM edges AS e LEFT JOIN artifacts AS a ON a.ref = e.parent
    WHERE e.relation IN ('finetune', 'adapter', 'merge', 'quantized', 'copy', 'unlearned') GROUP BY e.child
),
probed AS (
    SELECT subject AS ref, bool_or(contains("check", 'backdoor')) AS backdoor,
           bool_or(contains("check", 'membership')) AS membership
    FROM findings WHERE contains("check", 'backdoor') OR contains("check", 'membership') GROUP BY subject
),
facts AS (
    SELECT a.ref, a.kind, a.hub, a.sha, f.* EXCLUDE (artifact), p.known, p.parent,
           coalesce(b.backdoor, false) AS backdoor, coalesce(b.membership, false) AS membership,
           list_contains(a.tags, 'custom_code') AS tagged,
           a.kind = 'dataset' AND list_contains(f.scripts, lower(split_part(a.name, '/', -1)) || '.py') AS script,
           a.adapter_base IS NOT NULL OR coalesce(a.base_relation, '') <> '' OR len(a.base_models) > 0
               OR coalesce(a.library, '') = 'peft' OR coalesce(ends_with(f.weights, '.gguf'), false)
               OR coalesce(list_contains(a.tags, 'lora'), false) AS derived
    FROM artifacts AS a LEFT JOIN it_files AS f ON f.artifact = a.ref LEFT JOIN parents AS p ON p.ref = a.ref
    LEFT JOIN probed AS b ON b.ref = a.ref
),
judged AS (
    SELECT *, files IS NOT NULL AS listed, if(kind = 'dataset', data, coalesce(weights, harmless)) AS plain,
           CASE WHEN tagged THEN 'present (tag custom_code)' WHEN mapped IS NOT NULL THEN 'present (' || mapped || ')'
                WHEN loaded IS NOT NULL THEN 'present (' || loaded || ')'
                WHEN script THEN 'present (script of the dataset)'
                WHEN files IS NULL THEN 'not tested (no files listed)'
                WHEN hub = 'file' AND kind = 'model' AND NOT config_read THEN 'not tested (auto_map not read)'
                ELSE 'absent' END AS custom
    FROM facts
)
SELECT ref AS subject,
       CASE WHEN starts_with(custom, 'present') THEN 'code on load'
            WHEN seen IS NOT NULL AND plain IS NULL THEN 'code on load'
            WHEN pickle IS NOT NULL AND plain IS NULL THEN 'code on load'
            WHEN listed AND custom = 'absent' AND plain IS NOT NULL AND archive IS NULL AND odd IS NULL
                 AND truncated IS NULL AND seen IS NULL THEN 'no code on load'
            ELSE 'unknown' END AS decision,
       left(concat_ws('; ',
           'unsafe serialisation: ' || CASE WHEN NOT listed THEN 'not tested (no files listed)'
               WHEN seen IS NOT NULL THEN 'present (' || seen || ')'
               WHEN pickle IS NOT NULL THEN 'present (' || pickle || ')'
               WHEN maybe IS NOT NULL THEN 'not tested (' || maybe || ' can hold code)'
               WHEN beside IS NOT NULL THEN 'present beside the weights (' || beside || ')'
               WHEN harmless IS NOT NULL THEN 'absent (read: ' || harmless || ')' ELSE 'absent' END
               || if(plain IS NOT NULL AND coalesce(seen, pickle) IS NOT NULL, ', beside ' || plain, ''),
           'truncated: ' || truncated,
           'custom code: ' || custom,
           'programs: ' || CASE WHEN NOT listed THEN 'not tested (no files listed)'
               WHEN program IS NOT NULL THEN 'present (' || program || ')' ELSE 'absent' END,
           'archives: ' || CASE WHEN NOT listed THEN 'not tested (no files listed)'
               WHEN archive IS NOT NULL THEN 'not tested (' || archive || ')' ELSE 'absent' END,
           'unknown form: ' || CASE WHEN NOT listed THEN 'not tested (no files listed)'
               WHEN odd IS NOT NULL THEN 'present (' || odd || ')' ELSE 'absent' END,
           'base unknown: ' || CASE WHEN known THEN 'absent'
               WHEN parent IS NOT NULL THEN 'present (' || parent || ' not collected)'
               WHEN derived THEN 'present (derived, no base linked)' ELSE 'not tested (no base declared)' END,
           'commit not pinned: ' || coalesce('absent (' || left(sha, 12) || ')', 'present'),
           'backdoor: ' || if(backdoor, 'tested', 'not tested'),
           'membership: ' || if(membership, 'tested', 'not tested'),
           'adversarial transfer: not testable from a listing'), 1200) AS because
FROM judged
"""


def govern(db: Db, *, folder: Path | None = None) -> Relation:
    """Decisions subject, decision (code on load, no code on load, unknown), because (each threat and its state).

    `folder` is a collected local folder whose files are looked into, without loading any. Raises `UsageError` where it
    is none.
    """
    db.execute(
        "CREATE OR REPLACE TEMP TABLE it_looks (artifact VARCHAR, path VARCHAR, verdict VARCHAR, because VARCHAR)"
    )
    if folder is not None:
        _look_into(db, folder)
    patterns = {
        "pickle": _PICKLE, "beside": _BESIDE, "maybe": _MAYBE, "safe": _SAFE, "weights": _WEIGHTS, "loaded": _LOADED,
        "program": _PROGRAM, "archive": _ARCHIVE, "known": _KNOWN,
    }  # fmt: skip
    db.execute(_FILES, patterns)
    return db.sql(_SQL)


def _look_into(db: Db, folder: Path) -> None:
    import hashlib

    from headgate.headers import open_regular
    from headgate.loading import look

    if not folder.is_dir():
        msg = f"no folder at {folder}. Name one that was collected with: headgate collect folder"
        raise UsageError(msg)
    root = folder.resolve()
    for path in sorted(root.rglob("*")):
        # by content, so that what changed since it was collected counts as not looked at
        known = "SELECT DISTINCT artifact, path FROM files WHERE sha256 = ? AND (path = ? OR ends_with(?, '/' || path))"
        if path.is_symlink() or not path.is_file():
            continue
        with open_regular(path) as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        inside = path.relative_to(root).as_posix()
        if owners := db.execute(known, [digest, inside, f"/{inside}"]).fetchall():
            found = look(path)
            rows = [[*owner, found.verdict, found.because] for owner in owners]
            db.executemany("INSERT INTO it_looks VALUES (?, ?, ?, ?)", rows)
