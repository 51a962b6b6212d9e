from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headgate.reading.members import Member, members
from tests.malformed import tar


def read(content: bytes, largest: int = 2**20) -> tuple[list[Member], list[tuple[str, str]]]:
    told: list[tuple[str, str]] = []
    file = io.BufferedReader(io.BytesIO(content))  # type: ignore[type-var]
    return list(members(file, lambda name: True, largest, lambda name, why: told.append((name, why)))), told


NAMES = st.text(st.characters(exclude_characters="\0/", exclude_categories=["Cs"]), min_size=1, max_size=200).filter(
    lambda name: name.strip(" .") == name and name != "/"
)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(NAMES, st.binary(max_size=1_500)), max_size=6),
    st.sampled_from([tarfile.GNU_FORMAT, tarfile.PAX_FORMAT]),
)
def test_what_tarfile_writes_is_read(files: list[tuple[str, bytes]], format_: int) -> None:
    sink = io.BytesIO()
    with tarfile.open(fileobj=sink, mode="w", format=format_) as made:
        for name, content in files:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            made.addfile(info, io.BytesIO(content))
    assert read(sink.getvalue()) == ([Member(name, content) for name, content in files], [])


def test_a_damaged_header_costs_one_member() -> None:
    content = bytearray(tar([("a", b"1"), ("b", b"2"), ("c", b"3")]))
    content[1024 + 100] ^= 1
    found, told = read(bytes(content))
    assert [member.name for member in found] == ["a", "c"]
    assert [why for _, why in told] == ["a header that is damaged; the next good one is looked for"]


def test_a_tar_behind_a_tar_is_read_too() -> None:
    assert [member.name for member in read(tar([("a", b"1")]) + tar([("b", b"2")]))[0]] == ["a", "b"]


def test_large_members_are_passed_over() -> None:
    found, told = read(tar([("a", bytes(1_000)), ("b", b"2")]), 999)
    assert ([member.name for member in found], told) == (["b"], [("a", "1000 bytes, more than 999; it is left out")])


def test_an_end_that_comes_too_early_is_an_error() -> None:
    content = tar([("a", b"1" * 600)])
    with pytest.raises(EOFError, match="ends too early"):
        read(content[:1024])
    with pytest.raises(EOFError, match="ends too early"):
        read(content[:300])


def test_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    found, told = read(tar([("../out.txt", b"1")]) + tar([("in.txt", b"2")]))
    assert ([member.name for member in found], [name for name, _ in told]) == (["in.txt"], ["../out.txt"])
    assert list(tmp_path.iterdir()) == []
