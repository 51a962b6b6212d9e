"""Findings of what inherits: who has one, its value and the number of its parents."""

from __future__ import annotations

from pathlib import Path

from headgate.licences.conflicts import findings
from tests.chains import hub

MODELS = {
    "a/l": ("llama2", []), "b/kept": ("llama2", [("finetune", "a/l")]), "b/lost": ("mit", [("merge", "a/l"), ("merge", "a/m")]),
    "a/m": ("mit", []), "b/plain": ("mit", [("finetune", "a/m")]),
}  # fmt: skip


def test_every_child_has_a_finding_and_no_root(tmp_path: Path) -> None:
    ws = hub(tmp_path / "w", MODELS)
    rows = findings(ws.db).project("subject, value, n").fetchall()
    assert sorted(rows) == [("hf:model:b/kept", 0, 1), ("hf:model:b/lost", 1, 2), ("hf:model:b/plain", 0, 1)]


def test_of_one_duty_only_those_who_inherit_it(tmp_path: Path) -> None:
    ws = hub(tmp_path / "w", MODELS)
    rows = findings(ws.db, asks=("use_restrictions",)).project("subject, value").fetchall()
    assert sorted(rows) == [("hf:model:b/kept", 0), ("hf:model:b/lost", 1)]


def test_no_table_of_nodes_is_left_behind(tmp_path: Path) -> None:
    ws = hub(tmp_path / "w", MODELS)
    before = ws.db.execute("SELECT count(*) FROM duckdb_tables() WHERE table_name LIKE 'nodes%'").fetchall()
    findings(ws.db)
    assert ws.db.execute("SELECT count(*) FROM duckdb_tables() WHERE table_name LIKE 'nodes%'").fetchall() == before
