"""Artifacts that state no licence although their card was seen.

Reads: `artifacts` (licences, licence_source, has_card).
Finds: 1 where card data was seen and names no licence, 0 where a licence is stated, NULL where nobody
looked: a record without card data says nothing of what the card says.
Cannot see: a licence in a LICENSE file or in the prose of a card; that is another check's work.
Reference: Longpre et al., "The Data Provenance Initiative" (2023), omission of licences on hubs.
Checked against: the 1,895 models with cards of the shared data; see docs/methods/licence_missing.md.
"""

from __future__ import annotations

from headgate.shapes import Db, Relation

HARM = "implementation"
RISKS = ("6.3",)

# Civitai has no licence ids: its own permission flags (licence_source `terms`) state the terms.
_SQL = """
SELECT ref AS subject,
       CASE WHEN len(licences) > 0 OR licence_source = 'terms' THEN 0 WHEN has_card THEN 1 END AS value,
       -- without a card only stated licences can be known, so such rows would bias the share
       coalesce(has_card, false)::INT AS n,
       CASE WHEN len(licences) > 0
            THEN licence_source || ': ' || left(list_aggregate(licences, 'string_agg', ', '), 200)
            WHEN licence_source = 'terms' THEN 'permission flags of the hub'
            WHEN has_card THEN 'card seen, no licence in card or tags' ELSE 'no card was seen' END AS evidence
FROM artifacts WHERE kind <> 'version' AND coalesce(downloads, 0) >= $min_downloads
"""


def detect(db: Db, *, min_downloads: int = 0) -> Relation:
    """Findings subject, value (1 missing, 0 stated, NULL not seen).

    `min_downloads` leaves out what was downloaded less often.
    """
    return db.sql(_SQL, params={"min_downloads": min_downloads})
