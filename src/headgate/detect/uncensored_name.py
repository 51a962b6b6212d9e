"""The plain keyword rule: models whose name or tags say that their alignment was removed.

Reads: `artifacts` (name, tags).
Finds: 1 where a keyword stands in the name or a tag, 0 where none does. Names and tags in which the keyword is
disguised (look-alike letters of other scripts, digits for letters, letters spaced out) count, and the evidence says
so. It is a baseline and honest about it: it says nothing about what the model does.
Cannot see: variants that do not say so in their name, which are the ones that matter; jokes, and models
that were made to study or to undo the removal.
Reference: baseline of "Consiglieres in the Shadow" (see `detect uncensored`).
Checked against: weak labels made from the names by another hand; a rule on names agrees with labels from
names, so that agreement is no accuracy. See docs/methods/uncensored_name.md.
"""

from __future__ import annotations

from headgate.disguises import disguised
from headgate.keywords import UNCENSORED
from headgate.shapes import Db, Relation

SENSITIVE = True
HARM = "use"
RISKS = ("1.3", "2.3", "3.3", "4.3")

_NAMES = """
SELECT ref, split_part(name, '/', -1) AS text, tags FROM artifacts WHERE kind <> 'dataset' AND name IS NOT NULL
"""
# A hub has few different tags, so each is looked at once.
_TAGS = f"""
CREATE OR REPLACE TEMP TABLE tag_words AS
SELECT DISTINCT unnest(tags) AS text FROM ({_NAMES}) WHERE len(tags) > 0
"""
_TELLING = """
CREATE OR REPLACE TEMP TABLE telling AS
SELECT t.text, 'tag' || if(d.found IS NULL, ': ' || left(lower(t.text), 100), ' (disguised): ' || d.found) AS evidence
FROM tag_words AS t LEFT JOIN disguised AS d USING (text)
WHERE NOT contains(t.text, ':') AND (d.found IS NOT NULL OR regexp_matches(lower(t.text), $keywords))
"""
_SQL = f"""
WITH named AS (
    SELECT n.ref, CASE WHEN regexp_matches(lower(n.text), $keywords)
                       THEN 'name: ' || trim(regexp_extract(lower(n.text), $keywords, 0), '-_. ')
                       ELSE 'name (disguised): ' || d.found END AS evidence
    FROM ({_NAMES}) AS n LEFT JOIN disguised AS d USING (text)
),
tagged AS (
    SELECT u.ref, min(t.evidence) AS evidence
    FROM (SELECT ref, unnest(tags) AS text FROM ({_NAMES})) AS u JOIN telling AS t USING (text) GROUP BY u.ref
)
SELECT n.ref AS subject, (n.evidence IS NOT NULL OR t.evidence IS NOT NULL)::INT AS value, 1 AS n,
       coalesce(n.evidence, t.evidence) AS evidence
FROM named AS n LEFT JOIN tagged AS t USING (ref)
"""


def detect(db: Db) -> Relation:
    """Findings subject, value (1 a keyword was found, 0 none), evidence (the keyword, and whether it was disguised)."""
    words = {"keywords": UNCENSORED}
    db.execute(_TAGS)
    disguised(db, f"SELECT text FROM ({_NAMES}) UNION ALL FROM tag_words", UNCENSORED)
    db.execute(_TELLING, words)
    return db.sql(_SQL, params=words)
