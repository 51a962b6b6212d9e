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


def test_a_parent_that_two_methods_found_counts_once(tmp_path: Path) -> None:
    ws = hub(tmp_path / "w", MODELS)
    ws.db.execute(
        "CREATE OR REPLACE TEMP VIEW edges AS SELECT * FROM memory.main.edges UNION ALL "
        "SELECT * REPLACE ('adapter' AS relation) FROM memory.main.edges"
    )
    rows = findings(ws.db).project("subject, n").fetchall()
    assert sorted(rows) == [("hf:model:b/kept", 1), ("hf:model:b/lost", 2), ("hf:model:b/plain", 1)]


def test_both_spellings_of_one_artifact_have_its_finding(tmp_path: Path) -> None:
    ws = hub(tmp_path / "w", {"a/l": ("llama2", []), "b/x": ("mit", [("finetune", "a/l")]), "B/X": ("mit", [])})
    rows = findings(ws.db).project("subject, value").fetchall()
    assert sorted(rows) == [("hf:model:B/X", 1), ("hf:model:b/x", 1)]


def test_evidence_is_the_same_in_whatever_order_things_were_collected(tmp_path: Path) -> None:
    models = {f"a{n}/l": ("llama2", []) for n in range(9)}
    child = {"z/x": ("mit", [("merge", one) for one in models])}
    turned = {"z/x": ("mit", [("merge", one) for one in reversed(models)])} | dict(reversed(models.items()))
    found = [findings(hub(tmp_path / name, given).db).project("subject, evidence").fetchall()
             for name, given in (("v", models | child), ("w", turned))]  # fmt: skip
    assert found[0] == found[1]
    assert "<-merge- hf:model:a0/l" in found[0][0][1]


def test_of_one_duty_only_those_who_inherit_it(tmp_path: Path) -> None:
    ws = hub(tmp_path / "w", MODELS)
    rows = findings(ws.db, asks=("use_restrictions",)).project("subject, value").fetchall()
    assert sorted(rows) == [("hf:model:b/kept", 0), ("hf:model:b/lost", 1)]


def test_no_table_of_nodes_is_left_behind(tmp_path: Path) -> None:
    ws = hub(tmp_path / "w", MODELS)
    before = ws.db.execute("SELECT count(*) FROM duckdb_tables() WHERE table_name LIKE 'nodes%'").fetchall()
    findings(ws.db)
    assert ws.db.execute("SELECT count(*) FROM duckdb_tables() WHERE table_name LIKE 'nodes%'").fetchall() == before
