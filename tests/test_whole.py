from __future__ import annotations

from pathlib import Path

import pytest

from headgate.whole import write_private, write_whole


def test_writing_over_a_file_replaces_it_and_leaves_nothing_aside(tmp_path: Path) -> None:
    write_whole(tmp_path / "x" / "file", b"one")
    write_whole(tmp_path / "x" / "file", b"two")
    assert [(p.name, p.read_bytes()) for p in (tmp_path / "x").iterdir()] == [("file", b"two")]


def test_a_write_that_fails_leaves_the_old_file(tmp_path: Path) -> None:
    write_whole(tmp_path / "file", b"one")
    with pytest.raises(TypeError):
        write_whole(tmp_path / "file", "no bytes")  # type: ignore[arg-type]
    assert (tmp_path / "file").read_bytes() == b"one"


def test_a_private_file_is_its_owner_s_alone_and_never_written_over(tmp_path: Path) -> None:
    write_private(tmp_path / "key", b"one")
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600
    with pytest.raises(FileExistsError):
        write_private(tmp_path / "key", b"two")
    assert (tmp_path / "key").read_bytes() == b"one"
