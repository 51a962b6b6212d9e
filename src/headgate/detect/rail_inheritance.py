"""Use restrictions that a licence upstream passes on and that got lost on the way down.

Reads: `artifacts`, `edges`, licences as `headgate.licences` knows them.
Finds: of artifacts that inherit use restrictions (RAIL and OpenRAIL licences, community licences with a use policy),
1 where the licence stated here forbids none of those uses, 0 where it forbids all that are named upstream,
NULL where some of them are not named here, or the licence here is not known. The evidence names the uses that were
dropped, the path, and the artifact that dropped them first.
Cannot see: restrictions kept in the card's prose only, parents that nobody declared, and whether anybody keeps to
what is written. An artifact that inherits no restrictions has no finding.
Reference: OpenRAIL (2022), paragraphs 4 and 5 of the licences; Contractor et al., "Behavioral Use Licensing for
Responsible AI" (FAccT 2022).
Checked against: 30 chains made by hand; see docs/methods/rail_inheritance.md.
"""

from __future__ import annotations

from headgate.licences import conflicts
from headgate.shapes import Db, Relation

HARM = "use"
RISKS = ("3.3", "4.1", "4.2", "4.3", "4.4")


def detect(db: Db) -> Relation:
    """Findings subject, value (1 lost, 0 kept, NULL not clear), n, evidence."""
    return conflicts.findings(db, asks=("use_restrictions",))
