from __future__ import annotations

import os
from hashlib import sha256
from pathlib import Path

from headgate.folders import cached, content_hash, files, hashed, listed


def test_files_are_walked_in_order_without_what_is_hidden(tmp_path: Path) -> None:
    for name in ("b.txt", "a/z.txt", "a/.secret", ".git/HEAD", "c/d/e.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    problems: list[tuple[str, str]] = []
    assert [name for _, name in files(tmp_path, tmp_path, problems)] == ["a/z.txt", "b.txt", "c/d/e.txt"]
    assert problems == []
    assert listed(tmp_path) == ["a", "b.txt", "c"]
    assert listed(tmp_path / "absent") == []


def test_links_loops_and_pipes_are_told_and_left_out(tmp_path: Path) -> None:
    inside = tmp_path / "data"
    inside.mkdir()
    (inside / "a.txt").write_text("a")
    (tmp_path / "out.txt").write_text("out")
    (inside / "b").symlink_to(tmp_path / "out.txt")
    (inside / "c").symlink_to("c")
    (inside / "d").symlink_to(inside)
    (inside / "e").symlink_to(inside / "a.txt")
    os.mkfifo(inside / "f")
    problems: list[tuple[str, str]] = []
    assert [name for _, name in files(inside, inside, problems)] == ["a.txt", "e"]
    assert [name for name, _ in problems] == ["b", "c", "d", "f"]
    assert hashed(inside / "f", "f", problems) is None
    assert "cannot be read" in problems[-1][1]


def test_what_lies_too_deep_is_told(tmp_path: Path) -> None:
    deep = tmp_path.joinpath(*(["d"] * 40))
    deep.mkdir(parents=True)
    (deep / "a.txt").write_text("a")
    problems: list[tuple[str, str]] = []
    assert list(files(tmp_path, tmp_path, problems)) == []
    assert [why for _, why in problems] == ["lies too deep; it is left out"]


def test_the_hash_of_a_folder_is_that_of_its_list(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("one")
    told = hashed(tmp_path / "a", "a", [])
    assert told is not None
    assert told[0] == sha256(b"one").hexdigest()
    assert content_hash([("a", told[0])]) == sha256(f"a\0{told[0]}\n".encode()).hexdigest()


def test_a_snapshot_of_the_hub_s_cache_is_known(tmp_path: Path) -> None:
    assert cached(tmp_path / "datasets--a--b" / "snapshots" / "abc") == tmp_path / "datasets--a--b"
    assert cached(tmp_path / "a" / "snapshots" / "abc") is None
    assert cached(tmp_path / "datasets--a--b") is None
