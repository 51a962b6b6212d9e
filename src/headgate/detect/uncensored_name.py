"""The plain keyword rule: models whose name or tags say that their alignment was removed.

Reads: `artifacts` (name, tags).
Finds: 1 where a keyword stands in the name or a tag, 0 where none does. It is a baseline and honest about
it: it says nothing about what the model does.
Cannot see: variants that do not say so in their name, which are the ones that matter; jokes, and models
that were made to study or to undo the removal.
Reference: baseline of "Consiglieres in the Shadow" (see `detect uncensored`).
Checked against: weak labels made from the names by another hand; a rule on names agrees with labels from
names, so that agreement is no accuracy. See docs/methods/uncensored_name.md.
"""

from __future__ import annotations

from headgate.shapes import Db, Relation

SENSITIVE = True
HARM = "use"

_KEYWORDS = (
    r"(^|[^a-z])(uncensored|uncensor|un[-_ ]?censored|abliterat(ed|ion)|ablitered|obliterated|heretic|"
    r"de[-_ ]?censored|decensored|unaligned|de[-_ ]?aligned|unfiltered|jailbroken|jailbreak|"
    r"refusal[-_ ]?(removed|free)|no[-_ ]?refusals?|unrestricted|lewd|dpo[-_ ]?unaligned)([^a-z]|$)"
)
_SQL = """
WITH looked AS (
    SELECT ref, lower(split_part(name, '/', -1)) AS name,
           list_filter(list_transform(coalesce(tags, []), lambda t: lower(t)), lambda t: NOT contains(t, ':')
                       AND regexp_matches(t, $keywords)) AS hits
    FROM artifacts WHERE kind <> 'dataset'
)
SELECT ref AS subject, (regexp_matches(name, $keywords) OR len(hits) > 0)::INT AS value, 1 AS n,
       CASE WHEN regexp_matches(name, $keywords) THEN 'name: ' || trim(regexp_extract(name, $keywords, 0), '-_. ')
            WHEN len(hits) > 0 THEN 'tag: ' || left(hits[1], 100) END AS evidence
FROM looked WHERE name IS NOT NULL
"""


def detect(db: Db) -> Relation:
    """Findings subject, value (1 a keyword was found, 0 none), evidence (the keyword)."""
    return db.sql(_SQL, params={"keywords": _KEYWORDS})
