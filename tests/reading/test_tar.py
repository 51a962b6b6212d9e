from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from headgate import zstd
from headgate.errors import BadInput
from headgate.shapes import Columns
from tests.datasets import sha, texts, told, whole
from tests.malformed import summed, tar

ONE = [("d/a.jpg", b"image a"), ("d/a.txt", "é a".encode()), ("d/a.json", json.dumps({"url": "u", "w": 3}).encode())]
TWO = [("d/b.png", b"image b"), ("d/b.txt", b"said b"), ("d/b.json", json.dumps({"url": "v", "alt": "x"}).encode())]


@pytest.mark.parametrize("ending", [".tar", ".tar.gz", ".tgz", ".tar.zst"])
def test_members_of_one_key_are_one_item(tmp_path: Path, ending: str) -> None:
    content = tar([*ONE, ("d/.hidden.txt", b"no"), *TWO])
    packed = content if ending == ".tar" else zstd.compress(content) if ending == ".tar.zst" else gzip.compress(content)
    (tmp_path / f"a{ending}").write_bytes(packed)
    assert texts(tmp_path, rows=1, size=1) == ["é a", "said b"]
    [images], _ = whole(tmp_path, Columns("images"))
    assert (images.images, images.rows) == ([b"image a", b"image b"], [0, 1])
    [pairs], _ = whole(tmp_path, Columns("pairs"))
    assert pairs.ids == [sha(b"image a"), sha(b"image b")]
    assert pairs.texts == ["é a", "said b"]
    assert pairs.more["url"] == ["u", "v"]
    assert pairs.more["w"] == [3, None]
    assert pairs.more["__key__"] == ["d/a", "d/b"]
    assert not {"jpg", "png", "image"} & set(pairs.more)


def test_named_columns_are_ends_of_names_or_fields_of_json(tmp_path: Path) -> None:
    (tmp_path / "a.tar").write_bytes(tar([*ONE, *TWO]))
    assert texts(tmp_path, Columns(text="url")) == ["u", "v"]
    [batch], troubles = whole(tmp_path, Columns("images", image="png"))
    assert (batch.images, told(troubles)) == (
        [b"image b"], [("a.tar", "member d/a", "nothing in 'png' where the bytes of an image should be")],
    )  # fmt: skip
    with pytest.raises(BadInput, match=r"no column 'x'"):
        whole(tmp_path, Columns(text="x"))


def test_what_is_no_item_is_told_and_the_rest_read(tmp_path: Path) -> None:
    (tmp_path / "a.tar").write_bytes(
        tar(
            [
                ("a.txt", b"1"),
                ("b.txt", b"\xff"),
                ("c.json", b"{"),
                ("d.json", b'{"n": 1}'),
                ("e.txt", b"5"),
                ("e.json", b"["),
            ]
        )
    )
    [batch], troubles = whole(tmp_path)
    assert batch.texts == ["1", "5"]
    assert [(trouble.where, trouble.why) for trouble in troubles] == [
        ("member b.txt", "is not UTF-8"), ("member c.json", "is no JSON (JSONDecodeError)"), ("member d", "has no 'text'"),
        ("member e.json", "is no JSON (JSONDecodeError)"),
    ]  # fmt: skip


def test_a_member_larger_than_the_file_costs_only_itself(tmp_path: Path) -> None:
    head = bytearray(tar([("x.txt", b"")])[:512])
    head[124:136] = b"\x80" + (2**33).to_bytes(11, "big")
    (tmp_path / "a.tar").write_bytes(tar([("a.txt", b"1")])[:1024] + summed(head) + tar([("c.txt", b"3")]))
    [batch], troubles = whole(tmp_path)
    assert batch.texts == ["1", "3"]
    assert [(trouble.where, trouble.why) for trouble in troubles] == [
        ("member x.txt", "a size of 8589934592 bytes; the next good header is looked for")
    ]
