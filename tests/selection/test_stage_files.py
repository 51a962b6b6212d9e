"""Keys of documents: the same in every format, and no file half read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from headgate.errors import BadInput, UsageError
from headgate.selection.stage_files import file_keys, keys_of
from headgate.shapes import Batch

RECORDS = [{"id": n, "text": f"text {n}"} for n in range(5)]


def lines(path: Path, records: list[dict[str, object]]) -> Path:
    path.write_text("".join(json.dumps(one) + "\n" for one in records))
    return path


def test_a_key_is_the_same_in_every_format(tmp_path: Path) -> None:
    one = file_keys(lines(tmp_path / "a.jsonl", RECORDS), "id")
    table = tmp_path / "b.csv"
    table.write_text("text,id\n" + "".join(f"text {n},{n}\n" for n in range(5)))
    assert len(set(one.tolist())) == 5
    assert file_keys(table, "id").tolist() == one.tolist()


def test_without_a_key_it_is_the_whole_row(tmp_path: Path) -> None:
    one = file_keys(lines(tmp_path / "a.jsonl", RECORDS), None)
    turned = file_keys(lines(tmp_path / "b.jsonl", [dict(reversed(row.items())) for row in RECORDS]), None)
    other = file_keys(lines(tmp_path / "c.jsonl", [{**row, "score": 1} for row in RECORDS]), None)
    assert one.tolist() == turned.tolist()
    assert not set(one.tolist()) & set(other.tolist())


def test_a_filter_may_leave_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").touch()
    assert file_keys(tmp_path / "a.jsonl", "id").tolist() == []


def test_a_file_that_is_half_readable_is_refused(tmp_path: Path) -> None:
    path = lines(tmp_path / "a.jsonl", RECORDS)
    path.write_text(path.read_text() + '{"id": 5, \n')
    with pytest.raises(BadInput, match=r"a\.jsonl.*would count as removed. Mend the file"):
        file_keys(path, "id")


def test_a_document_without_key_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="a document has no 'id'"):
        file_keys(lines(tmp_path / "a.jsonl", [{"id": 1}, {"text": "x"}]), "id")
    with pytest.raises(UsageError, match="a document has no 'no'"):
        file_keys(lines(tmp_path / "b.jsonl", RECORDS), "no")


def test_no_batches() -> None:
    assert keys_of([], "id").tolist() == keys_of([Batch([])], None).tolist() == []
