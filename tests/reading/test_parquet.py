from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headgate.errors import BadInput
from headgate.shapes import Columns
from tests import malformed
from tests.datasets import ROOT, sha, texts, told, whole

MIXED = '''
SELECT i AS n, 'text ' || i AS text, {'bytes': encode('image ' || i), 'path': 'a.png'} AS image, encode('raw ' || i) AS png,
       [{'role': 'user', 'content': 'q' || i}, {'role': 'assistant', 'content': 'a'}] AS messages, ['x', 'y' || i] AS tags,
       DATE '2020-01-01' AS "day ""it""", MAP {'k': i} AS map
FROM range(5) AS t (i)
'''


def write(path: Path, query: str, options: str = "") -> Path:
    duckdb.connect().execute(f"COPY ({query}) TO '{path}' (FORMAT parquet {options})").fetchall()
    return path


@settings(max_examples=25, deadline=None)
@given(st.lists(st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=15), min_size=1, max_size=60), st.integers(1, 70),
       st.integers(1, 9), st.integers(1, 9))  # fmt: skip
def test_shards_lose_and_repeat_nothing(said: list[str | None], group: int, rows: int, size: int) -> None:
    pa = pytest.importorskip("pyarrow")
    import pyarrow.parquet as pq

    with tempfile.TemporaryDirectory() as folder:
        pq.write_table(pa.table({"text": pa.array(said, pa.string())}), f"{folder}/a.parquet", row_group_size=group)
        assert texts(Path(folder), rows=rows, size=size) == [text or "" for text in said]


def test_rows_are_counted_from_0_whatever_the_shards(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.parquet", "SELECT 'text ' || i AS text FROM range(10_000) t (i)", ", ROW_GROUP_SIZE 2048"
    )
    for rows, size in ((10_000, 3_000), (1_000, 5_000), (777, 100)):
        batches, _ = whole(path, rows=rows, size=size)
        assert [row for batch in batches for row in batch.rows] == list(range(10_000))
        assert [text for batch in batches for text in batch.texts] == [f"text {n}" for n in range(10_000)]


def test_structs_lists_and_chats(tmp_path: Path) -> None:
    path = write(tmp_path / "a [1]*'?.parquet".replace("'", ""), MIXED)
    assert texts(path) == [f"text {n}" for n in range(5)]
    assert texts(path, Columns(text="messages")) == [f"q{n}\na" for n in range(5)]
    assert texts(path, Columns(text="tags")) == [f"x\ny{n}" for n in range(5)]
    [batch], _ = whole(path, Columns("images"))
    assert batch.images == [b"image %d" % n for n in range(5)]
    assert batch.ids == [sha(image) for image in batch.images]
    [batch], _ = whole(path, Columns("images", image="png"))
    assert batch.images == [b"raw %d" % n for n in range(5)]


def test_pairs_and_tables_have_every_column(tmp_path: Path) -> None:
    path = write(tmp_path / "a.parquet", MIXED)
    [batch], _ = whole(path, Columns("pairs"))
    assert set(batch.more) == {"n", "text", "messages", "tags", 'day "it"', "map"}
    assert batch.ids == [sha(b"image %d" % n) for n in range(5)]
    [table], _ = whole(path, Columns("table"))
    assert set(table.more) == {*batch.more, "image", "png"}
    assert (table.more["n"], table.more["map"][3], table.texts) == ([0, 1, 2, 3, 4], {"k": 3}, batch.texts)
    assert len(set(table.ids)) == 5


def test_columns_with_quotes_and_old_files_without_text_types(tmp_path: Path) -> None:
    path = write(tmp_path / "a.parquet", """SELECT 'a' AS "x"") FROM t; --", encode('b') AS text""")
    assert texts(path, Columns(text='x") FROM t; --')) == ["a"]
    assert texts(path) == ["b"]
    with pytest.raises(BadInput, match=r"no column 'y'"):
        whole(path, Columns(text="y"))


def test_one_bad_value_costs_one_row(tmp_path: Path) -> None:
    _, content = malformed.good("parquet")
    at = content.index(b"line 3000 says")
    (tmp_path / "a.parquet").write_bytes(content[:at] + b"\xc3\x28" + content[at + 2 :])
    for rows in (500, 20_000):
        batches, troubles = whole(tmp_path, rows=rows, size=400)
        assert [row for batch in batches for row in batch.rows] == [row for row in range(6144) if row != 3000]
        [(file, where, why)] = told(troubles)
        assert (file, where) == ("a.parquet", "row 3000")
        # neither the folder nor the value is shown
        assert why == 'cannot be read (Invalid Input Error: Invalid string encoding found in Parquet file "a.parquet")'


def test_a_damaged_page_costs_its_row_group_at_most(tmp_path: Path) -> None:
    _, content = malformed.good("parquet")
    at = content.index(b"line 3000 says")
    (tmp_path / "a.parquet").write_bytes(content[: at - 20_000] + b"\xff" * 5_000 + content[at - 15_000 :])
    batches, troubles = whole(tmp_path)
    read = {row for batch in batches for row in batch.rows}
    assert read >= {*range(2048), *range(4096, 6144)}
    assert 1 <= len(troubles) <= 40
    assert all(trouble.where is not None and trouble.where.startswith("row") for trouble in troubles)


def test_empty_files_are_told(tmp_path: Path) -> None:
    write(tmp_path / "a.parquet", "SELECT 'a' AS text WHERE false")
    write(tmp_path / "b.parquet", "SELECT 'b' AS text")
    batches, troubles = whole(tmp_path)
    assert ([batch.texts for batch in batches], told(troubles)) == ([["b"]], [("a.parquet", None, "has no rows")])


def test_a_text_that_a_page_says_once_and_any_number_of_times_does_not_fill_the_memory(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.parquet", "SELECT repeat('word ', 2000000) AS text FROM range(250)", ", COMPRESSION zstd"
    )
    assert path.stat().st_size < 10_000  # for 2.5 GB of texts
    code = (
        "import sys; from pathlib import Path; from tests.datasets import ROOT, peak; from headgate.reading import find, read; "
        "from headgate.shapes import Columns; found = find.find(Path(sys.argv[1]), Columns()); "
        "sizes = [len(b.ids) for s in found.shards for b in read.batches(found.root, s, Columns(), [])]; "
        "print(sum(sizes), max(sizes), peak())"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True, cwd=ROOT)
    items, most, memory = map(int, done.stdout.split())
    assert (items, most) == (250, 6)  # of 10 MB each, at most 64 MiB together
    assert memory < 900_000  # KiB


def test_a_table_of_very_many_columns_is_read(tmp_path: Path) -> None:
    columns = ", ".join(f"{n} AS c{n}" for n in range(1_500))
    [batch], troubles = whole(write(tmp_path / "a.parquet", f"SELECT {columns}, 'x' AS text"), Columns("table"))
    assert (len(batch.more), batch.more["c1499"], troubles) == (1_501, [1499], [])
