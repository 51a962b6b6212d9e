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


def test_the_path_over_a_copy_and_over_a_guess_is_told(tmp_path: Path) -> None:
    ws = hub(tmp_path / "w", {"a/d": ("cc-by-nd-4.0", []), "b/x": ("mit", []), "c/y": ("mit", []), "d/z": ("mit", [])})
    ws.db.execute(
        "CREATE OR REPLACE TEMP VIEW edges AS SELECT 'hf:model:b/x' AS child, 'hf:model:a/d' AS parent, "
        "'copy' AS relation, 'read' AS how, 1.0 AS confidence UNION ALL "
        "SELECT 'hf:model:c/y', 'hf:model:b/x', 'finetune', 'declared', 1.0 UNION ALL "
        "SELECT 'hf:model:d/z', 'hf:model:c/y', 'quantized', 'inferred', 0.6"
    )
    found = {row[0]: row[1:] for row in findings(ws.db).project("subject, value, evidence").fetchall()}
    assert found["hf:model:c/y"][0] == 1
    assert "path: this <-finetune- hf:model:b/x <-copy- hf:model:a/d" in found["hf:model:c/y"][1]
    assert found["hf:model:d/z"][0] is None
    assert "path: this <-quantized- hf:model:c/y <-finetune- hf:model:b/x <-copy- " in found["hf:model:d/z"][1]


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
