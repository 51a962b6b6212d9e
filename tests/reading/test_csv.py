from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headgate.errors import BadInput
from headgate.reading import csv as csv_file
from headgate.shapes import Columns
from tests.datasets import texts, told, whole


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("csv")


# Python before 3.13 writes a lone carriage return without quotes, where it ends a record
FIELDS = st.text(st.characters(exclude_characters="\0\r", exclude_categories=["Cs"]), max_size=12) | st.sampled_from(
    ['"', '""', "a\nb", "\n", "a,b", '"a', "a\r\nb", "x;y", '",\n"']
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(), FIELDS), max_size=25), st.sampled_from([",", ";", "\t", "|"]), st.sampled_from(["\n", "\r\n"]),
       st.booleans(), st.integers(1, 9), st.integers(1, 9))  # fmt: skip
def test_shards_lose_and_repeat_nothing(
    scratch: Path, said: list[tuple[int, str]], delimiter: str, end: str, all_: bool, rows: int, size: int
) -> None:
    path = scratch / ("a.tsv" if delimiter == "\t" else "a.csv")
    sink = io.StringIO()
    writer = csv.writer(
        sink, delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_ALL if all_ else csv.QUOTE_MINIMAL
    )
    writer.writerows([("n", "text"), *said])
    path.write_bytes(sink.getvalue().encode())
    # a carriage return that ends a line inside quotes is kept, as is every other
    assert texts(path, rows=rows, size=size) == [text for _, text in said]


def test_rows_are_the_bytes_at_which_records_begin(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b'\xef\xbb\xbfn,text\n1,"a\nb"\n\n2,c\n')
    for rows in (1, 10):
        batches, _ = whole(path, rows=rows)
        assert [(text, row) for b in batches for text, row in zip(b.texts, b.rows, strict=True)] == [
            ("a\nb", 10),
            ("c", 19),
        ]


@pytest.mark.parametrize(
    ("line", "why"),
    [('7,"open', "a quote in it is never closed"), ('"7,open', "a quote in it is never closed"), ("7", "has 1 fields where the header has 2"),
     ("7,8,9", "has 3 fields where the header has 2"), ("7,\udcff", "is not UTF-8"), ("7,a\0b", "holds NUL bytes")],
)  # fmt: skip
@pytest.mark.parametrize("quotes", [False, True])
def test_a_bad_record_costs_only_itself(tmp_path: Path, line: str, why: str, quotes: bool) -> None:
    good = [f'{n},"text, {n}"' if quotes else f"{n},text {n}" for n in range(9)]
    path = tmp_path / "a.csv"
    path.write_text("\n".join(["n,text", *good[:4], line, *good[4:], ""]), encoding="utf-8", errors="surrogateescape")
    for rows in (1, 2, 3, 100):
        batches, troubles = whole(path, rows=rows)
        expected = [f"text, {n}" if quotes else f"text {n}" for n in range(9)]
        assert [text for batch in batches for text in batch.texts] == expected
        assert told(troubles) == [("a.csv", "line 6", why)]


def test_quotes_that_nobody_closes_are_given_up_in_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_file, "_PATIENCE", 10_000)
    path = tmp_path / "a.csv"
    path.write_text("n,text\n1,a\n" + 'a",b"c,"\n' * 5_000)
    batches, troubles = whole(path)
    assert [batch.texts for batch in batches] == [["a"]]
    assert len(troubles) <= 3
    assert troubles[-1].why == "too many quotes are never closed; the rest of the file is left out"


def test_tables_have_every_column_as_text(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("n, Text ,n,\n1,a,2,\n")
    [batch], _ = whole(tmp_path, Columns("table"))
    assert batch.more == {"n": ["1"], "Text": ["a"], "n_2": ["2"], "column_3": [""]}
    assert batch.texts == ["a"]


@pytest.mark.parametrize(
    ("content", "why"),
    [(b"\xff\xfen\0,\0", "holds NUL bytes where its header should be"), (b"\n\n", "has no header"), (b"\xff,text\n", "its header cannot be read"),
     (b"a,a_2,a\n", "names columns twice")],
)  # fmt: skip
def test_a_bad_header_is_the_end_of_a_file(tmp_path: Path, content: bytes, why: str) -> None:
    (tmp_path / "a.csv").write_bytes(content)
    with pytest.raises(BadInput, match=why):
        whole(tmp_path)


@pytest.mark.parametrize(("name", "count"), [("davidson", 24_783), ("cold", 25_726 + 6_431 + 5_323)])
def test_published_datasets_have_as_many_items_as_their_papers_say(data: Path, name: str, count: int) -> None:
    for rows in (3_000, 100_000):
        assert len(texts(data / "content" / name, rows=rows)) == count


def test_the_limit_of_fields_stays_as_others_set_it(tmp_path: Path) -> None:
    before = csv.field_size_limit()
    (tmp_path / "a.csv").write_text("text\n" + "x" * 200_000 + "\n")
    assert len(texts(tmp_path)[0]) == 200_000
    assert csv.field_size_limit() == before
