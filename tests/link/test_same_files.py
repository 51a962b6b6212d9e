from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.build import collect, edges, model

HASH, OTHER = "ab" * 32, "cd" * 32


def file(name: str, sha: str, size: int = 10**9) -> dict[str, Any]:
    return {"rfilename": name, "size": size, "lfs": {"sha256": sha, "size": size}}


def test_every_later_carrier_points_to_the_first(tmp_path: Path) -> None:
    records = [
        model("a/first", createdAt="2024-01-01T00:00:00.000Z", siblings=[file("m.safetensors", HASH)]),
        model("b/second", createdAt="2024-02-01T00:00:00.000Z", siblings=[file("x.safetensors", HASH.upper())]),
        model("c/third", createdAt="2024-03-01T00:00:00.000Z",
              siblings=[file("m.safetensors", HASH), file("n.gguf", OTHER)]),
        model("d/other", createdAt="2024-04-01T00:00:00.000Z", siblings=[file("n.gguf", OTHER)]),
    ]  # fmt: skip
    ws, _ = collect(tmp_path / "w", records)
    assert {(c[9:], p[9:]) for c, p, r, h in edges(ws, "same_files") if (r, h) == ("copy", "read")} == {
        ("b/second", "a/first"), ("c/third", "a/first"), ("d/other", "c/third"),
    }  # fmt: skip


def test_small_files_configs_and_wrong_hashes_prove_nothing(tmp_path: Path) -> None:
    def twins(item: dict[str, Any]) -> list[dict[str, Any]]:
        return [model("a/x", siblings=[item]), model("b/y", siblings=[item])]

    for number, item in enumerate(
        [file("m.safetensors", HASH, 100), file("config.json", HASH), file("m.gguf", "1234")]
    ):
        ws, _ = collect(tmp_path / f"w{number}", twins(item))
        assert edges(ws, "same_files") == set()


def test_a_copy_on_the_other_hub_is_found(tmp_path: Path) -> None:
    path = tmp_path / "w"
    collect(path, [model("me/upload", createdAt="2025-06-01T00:00:00Z", siblings=[file("l.safetensors", HASH)])])
    version = {"id": 7, "name": "v1", "createdAt": "2024-06-01T00:00:00Z",
               "files": [{"name": "l.safetensors", "sizeKB": 2048, "hashes": {"SHA256": HASH.upper()}}]}  # fmt: skip
    ws, _ = collect(path, [{"id": 3, "name": "lora", "type": "LORA", "modelVersions": [version]}], "civitai")
    assert edges(ws, "same_files") == {("hf:model:me/upload", "civitai:version:7", "copy", "read")}


def test_what_was_removed_here_is_found_where_it_reappeared(tmp_path: Path) -> None:
    path = tmp_path / "w"
    original = model("a/first", createdAt="2024-01-01T00:00:00Z", siblings=[file("m.safetensors", HASH)])
    collect(path, [original, model("a/else")], observed="2025-01-01", complete=True)
    again = model("b/again", createdAt="2025-01-20T00:00:00Z", siblings=[file("n.safetensors", HASH)])
    ws, run = collect(path, [model("a/else"), again], observed="2025-02-01", complete=True)
    assert run.counts["gone"] == 1
    assert edges(ws, "same_files") == {("hf:model:b/again", "hf:model:a/first", "copy", "read")}


def test_an_earlier_name_is_no_original(tmp_path: Path) -> None:
    path = tmp_path / "w"
    weights = [file("m.safetensors", HASH)]
    copy = model("b/copy", _id="2", createdAt="2024-05-01T00:00:00Z", siblings=weights)
    collect(
        path,
        [model("a/old", _id="1", createdAt="2024-01-01T00:00:00Z", siblings=weights), copy],
        observed="2025-01-01",
        complete=True,
    )
    renamed = model("a/new", _id="1", createdAt="2024-01-01T00:00:00Z", siblings=weights)
    ws, _ = collect(path, [renamed, copy], observed="2025-02-01", complete=True)
    assert edges(ws, "same_files") == {("hf:model:b/copy", "hf:model:a/new", "copy", "read")}
