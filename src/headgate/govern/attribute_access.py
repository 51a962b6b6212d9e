"""When a sensitive attribute may be used to look for discrimination: one verdict for each use, with reason and law.

Reads: data/attribute_access.csv (reviewable in a spreadsheet); no table of the workspace.
Finds: for each domain, jurisdiction, purpose and source of the attribute one of `own data`, `proxy with noise
correction`, `aggregate only` and `refuse`, with the reason, the law and for how long rows may be kept. To infer an
attribute of an identifiable person is refused everywhere, and so is its use in a decision about a person.
Cannot see: contracts, consent, state law, exceptions of one trade, changes of law after the table's date; whether the
words given describe the use truly. It is a cautious default for counsel to check, no legal advice.
Reference: Bogen, Rieke and Ahmed, "Awareness in Practice: Tensions in Access to Sensitive Attribute Data for
Antidiscrimination" (2020).
"""

from __future__ import annotations

from itertools import product
from typing import Literal

from headgate.access import DOMAINS, JURISDICTIONS, PURPOSES, SOURCES, access
from headgate.shapes import Db, Relation


def govern(
    db: Db,
    *,
    domain: Literal["all", "employment", "credit", "healthcare", "other"] = "all",
    jurisdiction: Literal["all", "US", "EU", "UK", "other"] = "all",
    purpose: Literal["all", "monitor", "audit", "improve", "decide"] = "all",
    source: Literal["all", "self-reported", "collected", "inferred", "proxy"] = "all",
) -> Relation:
    """Decisions subject (`use:credit/US/audit/proxy`), decision (the verdict), because (reason, retention, law).

    `domain` is what is decided about; `jurisdiction` whose law holds; `purpose` what the attribute is for; `source`
    where it comes from. Each is `all` unless given.
    """
    asked = [
        known if given == "all" else (given,)
        for given, known in zip(
            (domain, jurisdiction, purpose, source), (DOMAINS, JURISDICTIONS, PURPOSES, SOURCES), strict=True
        )
    ]
    rows = []
    for use in product(*asked):
        found = access(*use)
        kept = f"keep rows {found.retention_days} days at most" if found.retention_days else "keep no row of a person"
        rows.append([f"use:{found.use}", found.verdict, f"{found.reason}; {kept}; {found.law}"])
    db.execute("CREATE OR REPLACE TEMP TABLE access_decisions (subject VARCHAR, decision VARCHAR, because VARCHAR)")
    db.executemany("INSERT INTO access_decisions VALUES (?, ?, ?)", rows)
    return db.sql("FROM access_decisions")
