"""What a method found of one artifact as rows of `findings`: `method.axis`, and the method alone for its headline."""

from __future__ import annotations

from collections.abc import Sequence

from headgate import workspace
from headgate.shapes import Finding, Method, Run
from headgate.workspace import Workspace


def write(ws: Workspace, run: Run, method: Method, found: Sequence[Finding]) -> None:
    """Write `found` as the findings of `run` about the artifact that the run is about; no part where there are none."""
    if not found:
        return
    ws.db.execute("CREATE OR REPLACE TEMP TABLE found AS SELECT * EXCLUDE run FROM empty.findings")
    rows = [
        [run.subject, f"{method.name}.{one.axis}" if one.axis else method.name, one.value, one.low, one.high, one.n,
         one.evidence, method.sensitive, method.harm]
        for one in found
    ]  # fmt: skip
    ws.db.executemany("INSERT INTO found VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
    workspace.write_part(ws, run, "findings", ws.db.sql(f"SELECT *, '{run.id}' AS run FROM temp.found"))
    ws.db.execute("DROP TABLE temp.found")
