"""Two small workspaces whose differences are known, for tests of the comparison."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from headgate import run, workspace
from headgate.workspace import Workspace, open_workspace
from tests.build import collect, model

DECLARED = "base_model:finetune:"


def tagged(id_: str, *tags: str, **fields: Any) -> dict[str, Any]:
    """A record with `tags`, its card data empty unless given."""
    return model(id_, tags=list(tags), **fields)


BEFORE = [
    tagged("a/base", "license:mit", downloads=900),
    tagged("a/other", "license:mit", downloads=800),
    tagged("a/leaves", "license:mit"),
    tagged("a/first-name", "license:mit", _id="id1"),
    tagged("a/relicensed", "license:mit", downloads=5),
    tagged("a/bare", downloads=50),
    tagged("a/locked", "license:mit", gated=False),
    tagged("a/child", "license:mit", DECLARED + "a/base", cardData={"base_model": "a/base"}),
]
AFTER = [
    tagged("a/base", "license:mit", downloads=900),
    tagged("a/other", "license:mit", downloads=800),
    tagged("a/second-name", "license:mit", _id="id1"),
    tagged("a/relicensed", "license:apache-2.0", downloads=5),
    tagged("a/bare", "license:mit", downloads=50),
    tagged("a/locked", gated="manual"),
    tagged("a/child", "license:mit", DECLARED + "a/other", cardData={"base_model": "a/other"}),
    tagged("a/comes"),
]
# worked out by hand: kind, ref, detail, was, now, the most downloaded first
CHANGES = [
    ("new", "hf:model:a/comes", "model", None, None),
    ("gone", "hf:model:a/leaves", "model", None, None),
    ("renamed", "hf:model:a/second-name", None, "hf:model:a/first-name", "hf:model:a/second-name"),
    ("licence", "hf:model:a/bare", None, "none stated", "mit"),
    ("licence", "hf:model:a/relicensed", None, "mit", "apache-2.0"),
    ("licence", "hf:model:a/locked", None, "mit", "none stated"),
    ("gated", "hf:model:a/locked", None, "no", "manual"),
    ("base models", "hf:model:a/child", None, "a/base", "a/other"),
    ("parents", "hf:model:a/child", None, "finetune of hf:model:a/base", "finetune of hf:model:a/other"),
    ("finding", "hf:model:a/bare", "licence_missing", "found", "not found"),
    ("finding", "hf:model:a/locked", "licence_missing", "not found", "found"),
]
DECIDED = [
    ("decision", "hf:model:a/bare", "release_gate", "block", "allow"),
    ("decision", "hf:model:a/comes", "release_gate", None, "block"),
    ("decision", "hf:model:a/locked", "release_gate", "allow", "block"),
]


def judged(
    path: Path, records: Iterable[dict[str, Any]], *, observed: str = "2026-01-01", complete: bool = True,
    checks: Iterable[str] = ("licence_missing", "licence_conflict", "uncensored_name"), policy: Path | None = None,
) -> Workspace:  # fmt: skip
    """A workspace at `path` of `records`, linked, looked at by `checks` and decided on."""
    ws, _ = collect(path, records, observed=observed, complete=complete)
    run.run_method(ws, "link", "declared_base")
    for check in checks:
        run.run_method(ws, "detect", check)
    run.run_method(ws, "govern", "release_gate", policy=policy)
    return ws


def dated(path: Path, day: str) -> None:
    """Let every run of the workspace at `path` that is of the present year's clock have begun on `day`."""
    for file in (path / "runs").glob("*.json"):
        record = json.loads(file.read_text())
        if "dated" not in record["params"]:
            record |= {"started": f"{day}T12:00:00+00:00", "params": record["params"] | {"dated": day}}
            file.write_text(json.dumps(record))


def two_dates(path: Path) -> Workspace:
    """One workspace that was collected and judged on 2026-01-01 as `BEFORE`, and on 2026-06-01 as `AFTER`."""
    judged(path, BEFORE, observed="2026-01-01")
    dated(path, "2026-01-01")
    judged(path, AFTER, observed="2026-06-01")
    dated(path, "2026-06-01")
    return open_workspace(path)


def add(ws: Workspace, stage: str, method: str, table: str, rows: Iterable[dict[str, Any]]) -> None:
    """Write `rows` into `table` as a run of `method` would; what a row leaves out is NULL."""
    made = workspace.new_run(ws, stage, method, {})
    ws.db.execute(f"CREATE OR REPLACE TEMP TABLE given AS FROM empty.{table} LIMIT 0")
    for row in rows:
        names = ", ".join(f'"{name}"' for name in [*row, "run"])
        ws.db.execute(
            f"INSERT INTO given ({names}) VALUES ({', '.join('?' * (len(row) + 1))})", [*row.values(), made.id]
        )
    workspace.write_part(ws, made, table, ws.db.sql("FROM given"))
    workspace.finish(ws, made)


def holding(path: Path, **artifacts: dict[str, Any]) -> Workspace:
    """A workspace at `path` of artifacts hf:model:a/<name> with these columns."""
    ws = open_workspace(path, create=True)
    plain = {"hub": "huggingface", "kind": "model", "observed": "2026-01-01", "gone": False, "has_card": True}
    rows = [{"ref": f"hf:model:a/{name}"} | plain | given for name, given in artifacts.items()]
    add(ws, "collect", "dump", "artifacts", rows)
    return ws


def found(ws: Workspace, check: str, *, sensitive: bool = False, **values: float | None) -> None:
    """Findings of `check` on hf:model:a/<name>."""
    rows = [{"subject": f"hf:model:a/{name}", "check": check, "value": value, "sensitive": sensitive}
            for name, value in values.items()]  # fmt: skip
    add(ws, "detect", check, "findings", rows)


def decided(ws: Workspace, control: str, **decisions: tuple[str, str | None]) -> None:
    """Decisions of `control` on hf:model:a/<name>, each with its reason."""
    rows = [{"subject": f"hf:model:a/{name}", "control": control, "decision": decision, "because": because}
            for name, (decision, because) in decisions.items()]  # fmt: skip
    add(ws, "govern", control, "decisions", rows)
