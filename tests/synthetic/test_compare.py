from __future__ import annotations

import dataclasses
from pathlib import Path

from headgate.synthetic import Edge, Reupload, Truth
from headgate.synthetic.compare import Row, compare
from headgate.workspace import Workspace
from tests.build import collect, edges, findings, model

EMPTY = Truth(
    seed=7, earlier="2025-05-01", later="2026-11-01", edges=(), reuploads=(), without_licence=frozenset(),
    without_card=frozenset(), uncensored_named=frozenset(), uncensored_hidden=frozenset(), persons=(),
    unsaid=frozenset(), naming={}, counts={},
)  # fmt: skip


def m(name: str) -> str:
    return f"hf:model:a/{name}"


def rows(ws: Workspace, truth: Truth) -> dict[str, Row]:
    made = compare(ws.db, truth)
    assert len({row.what for row in made}) == len(made) == 15
    return {row.what: row for row in made}


def test_an_empty_workspace_has_found_nothing(tmp_path: Path) -> None:
    ws, _ = collect(tmp_path / "w", [model("a/x")])
    planted = (Edge(m("x"), m("y"), "merge", "recipe"), Edge(m("x"), m("z"), "merge", "recipe"))
    made = rows(ws, dataclasses.replace(EMPTY, edges=planted))
    assert made.pop("parents only in a merge recipe") == Row("parents only in a merge recipe", 2, 0, 0)
    assert {(row.planted, row.found) for row in made.values()} == {(0, 0)}


def test_found_missed_and_wrong_parents_are_told_apart(tmp_path: Path) -> None:
    ws, _ = collect(tmp_path / "w", [
        model("a/right", tags=["base_model:finetune:a/root"]), model("a/other", tags=["base_model:adapter:a/root"]),
        model("a/invented", tags=["base_model:finetune:a/root"]), model("a/silent"),
    ])  # fmt: skip
    assert len(edges(ws, "declared_base")) == 3
    planted = (
        Edge(m("right"), m("root"), "finetune", "declared"), Edge(m("other"), m("root"), "finetune", "declared"),
        Edge(m("silent"), m("root"), "finetune", "nothing"), Edge(m("right"), "hf:dataset:a/d", "trained_on", "declared"),
    )  # fmt: skip
    made = rows(ws, dataclasses.replace(EMPTY, edges=planted))
    declared = "parents declared in card or tags"
    assert made[declared] == Row(declared, 2, 1, 2)  # a wrong relation is wrong; one was never planted
    assert made["datasets trained on"] == Row("datasets trained on", 1, 0, 0)
    assert made["parents of which nothing tells"] == Row("parents of which nothing tells", 1, 0)


def test_reuploads_are_counted_inside_across_and_after_removal(tmp_path: Path) -> None:
    def files(sha: str) -> list[dict[str, object]]:
        return [{"rfilename": "m.safetensors", "size": 10**9, "lfs": {"sha256": sha * 32, "size": 10**9}}]

    ws, _ = collect(tmp_path / "w", [
        model("a/first", createdAt="2024-01-01T00:00:00.000Z", siblings=files("ab")),
        model("a/again", createdAt="2024-02-01T00:00:00.000Z", siblings=files("ab")),
        model("a/one", createdAt="2024-01-01T00:00:00.000Z", siblings=files("cd")),
        model("a/same", createdAt="2024-02-01T00:00:00.000Z", siblings=files("cd")),
    ])  # fmt: skip
    edges(ws, "same_files")
    crossing = (Reupload(m("again"), "civitai:version:1", True), Reupload(m("same"), m("one"), False))
    planted = (Edge(m("again"), m("first"), "copy", "files"), Edge(m("same"), m("one"), "copy", "files"))
    made = rows(ws, dataclasses.replace(EMPTY, edges=planted, reuploads=crossing))
    assert made["re-uploads inside a hub"] == Row("re-uploads inside a hub", 1, 1, 0)
    assert made["re-uploads on the other hub"] == Row("re-uploads on the other hub", 1, 1)
    assert made["re-uploads whose original was removed"] == Row("re-uploads whose original was removed", 1, 0)


def test_a_repository_that_names_a_person_is_known_by_the_hub_s_id(tmp_path: Path) -> None:
    ws, _ = collect(tmp_path / "w", [model("a/pseudonym", _id="f" * 24, tags=["base_model:adapter:a/root"])])
    edges(ws, "declared_base")
    findings(ws, "licence_missing")
    truth = dataclasses.replace(
        EMPTY, edges=(Edge(m("named"), m("root"), "adapter", "declared"),), without_licence=frozenset({m("named")}),
        naming={m("named"): "f" * 24},
    )  # fmt: skip
    made = rows(ws, truth)
    assert made["parents declared in card or tags"] == Row("parents declared in card or tags", 1, 1, 0)
    assert made["licence missing, card seen"] == Row("licence missing, card seen", 1, 1, 0)


def test_findings_are_held_against_what_could_be_seen(tmp_path: Path) -> None:
    bare = {k: v for k, v in model("a/bare").items() if k != "cardData"}
    ws, _ = collect(tmp_path / "w", [
        model("a/silent"), model("a/wrong"), model("a/told", cardData={"license": "mit"}), bare,
        model("a/Fen-uncensored"), model("a/Fen-abliterated"), model("a/Hidden"),
    ])  # fmt: skip
    assert findings(ws, "licence_missing")[m("wrong")][0] == 1
    findings(ws, "uncensored_name")
    licences = {m(name) for name in ("silent", "bare", "Fen-uncensored", "Fen-abliterated", "Hidden")}
    truth = dataclasses.replace(
        EMPTY, without_licence=frozenset(licences), without_card=frozenset({m("bare")}),
        uncensored_named=frozenset({m("Fen-uncensored")}), uncensored_hidden=frozenset({m("Hidden")}),
    )  # fmt: skip
    assert list(rows(ws, truth).values())[11:] == [
        Row("licence missing, card seen", 4, 4, 1),
        Row("licence missing, no card to see", 1, 0),
        Row("alignment removed, and the name says so", 1, 1, 1, sensitive=True),
        Row("alignment removed, and the name hides it", 1, 0, sensitive=True),
    ]
