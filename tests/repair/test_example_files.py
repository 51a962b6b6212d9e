from __future__ import annotations

import io
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest

from headgate.errors import BadInput
from headgate.repair import example_files
from headgate.repair.example_files import read_ids, read_npz, write_ids, write_npz
from headgate.repair.examples import examples


def test_examples_come_back_as_they_were_written(tmp_path: Path) -> None:
    x = np.linspace(0, 1, 12, dtype=np.float32).reshape(3, 2, 2)
    one = examples(x, np.array([2, 0, 1]), ids=["a", "ü", "c"], groups=["p", "q", "p"], texts=["one\ntwo", "", "x"])
    write_npz(tmp_path / "one.npz", one)
    back = read_npz(tmp_path / "one.npz")
    assert (back.ids, back.texts, back.groups) == (one.ids, one.texts, one.groups)
    assert np.array_equal(back.x, one.x)
    assert back.x.dtype == np.float32
    assert np.array_equal(back.y, one.y)
    assert back.y.dtype == np.int64


def test_without_ids_they_are_named_by_their_content(tmp_path: Path) -> None:
    x, y = np.eye(3), np.arange(3)
    np.savez(tmp_path / "x.npz", x=x, y=y)
    assert read_npz(tmp_path / "x.npz").ids == examples(x.astype(np.float32), y).ids


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"x": np.eye(2)}, "lacks y"),
        ({"x": np.eye(2), "y": np.arange(3)}, "differ in length"),
        ({"x": np.array([["a"], ["b"]]), "y": np.arange(2)}, "no numbers"),
        ({"x": np.array([[1.0], [np.nan]]), "y": np.arange(2)}, "not finite"),
        ({"x": np.empty((0, 2)), "y": np.empty(0)}, "no numbers"),
        ({"x": np.eye(2), "y": np.arange(2), "ids": np.array(["a", "a"])}, "comes twice"),
        ({"x": np.eye(2), "y": np.arange(2), "ids": np.array(["a" * 301, "b"])}, "more than 300"),
        ({"x": np.eye(2), "y": np.arange(2), "groups": np.array([1, 2])}, "no texts"),
        ({"x": np.array(3.0), "y": np.arange(1)}, "no numbers"),
        ({"x": np.full((2, 1), 1e300), "y": np.arange(2)}, "not finite in single precision"),
        ({"x": np.eye(2), "y": np.full(2, 2**64 - 1, dtype="u8")}, "64 bits with a sign"),
        ({"x": np.eye(2), "y": np.arange(2), "ids": np.array(["a\ud800", "b"])}, "ids that are not Unicode"),
        ({"x": np.eye(2), "y": np.arange(2), "ids": np.array([0x110005, 98], "u4").view("U1")}, "ids that are not"),
        ({"x": np.eye(2), "y": np.arange(2), "texts": np.array([b"\xff", b"b"])}, "texts that are not Unicode"),
        ({"x": np.eye(2), "y": np.arange(2), "ids": np.array(["a\nb", "b"])}, "a line break"),
        ({"x": np.eye(2), "y": np.arange(2), "ids": np.array(["", "b"])}, "is empty"),
    ],
)
def test_a_bad_archive_is_told_in_one_line(tmp_path: Path, columns: dict[str, np.ndarray], said: str) -> None:
    np.savez(tmp_path / "bad.npz", **columns)
    with pytest.raises(BadInput, match=said) as told:
        read_npz(tmp_path / "bad.npz")
    assert "\n" not in str(told.value)
    assert ".." not in str(told.value).replace(str(tmp_path), "")


@pytest.mark.parametrize("content", [b"", b"not an archive", b"PK\x03\x04cut", b"\x93NUMPY"])
def test_what_is_no_archive_is_told(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "bad.npz").write_bytes(content)
    with pytest.raises(BadInput, match=r"bad\.npz"):
        read_npz(tmp_path / "bad.npz")
    with pytest.raises(BadInput, match="cannot be opened"):
        read_npz(tmp_path / "absent.npz")


def test_nothing_is_unpickled(tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple[object, ...]:
            return (pytest.fail, ("was unpickled",))

    stream = io.BytesIO()
    np.lib.format.write_array_header_1_0(stream, {"descr": "|O", "fortran_order": False, "shape": (1,)})
    with zipfile.ZipFile(tmp_path / "trap.npz", "w") as file:
        file.writestr("x.npy", stream.getvalue() + pickle.dumps([Trap()]))
        file.writestr("y.npy", stream.getvalue() + pickle.dumps([Trap()]))
    with pytest.raises(BadInput, match=r"cannot be read \(it holds pickled data, which is not read\)"):
        read_npz(tmp_path / "trap.npz")


def test_an_archive_that_unpacks_to_too_much_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    np.savez_compressed(tmp_path / "big.npz", x=np.zeros((1000, 100)), y=np.zeros(1000))
    monkeypatch.setattr(example_files, "MOST", 100_000)
    with pytest.raises(BadInput, match="unpacks to more"):
        read_npz(tmp_path / "big.npz")


def test_ids_as_csv(tmp_path: Path) -> None:
    write_ids(tmp_path / "ids.csv", ["a", "b,c", 'd"e'])
    assert read_ids(tmp_path / "ids.csv") == ("a", "b,c", 'd"e')
    (tmp_path / "more.csv").write_text("\ufeffreason,id\nx, a \ny,a\nz,\nz,b\n", encoding="utf-8")
    assert read_ids(tmp_path / "more.csv") == ("a", "b")


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"name\na\n", "no column id"), (b"id\n\n", "names no item"), (b"id\n\xff\n", "no CSV in UTF-8"),
     (b"id\n" + b"a" * 301, "301 characters"), (b"", "no column id")],
)  # fmt: skip
def test_a_bad_list_of_ids_is_told(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "ids.csv").write_bytes(content)
    with pytest.raises(BadInput, match=said):
        read_ids(tmp_path / "ids.csv")
