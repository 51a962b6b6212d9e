"""The index: everything of the tables that pages look up, nothing of a sensitive finding, made anew when it must be."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headgate import catalog, labels, runs, workspace
from headgate.errors import WorkspaceError
from headgate.labels import Label
from headgate.web import index
from headgate.workspace import open_workspace
from tests.build import collect, model
from tests.report_workspace import artifact, edge, put


@pytest.fixture(scope="module")
def built(hub: Any) -> Iterator[tuple[Any, Any]]:
    """The workspace, and a connection to its index."""
    ws, _ = hub
    db = duckdb.connect()
    db.execute(f"ATTACH '{index.made(ws.path) / 'index.duckdb'}' AS shelf (READ_ONLY)")
    yield ws, db
    db.close()


def one(db: Any, sql: str, *given: Any) -> Any:
    return db.execute(sql, list(given)).fetchall()[0][0]


def test_every_artifact_ever_seen_stands_once(built: Any) -> None:
    ws, db = built
    assert one(db, "SELECT count(*) FROM shelf.artifacts") == one(ws.db, "SELECT count(DISTINCT ref) FROM observations")
    assert one(db, "SELECT count(*) = count(DISTINCT id) AND max(id) = count(*) - 1 FROM shelf.artifacts")
    gone = one(ws.db, "SELECT count(DISTINCT ref) FROM observations WHERE ref NOT IN (SELECT ref FROM artifacts)")
    assert one(db, "SELECT count(*) FROM shelf.artifacts WHERE gone_since IS NOT NULL AND NOT gone") == gone > 0
    people = one(ws.db, "SELECT count(DISTINCT ref) FROM observations WHERE person")
    assert one(db, "SELECT count(*) FROM shelf.artifacts WHERE depicts_person") == people > 0


def test_a_tombstone_keeps_what_was_last_seen(tmp_path: Path) -> None:
    path = tmp_path / "w"
    collect(path, [model("a/stays"), model("a/goes", likes=3)], observed="2025-01-01")
    ws, _ = collect(path, [model("a/stays")], observed="2025-02-01", complete=True)
    index.build(ws, tmp_path / "i.duckdb")
    db = duckdb.connect(str(tmp_path / "i.duckdb"), read_only=True)
    rows = db.execute(
        "SELECT ref, likes, observed::DATE::VARCHAR, gone_since::DATE::VARCHAR FROM artifacts ORDER BY ref"
    ).fetchall()
    assert rows == [("hf:model:a/goes", 3, "2025-01-01", "2025-02-01"), ("hf:model:a/stays", None, "2025-02-01", None)]
    seen = db.execute(
        "SELECT a.ref, h.observed::DATE::VARCHAR, h.gone FROM history AS h JOIN artifacts AS a USING (id) ORDER BY ALL"
    ).fetchall()
    assert seen == [
        ("hf:model:a/goes", "2025-01-01", False), ("hf:model:a/goes", "2025-02-01", True),
        ("hf:model:a/stays", "2025-01-01", False), ("hf:model:a/stays", "2025-02-01", False),
    ]  # fmt: skip


def test_findings_are_those_of_open_checks(built: Any) -> None:
    ws, db = built
    hidden = {m.name for stage in catalog.CHECKING for m in catalog.methods(stage) if m.sensitive}
    here = {row[0] for row in db.execute('SELECT DISTINCT "check" FROM shelf.findings').fetchall()}
    there = {row[0] for row in ws.db.execute('SELECT DISTINCT "check" FROM findings').fetchall()}
    assert here == there - hidden
    assert hidden & there
    for check in sorted(here):
        sql = 'SELECT count(*), count(value), sum(value), count(evidence) FROM {} WHERE "check" = ?'
        mine = db.execute(sql.format("shelf.findings"), [check]).fetchall()
        assert (
            mine
            == ws.db.execute(
                sql.format("findings") + " AND subject IN (SELECT ref FROM observations)", [check]
            ).fetchall()
        )
    assert not db.execute("SELECT count(*) FROM shelf.decisions WHERE control = 'release_gate'").fetchall()[0][0]


def test_a_flag_is_a_finding_of_half_or_more_that_rests_on_something(built: Any) -> None:
    ws, db = built
    wanted = ws.db.execute(
        "SELECT \"check\", count(*) FROM findings WHERE \"check\" IN ('licence_missing', 'licence_conflict') AND value >= 0.5 "
        "AND coalesce(n, 1) > 0 GROUP BY ALL ORDER BY 1"
    ).fetchall()
    here = db.execute(
        "SELECT \"check\", count(*) FROM shelf.flags WHERE \"check\" LIKE 'licence\\__%' ESCAPE '\\' GROUP BY ALL ORDER BY 1"
    ).fetchall()
    assert [row for row in here if row[0] in ("licence_missing", "licence_conflict")] == wanted
    assert len(wanted) == 2


def test_refs_are_found_by_their_hash(built: Any) -> None:
    _, db = built
    for table, names in (("artifacts", "names"), ("nodes", "node_names")):
        wrong = one(
            db,
            f"SELECT count(*) FROM shelf.{table} AS t JOIN shelf.{names} AS n USING (id) WHERE n.hash <> hash(t.folded)",
        )
        assert (wrong, one(db, f"SELECT count(*) FROM shelf.{names}")) == (
            0,
            one(db, f"SELECT count(*) FROM shelf.{table}"),
        )


@given(
    st.integers(1, 30).flatmap(
        lambda n: st.tuples(
            st.just(n),
            st.lists(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1), st.integers(0, 2)), max_size=60),
        )
    )
)
@settings(max_examples=200)
def test_the_root_is_the_end_of_the_best_known_way_up(case: tuple[int, list[tuple[int, int, int]]]) -> None:
    size, edges = case
    edges = [(p, c, h) for p, c, h in edges if p < c]  # parents first: no cycles
    parent, child, how = (np.array([e[n] for e in edges], np.int32) for n in range(3))
    found = index.roots(size, parent, child, how)
    for node in range(size):
        here = node
        while mine := [(-h, p) for p, c, h in edges if c == here]:
            here = min(mine)[1]
        assert found[node] == here


def test_cycles_end() -> None:
    ring = np.array([0, 1, 2], np.int32)
    found = index.roots(4, ring, np.array([1, 2, 0], np.int32), ring)
    assert set(found[:3].tolist()) <= {0, 1, 2}
    assert found[3] == 3


def test_family_names_a_root_with_children_and_no_person(tmp_path: Path) -> None:
    ws, _ = collect(tmp_path / "w", [
        model("org/base"), model("a/child", tags=["base_model:finetune:org/base"]), model("a/alone"),
        model("a/lost", tags=["base_model:finetune:not a name at all"]),
    ], observed="2025-01-01")  # fmt: skip
    from headgate import run

    run.run_stage(ws, "link")
    index.build(ws, tmp_path / "i.duckdb")
    db = duckdb.connect(str(tmp_path / "i.duckdb"), read_only=True)
    assert db.execute("SELECT ref, family, children FROM artifacts ORDER BY ref").fetchall() == [
        ("hf:model:a/alone", None, 0), ("hf:model:a/child", "org/base", 0), ("hf:model:a/lost", None, 0), ("hf:model:org/base", "org/base", 1),
    ]  # fmt: skip


def test_labels_leave_the_key_and_tables_change_it(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = index.key(own)
    ws = open_workspace(own)
    ref = one(ws.db, "SELECT min(ref) FROM artifacts")
    labels.add(ws, [Label(ref, "licence_missing", "yes", "ann", "review")])
    assert index.key(own) == before
    run = workspace.new_run(ws, "detect", "licence_missing", {})
    assert index.key(own) == before  # it has only begun
    workspace.finish(ws, run)
    assert index.key(own) != before


def test_it_is_made_once_and_the_one_before_stays(own: Path) -> None:
    shutil.rmtree(own / index.FOLDER, ignore_errors=True)
    first = index.made(own)
    touched = (first / "index.duckdb").stat().st_mtime_ns
    assert index.made(own) == first
    assert (first / "index.duckdb").stat().st_mtime_ns == touched
    for _ in range(2):
        ws = open_workspace(own)
        workspace.finish(ws, workspace.new_run(ws, "detect", "licence_missing", {}))
        newest = index.made(own)
    assert newest != first
    assert len(list((own / index.FOLDER).iterdir())) == 2


def test_a_workspace_that_cannot_be_written_has_it_elsewhere(own: Path) -> None:
    shutil.rmtree(own / index.FOLDER, ignore_errors=True)
    (own / index.FOLDER).write_text("in the way")
    found = index.made(own)
    assert found.exists()
    assert own not in found.parents
    shutil.rmtree(found.parent)


def test_a_damaged_workspace_is_told(own: Path, capfd: pytest.CaptureFixture[str]) -> None:
    shutil.rmtree(own / index.FOLDER, ignore_errors=True)
    part = next((own / "tables" / "artifacts").glob("*.parquet"))
    part.write_bytes(b"no parquet")
    with pytest.raises(WorkspaceError, match="could not be made"):
        index.made(own)
    said = capfd.readouterr().err
    assert "Traceback" not in said
    assert part.name in said
    assert not list((own / index.FOLDER).glob(".making*"))
    assert runs.read_all(own)


def test_a_ref_spelled_otherwise_in_a_link_is_the_same_artifact(tmp_path: Path) -> None:
    ws = workspace.open_workspace(tmp_path / "w", create=True)
    models = [
        artifact("hf:model:Org/Base", licences=["mit"]), artifact("hf:model:org/base"),
        artifact("hf:model:a/Face", person=True), artifact("hf:model:a/child"), artifact("civitai:model:1", hub="civitai"),
        artifact("civitai:version:7", hub="civitai", kind="version"),
    ]  # fmt: skip
    put(ws, "collect", "dump", "artifacts", models, hub="huggingface", kind="model")
    put(ws, "link", "declared_base", "edges", [
        edge("hf:model:a/child", "hf:model:ORG/base"), edge("hf:model:a/child", "hf:model:A/FACE", "merge"),
        edge("civitai:version:7", "civitai:model:1", "version_of"),
    ])  # fmt: skip
    index.build(ws, tmp_path / "i.duckdb")
    db = duckdb.connect(str(tmp_path / "i.duckdb"), read_only=True)
    rows = db.execute(
        "SELECT ref, children, depicts_person FROM artifacts WHERE kind = 'model' ORDER BY ref"
    ).fetchall()
    assert rows == [
        ("civitai:model:1", 1, False), ("hf:model:Org/Base", 1, False), ("hf:model:a/Face", 1, True),
        ("hf:model:a/child", 0, False), ("hf:model:org/base", 1, False),
    ]  # fmt: skip
    nodes = "SELECT n.ref, a.ref, n.withheld FROM nodes AS n LEFT JOIN artifacts AS a ON a.id = n.artifact ORDER BY 1"
    assert db.execute(nodes).fetchall() == [
        ("civitai:model:1", "civitai:model:1", False), ("civitai:version:7", "civitai:version:7", False),
        ("hf:model:A/FACE", "hf:model:a/Face", True), ("hf:model:ORG/base", "hf:model:Org/Base", False),
        ("hf:model:a/child", "hf:model:a/child", False),
    ]  # fmt: skip
    # an id of another hub keeps what says so: 1 alone would be anybody's
    assert one(db, "SELECT family FROM artifacts WHERE ref = 'civitai:version:7'") == "civitai:model:1"
