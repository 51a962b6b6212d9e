from __future__ import annotations

import hashlib
import json
import struct
from pathlib import Path
from typing import Any

import pytest

from headgate import run
from headgate.errors import UsageError
from headgate.workspace import Workspace, open_workspace
from tests.build import collect, findings, model

SHA = "ab" * 32


def sibling(path: str, size: int | None = 1000, sha256: str | None = None) -> dict[str, Any]:
    return {"rfilename": path, "size": size, "lfs": {"sha256": sha256, "size": size} if sha256 else None}


def found_in(ws: Workspace) -> dict[str, tuple[Any, ...]]:
    findings(ws, "artefact_completeness")
    rows = ws.db.execute("SELECT split_part(subject, '/', 2), value, n, evidence FROM findings").fetchall()
    return {name: tuple(rest) for name, *rest in rows}


def of(tmp_path: Path, files: list[dict[str, Any]], card: str = "", shape: str = "model") -> tuple[Any, ...]:
    record = model("org/m", siblings=files) | ({"card": card} if card else {})
    ws, _ = collect(tmp_path / "w", [record], shape)
    return found_in(ws)["m"]


def shards(
    total: int, without: set[int] = frozenset(), first: int = 1, size: int | None = None
) -> list[dict[str, Any]]:  # type: ignore[assignment]
    return [
        sibling(f"model-{n:05}-of-{total:05}.safetensors", size)
        for n in range(first, total + first)
        if n not in without
    ]


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (shards(5), (1 - 1, 5, "5 claims hold")),
        (shards(5, {3}), (1, 5, "missing part model-00003-of-00005.safetensors; to ask: org")),
        (shards(5, {2, 5}), (1, 5, "missing part model-00002-of-00005.safetensors and 1 more; to ask: org")),
        (shards(3, first=0), (0, 3, "3 claims hold")),  # counted from 0, as data sets are
        (shards(3, {1}, first=0), (1, 3, "missing part model-00001-of-00003.safetensors; to ask: org")),
        # sets of another length are other sets
        (
            [*shards(2), *shards(3, {1, 2})],
            (1, 5, "missing part model-00001-of-00003.safetensors and 1 more; to ask: org"),
        ),
        # bait: a set of 99,999 parts is not counted out
        ([sibling("model-00001-of-99999.safetensors", None)], (None, 0, "nothing claimed that could be checked")),
        (
            [sibling("model.safetensors.index.json", None)],
            (1, 1, "no part of model.safetensors.index.json; to ask: org"),
        ),
        ([sibling("model.safetensors.index.json", None), *shards(2)], (0, 3, "3 claims hold")),
        ([sibling("a.safetensors"), sibling("b.safetensors", 0)], (1, 2, "empty: b.safetensors; to ask: org")),
        ([sibling("a.py", 0), sibling(".gitkeep", 0)], (None, 0, "nothing claimed that could be checked")),
        ([sibling("a.safetensors", None)], (None, 0, "nothing claimed that could be checked")),
        ([], (None, 0, "no files listed")),
    ],
)
def test_sets_indexes_and_empty_files(tmp_path: Path, files: list[dict[str, Any]], expected: tuple[Any, ...]) -> None:
    assert of(tmp_path, files) == expected


TABLE = "| Name | Quant | Size |\n|---|---|---|\n"
LINK = "[x.Q4.gguf](https://huggingface.co/org/m/blob/main/x.Q4.gguf)"


@pytest.mark.parametrize(
    ("card", "value", "words"),
    [
        (f"{TABLE}| {LINK} | Q4 | 4.08 GB | 6.58 GB |", 0, "3 claims hold"),
        (f"{TABLE}| {LINK} | Q4 | 9.50 GB |", 1, f'another size: x.Q4.gguf (card: "| {LINK} | Q4 '),
        (f"{TABLE}| x.Q4.gguf | Q4 | 4.08 GB |", 0, "3 claims hold"),
        (f"{TABLE}| x.Q4.gguf | Q4 | 3.8 GiB |", 0, "3 claims hold"),
        (f"{TABLE}| x.Q4.gguf | Q4 | 2.10 GB |", 1, "another size: x.Q4.gguf"),
        (
            f"{TABLE}| x.Q5.gguf | Q5 | 4.08 GB |",
            1,
            'not there: x.Q5.gguf (card: "| x.Q5.gguf | Q5 | 4.08 GB |"); to ask: org',
        ),
        (f"{SHA}  x.Q4.gguf", 0, "3 claims hold"),
        (f"    {'cd' * 32} *x.Q4.gguf", 1, f'wrong sha256: x.Q4.gguf (card: "{"cd" * 32} *x.Q4.gguf"'),
        ("huggingface-cli download org/m y.gguf --local-dir .", 1, "not there: y.gguf"),
        ('hf_hub_download(repo_id="org/m", filename="y.gguf")', 1, "not there: y.gguf"),
        ("Get [the weights](./y.gguf) here", 1, "not there: y.gguf"),
        # whole names of files that are there in parts
        (f"{TABLE}| big.gguf | F16 | 60 GB |", 0, "4 claims hold"),
        # files of others, of nobody in particular, of a pattern
        ("See https://huggingface.co/other/m/blob/main/y.gguf", 0, "1 claim holds"),
        ("huggingface-cli download other/org/m y.gguf", 0, "1 claim holds"),
        (f"{TABLE}| [y.gguf](https://huggingface.co/other/m/blob/main/y.gguf) | Q4 | 4 GB |", 0, "1 claim holds"),
        ("Rename it to y.gguf and load it.", 0, "1 claim holds"),
        (f"{TABLE}| x.Q*.gguf | any | |", 0, "1 claim holds"),
        ("| `config.json` | the configuration |", 0, "1 claim holds"),
    ],
)
def test_what_a_card_claims(tmp_path: Path, card: str, value: int, words: str) -> None:
    files = [sibling("x.Q4.gguf", 4_080_000_000, SHA)]
    if "big" in card:
        files += [sibling(f"big/big-0000{n}-of-00002.gguf", None) for n in (1, 2)]
    found = of(tmp_path, files, f"# M\n\n{card}\n")
    assert (found[0], found[2][: len(words)]) == (value, words)


def test_a_renamed_split(tmp_path: Path) -> None:
    card = (
        "---\nconfigs:\n- config_name: default\n  data_files:\n  - split: train\n    path: data/train-*\n"
        "  - split: test\n    path: \"data/test-*\"\n---\nData.\n"
    )  # fmt: skip
    files = [sibling("data/train-00000-of-00001.parquet", None), sibling("data/test-00000-of-00001.parquet", None)]
    assert of(tmp_path, files, card, "dataset")[:2] == (0, 4)
    files[1]["rfilename"] = "data/eval-00000-of-00001.parquet"
    assert of(tmp_path / "2", files, card, "dataset") == (
        1, 4, 'no file of split test (card: "path: data/test-*"); to ask: org',
    )  # fmt: skip


def test_hostile_cards_break_nothing(tmp_path: Path) -> None:
    card = (
        "---\ndata_files:\n- split: a\n  path: "
        + "*a" * 90
        + "\n---\n| x.gguf"
        + "|" * 3000
        + "\n| '; DROP TABLE artifacts; --.gguf | 1e999 GB |\n"
    )
    found = of(tmp_path, [sibling("x.gguf", 10)], card, "dataset")
    assert found[0] == 0


def weights(path: Path, data: bytes = b"\0\0\0\0") -> None:
    header = json.dumps({"t": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}).encode()
    path.write_bytes(struct.pack("<Q", len(header)) + header + data)


def test_a_local_folder_and_its_manifest(tmp_path: Path) -> None:
    folder = tmp_path / "heron"
    folder.mkdir()
    for n in (1, 2):
        weights(folder / f"model-0000{n}-of-00002.safetensors")
    sums = "".join(
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in sorted(folder.iterdir())
    )
    (folder / "README.md").write_text("# Heron\n")
    (folder / "SHA256SUMS").write_text(sums)

    def judged(name: str, **params: Any) -> tuple[Any, ...]:
        ws = open_workspace(tmp_path / name, create=True)
        run.collect(ws, "folder", path=folder)
        ((value, evidence),) = findings(ws, "artefact_completeness", **params).values()
        return value, evidence

    assert judged("plain") == (0, "4 claims hold")  # two parts, two weight files with a content
    assert judged("whole", folder=folder) == (0, "6 claims hold")
    weights(folder / "model-00002-of-00002.safetensors", b"\0\0\0\1")
    assert judged("altered", folder=folder) == (
        1, "wrong hash: model-00002-of-00002.safetensors (SHA256SUMS line 2); nobody to ask is known",
    )  # fmt: skip
    (folder / "model-00001-of-00002.safetensors").unlink()
    value, evidence = judged("gone", folder=folder)
    assert value == 1
    assert evidence.startswith(
        "missing part model-00001-of-00002.safetensors; missing: model-00001-of-00002.safetensors (SHA256SUMS line 1); wrong hash"
    )
    with pytest.raises(UsageError, match="no folder at"):
        judged("none", folder=tmp_path / "nowhere")
