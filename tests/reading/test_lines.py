from __future__ import annotations

import gzip
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headgate import zstd
from headgate.errors import BadInput
from headgate.reading import items, lines
from headgate.reading.lines import Lines, cuts, each, first
from headgate.shapes import Shard, Trouble
from tests.datasets import told


def read(path: Path, start: int = 0, end: int | None = None) -> tuple[list[tuple[int, bytes]], list[Trouble]]:
    troubles: list[Trouble] = []
    return list(each(Lines(path, Shard(0, path.name, "text", start, end), troubles))), troubles


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("lines")


@settings(max_examples=60, deadline=None)
@given(st.lists(st.binary(max_size=30).map(lambda b: b.replace(b"\n", b"\r")), max_size=30), st.booleans(), st.integers(1, 12),
       st.integers(1, 7))  # fmt: skip
def test_shards_lose_and_repeat_nothing(scratch: Path, parts: list[bytes], ends: bool, rows: int, block: int) -> None:
    path = scratch / "a.txt"
    content = b"\n".join(parts) + (b"\n" if ends else b"")
    path.write_bytes(content)
    expected = content.split(b"\n")[: None if not content.endswith(b"\n") else -1] if content else []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lines, "_BLOCK", block)
        ranges = cuts(path, rows)
        found = [one for start, end in ranges for one in read(path, start, end)[0]]
    assert [line for _, line in found] == expected
    assert all(content[at:].startswith(line) for at, line in found)
    assert [end for _, end in ranges[:-1]] == [start for start, _ in ranges[1:]]
    assert all(content[start - 1 : start] == b"\n" for start, _ in ranges[1:])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.binary(max_size=9), max_size=12), st.lists(st.integers(0, 80), max_size=4))
def test_any_cut_gives_each_line_to_the_shard_it_begins_in(scratch: Path, parts: list[bytes], at: list[int]) -> None:
    path = scratch / "b.txt"
    path.write_bytes(b"\n".join(parts))
    places = [0, *sorted(at)]
    found = [one for s, e in zip(places, [*places[1:], None], strict=True) for one in read(path, s, e)[0]]
    assert found == read(path)[0]


def test_a_line_that_is_too_long_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "LONGEST", 10)
    for block in (1, 3, 4, 9):
        monkeypatch.setattr(lines, "_BLOCK", block)
        (tmp_path / "a").write_bytes(b"one\n" + b"x" * 11 + b"\n" + b"y" * 10 + b"\n\n" + b"z" * 30)
        found, troubles = read(tmp_path / "a")
        assert found == [(0, b"one"), (16, b"y" * 10), (27, b"")]
        assert told(troubles) == [
            ("a", "line 2", "a line of 11 bytes, more than 10"), ("a", "line 5", "a line of 30 bytes, more than 10"),
        ]  # fmt: skip


def test_lines_are_counted_from_the_beginning_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"a\nb\nc\nd\n")
    troubles: list[Trouble] = []
    shard = Lines(tmp_path / "a", Shard(0, "a", "text", 4), troubles)
    for _, line in each(shard):
        shard.tell(0, line.decode())
    assert told(troubles) == [("a", "line 3", "c"), ("a", "line 4", "d")]


@pytest.mark.parametrize("ending", [".gz", ".zst"])
def test_packed_files_are_read_to_where_they_are_cut_off(tmp_path: Path, ending: str) -> None:
    content = b"".join(b"%d %x\n" % (n, hash((n, 7))) for n in range(200_000))
    packed = gzip.compress(content) if ending == ".gz" else zstd.compress(content)
    path = tmp_path / f"a{ending}"
    path.write_bytes(packed)
    assert cuts(path, 10) == [(0, None)]
    found, troubles = read(path)
    assert b"".join(line + b"\n" for _, line in found) == content
    assert troubles == []
    path.write_bytes(packed[: len(packed) // 2])
    part, troubles = read(path)
    assert 10_000 < len(part) < 190_000
    assert part == found[: len(part)]
    [(_, where, why)] = told(troubles)
    assert where == f"line {len(part) + 1}"
    assert why.startswith("cut off or damaged from here on (")


def test_a_bomb_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "_SLACK", 2**22)
    monkeypatch.setattr(lines, "LONGEST", 2**20)
    for ending, pack in ((".gz", gzip.compress), (".zst", zstd.compress)):
        path = tmp_path / f"a{ending}"
        path.write_bytes(pack(bytes(2**26)))
        tracemalloc.start()
        found, troubles = read(path)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert found == []
        assert peak < 2**24
        assert told(troubles)[-1][2] == "cut off or damaged from here on (unpacks to more than 100 times its size)"


def test_the_first_lines_tell_why_there_is_none(tmp_path: Path) -> None:
    (tmp_path / "a.gz").write_bytes(b"no gzip")
    with pytest.raises(BadInput, match="Not a gzipped file"):
        list(first(tmp_path / "a.gz", "a.gz"))
    (tmp_path / "b").write_bytes(b"a\nb\n")
    assert [line for _, line in first(tmp_path / "b", "b")] == [b"a", b"b"]


def test_a_limit_is_what_the_docs_say() -> None:
    assert items.LONGEST == lines.LONGEST == 67_108_864
