"""The pickles here are written by hand or by the standard library, as bytes; none is ever loaded."""

from __future__ import annotations

import collections
import pickle
import struct
import zipfile
from contextlib import nullcontext
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headgate import pickles

OS = b"cos\nsystem\n"  # GLOBAL
HARMLESS = b"\x80\x02ccollections\nOrderedDict\n)R."


def short(text: str) -> bytes:
    return b"\x8c" + bytes([len(text)]) + text.encode()


def stack_global(module: str, name: str, between: bytes = b"\x94") -> bytes:
    return short(module) + between + short(name) + between + b"\x93"


@pytest.mark.parametrize(
    ("data", "imports", "verdict"),
    [
        (HARMLESS, ("collections OrderedDict",), "known imports"),
        (b"\x80\x02" + OS + b"(S'true'\ntR.", ("os system",), "other imports"),
        (b"(S'true'\nios\nsystem\n.", ("os system",), "other imports"),  # INST
        (b"\x80\x04" + stack_global("os", "system") + b".", ("os system",), "other imports"),
        (b"\x80\x04" + stack_global("collections", "OrderedDict") + b".", ("collections OrderedDict",), "known imports"),
        # the words through the memo: 0 is os, 1 is system
        (b"\x80\x04" + short("os") + b"\x940" + short("system") + b"\x940h\x00h\x01\x93.", ("os system",), "other imports"),
        # words that are hidden from who reads texts only count as unknown
        (b"\x80\x04" + short("os") + short("x") + b"0" + short("system") + b"\x93.", ("? system",), "other imports"),
        (b"\x80\x04" + short("collections") + short("OrderedDict") + b"00" + b"\x93.", ("? ?",), "other imports"),
        (b"\x80\x02\x82\x01.", ("? ?",), "other imports"),  # the registry of extensions
        (b"\x80\x04" + stack_global("collections", "OrderedDict.__init__.__globals__") + b".",
         ("collections OrderedDict.__init__.__globals__",), "other imports"),
        (b"\x80\x02" + OS + b"(S'tr", ("os system",), "other imports"),  # cut, but what came before would have run
        (b"\x80\x02]q\x00(K\x01", (), "truncated"),
        (b"\x80\x02]q\x00.", (), "known imports"),
        (HARMLESS + b"\x80\x02" + OS + b"(S'true'\ntR.", ("collections OrderedDict", "os system"), "other imports"),
        (HARMLESS + b"raw tensors cos\nsystem\n", ("collections OrderedDict",), "known imports"),
        (b"GGUF....", (), "no pickle"),
        (b"", (), "no pickle"),
        (b"\x80\x02X\xff\xff\xff\x7fshort", (), "truncated"),
        (b"\x80\x04\x8d\xff\xff\xff\xff\xff\xff\xff\x7fshort", (), "truncated"),
    ],
)  # fmt: skip
def test_what_a_pickle_would_import(data: bytes, imports: tuple[str, ...], verdict: str) -> None:
    found = pickles.scan(data)
    assert (found.imports, found.verdict) == (imports, verdict)


def test_old_files_of_pytorch(tmp_path: Path) -> None:
    magic = pickle.dumps(0x1950A86A20F9469CFC6C, protocol=2)
    rest = [pickle.dumps(one, protocol=2) for one in (1001, {"little_endian": True})]
    keys = pickle.dumps(["0"], protocol=2)
    raw = struct.pack("<Q4f", 4, 1, 2, 3, 4) + b"cos\nsystem\n."

    def verdict(body: bytes, *, tail: bytes = keys + raw) -> str:
        (tmp_path / "m.bin").write_bytes(magic + b"".join(rest) + body + tail)
        return pickles.read_pickle(tmp_path / "m.bin").verdict

    assert verdict(HARMLESS) == "known imports"
    assert verdict(b"\x80\x02" + OS + b".") == "other imports"
    assert verdict(HARMLESS, tail=b"") == "truncated"
    assert verdict(HARMLESS[:-3], tail=b"") == "truncated"


def archive(path: Path, entries: list[tuple[str, bytes]]) -> Path:
    with zipfile.ZipFile(path, "w") as made:
        for name, data in entries:
            with pytest.warns(UserWarning, match="Duplicate name") if name in made.namelist() else nullcontext():
                made.writestr(name, data)
    return path


@pytest.mark.parametrize(
    ("entries", "kind", "verdict"),
    [
        ([("m/data.pkl", HARMLESS), ("m/data/0", b"\0" * 16)], "torch archive", "known imports"),
        ([("m/data.pkl", b"\x80\x02" + OS + b".")], "torch archive", "other imports"),
        ([("m/data.pkl", HARMLESS), ("m/code/__torch__.py", b"import os")], "torch archive", "code inside"),
        ([("m/data.pkl", HARMLESS[:-4])], "torch archive", "truncated"),
        ([("m/data.pkl", b"hello")], "torch archive", "truncated"),
        # of two entries with one name each reader takes its own
        ([("m/data.pkl", b"\x80\x02" + OS + b"."), ("m/data.pkl", HARMLESS)], "torch archive", "other imports"),
        ([("a.npy", b"\x93NUMPY")], "archive", "no pickle"),
        ([("setup.py", b"import os")], "archive", "code inside"),
    ],
)
def test_archives(tmp_path: Path, entries: list[tuple[str, bytes]], kind: str, verdict: str) -> None:
    found = pickles.read_pickle(archive(tmp_path / "m.pt", entries))
    assert (found.kind, found.verdict) == (kind, verdict)


def test_a_broken_or_locked_archive_is_not_taken_for_harmless(tmp_path: Path) -> None:
    path = archive(tmp_path / "m.pt", [("m/data.pkl", HARMLESS)])
    whole = path.read_bytes()
    path.write_bytes(whole[:-30])
    assert pickles.read_pickle(path).verdict == "truncated"
    # the flag of encryption, which some loaders ignore
    at = whole.index(b"PK\x01\x02") + 8
    path.write_bytes(whole[:6] + b"\x01" + whole[7:at] + b"\x01" + whole[at + 1 :])
    assert pickles.read_pickle(path).verdict == "truncated"
    path.write_bytes(whole.replace(b"OrderedDict", b"orderedDict"))  # the checksum no longer holds
    assert pickles.read_pickle(path).verdict == "truncated"


def test_what_is_too_long_is_not_taken_for_harmless(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pickles, "LONGEST", 100)
    padded = b"\x80\x02" + b"K\x010" * 50 + OS + b"(S'true'\ntR."
    assert pickles.scan(padded).verdict == "truncated"


@given(st.recursive(st.none() | st.integers() | st.text() | st.binary(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)),
       st.integers(0, 5))  # fmt: skip
def test_plain_data_imports_nothing(value: object, protocol: int) -> None:
    found = pickles.scan(pickle.dumps(value, protocol=protocol))
    assert found.kind == "pickle"
    assert set(found.imports) <= {"_codecs encode", "__builtin__ bytes", "builtins bytes"}
    assert found.verdict == "known imports"


@given(st.integers(0, 5))
def test_classes_show(protocol: int) -> None:
    made = pickle.dumps([collections.OrderedDict(a=1), Path], protocol=protocol)
    assert [name.split(" ")[1] for name in pickles.scan(made).others] == ["Path"]


@given(st.binary(max_size=300))
def test_any_bytes_are_read(data: bytes) -> None:
    found = pickles.scan(b"\x80\x04" + data)
    assert found.verdict in {"known imports", "other imports", "truncated"}
    if data[:11] == b"cos\nsystem\n":
        assert found.verdict == "other imports"


@pytest.mark.parametrize("name", ["folder", "pipe", "gone"])
def test_what_is_no_file_is_an_error(tmp_path: Path, name: str) -> None:
    import os

    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError):  # noqa: PT011
        pickles.read_pickle(tmp_path / name)


def test_what_pytorch_saves(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    state = {
        "w": torch.zeros(2, dtype=torch.bfloat16),
        "size": torch.Size([1]),
        "p": torch.nn.Parameter(torch.zeros(2)),
    }
    torch.save(state, tmp_path / "new.pt")
    torch.save(state, tmp_path / "old.pt", _use_new_zipfile_serialization=False)
    torch.save(torch.nn.Linear(2, 2), tmp_path / "whole.pt")
    found = {path.name: pickles.read_pickle(path) for path in tmp_path.iterdir()}
    assert {name: (one.kind, one.verdict) for name, one in found.items()} == {
        "new.pt": ("torch archive", "known imports"), "old.pt": ("pickle", "known imports"),
        "whole.pt": ("torch archive", "other imports"),
    }  # fmt: skip
    assert "torch.nn.modules.linear Linear" in found["whole.pt"].others
