"""What is declared, detected and verified of each artifact's licence: three columns, never one.

`stated_licences` (ref, declared, detected, verified) and `licence_found` (ref, place, ids, quotes) are temporary tables
made of what the workspace shows. Texts and declarations are looked at once each, however many artifacts share them.
"""

from __future__ import annotations

from collections.abc import Sequence

from headgate.licences.prose import in_card
from headgate.licences.resolve import resolve, states_nothing
from headgate.licences.text import in_text
from headgate.shapes import Db

QUESTION = "licence"  # of a label whose reason names the licence that a person verified
_BATCH = 1000

_DECLARED = """
SELECT DISTINCT licences,
       CASE WHEN vague(licences) THEN licence_name END AS name,
       CASE WHEN vague(licences) THEN licence_link END AS link
FROM artifacts WHERE len(licences) > 0
"""
_VAGUE = "CREATE OR REPLACE TEMP MACRO vague(ids) AS list_contains(ids, 'other') OR list_contains(ids, 'unknown')"
_MAKE_DECLARED = """
CREATE OR REPLACE TEMP TABLE licence_sets AS
SELECT unnest($licences::VARCHAR[][]) AS licences, unnest($name::VARCHAR[]) AS name, unnest($link::VARCHAR[]) AS link,
       unnest($ids::VARCHAR[][]) AS ids
"""
# The front matter is what the card declares; only a card that speaks of licences after it is worth a look.
_TEXTS = r"""
CREATE OR REPLACE TEMP TABLE licence_texts AS
SELECT ref, kind = 'dataset' AS data, if(licence_text IS NOT NULL, 'file', 'card') AS place,
       CASE WHEN licence_text IS NOT NULL THEN licence_text
            WHEN regexp_matches(if(starts_with(card, '---'), substr(card, instr(card, E'\n---') + 1), card),
                                '(?i)licen[cs]|terms of use') THEN card END AS text,
       md5(text) AS key
FROM artifacts WHERE licence_text IS NOT NULL OR card IS NOT NULL
"""
_WORTH = "SELECT key, place, data, any_value(text) FROM licence_texts WHERE text IS NOT NULL GROUP BY key, place, data"
_MAKE_FOUND = """
CREATE OR REPLACE TEMP TABLE licence_found AS
SELECT t.ref, t.place, coalesce(f.ids, CASE WHEN t.place = 'card' THEN [] END) AS ids, f.quotes FROM licence_texts AS t
LEFT JOIN (SELECT unnest($key::VARCHAR[]) AS key, unnest($place::VARCHAR[]) AS place, unnest($data::BOOLEAN[]) AS data,
                  unnest($ids::VARCHAR[][]) AS ids, unnest($quotes::VARCHAR[][]) AS quotes) AS f
    ON f.key = t.key AND f.place = t.place AND f.data = t.data
"""
_VERIFIED = """
SELECT subject, arg_max(reason, (role = 'adjudication', made)) AS reason FROM labels
WHERE question = $question AND label = 'yes' AND role <> 'appeal' AND NOT starts_with(labeller, 'rule:')
GROUP BY subject
"""
_MAKE = """
CREATE OR REPLACE TEMP TABLE stated_licences AS
SELECT a.ref,
       CASE WHEN len(a.licences) > 0 THEN s.ids WHEN a.licence_source = 'terms' THEN NULL ELSE [] END AS declared,
       f.ids AS detected, v.ids AS verified
FROM artifacts AS a
LEFT JOIN licence_sets AS s ON len(a.licences) > 0 AND s.licences = a.licences
    AND s.name IS NOT DISTINCT FROM (CASE WHEN vague(a.licences) THEN a.licence_name END)
    AND s.link IS NOT DISTINCT FROM (CASE WHEN vague(a.licences) THEN a.licence_link END)
LEFT JOIN licence_found AS f ON f.ref = a.ref
LEFT JOIN (SELECT unnest($ref::VARCHAR[]) AS ref, unnest($ids::VARCHAR[][]) AS ids) AS v ON v.ref = a.ref
"""


def make_table(db: Db) -> None:
    """Make the temporary tables `stated_licences` and `licence_found` of this connection anew.

    `declared` holds the ids that card, tag or name state: NULL where one of them is unknown, [] where none is stated.
    `detected` holds those of the LICENSE text or, where there is none, of the card's prose: NULL where there is
    neither or the LICENSE text is none we know, [] where the prose states none. `verified` holds what a person
    verified, NULL where nobody did: the reason of a label `licence` = yes.
    """
    _declare(db)
    _detect(db)
    verified = db.execute(_VERIFIED, {"question": QUESTION}).fetchall()
    ids = [list(resolve(reason or "")) or None for _, reason in verified]
    db.execute(_MAKE, {"ref": [ref for ref, _ in verified], "ids": ids})


def declared(licences: Sequence[str], name: str | None = None, link: str | None = None) -> list[str] | None:
    """The ids that the strings `licences` state, sorted; None where one of them is unknown.

    For `other` and `unknown` the licence's name counts and, where that says nothing, the address of its text.
    """
    found: set[str] = set()
    for text in licences:
        ids = resolve(text)
        if states_nothing(text):
            ids = resolve(name or "") or resolve(link or "")
        if not ids:
            return None
        found.update(ids)
    return sorted(found)


def _declare(db: Db) -> None:
    db.execute(_VAGUE)
    rows = db.execute(_DECLARED).fetchall()
    columns = {
        "licences": [row[0] for row in rows],
        "name": [row[1] for row in rows],
        "link": [row[2] for row in rows],
        "ids": [declared(*row) for row in rows],
    }
    db.execute(_MAKE_DECLARED, columns)


def _detect(db: Db) -> None:
    db.execute(_TEXTS)
    made: dict[str, list[object]] = {name: [] for name in ("key", "place", "data", "ids", "quotes")}
    result = db.execute(_WORTH)
    while batch := result.fetchmany(_BATCH):
        for key, place, data, text in batch:
            found = in_text(text) if place == "file" else in_card(text, "dataset" if data else "model")
            ids = [one.id for one in found]
            values = (key, place, data, ids or (None if place == "file" else []), [one.quote for one in found])
            for name, value in zip(made, values, strict=True):
                made[name].append(value)
    db.execute(_MAKE_FOUND, made)
    db.execute("DROP TABLE licence_texts")
