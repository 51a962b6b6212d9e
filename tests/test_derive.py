from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from headgate import derive, run
from headgate.errors import WorkspaceError
from headgate.workspace import open_workspace
from tests.build import collect, model

FULL = {
    "_id": "65f", "id": "org/name", "modelId": "org/name", "author": "org", "sha": "c" * 40, "private": False,
    "createdAt": "2024-05-11T08:30:00.000Z", "lastModified": "2025-01-02T00:00:00.000Z", "gated": "manual",
    "downloads": 12, "likes": 3, "pipeline_tag": "text-generation", "library_name": "transformers",
    "tags": ["license:mit", "x"], "cardData": {"license": ["Apache-2.0", "mit"], "base_model": "a/b",
    "base_model_relation": "merge", "datasets": ["d/e"]}, "config": {"model_type": "llama"},
    "safetensors": {"total": 7_000_000_000}, "siblings": [{"rfilename": "m.safetensors", "size": 9,
    "lfs": {"sha256": "AB" * 32, "size": 10}}, {"rfilename": "README.md"}],
}  # fmt: skip


def one(tmp_path: Path, record: dict[str, Any]) -> dict[str, Any]:
    ws, _ = collect(tmp_path / "w", [record])
    rows = ws.db.execute("FROM artifacts")
    names = [column[0] for column in rows.description]
    return dict(zip(names, rows.fetchall()[0], strict=True))


def test_every_field_of_a_record_finds_its_column(tmp_path: Path) -> None:
    row = one(tmp_path, FULL)
    expected = {
        "ref": "hf:model:org/name", "hub": "huggingface", "kind": "model", "author": "org", "hub_id": "65f",
        "sha": "c" * 40, "created": datetime(2024, 5, 11, 8, 30), "licences": ["apache-2.0", "mit"],
        "licence_source": "card", "has_card": True, "gated": "manual", "downloads": 12, "downloads_window": "30d",
        "likes": 3, "architecture": "llama", "parameters": 7_000_000_000, "base_models": ["a/b"],
        "base_relation": "merge", "datasets": ["d/e"], "gone": False, "person": None, "library": "transformers",
    }  # fmt: skip
    assert {key: sorted(row[key]) if key == "licences" else row[key] for key in expected} == expected
    ws = open_workspace(tmp_path / "w")
    assert sorted(ws.db.execute("SELECT path, size, sha256, format FROM files").fetchall()) == [
        ("README.md", None, None, "other"), ("m.safetensors", 10, "ab" * 32, "safetensors"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "source", "has_card"),
    [
        ({"tags": ["license:mit"], "cardData": {}}, "tag", True),
        ({"cardData": {"license": ""}}, None, True),
        ({"cardData": None}, None, False),
        ({"cardData": '{"license": "mit"}'}, "card", True),
        ({"cardData": "not json"}, None, False),
    ],
)
def test_where_a_licence_was_stated(tmp_path: Path, fields: dict[str, Any], source: str | None, has_card: bool) -> None:
    row = one(tmp_path, model("a/x", **fields))
    assert (row["licence_source"], row["has_card"]) == (source, has_card)
    assert row["licences"] == (["mit"] if source else [])


def test_a_record_without_the_field_says_nothing_of_its_card(tmp_path: Path) -> None:
    assert one(tmp_path, {"id": "a/x", "modelId": "a/x"})["has_card"] is None


@pytest.mark.parametrize(
    ("given", "read"), [(False, "no"), (True, "auto"), ("auto", "auto"), ("manual", "manual"), (None, None)]
)
def test_gates(tmp_path: Path, given: object, read: str | None) -> None:
    assert one(tmp_path, model("a/x", gated=given))["gated"] == read


def test_fields_of_the_wrong_shape_are_unknown_not_fatal(tmp_path: Path) -> None:
    row = one(tmp_path, {
        "id": "a/x", "modelId": 5, "tags": "text", "downloads": "many", "likes": [1], "createdAt": "yesterday",
        "cardData": [1], "config": 3, "safetensors": "big", "siblings": {"a": 1}, "gated": {"x": 1}, "sha": None,
    })  # fmt: skip
    assert [row[c] for c in ("tags", "downloads", "likes", "created", "architecture", "parameters")] == [None] * 6


def test_counts_in_equal_counts_out_and_counted_rejects(tmp_path: Path) -> None:
    bad: list[dict[str, Any]] = [
        {"modelId": None}, model("../../etc/passwd"), model("a/b/c"), model("x" * 500), model("a/\u202eb"),
        model("'; DROP TABLE artifacts; --"), model("<script>/x"), model("a/\x00b"),
    ]  # fmt: skip
    ws, made = collect(tmp_path / "w", [model("a/x"), model("a/x", downloads=5), *bad, model("a/y")])
    assert made.counts["rejected_no_usable_id"] == len(bad)
    assert made.counts["duplicates"] == 1
    assert made.counts["records"] == made.rows["artifacts"] + made.counts["duplicates"] + len(bad)
    assert ws.db.execute("SELECT ref, downloads FROM artifacts ORDER BY ref").fetchall() == [
        ("hf:model:a/x", 5), ("hf:model:a/y", None),
    ]  # fmt: skip


def test_the_later_state_of_a_doubled_record_is_kept(tmp_path: Path) -> None:
    early = model("a/x", lastModified="2025-01-01T00:00:00Z", downloads=9)
    late = model("a/x", lastModified="2025-02-01T00:00:00Z", downloads=1)
    ws, _ = collect(tmp_path / "w", [late, early])
    assert ws.db.execute("SELECT downloads FROM artifacts").fetchall() == [(1,)]


def test_a_missing_page_is_an_error_not_a_smaller_table(tmp_path: Path) -> None:
    ws, made = collect(tmp_path / "w", [model("a/x")])
    next((tmp_path / "w" / "raw").rglob("*.zst")).unlink()
    with pytest.raises(WorkspaceError, match="1 raw pages are missing"):
        derive.derive(ws, made)


def test_an_empty_dump_is_an_empty_table(tmp_path: Path) -> None:
    dump = tmp_path / "empty.jsonl"
    dump.write_text("")
    ws = open_workspace(tmp_path / "w", create=True)
    with pytest.raises(Exception, match="cannot tell what"):
        run.collect(ws, "dump", path=dump)


def test_a_listing_cut_short_buries_nobody(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "w"
    everything = [model(f"a/m{n}") for n in range(40)]
    collect(path, everything, observed="2025-01-01", complete=True)
    ws, made = collect(path, everything[:19], observed="2025-02-01", complete=True)
    assert (made.counts["gone"], made.counts["absent_but_doubted"]) == (0, 21)
    assert "21 of 40 known artifacts are absent" in capsys.readouterr().err
    assert ws.db.execute("SELECT count(*) FROM artifacts").fetchall() == [(40,)]
    _, made = collect(path, everything[:20], observed="2025-03-01", complete=True)
    assert made.counts["gone"] == 20


def test_a_complete_dump_of_nothing_usable_buries_nobody(tmp_path: Path) -> None:
    path = tmp_path / "w"
    collect(path, [model("a/x"), model("a/y")], observed="2025-01-01", complete=True)
    ws, made = collect(path, [model("no id"), model("nor this")], observed="2025-02-01", complete=True)
    assert made.counts["gone"] == 0
    assert ws.db.execute("SELECT count(*) FROM artifacts").fetchall() == [(2,)]
