from __future__ import annotations

from pathlib import Path
from typing import Any

from headgate import zstd
from headgate.keys import installation_key
from headgate.known_people import KnownPeople, hashes_of, parents_of, with_parents_renamed
from headgate.people import pseudonymise_ref
from tests.build import collect, edges, model

HASH = "ab" * 32
# an invented name
CIVITAI = {
    "id": 1, "name": "Mirelda Tovask LoRA", "type": "LORA", "poi": True, "tags": ["celebrity"],
    "modelVersions": [{"id": 2, "name": "v1", "files": [{"name": "mirelda.safetensors", "sizeKB": 9000, "hashes": {"SHA256": HASH.upper()}}]}],
}  # fmt: skip


def reupload(**fields: Any) -> dict[str, Any]:
    file = {"rfilename": "mirelda_tovask.safetensors", "size": 9_000_000, "lfs": {"sha256": HASH, "size": 9_000_000}}
    return model("someone/mirelda-tovask", siblings=[file], **fields)


def everything_in(path: Path) -> bytes:
    found = b""
    for file in path.rglob("*"):
        if file.is_file():
            data = file.read_bytes()
            found += data + (zstd.decompress(data) if file.suffix == ".zst" else b"")
    return found.lower()


def test_a_silent_re_upload_is_known_by_its_file(tmp_path: Path) -> None:
    path = tmp_path / "w"
    collect(path, [CIVITAI], "civitai", observed="2025-01-01")
    ws, made = collect(path, [reupload(), model("someone/else")], observed="2025-01-02")
    assert made.counts["pseudonymised"] == 1
    assert ws.db.execute("SELECT count(DISTINCT depicts), count(*) FROM artifacts WHERE person").fetchall() == [(1, 3)]
    assert b"mirelda" not in everything_in(path)
    assert b"tovask" not in everything_in(path)


def test_a_child_of_a_person_s_repository_is_known_by_its_parent(tmp_path: Path) -> None:
    path = tmp_path / "w"
    person = model("maker/mirelda-tovask-lora", tags=["lora", "real person", "text-to-image"])
    child = model("other/tovask-merge", tags=["lora", "text-to-image", "base_model:merge:maker/mirelda-tovask-lora"])
    unrelated = model("other/landscape", tags=["lora", "text-to-image", "base_model:merge:maker/landscapes"])
    ws, made = collect(path, [person, child, unrelated])
    assert made.counts["pseudonymised"] == 2
    assert b"mirelda" not in everything_in(path)
    stored = pseudonymise_ref("maker/mirelda-tovask-lora", installation_key())
    assert ws.db.execute("SELECT count(*) FROM artifacts WHERE ref = $ref", {"ref": stored}).fetchall() == [(1,)]
    found = edges(ws, "declared_base")
    assert {parent for _, parent, _, _ in found} == {stored, "hf:model:maker/landscapes"}


def test_what_is_read_of_a_record() -> None:
    assert set(hashes_of(CIVITAI)) == {HASH}
    assert set(hashes_of(reupload())) == {HASH}
    assert set(hashes_of({"siblings": [3, {"lfs": 4}, {"lfs": {"sha256": 5}}], "modelVersions": "odd"})) == set()
    record = {"tags": ["base_model:a/b", "base_model:merge:c/d", "x", 4]}
    assert parents_of(record, {"base_model": ["e/f", None]}) == {"a/b", "c/d", "e/f"}
    assert with_parents_renamed(record, {"c/d": "c/person-1"})["tags"] == [
        "base_model:a/b",
        "base_model:merge:c/person-1",
        "x",
        4,
    ]


def test_nobody_is_known_at_first() -> None:
    assert not KnownPeople().share_a_file_with(reupload())
