from __future__ import annotations

import gzip
import io
import json
import struct
import tarfile
import zipfile
from pathlib import Path

import pytest

from headgate.loading import look

HARMLESS = b"\x80\x02ccollections\nOrderedDict\n)R."
RUNS = b"\x80\x02cos\nsystem\n(S'true'\ntR."


def safetensors(tail: bytes = b"\0\0\0\0") -> bytes:
    header = json.dumps({"t": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}).encode()
    return struct.pack("<Q", len(header)) + header + tail


def zipped(name: str, data: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr(name, data)
    return made.getvalue()


def tarred(name: str, mode: str) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode=mode.partition(":")[0]) as archive:  # type: ignore[call-overload]
        archive.addfile(tarfile.TarInfo(name))
    # without the time of day, which would name each run's tests anew
    return gzip.compress(made.getvalue(), mtime=0) if mode.endswith(":gz") else made.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "verdict", "because"),
    [
        ("model.safetensors", safetensors(), "data", "safetensors with 1 tensors"),
        ("model.safetensors", safetensors(b"\0"), "truncated", "cut off"),
        ("model.safetensors", safetensors()[:20], "truncated", "cut off"),
        ("model.gguf", b"GGUF\x03\0\0\0", "truncated", "cut off"),
        ("model.bin", HARMLESS, "data", "1 imports, all of known"),
        ("model.bin", RUNS, "code", "imports os.system"),
        ("model.bin", RUNS[:14], "code", "imports os.system"),
        ("model.bin", HARMLESS[:-3], "truncated", "ends early"),
        ("model.bin", b"ggml not a pickle", "not known", "no pickle"),
        ("model.pt", zipped("m/data.pkl", RUNS), "code", "imports os.system"),
        ("model.pt", zipped("m/data.pkl", HARMLESS), "data", "known harmless"),
        ("extra.zip", zipped("install.sh", b"true"), "code", "holds install.sh"),
        ("extra.zip", zipped("notes.txt", b"hello"), "data", "an archive without code"),
        ("extra.zip", zipped("notes.txt", b"hello")[:-9], "truncated", "ends early"),
        ("extra.tar.gz", tarred("a/setup.py", "w:gz"), "code", "holds a/setup.py"),
        ("extra.tar", tarred("notes.txt", "w"), "data", "an archive without code"),
        ("extra.tar.gz", tarred("notes.txt", "w:gz")[:-20], "truncated", "cannot be read to its end"),
        ("extra.nemo", tarred("model.ckpt", "w"), "code", "holds model.ckpt"),
        ("config.json", b'{"auto_map": {"AutoModel": "modeling_x.X"}}', "code", "auto_map names"),
        ("config.json", b'{"model_type": "llama"}', "data", "names no code"),
        ("config.json", b"[[[" * 100_000, "not known", "no JSON object"),
        ("modeling_x.py", b"import os", "code", "source code"),
        ("weights.xyz", b"hello", "not known", "not looked into"),
    ],
)  # fmt: skip
def test_what_loading_would_do(tmp_path: Path, name: str, content: bytes, verdict: str, because: str) -> None:
    (tmp_path / name).write_bytes(content)
    found = look(tmp_path / name)
    assert found.verdict == verdict
    assert because in found.because


def test_a_file_that_is_gone_is_not_known(tmp_path: Path) -> None:
    assert look(tmp_path / "model.bin").verdict == "not known"


def test_names_of_a_hostile_file_are_made_plain(tmp_path: Path) -> None:
    (tmp_path / "m.bin").write_bytes(b"\x80\x04\x8c\x06\x1b[31mx\x94\x8c\x01y\x94\x93.")
    assert "\x1b" not in look(tmp_path / "m.bin").because
