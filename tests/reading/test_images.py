from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headgate.reading import items
from headgate.shapes import Columns
from tests.datasets import sha, told, whole

IMAGES = Columns("images")


def fill(folder: Path, files: dict[str, bytes]) -> Path:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fill(
        tmp_path_factory.mktemp("many"), {f"{n % 3}/{n}.{'jpg' if n % 2 else 'PNG'}": b"%d" % n for n in range(20)}
    )


@settings(max_examples=60, deadline=None)
@given(rows=st.integers(1, 25), size=st.integers(1, 25))
def test_shards_lose_and_repeat_nothing(many: Path, rows: int, size: int) -> None:
    batches, troubles = whole(many, IMAGES, rows=rows, size=size)
    expected = [path.read_bytes() for path in sorted(many.rglob("*.*"))]
    assert ([image for batch in batches for image in batch.images], troubles) == (expected, [])
    assert [one for batch in batches for one in batch.ids] == [sha(image) for image in expected]
    assert [row for batch in batches for row in batch.rows] == list(range(20))


def test_one_picture_is_a_dataset_of_one(tmp_path: Path) -> None:
    fill(tmp_path, {"a.jpg": b"a", "b.jpg": b"b"})
    [batch], _ = whole(tmp_path / "b.jpg", IMAGES)
    assert batch.images == [b"b"]


def test_captions_come_from_beside_or_from_metadata(tmp_path: Path) -> None:
    fill(tmp_path, {
        "a.jpg": b"a", "a.txt": b" said of a\n", "x/b.jpg": b"b", "x/metadata.csv": b"file_name,text,n\nb.jpg,said of b,3\n",
        "c.jpg": b"c", "metadata.jsonl": b'{"file_name": "c.jpg", "text": "said of c"}\n{bad\n', "d.jpg": b"d",
    })  # fmt: skip
    for rows in (1, 100):
        batches, troubles = whole(tmp_path, Columns("pairs"), rows=rows)
        assert [text for batch in batches for text in batch.texts] == ["said of a", "said of c", "", "said of b"]
        assert [one for batch in batches for one in batch.ids] == [sha(b"a"), sha(b"c"), sha(b"d"), sha(b"b")]
        assert [(trouble.file, trouble.where) for trouble in troubles] == [("metadata.jsonl", "line 2")]
        assert all("image" not in batch.more for batch in batches)
        assert [name for batch in batches for name in batch.more["file_name"]] == ["a.jpg", "c.jpg", "d.jpg", "x/b.jpg"]


def test_empty_and_huge_files_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(items, "LARGEST", 5)
    fill(tmp_path, {"a.jpg": b"", "b.jpg": b"123456", "c.jpg": b"c"})
    (tmp_path / "d.jpg").symlink_to("d.jpg")
    [batch], troubles = whole(tmp_path, IMAGES)
    assert (batch.images, batch.rows) == ([b"c"], [2])
    assert told(troubles) == [
        ("d.jpg", None, "cannot be found; it is left out"), ("a.jpg", None, "cannot be read (empty)"),
        ("b.jpg", None, "cannot be read (6 bytes, more than 5)"),
    ]  # fmt: skip
