"""The gate for named artifacts: today's findings under a policy, nothing written."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from headgate import refs
from headgate.govern import release_gate
from headgate.workspace import Workspace


class Verdict(NamedTuple):
    """What the policy says of one ref: allow, block or unknown, why, and when it was last observed."""

    ref: str
    decision: str
    because: str | None
    observed: datetime | None


def decide(ws: Workspace, names: Sequence[str], *, policy: Path | None = None) -> list[Verdict]:
    """One verdict for each of `names`, in their order; what the workspace does not hold is unknown.

    Raises `UsageError` where a name is no ref or the policy cannot be read.
    """
    asked = [str(refs.parse(name)) for name in names]
    decisions = release_gate.govern(ws.db, policy=policy)
    decisions.create_view("gate_decisions", replace=True)
    ws.db.execute("CREATE OR REPLACE TEMP TABLE asked (place INTEGER, ref VARCHAR)")
    ws.db.executemany("INSERT INTO asked VALUES (?, ?)", [[n, ref] for n, ref in enumerate(asked)])
    rows = ws.db.execute(
        "SELECT q.ref, coalesce(d.decision, 'unknown'), CASE WHEN a.ref IS NULL THEN 'not in the workspace' "
        "ELSE d.because END, a.observed FROM asked AS q LEFT JOIN artifacts AS a ON lower(a.ref) = lower(q.ref) "
        "LEFT JOIN gate_decisions AS d ON d.subject = a.ref ORDER BY q.place"
    ).fetchall()
    return [Verdict(*row) for row in rows]
