"""The gate for named artifacts: today's findings under a policy, nothing written."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from headgate import labels, refs
from headgate.govern import release_gate
from headgate.labels import Appeal
from headgate.workspace import Workspace


class Verdict(NamedTuple):
    """What the policy says of one ref: allow, block or unknown, why, when it was last observed, and open appeals."""

    ref: str
    decision: str
    because: str | None
    observed: datetime | None
    contested: tuple[Appeal, ...] = ()


def decide(ws: Workspace, names: Sequence[str], *, policy: Path | None = None) -> list[Verdict]:
    """One verdict for each of `names`, in their order; what the workspace does not hold is unknown.

    Hubs tell ids apart without regard to case, so artifacts that differ only in case get one verdict, the
    worst of them. Raises `UsageError` where a name is no ref or the policy cannot be read.
    """
    wanted = [refs.parse(name) for name in names]
    asked = [str(ref) for ref in wanted]
    ws.db.execute("CREATE OR REPLACE TEMP TABLE asked (folded VARCHAR)")
    ws.db.executemany("INSERT INTO asked VALUES (?)", [[ref.lower()] for ref in dict.fromkeys(asked)])
    judged: dict[str, list[Verdict]] = {}
    for row in _judged(ws, policy):
        judged.setdefault(row[0].lower(), []).append(Verdict(*row))
    seen = dict(
        ws.db.execute(
            "SELECT lower(ref), max(observed) FILTER (NOT gone) FROM observations "
            "WHERE lower(ref) IN (FROM asked) GROUP BY lower(ref)"
        ).fetchall()
    )
    verdicts = [
        _of_revision(ws, _worst(judged.get(ref.lower(), []), ref, seen.get(ref.lower())), parsed.revision)
        for ref, parsed in zip(asked, wanted, strict=True)
    ]
    noted: dict[str, list[Appeal]] = {}
    for appeal in labels.appeals(ws):
        noted.setdefault(appeal.ref.lower(), []).append(appeal)
    return [one._replace(contested=tuple(noted.get(one.ref.lower(), ()))) for one in verdicts]


def _of_revision(ws: Workspace, verdict: Verdict, revision: str | None) -> Verdict:
    # The facts are those of the commit that was observed; of another one nothing is known.
    if revision in (None, "main") or verdict.decision != "allow":
        return verdict
    rows = ws.db.execute("SELECT sha FROM artifacts WHERE ref = ?", [verdict.ref]).fetchall()
    sha = rows[0][0] if rows else None
    if sha and len(str(revision)) >= 7 and str(sha).startswith(str(revision)):
        return verdict
    because = f"revision {revision} is not the one observed ({sha or 'no commit is known'})"
    return verdict._replace(decision="unknown", because=because)


def _judged(ws: Workspace, policy: Path | None) -> list[tuple[Any, ...]]:
    now = ws.as_of.isoformat() if ws.as_of else None
    # What is asked for hides the view of all artifacts, so that a gate costs the same on a hub of any size.
    ws.db.execute(
        "CREATE OR REPLACE TEMP TABLE artifacts AS FROM memory.main.artifacts WHERE lower(ref) IN (FROM asked)"
    )
    try:
        release_gate.govern(ws.db, policy=policy, now=now).create_view("gate_decisions", replace=True)
        return ws.db.execute(
            "SELECT a.ref, d.decision, d.because, a.observed FROM artifacts AS a "
            "JOIN gate_decisions AS d ON d.subject = a.ref ORDER BY a.ref"
        ).fetchall()
    finally:
        ws.db.execute("DROP VIEW IF EXISTS gate_decisions")
        ws.db.execute("DROP TABLE temp.artifacts")


def _worst(found: list[Verdict], asked: str, last_seen: datetime | None) -> Verdict:
    if not found:
        because = "gone from its hub" if last_seen else "not in the workspace"
        return Verdict(asked, "unknown", because, last_seen)
    worst = min(found, key=lambda verdict: ("block", "unknown", "allow").index(verdict.decision))
    others = ", ".join(verdict.ref for verdict in found if verdict is not worst)
    if not others:
        return worst
    return worst._replace(because=f"{worst.because or 'every rule is kept'}; also listed as {others}")
