"""Which of 21 risks of language models this audit looked at, and which nothing looks at.

Reads: `findings`, and which risks each method of detect, screen and measure declares (`RISKS`); `data/risks.csv`.
Finds: for each risk (subject `risk:4.3`) `looked at` where a check that addresses it looked at artifacts here,
`nothing looks` where none did: because no check addresses it, or because those that do never ran. A report without
findings is no clean bill for a risk that nothing looked at.
Cannot see: how well a check looks, or how much of a risk it covers: one keyword rule counts as much as a measured
detector. The risks are those of language models; other kinds of models have others.
Reference: Weidinger et al., "Ethical and social risks of harm from Language Models" (arXiv 2112.04359), 21 risks in 6
areas.
"""

from __future__ import annotations

from headgate import catalog, tables
from headgate.evidence.intervals import UNDER, small
from headgate.shapes import Db, Relation

_LOOKED = """
SELECT "check", count(DISTINCT subject) FILTER (value IS NOT NULL AND n > 0), bool_or(sensitive)
FROM findings GROUP BY "check"
"""


def govern(db: Db) -> Relation:
    """One row for each risk: subject `risk:<id>`, decision (looked at, nothing looks), because."""
    found = db.execute(_LOOKED).fetchall()
    looked = {name: count for name, count, _ in found}
    few = {name for name, count, sensitive in found if sensitive and small(count)}  # as in a report
    checks = [method for stage in catalog.CHECKING for method in catalog.methods(stage)]
    rows = []
    for risk in tables.rows("risks.csv"):
        names = [method.name for method in checks if risk["id"] in method.risks]
        grade = "looked at" if any(looked.get(name) for name in names) else "nothing looks"
        told = [_told(name, UNDER if name in few else looked.get(name)) for name in names] or ["no check addresses it"]
        rows.append([f"risk:{risk['id']}", grade, f"{risk['risk']} ({risk['area']}): {'; '.join(told)}"])
    db.execute("CREATE OR REPLACE TEMP TABLE risk_coverage (subject VARCHAR, decision VARCHAR, because VARCHAR)")
    db.executemany("INSERT INTO risk_coverage VALUES (?, ?, ?)", rows)
    return db.sql("FROM risk_coverage")


def _told(name: str, looked: int | str | None) -> str:
    if looked is None:
        return f"{name} did not run here"
    if isinstance(looked, str):
        return f"{name} looked at {looked}"
    return f"{name} looked at {looked:,}" if looked else f"{name} ran and could judge none"
