"""Model files: what is written is read, and nothing else is."""

from __future__ import annotations

import hashlib
import io
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from headgate.errors import BadInput
from headgate.texts.linear_text import log_odds
from headgate.texts.linear_text_file import load, prefixes, save, was_seen
from tests.text_models import model

ONE = model({"blorf": [9]}, ("bad",))


def test_a_model_comes_back(tmp_path: Path) -> None:
    seen = np.array([3, 3_000_000_000, 4_294_967_295], np.uint32)
    full = replace(ONE, seen=seen, facts={"trained_on": {"mine": 3}})
    save(full, tmp_path / "one.npz")
    back = load(tmp_path / "one.npz")
    assert (back.labels, back.grams, back.facts, back.bits) == (("bad",), ("w1",), {"trained_on": {"mine": 3}}, 12)
    assert back.seen.tolist() == seen.tolist()
    assert log_odds(back, ["blorf a"]).tobytes() == log_odds(ONE, ["blorf a"]).tobytes()


def test_weights_may_be_of_one_byte(tmp_path: Path) -> None:
    small = changed(tmp_path / "m.npz", weights=ONE.weights.astype(np.int8))
    assert log_odds(load(small), ["blorf a"]).tobytes() == log_odds(ONE, ["blorf a"]).tobytes()


def test_a_model_knows_the_texts_it_was_trained_on() -> None:
    ids = [hashlib.sha256(text.encode()).hexdigest() for text in ("one", "two", "three", "four")]
    trained = replace(ONE, seen=np.unique(prefixes(ids[:3])))
    assert was_seen(trained, [ids[3], *ids[:3]]).tolist() == [False, True, True, True]
    assert was_seen(trained, []).tolist() == []
    assert was_seen(ONE, ids).tolist() == [False] * 4


def changed(path: Path, **arrays: object) -> Path:
    save(ONE, path)
    with np.load(path) as file:
        given = {**dict(file), **arrays}
    np.savez(path, **{name: one for name, one in given.items() if one is not None})
    return path


about = b'{"format": "headgate linear text 1", "labels": ["bad"], "grams": ["w1"], "facts": {}}'


def as_array(text: bytes) -> np.ndarray:
    return np.frombuffer(text, np.uint8)


@pytest.mark.parametrize(
    "arrays",
    [
        {"about": None},
        {"about": as_array(b"no JSON")},
        {"about": as_array(about.replace(b"text 1", b"text 9"))},
        {"about": as_array(about.replace(b'"w1"', b'"x1"'))},
        {"about": as_array(about.replace(b'["w1"]', b"[]"))},
        {"about": as_array(about.replace(b'["bad"]', b'["bad", "worse"]'))},
        {"about": as_array(about.replace(b'"facts": {}', b'"facts": 3'))},
        {"weights": np.zeros((1, 100), np.int16)},
        {"weights": np.zeros((1, 4096), np.float32)},
        {"scale": np.array([np.nan], np.float32)},
        {"bias": np.zeros(2, np.float32)},
        {"seen": np.array(["text"])},
        {"seen": np.array([{}], object)},
        {"seen": np.array([np.nan])},
        {"seen": np.zeros((2, 2), np.uint32)},
        {"scale": np.array([1j])},
        {"scale": np.array([1e39])},
        {"bias": np.array([3e38], np.float32)},
        {"about": as_array(about.replace(b'["w1"]', b'["w1", "w1"]'))},
        {"about": as_array(b"[" * 100_000)},
    ],
)
def test_a_damaged_file_is_told_in_one_line(tmp_path: Path, arrays: dict[str, object]) -> None:
    with pytest.raises(BadInput, match=r"^[^\n]+ is no model of Headgate \([^\n]+\. Give a [^\n]+$"):
        load(changed(tmp_path / "m.npz", **arrays))


def test_what_is_no_npz_is_told(tmp_path: Path) -> None:
    for content in (b"", b"\x80\x04N.", b"PK\x03\x04 nearly", b"GIF89a"):
        (tmp_path / "m.npz").write_bytes(content)
        with pytest.raises(BadInput, match="is no model"):
            load(tmp_path / "m.npz")
    with pytest.raises(BadInput, match="cannot be read"):
        load(tmp_path / "absent.npz")
    with pytest.raises(BadInput, match="cannot be read"):
        load(tmp_path)


def test_a_file_that_unpacks_to_too_much_is_not_unpacked(tmp_path: Path) -> None:
    save(ONE, tmp_path / "m.npz")
    with (
        zipfile.ZipFile(tmp_path / "m.npz", "a", zipfile.ZIP_DEFLATED) as archive,
        archive.open("huge.npy", "w") as member,
    ):
        for _ in range(260):
            member.write(bytes(2**20))
    with pytest.raises(BadInput, match="unpacks to too much"):
        load(tmp_path / "m.npz")


def header(shape: str, dtype: str = "<i2") -> bytes:
    text = f"{{'descr': '{dtype}', 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text


@pytest.mark.parametrize(
    "member",
    [
        header("(1, 1099511627776)"), header("(1, 4096)", "|V2000000000"), header("(1, 4096)") + b"short", b"no array",
        b"\x93NUMPY\x01\x00\x80\x00" + b"(" * 128, b"",
    ],
)  # fmt: skip
def test_a_forged_array_is_told_in_one_line(tmp_path: Path, member: bytes) -> None:
    save(ONE, tmp_path / "good.npz")
    with zipfile.ZipFile(tmp_path / "good.npz") as good, zipfile.ZipFile(tmp_path / "m.npz", "w") as forged:
        for name in good.namelist():
            forged.writestr(name, member if name == "weights.npy" else good.read(name))
    with pytest.raises(BadInput, match=r"^[^\n]+ is no model of Headgate \([^\n]+\. Give a [^\n]+$"):
        load(tmp_path / "m.npz")


def test_a_file_with_a_password_is_told(tmp_path: Path) -> None:
    save(ONE, tmp_path / "m.npz")
    body = bytearray((tmp_path / "m.npz").read_bytes())
    body[6] |= 1
    body[body.find(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "m.npz").write_bytes(body)
    with pytest.raises(BadInput, match="is no model"):
        load(tmp_path / "m.npz")


def test_many_members_together_are_not_unpacked(tmp_path: Path) -> None:
    save(ONE, tmp_path / "m.npz")
    with zipfile.ZipFile(tmp_path / "m.npz", "a", zipfile.ZIP_DEFLATED) as archive:
        for n in range(3):
            archive.writestr(f"more{n}.npy", bytes(90 * 2**20))
    with pytest.raises(BadInput, match="unpacks to too much"):
        load(tmp_path / "m.npz")


def test_nothing_is_unpickled(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    np.save(buffer, np.array([print], object), allow_pickle=True)
    save(ONE, tmp_path / "m.npz")
    with zipfile.ZipFile(tmp_path / "m.npz") as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(tmp_path / "m.npz", "w") as archive:
        for name, content in {**members, "scale.npy": buffer.getvalue()}.items():
            archive.writestr(name, content)
    with pytest.raises(BadInput, match="allow_pickle"):
        load(tmp_path / "m.npz")
