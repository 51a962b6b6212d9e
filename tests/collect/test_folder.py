from __future__ import annotations

import hashlib
import json
import os
import stat
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from headgate import run, workspace
from headgate.collect import folder
from headgate.errors import UsageError
from headgate.workspace import Workspace
from tests.test_headers import PAIRS, gguf, safetensors, tensor

CARD = """---
license: Apache-2.0
base_model:
  - maker/parent
datasets: [maker/texts]
tags: [uncensored, "a tag"]
pipeline_tag: text-generation
date: 2024-05-01
---
# A card
What it is.
"""
WEIGHTS = safetensors({"a": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}}, bytes(24))


def make(root: Path, files: dict[str, str | bytes]) -> Path:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return root


def collected(tmp_path: Path, source: Path, **params: Any) -> Workspace:
    ws = workspace.open_workspace(tmp_path / "hub.headgate", create=True)
    run.collect(ws, "folder", path=source, **params)
    return ws


def rows(ws: Workspace, sql: str) -> list[dict[str, Any]]:
    found = ws.db.execute(sql)
    names = [column[0] for column in found.description]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def records(source: Path, **params: Any) -> list[dict[str, Any]]:
    return [json.loads(line) for page in folder.collect(None, path=source, **params) for line in page.lines]


def sha(content: str | bytes) -> str:
    return hashlib.sha256(content.encode() if isinstance(content, str) else content).hexdigest()


def test_a_model_folder_becomes_rows(tmp_path: Path) -> None:
    files = {
        "README.md": CARD, "config.json": '{"model_type": "llama", "vocab_size": 5}', "model.safetensors": WEIGHTS,
        "adapter_config.json": '{"base_model_name_or_path": "maker/base", "peft_type": "LORA"}',
        "onnx/model.onnx": b"onnx", ".git/HEAD": "ref", ".cache/x.bin": b"hidden",
    }  # fmt: skip
    source = make(tmp_path / "My Model (v1)", files)
    for name in files:
        os.utime(source / name, (1_700_000_000, 1_700_000_000))
    os.utime(source / "config.json", (1_710_000_000, 1_710_000_000))
    ws = collected(tmp_path, source)
    seen = sorted(name for name in files if not name.startswith("."))
    manifest = "".join(f"{name}\0{sha(files[name])}\n" for name in seen)
    [row] = rows(ws, "FROM artifacts")
    assert row["ref"] == f"file:sha256:{sha(manifest)}"
    assert (row["hub"], row["kind"], row["name"], row["author"]) == ("file", "model", "My-Model-v1-", None)
    assert row["modified"] == datetime(2024, 3, 9, 16, 0, 0)
    assert (row["licences"], row["licence_source"], row["has_card"]) == (["apache-2.0"], "card", True)
    assert row["tags"] == ["uncensored", "a tag", "safetensors"]
    assert (row["pipeline"], row["library"], row["architecture"]) == ("text-generation", "peft", "llama")
    assert row["parameters"] == 6
    assert (row["base_models"], row["adapter_base"], row["datasets"]) == (
        ["maker/parent"],
        "maker/base",
        ["maker/texts"],
    )
    assert row["card"] == CARD
    assert row["person"] is None
    found = rows(ws, "SELECT path, size, sha256, format FROM files ORDER BY path")
    formats = {"model.safetensors": "safetensors", "onnx/model.onnx": "onnx"}
    assert found == [
        {"path": name, "size": len(files[name]), "sha256": sha(files[name]), "format": formats.get(name, "other")}
        for name in seen
    ]


def test_licence_files_are_read_within_bounds(tmp_path: Path) -> None:
    source = make(
        tmp_path / "m",
        {
            "config.json": "{}",
            "LICENSE.md": "Licensed under the Apache License, Version 2.0",
            "COPYING": "see LICENSE",
            "NOTICE": "zq-notice",
            "licensed.txt": "zq-none",
            "sub/LICENSE": "zq-below",
            "LICENCE-big": "x" * 10**6,
        },
    )
    (row,) = rows(collected(tmp_path, source), "SELECT licence_text FROM artifacts")
    assert row["licence_text"].startswith("see LICENSE\n\nxxx")
    assert len(row["licence_text"]) == 60_000
    assert "zq-" not in row["licence_text"]
    (source / "LICENCE-big").unlink()
    (record,) = records(source)
    assert record["licenseText"] == "see LICENSE\n\nLicensed under the Apache License, Version 2.0"


def test_a_gguf_folder_names_its_parents(tmp_path: Path) -> None:
    whole = gguf(PAIRS, [tensor("t1", [4, 8], 12, 0)])
    part = [gguf(PAIRS, [tensor("t", [n], 12, 0)]) for n in (7, 50)]
    source = make(
        tmp_path / "m", {"m-Q4.gguf": whole, "m-Q8-00001-of-00002.gguf": part[0], "m-Q8-00002-of-00002.gguf": part[1]}
    )
    ws = collected(tmp_path, source)
    [row] = rows(ws, "FROM artifacts")
    assert (row["architecture"], row["parameters"], row["library"]) == ("llama", 57, None)
    assert row["file_bases"] == ["Third", "https://huggingface.co/maker/parent-7b", "maker/Second"]
    assert (row["has_card"], row["licences"], row["tags"]) == (False, [], ["gguf"])


def test_the_same_content_has_the_same_ref(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {"config.json": "{}", "model.safetensors": WEIGHTS}
    make(tmp_path / "all" / "one", files)
    make(tmp_path / "all" / "two", files)
    make(tmp_path / "all" / "three", files | {"config.json": "{ }"})
    ws = collected(tmp_path, tmp_path / "all")
    assert len(rows(ws, "FROM artifacts")) == 2


def test_a_folder_of_folders(tmp_path: Path) -> None:
    source = make(tmp_path / "all", {
        "README.md": "# What we keep here", "notes.txt": "x",
        "a/config.json": '{"model_type": "bert"}', "a/sub/config.json": '{"model_type": "part"}',
        "group/b/model.safetensors": WEIGHTS, "group/c/README.md": CARD, "group/d/README.md": "# Only words",
        "pipe/model_index.json": '{"_class_name": "FluxPipeline"}', "pipe/unet/diffusion.safetensors": WEIGHTS,
        "pipe/vae/vae.safetensors": WEIGHTS, ".hidden/config.json": "{}", "empty/x.txt": "",
    })  # fmt: skip
    found = {record["id"]: record for record in records(source)}
    assert list(found) == ["a", "b", "c", "d", "pipe"]
    assert found["a"]["config"] == {"model_type": "bert"}
    assert [s["rfilename"] for s in found["a"]["siblings"]] == ["config.json", "sub/config.json"]
    assert (found["pipe"]["library_name"], found["pipe"]["safetensors"]) == ("diffusers", {"total": 12})
    assert found["pipe"]["config"] == {"diffusers": {"_class_name": "FluxPipeline"}}
    assert all(record["_problems"] == [] for record in found.values())


def test_datasets_and_mixed_folders(tmp_path: Path) -> None:
    make(
        tmp_path / "all" / "texts",
        {"README.md": "---\ntask_categories: [question-answering]\n---\n", "data/x.parquet": b"P"},
    )
    make(tmp_path / "all" / "rows", {"train.jsonl": "{}"})
    ws = collected(tmp_path, tmp_path / "all")
    assert [(r["name"], r["kind"]) for r in rows(ws, "FROM artifacts ORDER BY name")] == [
        ("rows", "dataset"),
        ("texts", "dataset"),
    ]
    make(tmp_path / "all" / "net", {"config.json": "{}"})
    with pytest.raises(UsageError, match="holds models and datasets"):
        records(tmp_path / "all")
    assert [r["id"] for r in records(tmp_path / "all", kind="model")] == ["net"]
    assert [r["id"] for r in records(tmp_path / "all", kind="dataset")] == ["rows", "texts"]
    assert [r["id"] for r in records(tmp_path / "all" / "net", kind="dataset")] == ["net"]


def test_links_lead_nowhere_else(tmp_path: Path) -> None:
    secret = make(tmp_path / "elsewhere", {"secret.txt": "secret"})
    source = make(tmp_path / "m", {"config.json": "{}", "real.txt": "real"})
    (source / "inside.txt").symlink_to("real.txt")
    (source / "outside.txt").symlink_to(secret / "secret.txt")
    (source / "loop").symlink_to(source, target_is_directory=True)
    (source / "self").symlink_to("self")
    (source / "gone").symlink_to("nothing")
    os.mkfifo(source / "pipe")
    [record] = records(source)
    assert [s["rfilename"] for s in record["siblings"]] == ["config.json", "inside.txt", "real.txt"]
    assert record["siblings"][1]["lfs"]["sha256"] == sha("real")
    assert sorted(problem.split()[0] for problem in record["_problems"]) == [
        "gone",
        "loop",
        "outside.txt",
        "pipe",
        "self",
    ]


def test_the_cache_of_the_hub_client(tmp_path: Path) -> None:
    repo = make(
        tmp_path / "hub" / "models--org--some--name", {"blobs/abc": '{"model_type": "t5"}', "refs/main": "c0ffee"}
    )
    snapshot = repo / "snapshots" / "c0ffee"
    snapshot.mkdir(parents=True)
    (snapshot / "config.json").symlink_to(Path("../../blobs/abc"))
    for start in (tmp_path / "hub", repo, snapshot):
        [record] = records(start)
        assert record["id"] == "org/some--name"
        assert record["config"] == {"model_type": "t5"}
        assert record["siblings"][0]["lfs"] == {"sha256": sha('{"model_type": "t5"}'), "size": 20}


BROKEN: dict[str, str | bytes] = {
    "README.md": "---\nlicense: [unclosed\n---\n# Card", "config.json": "{broken", "adapter_config.json": "[1]",
    "a.safetensors": b"not safetensors", "b.gguf": b"GGUF" + bytes(3), "c.bin": b"\x80\x02.",
}  # fmt: skip


def test_what_is_malformed_is_noted_and_loses_nothing(tmp_path: Path) -> None:
    source = make(tmp_path / "m", BROKEN)
    [record] = records(source)
    assert len(record["_problems"]) == 5
    assert all(len(problem.splitlines()) == 1 for problem in record["_problems"])
    ws = collected(tmp_path, source)
    [row] = rows(ws, "FROM artifacts")
    assert (row["licences"], row["card"], row["has_card"], row["parameters"]) == ([], BROKEN["README.md"], True, None)
    assert len(rows(ws, "FROM files")) == 6


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads every file")
def test_files_that_may_not_be_read_are_noted(tmp_path: Path) -> None:
    source = make(tmp_path / "m", {"config.json": "{}", "x.bin": b"x"})
    (source / "x.bin").chmod(stat.S_IWUSR)
    [record] = records(source)
    assert [s["rfilename"] for s in record["siblings"]] == ["config.json"]
    assert "x.bin cannot be read" in record["_problems"][0]


def test_names_that_are_no_text(tmp_path: Path) -> None:
    source = make(tmp_path / "m", {"config.json": "{}"})
    (Path(os.fsdecode(os.fsencode(source) + b"/odd\xff\n.txt"))).write_bytes(b"odd")
    ws = collected(tmp_path, source)
    assert sorted(r["sha256"] for r in rows(ws, "FROM files")) == sorted([sha("{}"), sha("odd")])


def test_interrupted_after_any_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder, "PAGE_FOLDERS", 2)
    for n in range(5):
        make(tmp_path / "all" / f"m{n}", {"config.json": str({"n": n}).replace("'", '"')})
    pages = list(folder.collect(None, path=tmp_path / "all"))
    assert [len(page.lines) for page in pages] == [2, 2, 1]
    assert [page.next for page in pages] == ["2", "4", None]
    for before, page in pairwise(pages):
        assert next(folder.collect(before.next, path=tmp_path / "all")) == page
    monkeypatch.setattr(folder, "PAGE_BYTES", 1)
    assert [len(page.lines) for page in folder.collect(None, path=tmp_path / "all")] == [1] * 5


def test_a_depicted_person_in_a_local_folder(tmp_path: Path) -> None:
    card = "---\ntags: [celebrity, lora]\nbase_model: black-forest-labs/FLUX.1-dev\n---\nZuvek Moraqua"
    files: dict[str, str | bytes] = {"README.md": card, "zuvek.safetensors": WEIGHTS, "zuvek-broken.safetensors": b""}
    ws = collected(tmp_path, make(tmp_path / "zuvek-moraqua-lora", files))
    [row] = rows(ws, "FROM artifacts")
    assert row["person"] is True
    assert row["depicts"].startswith("person-")
    assert row["base_models"] == ["black-forest-labs/FLUX.1-dev"]
    assert len(rows(ws, "FROM files")) == 3
    assert "zuvek" not in json.dumps([rows(ws, "FROM artifacts"), rows(ws, "FROM files")], default=str).lower()


@pytest.mark.parametrize("name", ["nothing-here", "file.txt", "empty"])
def test_nothing_to_collect(tmp_path: Path, name: str) -> None:
    make(tmp_path, {"file.txt": "x"})
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError):
        records(tmp_path / name)
    with pytest.raises(UsageError, match="no kind"):
        records(tmp_path, kind="models")


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(config=st.binary(max_size=60), card=st.binary(max_size=60))
def test_any_bytes_in_a_folder_give_a_record(tmp_path: Path, config: bytes, card: bytes) -> None:
    make(tmp_path / "m", {"config.json": config, "README.md": b"---\n" + card, "a.gguf": b"GGUF" + card})
    [record] = records(tmp_path / "m")
    assert len(record["siblings"]) == 3


def test_a_pipe_in_the_place_of_a_file_makes_nobody_wait(tmp_path: Path) -> None:
    source = make(tmp_path / "set", {"data.csv": "a,b"})
    for name in ("README.md", "config.json", "model.safetensors"):
        os.mkfifo(source / name)
    (record,) = records(source, kind="dataset")
    assert [file["rfilename"] for file in record["siblings"]] == ["data.csv"]
    assert len(record["_problems"]) == 3
    assert all("a pipe, a socket or a device" in problem for problem in record["_problems"])
