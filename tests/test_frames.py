from __future__ import annotations

import json
from pathlib import Path

import duckdb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headgate import frames
from headgate.errors import BadInput, UsageError

ROWS = [("1", "0.25", "a b"), ("0", "0.5", "c"), ("1", "1", "é")]


def written(folder: Path, kind: str) -> Path:
    path = folder / f"t{kind}"
    if kind == ".parquet":
        rows = ", ".join(f"({y}, {score}, '{group}')" for y, score, group in ROWS)
        duckdb.sql(f"SELECT * FROM (VALUES {rows}) AS t(y, score, grp)").write_parquet(str(path))
    elif kind == ".jsonl":
        lines = [json.dumps({"y": int(y), "score": float(s), "grp": g}) for y, s, g in ROWS]
        path.write_text("\n".join(lines), encoding="utf-8")
    else:
        by = "," if kind == ".csv" else "\t"
        path.write_text("\n".join(by.join(row) for row in [("y", "score", "grp"), *ROWS]) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize("kind", [".csv", ".tsv", ".jsonl", ".parquet"])
def test_every_format_gives_the_same_columns(tmp_path: Path, kind: str) -> None:
    made = frames.read(written(tmp_path, kind))
    assert made.rows == 3
    assert made.numbers("score").tolist() == [0.25, 0.5, 1.0]
    assert made.flags("y").tolist() == [True, False, True]
    assert made.words("grp").tolist() == ["a b", "c", "é"]
    assert made.ref.startswith("file:sha256:")
    assert len(made.ref) == 12 + 64


def test_yes_and_no_in_words_and_by_a_named_value(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("y,credit\nTrue,good\nno,bad\n T ,good\n", encoding="utf-8")
    made = frames.read(path)
    assert made.flags("y").tolist() == [True, False, True]
    assert made.flags("credit", "good").tolist() == [True, False, True]
    with pytest.raises(BadInput, match=r"row 1: credit is 'good', neither yes nor no"):
        made.flags("credit")
    with pytest.raises(BadInput, match="no row of the column credit reads 'fine'"):
        made.flags("credit", "fine")


def test_a_wrong_value_is_told_with_its_row(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("p\n0.5\n1.5\nx\n", encoding="utf-8")
    made = frames.read(path)
    with pytest.raises(BadInput, match=r"row 2: p is '1.5', no number from 0 to 1"):
        made.numbers("p", low=0, high=1)
    with pytest.raises(BadInput, match=r"row 3: p is 'x', no number"):
        made.numbers("p")
    with pytest.raises(UsageError, match=r"no column q\. It has p\."):
        made.column("q")


def test_what_is_missing_is_no_number_and_an_empty_word(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    path.write_text('{"p": 1, "g": null}\n{"p": null, "g": "b"}\n', encoding="utf-8")
    made = frames.read(path)
    assert made.words("g").tolist() == ["", "b"]
    with pytest.raises(BadInput, match="row 2: p is '', no number"):
        made.numbers("p")


def test_what_cannot_be_read_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "e.csv").write_text("a,b\n", encoding="utf-8")
    (tmp_path / "p.parquet").write_bytes(b"no parquet")
    (tmp_path / "j.jsonl").write_text("{broken\n", encoding="utf-8")
    (tmp_path / "f.csv").mkdir()
    (tmp_path / "x.txt").write_text("a\n1\n", encoding="utf-8")
    for name, why in {"e.csv": "has no rows", "p.parquet": "cannot be read", "j.jsonl": "cannot be read",
                      "f.csv": "is no file", "x.txt": "is none of", "absent.csv": "is no file"}.items():  # fmt: skip
        with pytest.raises(BadInput, match=why) as told:
            frames.read(tmp_path / name)
        assert "\n" not in str(told.value)


def test_a_name_that_looks_like_a_pattern_is_that_file_alone(tmp_path: Path) -> None:
    (tmp_path / "a[1].csv").write_text("y\n1\n", encoding="utf-8")
    (tmp_path / "a1.csv").write_text("y\n0\n", encoding="utf-8")
    assert frames.read(tmp_path / "a[1].csv").flags("y").tolist() == [True]


def test_the_ref_is_of_the_content(tmp_path: Path) -> None:
    for name, text in {"a.csv": "y\n1\n", "b.csv": "y\n1\n", "c.csv": "y\n0\n"}.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    a, b, c = (frames.read(tmp_path / name).ref for name in ("a.csv", "b.csv", "c.csv"))
    assert a == b != c


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(allow_nan=False, allow_infinity=False, width=32), min_size=1, max_size=20))
def test_numbers_come_back_as_written(tmp_path_factory: pytest.TempPathFactory, values: list[float]) -> None:
    path = tmp_path_factory.mktemp("n") / "t.csv"
    path.write_text("v\n" + "\n".join(map(repr, values)) + "\n", encoding="utf-8")
    assert np.array_equal(frames.read(path).numbers("v"), np.array(values))


def test_groups_are_named_in_every_row_and_not_too_many(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("g,y\na,1\n,0\n", encoding="utf-8")
    with pytest.raises(BadInput, match="row 2: g is '', no group"):
        frames.read(path).groups("g")
    path.write_text("g,y\n" + "".join(f"{n},1\n" for n in range(201)), encoding="utf-8")
    with pytest.raises(BadInput, match="201 different words, more than 200 groups"):
        frames.read(path).groups("g")
    assert len(frames.read(path).groups("y")) == 201


def test_a_quote_far_below_is_one(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("g,y\n" + "a,1\n" * 30_000 + '"b, c",0\n', encoding="utf-8")
    assert frames.read(path).words("g")[-1] == "b, c"
