from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from headgate import zstd
from headgate.synthetic.leaks import leaks
from headgate.synthetic.truth import Person

ONE, TWO = Person("Aeldraneth", "Gwenbawick"), Person("Yllrothyl", "Khelmussen")
PEOPLE = (ONE, TWO)


def test_a_clean_folder_has_none(tmp_path: Path) -> None:
    assert leaks(tmp_path, PEOPLE).places == {}
    (tmp_path / "a.txt").write_text("Aeldr aneth, Gwen, khelmusse, ylllrothy", encoding="utf-8")
    (tmp_path / "b.zst").write_bytes(zstd.compress(b"nobody"))
    made = leaks(tmp_path, PEOPLE)
    assert (made.files, made.places, made.where) == (2, {}, ())
    assert made.bytes >= 39 + 6


@pytest.mark.parametrize("text", ["Aeldraneth", "xAELDRANETHx", "ohwx_gwenbawick42", "aelaeldraneth"])
def test_in_any_case_and_inside_longer_words(tmp_path: Path, text: str) -> None:
    (tmp_path / "deep" / "er").mkdir(parents=True)
    (tmp_path / "deep" / "er" / "page.bin").write_bytes(b"\xff\x00" + text.encode() + b"\xfe")
    made = leaks(tmp_path, PEOPLE)
    assert (made.places, made.where) == ({ONE: 1}, (str(Path("deep", "er", "page.bin")),))


def test_each_place_counts_and_each_name_for_its_person(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('["Aeldraneth Gwenbawick", "gwenbawick"]', encoding="utf-8")
    (tmp_path / "b.json").write_text("khelmussen", encoding="utf-8")
    assert leaks(tmp_path, PEOPLE).places == {ONE: 3, TWO: 1}


def test_packed_pages_are_unpacked(tmp_path: Path) -> None:
    data = zstd.compress(b'{"name": "AELDRANETH"}' * 40)
    assert data.lower().count(b"aeldraneth") < 2
    (tmp_path / "page.jsonl.zst").write_bytes(data)
    assert leaks(tmp_path, PEOPLE).places == {ONE: 40}


def test_parquet_is_read_row_by_row(tmp_path: Path) -> None:
    # names far apart, so that Parquet packs them where no plain search would see them
    duckdb.connect().execute("SET VARIABLE name = ?", [TWO.family]).execute(
        "COPY (SELECT i, {'inner': [repeat('q', 5000) || getvariable('name')]} AS t FROM range(5000) AS r(i)) "
        f"TO '{tmp_path / 't.parquet'}' (COMPRESSION zstd)"
    )
    assert leaks(tmp_path, PEOPLE).places == {TWO: 5000}


def test_names_of_files_and_folders_count_once(tmp_path: Path) -> None:
    (tmp_path / "Gwenbawick").mkdir()
    for name in ("a.txt", "b.txt"):
        (tmp_path / "Gwenbawick" / name).touch()
    (tmp_path / "x-yllrothyl.txt").touch()
    made = leaks(tmp_path, PEOPLE)
    assert (made.files, made.places) == (3, {ONE: 1, TWO: 1})
    assert set(made.where) == {"Gwenbawick", "x-yllrothyl.txt"}
