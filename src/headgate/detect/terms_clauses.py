"""Clauses in licence texts and cards: what is forbidden, limited, owed or disclaimed, each with the words that say so.

Reads: `artifacts` (card, front matter aside, and licence_text; of each the first 60,000 characters).
Finds: 1 where a paragraph carries a clause of one of ten types (use_restriction, commercial_limit, attribution,
share_alike, disclaimer, patent, training_ban, real_person_ban, termination, redistribution), 0 where there is a text
and none was recognised, NULL where there is no text, then with n = 0. n is the paragraphs looked at; the evidence names
the types by text and quotes up to three, the rarer types first; each quote stands in the text, white space aside.
Cannot see: clauses in other languages than English, clauses told by no rule, terms behind a link, whether they hold.
A 0 says that no rule matched, not that nothing is forbidden. A licence that is only named is another check's work.
Reference: "Harmful Terms and Where to Find Them" (TermMiner, TermLens): its steps, not its models.
Checked against: 190 hand-labelled paragraphs of Debian's licence texts and 54 of cards; docs/methods/terms_clauses.md.
"""

from __future__ import annotations

from headgate import clauses
from headgate.shapes import Db, Relation

HARM = "use"
RISKS = ("3.3", "4.3", "6.3")

_SHORT = 120  # characters of a quote in an evidence
_SHOWN = 3  # quotes in an evidence
_BATCH = 20_000  # paragraphs labelled at once
# The rarer a type is in licences, the more it tells.
_ORDER = ("training_ban", "real_person_ban", "use_restriction", "commercial_limit", "share_alike", "patent",
          "termination", "redistribution", "attribution", "disclaimer")  # fmt: skip

_TEXTS = """
CREATE OR REPLACE TEMP VIEW tc_texts AS
SELECT ref, 'licence' AS source, left(licence_text, 60000) AS text FROM artifacts WHERE licence_text IS NOT NULL
UNION ALL
SELECT ref, 'card', regexp_replace(left(card, 60000), getvariable('tc_front'), '') FROM artifacts WHERE card IS NOT NULL
"""
_PARTS = r"""
CREATE OR REPLACE TEMP TABLE tc_parts AS
SELECT ref, source, part FROM (SELECT ref, source, unnest(string_split_regex(text, $blank)) AS part FROM tc_texts)
WHERE {stems}
"""
_LOOKED = r"""
CREATE OR REPLACE TEMP TABLE tc_looked AS
SELECT ref, count(*) AS n FROM (SELECT ref, unnest(string_split_regex(text, $blank)) AS part FROM tc_texts)
WHERE trim(part, E' \t\r\n') <> '' GROUP BY ref
"""
_SQL = """
WITH said AS (
    SELECT t.ref, t.source, l.type, l.rank, min(l.quote) AS quote
    FROM tc_parts AS t JOIN tc_labels AS l ON l.hash = md5(t.part) GROUP BY ALL
),
once AS (
    SELECT ref, type, rank, min(quote) AS quote, string_agg(source, ', ' ORDER BY source) AS sources,
           row_number() OVER (PARTITION BY ref ORDER BY rank) AS place
    FROM said GROUP BY ref, type, rank
),
told AS (
    SELECT ref, string_agg(type || ' (' || sources || ')' || if(place <= $shown, ': "' || quote || '"', ''), '; '
                           ORDER BY rank) AS evidence
    FROM once GROUP BY ref
)
SELECT a.ref AS subject, CASE WHEN t.ref IS NOT NULL THEN 1 WHEN l.n > 0 THEN 0 END AS value, coalesce(l.n, 0) AS n,
       coalesce(t.evidence, CASE WHEN l.n > 0 THEN 'no clause recognised' ELSE 'no text was seen' END) AS evidence
FROM artifacts AS a LEFT JOIN tc_looked AS l ON l.ref = a.ref LEFT JOIN told AS t ON t.ref = a.ref
"""


def detect(db: Db) -> Relation:
    """Findings subject, value (1 a clause was found, 0 a text without, NULL no text), n (paragraphs), evidence."""
    told = clauses.stems()
    params = {f"s{n}": stem for n, stem in enumerate(stem for stems in told.values() for stem in stems)}
    names = iter(params)
    each = (" AND ".join(f"regexp_matches(part, ${next(names)})" for _ in stems) for stems in told.values())
    db.execute("SET VARIABLE tc_front = ?", [clauses.FRONT])
    db.execute(_TEXTS)
    db.execute(_LOOKED, {"blank": clauses.BLANK})
    wanted = " OR ".join(f"({one})" for one in each)
    db.execute(_PARTS.replace("{stems}", wanted), {**params, "blank": clauses.BLANK})
    db.execute("CREATE OR REPLACE TEMP TABLE tc_labels (hash VARCHAR, type VARCHAR, rank INT, quote VARCHAR)")
    # Each different paragraph is labelled once: hubs repeat the same licences and the same cards.
    parts = [part for (part,) in db.execute("SELECT DISTINCT part FROM tc_parts").fetchall()]
    for at in range(0, len(parts), _BATCH):
        _label(db, parts[at : at + _BATCH])
    return db.sql(_SQL, params={"shown": _SHOWN})


def _label(db: Db, parts: list[str]) -> None:
    rows = [
        (part, type_, _ORDER.index(type_), " ".join(part[start:end].split())[:_SHORT].rstrip())
        for part in parts
        for type_, start, end in clauses.labelled(part)
    ]
    if rows:
        sql = "INSERT INTO tc_labels SELECT md5(unnest(?)), unnest(?), unnest(?), unnest(?)"
        db.execute(sql, [list(column) for column in zip(*rows, strict=True)])
