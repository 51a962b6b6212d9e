from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from headgate import catalog
from headgate.errors import MissingExtra, UsageError
from headgate.protecting import own, writing
from tests import own_pictures


def test_pictures_come_back_as_they_were_under_their_names(tmp_path: Path) -> None:
    given = own_pictures.own(3)
    ref = writing.write(tmp_path / "out", given.pixels, given.names, {"figure": 1, "unit": "décibel"})
    back = own.read(str(tmp_path / "out" / "pictures"))
    assert np.array_equal(back.pictures.pixels, given.pixels)
    assert list(back.pictures.names) == list(given.names)
    assert back.ref == ref
    report = json.loads((tmp_path / "out" / "report.json").read_text(encoding="utf-8"))
    assert report == {"ref": ref, "figure": 1, "unit": "décibel"}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out"]


def test_pngs_carry_nothing_but_pixels() -> None:
    data = writing.encoded(np.zeros((8, 8, 3), np.uint8))
    assert [name for name in (b"tEXt", b"tIME", b"eXIf", b"iCCP") if name in data] == []


def test_a_folder_appears_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given = own_pictures.own(3)
    saved = Image.Image.save
    count = 0

    def full(self: Image.Image, *args: object, **more: object) -> None:
        nonlocal count
        count += 1
        if count == 5:
            raise OSError(28, "no space left on device")
        saved(self, *args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(Image.Image, "save", full)
    with pytest.raises(UsageError, match="no space left on device"):
        writing.write(tmp_path / "out", given.pixels, given.names, {})
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").write_text("x")
    (tmp_path / "file").write_text("x")
    for name in ("full", "file"):
        with pytest.raises(UsageError, match="is not empty"):
            writing.check_new(tmp_path / name)
    (tmp_path / "empty").mkdir()
    writing.check_new(tmp_path / "empty")
    given = own_pictures.own(1)
    writing.write(tmp_path / "empty", given.pixels, given.names, {})
    writing.check_new(tmp_path / "new" / "deep")
    assert not (tmp_path / "new" / "deep").exists()


def test_a_folder_named_by_a_dot_a_link_or_its_parent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given = own_pictures.own(1)
    for name in ("here", "far"):
        (tmp_path / name).mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "far")
    (tmp_path / "loose").symlink_to(tmp_path / "new")
    monkeypatch.chdir(tmp_path / "here")
    for folder, real in ((Path(), "here"), (tmp_path / "link", "far"), (tmp_path / "loose", "new")):
        writing.check_new(folder)
        writing.write(folder, given.pixels, given.names, {})
        assert (tmp_path / real / "report.json").exists()
    with pytest.raises(UsageError, match="is not empty"):
        writing.check_new(Path("/dev/null"))


def test_without_pillow_it_is_told_before_anything_is_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalog, "installed", lambda package: package != "PIL")
    with pytest.raises(MissingExtra, match=r"pip install 'headgate\[screen\]'"):
        writing.check_new(tmp_path / "out")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(UsageError, match="cannot write"):
        writing.check_new(tmp_path / "out")
