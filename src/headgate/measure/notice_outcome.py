"""What became of artifacts after a notice was sent about them: corrected, ignored, moved, or not known.

Reads: a log of notices in CSV (ref, sent, reason); every observation of `artifacts` and `files`, tombstones too;
`edges` of quantised copies.
Finds: for each artifact one outcome since its first notice, with which the evidence begins. 1 corrected: it is gone, or
what the reason names was changed. 0 ignored: it was seen later with that unchanged. 0 moved: it has another name under
the same hub id, or was published elsewhere after the notice: by the same account, by anybody where the original is
gone, or file for file where the original is as it was. NULL unknown: not observed since, or what the reason names was
not recorded.
Cannot see: why something happened: no outcome is an effect of a notice without a control group that got none; copies
made before the notice; copies re-saved under other names; corrections that metadata do not show.
Reference: "Corrective or Backfire: Characterizing and Predicting User Response to Social Correction", for the three
classes; the rules are ours and predict nothing.
Checked against: a scripted hub of 60 notices with known outcomes; see docs/methods/notice_outcome.md.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from headgate.errors import BadInput, UsageError
from headgate.keys import installation_key
from headgate.people import pseudonymise_ref
from headgate.refs import parse
from headgate.shapes import Db, Relation

SENSITIVE = True
HARM = "use"
RISKS = ()

REASONS = ("licence", "card", "label", "access", "content")
COLUMNS = ("ref", "sent", "reason")
_FORMAT = r"[-_.](gguf|ggml|gptq|awq|exl[23]|mlx|bnb|fp8|nvfp4|int[48]|[2-8]bit|i1|[if]?q[2-8](_[a-z0-9]+)?)([-_.].*)?$"

_FIRST = """
SELECT stored, arg_min(ref, sent) AS ref, min(sent) AS sent, min(written) AS written, arg_min(reason, sent) AS reason,
       count(*) AS times
FROM logged GROUP BY stored
"""
# A renamed artifact keeps the hub's id and is one thing. A model of Civitai has its files through its versions.
_NOTICED = """
WITH named AS (
    SELECT *, CASE WHEN hub_id IS NULL THEN ref ELSE concat_ws(' ', hub, kind, hub_id) END AS thing FROM observations
),
-- a name that holds a person's is stored under a pseudonym only
known AS (
    SELECT n.*, o.ref AS seen_as, o.thing, o.observed
    FROM (SELECT *, unnest([folded(ref), folded(stored)]) AS called FROM notices) AS n
    JOIN named AS o ON folded(o.ref) = n.called
),
chosen AS (
    SELECT stored, any_value(sent) AS sent, any_value(written) AS written, any_value(reason) AS reason,
           any_value(times) AS times, arg_max(thing, (observed < sent, observed)) AS thing,
           arg_max(seen_as, (observed < sent, observed)) AS seen_as
    FROM known GROUP BY stored
)
SELECT c.*, arg_max(o, o.observed) FILTER (o.observed < c.sent AND NOT o.gone) AS before,
       arg_max(o, (o.observed, NOT o.gone)) FILTER (o.observed >= c.sent) AS since,
       count(DISTINCT o.observed) FILTER (o.observed >= c.sent) AS looks, list_distinct(list(o.ref)) AS refs
FROM chosen AS c JOIN named AS o USING (thing) GROUP BY ALL
"""
_PARTS = """
WITH own AS (SELECT stored, sent, unnest(refs) AS ref FROM noticed)
SELECT stored, sent, ref FROM own
UNION SELECT own.stored, own.sent, o.ref FROM own JOIN observations AS o ON o.version_of = own.ref
"""
_WEIGHTS = """
SELECT f.artifact, f.sha256, f.size, f.observed FROM all_files AS f
SEMI JOIN observations AS o ON o.ref = f.artifact AND o.run = f.run
WHERE f.sha256 IS NOT NULL AND f.size >= 65536
  AND f.format IN ('safetensors', 'gguf', 'pickle', 'onnx', 'hdf5', 'msgpack')
"""
# What it held at the last look before the notice, and at the last since.
_HELD = f"""
WITH held AS (
    SELECT p.stored, p.sent, w.* FROM ({_WEIGHTS}) AS w JOIN parts AS p ON p.ref = w.artifact
),
looks AS (
    SELECT stored, max(observed) FILTER (observed < sent) AS last, max(observed) FILTER (observed >= sent) AS newest,
           max(size) FILTER (observed < sent) AS largest FROM held GROUP BY stored
)
SELECT stored, sha256, bool_or(observed = last) AS then_there,
       coalesce(bool_or(observed = newest), false) AS still_there, any_value(newest) IS NOT NULL AS looked,
       bool_or(2 * size >= largest) AS main
FROM held JOIN looks USING (stored) GROUP BY stored, sha256
"""
_COPIES = f"""
WITH begun AS (SELECT min(sent) AS sent FROM noticed),
other AS (
    SELECT ref, min(created) AS created, lower(any_value(author)) AS account,
           lower(split_part(any_value(name), '/', -1)) AS short
    FROM observations WHERE NOT gone AND hub <> 'file' AND kind <> 'dataset' AND created > (SELECT sent FROM begun)
    GROUP BY ref
),
asked AS (
    SELECT stored, sent, o, lower(split_part(o.name, '/', -1)) AS short, lower(o.author) AS account
    FROM (SELECT stored, sent, coalesce(before, since) AS o FROM noticed)
),
-- a name that several artifacts have tells of none
alone AS (
    SELECT a.stored FROM asked AS a JOIN observations AS n ON lower(split_part(n.name, '/', -1)) = a.short
    ANTI JOIN parts AS p ON p.ref = n.ref AND p.stored = a.stored GROUP BY a.stored
),
pairs AS (
    SELECT h.stored, w.artifact AS ref, 'the same file' AS what
    FROM files_held AS h JOIN ({_WEIGHTS}) AS w USING (sha256) WHERE h.then_there AND h.main
    UNION ALL
    SELECT p.stored, e.child, 'a quantised copy' FROM edges AS e JOIN parts AS p ON folded(p.ref) = folded(e.parent)
    WHERE e.relation = 'quantized'
    UNION ALL
    SELECT a.stored, q.ref, 'a quantised copy, by its name' FROM asked AS a
    JOIN (SELECT ref, regexp_replace(short, $format, '') AS stem FROM other WHERE regexp_matches(short, $format)) AS q
        ON q.stem = a.short
    ANTI JOIN alone USING (stored) WHERE len(a.short) >= 8
),
ranked AS (
    SELECT q.stored, q.what, c.ref, c.created, coalesce(c.account = a.account, false) AS own
    FROM pairs AS q JOIN asked AS a USING (stored) JOIN other AS c ON c.ref = q.ref
    ANTI JOIN parts AS p ON p.stored = q.stored AND p.ref = q.ref
    WHERE c.created >= a.sent
)
SELECT * FROM ranked WHERE own OR NOT $own_only
QUALIFY row_number() OVER (PARTITION BY stored ORDER BY own DESC, what <> 'the same file', created, ref) = 1
"""
# True: what the reason names was changed; false: seen unchanged; NULL: not recorded.
_CHANGED = """
CASE WHEN before IS NULL OR since IS NULL THEN NULL
WHEN reason = 'licence' THEN CASE
    WHEN len(since.licences) > 0 THEN list_sort(since.licences) IS DISTINCT FROM list_sort(before.licences)
    WHEN since.licence_source = 'terms'
    THEN list_sort(since.commercial_use) IS DISTINCT FROM list_sort(before.commercial_use)
    WHEN since.has_card IS NOT NULL THEN false END
WHEN reason = 'card' THEN CASE
    WHEN NOT since.has_card THEN false
    WHEN since.has_card AND NOT before.has_card THEN true
    WHEN since.has_card AND before.has_card THEN since.card <> before.card END
WHEN reason = 'label' THEN CASE
    WHEN since.tags IS NOT NULL THEN coalesce(since.nsfw, false) AND NOT coalesce(before.nsfw, false) END
WHEN reason = 'access' THEN CASE
    WHEN before.gated IS NOT NULL THEN before.gated = 'no' AND since.gated <> 'no' END
WHEN reason = 'content' THEN (SELECT CASE WHEN bool_or(looked) AND bool_or(then_there)
    THEN NOT bool_or(then_there AND still_there) END FROM files_held AS h WHERE h.stored = n.stored) END
"""
_FINDINGS = f"""
WITH told AS (
    SELECT n.*, {_CHANGED} AS changed, c.ref AS copy, c.what, c.created AS copied, c.own,
           coalesce(since.gone, false) AS gone, since.ref <> before.ref AS renamed
    FROM noticed AS n LEFT JOIN copies AS c USING (stored)
),
weighed AS (  -- whoever copies what is still there, or makes it smaller, may never have heard of the notice
    SELECT *, copy IS NOT NULL
        AND (own OR gone OR (what = 'the same file' AND NOT coalesce(changed, false))) AS elsewhere
    FROM told
),
judged AS (
    SELECT *, CASE WHEN elsewhere THEN 'moved' WHEN gone OR changed THEN 'corrected'
        WHEN renamed THEN 'moved' WHEN NOT changed THEN 'ignored' ELSE 'unknown' END AS outcome
    FROM weighed
)
SELECT seen_as AS subject, CASE outcome WHEN 'corrected' THEN 1 WHEN 'unknown' THEN NULL ELSE 0 END AS value,
       CASE WHEN outcome = 'unknown' THEN 0 ELSE greatest(looks, 1) END AS n,
       outcome || ': ' || CASE
           WHEN elsewhere THEN what || ' at ' || copy || ' since ' || strftime(copied, '%Y-%m-%d')
               || CASE WHEN own THEN ', by the same account' ELSE ', by another account' END
               || CASE WHEN gone THEN '; the original is gone' WHEN changed THEN '; the original was changed'
                       WHEN since IS NULL THEN '; the original was not observed since'
                       ELSE '; the original is there' END
           WHEN gone THEN 'gone by ' || strftime(since.observed, '%Y-%m-%d')
           WHEN changed THEN reason || ' changed, seen ' || strftime(since.observed, '%Y-%m-%d')
           WHEN renamed THEN 'renamed to ' || since.ref
           WHEN NOT changed THEN reason || ' unchanged, seen ' || strftime(since.observed, '%Y-%m-%d')
           WHEN since IS NULL THEN 'not observed since'
           WHEN before IS NULL THEN 'not observed before'
           ELSE reason || ' not recorded' END
           || '; notice of ' || strftime(written, '%Y-%m-%d') || CASE WHEN times > 1 THEN ', the first of ' || times
              ELSE '' END AS evidence
FROM judged
UNION ALL
SELECT stored, NULL, 0, 'unknown: never observed' FROM notices ANTI JOIN noticed USING (stored)
"""


def measure(db: Db, *, notices: Path, own_only: bool = False) -> Relation:
    """Findings subject, value (1 corrected, 0 ignored or moved, NULL unknown), n (observations since), evidence.

    `notices` is a CSV file with the columns ref, sent (a date or time, UTC) and reason (licence, card, label, access or
    content); `own_only` counts copies as moved only where the same account published them. Raises `BadInput` with the
    line where the file cannot be read.
    """
    columns = "ref VARCHAR, stored VARCHAR, sent TIMESTAMP, written TIMESTAMP, reason VARCHAR"
    db.execute(f"CREATE OR REPLACE TEMP TABLE logged ({columns})")
    if rows := list(_read(notices)):
        db.executemany("INSERT INTO logged VALUES (?, ?, ?, ?, ?)", rows)
    # a reminder changes nothing: what counts is what happened since the first notice
    db.execute(f"CREATE OR REPLACE TEMP TABLE notices AS {_FIRST}")
    for name, sql in (("noticed", _NOTICED), ("parts", _PARTS), ("files_held", _HELD)):
        db.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {sql}")
    db.execute(f"CREATE OR REPLACE TEMP TABLE copies AS {_COPIES}", {"format": _FORMAT, "own_only": own_only})
    return db.sql(_FINDINGS)


def _read(path: Path) -> Iterator[tuple[str, str, datetime, datetime, str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
            if missing:
                msg = f"{path}, line 1: no column {', '.join(missing)}. The columns are {', '.join(COLUMNS)}."
                raise BadInput(msg)
            key = installation_key()
            for row in reader:
                yield _row(row, f"{path}, line {reader.line_num}", key)
    except OSError as error:
        msg = f"cannot read {path} ({error.strerror}). Give a CSV file with the columns {', '.join(COLUMNS)}."
        raise BadInput(msg) from error
    except (UnicodeDecodeError, csv.Error) as error:
        msg = f"{path} is no CSV in UTF-8 ({error}). Save it as CSV with the columns {', '.join(COLUMNS)}."
        raise BadInput(msg) from error


def _row(row: dict[str, str | None], where: str, key: bytes) -> tuple[str, str, datetime, datetime, str]:
    ref, sent, reason = ((row[name] or "").strip() for name in COLUMNS)
    try:
        stored = pseudonymise_ref(ref, key)
        plain = str(parse(ref))
    except UsageError as error:
        msg = f"{where}: {error}"
        raise BadInput(msg) from error
    if reason not in REASONS:
        msg = f"{where}: the reason {reason[:40]!r} is none of {', '.join(REASONS)}. Write one of these."
        raise BadInput(msg)
    return plain, stored, *_moment(sent, where), reason


def _moment(text: str, where: str) -> tuple[datetime, datetime]:
    """The moment from which an observation is later than the notice, and the one that is written."""
    try:
        written = datetime.fromisoformat(text)
        written = written if written.tzinfo else written.replace(tzinfo=UTC)
        # what was seen on the day of a notice without a time may be older than it
        sent = written + timedelta(days=len(text) <= 10)
    except (ValueError, OverflowError) as error:
        msg = f"{where}: {text[:40]!r} is no date. Write 2026-11-21 or 2026-11-21T08:00:00+00:00."
        raise BadInput(msg) from error
    if written > datetime.now(UTC) + timedelta(days=1):
        msg = f"{where}: the date {text[:40]} lies in the future. Nothing can have come of that notice; correct it."
        raise BadInput(msg)
    return sent.astimezone(UTC).replace(tzinfo=None), written.astimezone(UTC).replace(tzinfo=None)
