from __future__ import annotations

import hashlib
import os
import pickle
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from headgate.errors import BadInput, UsageError
from headgate.protecting import own
from tests import own_pictures


def saved(path: Path, shape: tuple[int, int] = (12, 10), colour: int = 50) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.full((*shape, 3), colour, np.uint8)).save(path)
    return path


def test_a_folder_of_classes(tmp_path: Path) -> None:
    given = own_pictures.own(4)
    own_pictures.folder(tmp_path / "d", 4)
    (tmp_path / "d" / "notes.txt").write_text("mine")
    found = own.read(str(tmp_path / "d"))
    assert np.array_equal(found.pictures.pixels, given.pixels)
    assert found.pictures.labels is not None
    assert found.pictures.labels.tolist() == [0] * 4 + [1] * 4 + [2] * 4
    assert found.pictures.classes == own_pictures.SHAPES
    assert list(found.pictures.names) == list(given.names)
    assert found.left_out == 1
    # the ref is that of the folder's content, as collecting it would say
    lines = "".join(
        f"{path.relative_to(tmp_path / 'd').as_posix()}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\n"
        for path in sorted((tmp_path / "d").rglob("*")) if path.is_file()
    )  # fmt: skip
    assert found.ref == f"file:sha256:{hashlib.sha256(lines.encode()).hexdigest()}"


def test_a_folder_without_classes_has_no_labels_and_jpegs_get_the_name_of_a_png(tmp_path: Path) -> None:
    saved(tmp_path / "a.JPG")
    saved(tmp_path / "b.png")
    found = own.read(str(tmp_path))
    assert found.pictures.labels is None
    assert list(found.pictures.names) == ["a.png", "b.png"]
    assert found.pictures.pixels.shape == (2, 12, 10, 3)


def test_nested_folders_count_by_the_first(tmp_path: Path) -> None:
    saved(tmp_path / "cat" / "2020" / "x.png")
    saved(tmp_path / "dog" / "x.png")
    found = own.read(str(tmp_path)).pictures
    assert found.classes == ("cat", "dog")
    assert list(found.names) == ["cat/2020/x.png", "dog/x.png"]


def test_what_is_wrong_with_a_folder_is_one_line(tmp_path: Path) -> None:
    mixed, twice, sizes, empty, broken = (tmp_path / name for name in ("mixed", "twice", "sizes", "empty", "broken"))
    saved(mixed / "a" / "x.png")
    saved(mixed / "y.png")
    saved(twice / "x.png")
    saved(twice / "x.jpg")
    saved(sizes / "x.png")
    saved(sizes / "y.png", (12, 11))
    empty.mkdir()
    saved(broken / "x.png").write_bytes(b"no picture")
    small = saved(tmp_path / "small" / "x.png", (7, 9)).parent
    for path, said in (
        (mixed, "beside its subfolders"), (twice, "written twice"), (empty, "holds no .png"), (broken, "x.png: an image"),
        (sizes, "x.png and y.png are 10 x 12 and 11 x 12"), (small, "no side below 8"),
    ):  # fmt: skip
        with pytest.raises(BadInput, match=said) as raised:
            own.read(str(path))
        assert "\n" not in str(raised.value)


def test_links_out_of_the_folder_are_not_followed(tmp_path: Path) -> None:
    saved(tmp_path / "other" / "x.png")
    saved(tmp_path / "d" / "y.png")
    (tmp_path / "d" / "z.png").symlink_to(tmp_path / "other" / "x.png")
    with pytest.raises(BadInput, match=r"z.png is a link .*out of the folder"):
        own.read(str(tmp_path / "d"))


@pytest.mark.parametrize(
    "given", ["hf:dataset:a/b", "hf://datasets/a/b", "https://huggingface.co/datasets/a/b", "s3://bucket/x"]
)
def test_data_of_others_are_refused(given: str) -> None:
    with pytest.raises(UsageError, match=r"is an address\. Only your own data is protected"):
        own.read(given)


def test_a_bare_id_is_no_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match=r"no folder or \.npz at a/b\. Only your own data"):
        own.read("a/b")


def test_the_cache_of_a_hub_s_client_is_refused(tmp_path: Path) -> None:
    saved(tmp_path / "datasets--a--b" / "snapshots" / "0123" / "x.png")
    with pytest.raises(UsageError, match="in the cache of a hub's client"):
        own.read(str(tmp_path / "datasets--a--b" / "snapshots" / "0123"))


def test_what_lies_deeper_in_that_cache_is_refused_too(tmp_path: Path) -> None:
    snapshot = tmp_path / "datasets--a--b" / "snapshots" / "0123"
    saved(snapshot / "train" / "x.png")
    (tmp_path / "datasets--a--b" / "blobs").mkdir()
    blob = Path(archive(tmp_path / "datasets--a--b" / "blobs" / "f00.npz", images=own_pictures.drawn(1)[0]))
    (snapshot / "x.npz").symlink_to(blob)
    (tmp_path / "mine").symlink_to(snapshot)
    for given in (snapshot / "train", snapshot / "x.npz", tmp_path / "mine" / "train"):
        with pytest.raises(UsageError, match="in the cache of a hub's client"):
            own.read(str(given))


def test_a_name_that_is_no_text_is_one_line(tmp_path: Path) -> None:
    saved(tmp_path / "d" / "x.png")
    try:
        (tmp_path / "d" / "x.png").rename(os.fsdecode(os.fsencode(tmp_path) + b"/d/\xff.png"))
    except OSError:
        pytest.skip("this file system keeps names in UTF-8")
    with pytest.raises(BadInput, match="no text in UTF-8"):
        own.read(str(tmp_path / "d"))


def archive(path: Path, **columns: object) -> str:
    np.savez(path, **columns)  # type: ignore[arg-type]
    return str(path)


def test_an_archive_with_numbers_texts_or_no_labels(tmp_path: Path) -> None:
    pixels, _ = own_pictures.drawn(2)
    path = tmp_path / "a.npz"
    found = own.read(archive(path, images=pixels, labels=[7, 7, 3, 3, 3, 7]))
    assert found.ref == f"file:sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}"
    assert found.pictures.labels is not None
    assert found.pictures.labels.tolist() == [1, 1, 0, 0, 0, 1]
    assert found.pictures.classes == ("3", "7")
    assert found.pictures.names[0] == "7/000000.png"
    found = own.read(archive(path, images=pixels, labels=[1, 1, 0, 0, 0, 1], classes=["a cat", "dog", "unused"]))
    assert found.pictures.classes == ("a cat", "dog")
    assert found.pictures.names[2] == "a_cat/000002.png"
    found = own.read(archive(path, images=pixels[..., 0]))
    assert found.pictures.labels is None
    assert (found.pictures.pixels[..., 1] == pixels[..., 0]).all()


def test_hostile_class_names_stay_in_the_folder(tmp_path: Path) -> None:
    pixels, _ = own_pictures.drawn(1)
    found = own.read(archive(tmp_path / "a.npz", images=pixels, labels=["../../x", "/etc", ".."]))
    for name in found.pictures.names:
        assert ".." not in Path(name).parts
        assert not Path(name).is_absolute()
        assert not name.startswith(".")
    found = own.read(archive(tmp_path / "a.npz", images=pixels, labels=["\u6587" * 120, "b", "c"]))
    assert found.pictures.names[0] == "\u6587" * 33 + "/000000.png"  # a name of a folder has at most 255 bytes


def test_what_is_wrong_with_an_archive_is_one_line(tmp_path: Path) -> None:
    pixels, _ = own_pictures.drawn(1)
    wrong = {
        "no `images`": {"pictures": pixels},
        "n x height x width x 3 in uint8": {"images": pixels.astype(np.float32)},
        "no label for each": {"images": pixels, "labels": [1, 2]},
        "do not name its labels": {"images": pixels, "labels": [0, 1, 2], "classes": ["a", "b"]},
        "same as names of folders": {"images": pixels, "labels": ["a b", "a_b", "c"]},
        "pickled": {"images": np.array([{}, 1, 2], dtype=object)},
    }
    for n, (said, columns) in enumerate(wrong.items()):
        with pytest.raises(BadInput, match=said) as raised:
            own.read(archive(tmp_path / f"{n}.npz", **columns))
        assert "\n" not in str(raised.value)
    bad = tmp_path / "p.npz"
    bad.write_bytes(pickle.dumps([1]))
    with pytest.raises(BadInput, match="pickled"):
        own.read(str(bad))
    bad.write_bytes(b"PK\x03\x04 no archive")
    with pytest.raises(BadInput, match="cannot be read"):
        own.read(str(bad))
    with bad.open("wb") as file:
        np.save(file, pixels)
    with pytest.raises(BadInput, match="no `images`"):
        own.read(str(bad))
