"""Artifacts whose declared licence is not what a person, the licence text, the card or the same weights elsewhere say.

Reads: `artifacts` (licences, licence_name, licence_link, licence_text, card, author), `labels` (question `licence`),
`edges` (copy, renamed, quantized) and the licence tables of `data/`.
Finds: 1 where the declared licence is none of those verified, else of those in the LICENSE text, else of those that the
card's prose states, or where it allows more use than the label of the artifact whose weights these are and which
another account published; 0 where they agree; NULL where there is nothing to compare, or a licence nobody knows.
The evidence names both sides and quotes the words.
Cannot see: a text that nobody collected, wordings it does not know, and who is right: a label may be newer than a text.
What fine-tunes and merges inherit is the work of licence_conflict.
Reference: Longpre et al., "The Data Provenance Initiative" (2023), wrong licences on hubs.
Checked against: Debian copyright files and 70 cards read by hand; see docs/methods/licence_mislabelled.md.
"""

from __future__ import annotations

from headgate.licences import stated
from headgate.licences.compare import agree, looser
from headgate.shapes import Db, Relation

HARM = "implementation"
RISKS = ("6.3",)

# What is compared with what the label says: the strongest witness there is.
_WITNESSES = """
CREATE OR REPLACE TEMP TABLE licence_witnesses AS
SELECT s.ref, s.declared, CASE WHEN len(s.verified) > 0 THEN s.verified ELSE s.detected END AS said,
       CASE WHEN len(s.verified) > 0 THEN 'verified by a person'
            WHEN f.place = 'file' THEN 'LICENSE text' ELSE 'card' END AS witness,
       CASE WHEN NOT coalesce(len(s.verified) > 0, false) THEN f.quotes END AS quotes
FROM stated_licences AS s LEFT JOIN licence_found AS f ON f.ref = s.ref
WHERE len(s.declared) > 0 AND (len(s.verified) > 0 OR len(s.detected) > 0)
"""
_UPSTREAM = """
CREATE OR REPLACE TEMP TABLE licence_upstream AS
SELECT s.ref, s.declared, p.ref AS parent, p.declared AS said
FROM (SELECT DISTINCT child, parent FROM edges
      WHERE relation IN ('copy', 'renamed', 'quantized') AND child <> parent) AS e
JOIN stated_licences AS s ON s.ref = e.child JOIN stated_licences AS p ON p.ref = e.parent
JOIN artifacts AS c ON c.ref = s.ref JOIN artifacts AS u ON u.ref = p.ref
WHERE len(s.declared) > 0 AND len(p.declared) > 0 AND lower(c.author) IS DISTINCT FROM lower(u.author)
"""
_PAIRS = """
SELECT DISTINCT declared, said FROM licence_witnesses UNION SELECT DISTINCT declared, said FROM licence_upstream
"""
_MAKE_PAIRS = """
CREATE OR REPLACE TEMP TABLE licence_pairs AS
SELECT unnest($declared::VARCHAR[][]) AS declared, unnest($said::VARCHAR[][]) AS said,
       unnest($agree::BOOLEAN[]) AS agree, unnest($looser::BOOLEAN[]) AS looser
"""
_SQL = """
WITH compared AS (
    SELECT w.ref, (NOT p.agree)::INT AS value, 1 AS strength, 'label: ' || array_to_string(w.declared, ', ') || '; '
           || w.witness || ': ' || array_to_string(w.said, ', ')
           || coalesce(', "' || array_to_string(w.quotes[:2], '", "') || '"', '') AS evidence
    FROM licence_witnesses AS w JOIN licence_pairs AS p USING (declared, said)
    UNION ALL
    SELECT u.ref, (p.looser AND NOT p.agree)::INT, 2, 'label: ' || array_to_string(u.declared, ', ')
           || if(p.looser AND NOT p.agree, ' allows more than ', ' allows no more than ')
           || array_to_string(u.said, ', ') || ' of the same weights: ' || u.parent
    FROM licence_upstream AS u JOIN licence_pairs AS p USING (declared, said) WHERE p.agree OR p.looser IS NOT NULL
),
worst AS (
    SELECT ref, max(value) AS value, arg_max(evidence, (value, -strength, evidence)) AS evidence
    FROM compared GROUP BY ref
)
SELECT a.ref AS subject, w.value, (w.value IS NOT NULL)::INT AS n,
       coalesce(w.evidence, CASE WHEN len(s.declared) = 0 THEN 'no licence is declared'
           WHEN s.declared IS NULL THEN 'what is declared is no licence that we know'
           ELSE 'no text, card or equal weights to compare with' END) AS evidence
FROM artifacts AS a JOIN stated_licences AS s ON s.ref = a.ref LEFT JOIN worst AS w ON w.ref = a.ref
WHERE a.kind <> 'version'
"""


def detect(db: Db) -> Relation:
    """Findings subject, value (1 contradicted, 0 agreeing, NULL nothing to compare), n, evidence."""
    stated.make_table(db)
    db.execute(_WITNESSES)
    db.execute(_UPSTREAM)
    pairs = db.execute(_PAIRS).fetchall()
    columns = {
        "declared": [first for first, _ in pairs],
        "said": [second for _, second in pairs],
        "agree": [agree(first, second) for first, second in pairs],
        "looser": [looser(first, second) for first, second in pairs],
    }
    db.execute(_MAKE_PAIRS, columns)
    return db.sql(_SQL)
