"""Licences as they are declared: how many artifacts state one, which, and how many leave it out."""

from __future__ import annotations

from collections import defaultdict

from headgate.report.shapes import Licence, Licences
from headgate.report.shares import share_of
from headgate.report.words import of_kind, shown
from headgate.shapes import Db

TOP_LICENCES = 10

# Civitai's permission flags state the terms without naming a licence; a version has those of its model.
_LICENCES = """
SELECT hub, kind, count(*), count(*) FILTER (NOT bare), count(*) FILTER (bare AND has_card),
       count(*) FILTER (bare AND NOT has_card), count(*) FILTER (bare AND has_card IS NULL),
       count(*) FILTER (has_card), strftime(max(observed) FILTER (NOT bare), '%Y-%m-%d'),
       strftime(max(observed) FILTER (has_card), '%Y-%m-%d')
FROM (SELECT *, coalesce(len(licences), 0) = 0 AND licence_source IS DISTINCT FROM 'terms' AS bare
      FROM report_artifacts WHERE kind <> 'version') GROUP BY hub, kind ORDER BY count(*) DESC, hub, kind
"""
_TOP_LICENCES = """
SELECT hub, kind, licence, n, count(*) OVER (PARTITION BY hub, kind) FROM (
    SELECT hub, kind, licence, count(DISTINCT ref) AS n
    FROM (SELECT hub, kind, ref, left(unnest(CASE WHEN len(licences) > 0 THEN licences
                 WHEN licence_source = 'terms' THEN ['permission flags of the hub'] END), 200) AS licence
          FROM report_artifacts WHERE kind <> 'version')
    WHERE licence IS NOT NULL GROUP BY hub, kind, licence
) QUALIFY row_number() OVER (PARTITION BY hub, kind ORDER BY n DESC, licence) <= ? ORDER BY hub, kind, n DESC, licence
"""


def read(db: Db) -> tuple[Licences, ...]:
    """What each kind of artifact of each hub declares; needs the table `report_artifacts`."""
    top = defaultdict(list)
    for hub, kind, licence, n, distinct in db.execute(_TOP_LICENCES, [TOP_LICENCES]).fetchall():
        top[hub, kind].append((licence, n, distinct))
    listed = []
    for hub, kind, count, declared, not_stated, no_card, not_recorded, carded, said, seen in db.execute(
        _LICENCES
    ).fetchall():
        artifacts, named = of_kind(shown(hub), shown(kind)), top[hub, kind]
        source = f"licences declared by {artifacts} in card, tags or terms"
        best = tuple(Licence(shown(name, 48), share_of(n, declared, said, source)) for name, n, _ in named)
        listed.append(Licences(
            shown(hub), shown(kind), count, declared, not_stated, no_card, not_recorded,
            share_of(not_stated, carded, seen, f"{artifacts} whose card was seen"), best,
            named[0][2] - len(best) if best else 0,
        ))  # fmt: skip
    return tuple(listed)
