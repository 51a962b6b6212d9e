from __future__ import annotations

import gzip
import json
from pathlib import Path

import duckdb
import pytest

from headgate import zstd
from headgate.collect import dump
from headgate.errors import BadInput, UsageError
from tests.build import model

RECORDS = [model(f"a/m{n}", downloads=n) for n in range(25)]
TEXT = "".join(json.dumps(r) + "\n" for r in RECORDS).encode()


def read(path: Path, start: str | None = None, **params: object) -> tuple[list[dict[str, object]], list[str | None]]:
    found, cursors = [], []
    for page in dump.collect(start, path=path, **params):  # type: ignore[arg-type]
        found += [json.loads(line) for line in page.lines]
        cursors.append(page.next)
    return found, cursors


@pytest.mark.parametrize("ending", [".jsonl", ".jsonl.gz", ".jsonl.zst"])
def test_every_form_of_file(tmp_path: Path, ending: str) -> None:
    packed = {".jsonl": TEXT, ".jsonl.gz": gzip.compress(TEXT), ".jsonl.zst": zstd.compress(TEXT)}[ending]
    (tmp_path / f"d{ending}").write_bytes(packed)
    assert read(tmp_path / f"d{ending}") == (RECORDS, [None])


def test_zstd_in_several_frames_and_a_last_line_without_an_end(tmp_path: Path) -> None:
    halves = TEXT[:300], TEXT[300:].rstrip(b"\n")
    (tmp_path / "d.zst").write_bytes(b"".join(map(zstd.compress, halves)))
    assert read(tmp_path / "d.zst")[0] == RECORDS


def test_parquet_as_public_snapshots_have_it(tmp_path: Path) -> None:
    source = tmp_path / "d.jsonl"
    source.write_bytes(TEXT)
    target = tmp_path / "d.parquet"
    duckdb.connect().execute(f"COPY (SELECT id, modelId, downloads FROM read_json('{source}')) TO '{target}'")
    assert [r["id"] for r in read(target)[0]] == [r["id"] for r in RECORDS]


def test_a_folder_is_read_file_by_file_from_any_page_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dump, "PAGE_LINES", 10)
    folder = tmp_path / "dumps"
    folder.mkdir()
    (folder / "1.jsonl").write_bytes(b"".join(TEXT.splitlines(keepends=True)[:20]))
    (folder / "2.jsonl.gz").write_bytes(gzip.compress(b"".join(TEXT.splitlines(keepends=True)[20:])))
    (folder / "notes.txt").write_text("not a dump")
    found, cursors = read(folder)
    assert found == RECORDS
    assert cursors[-1] is None
    for number, cursor in enumerate(cursors[:-1], 1):
        again, _ = read(folder, cursor)
        assert again == found[min(10 * number, 20) if number < 3 else 20 :]


@pytest.mark.parametrize(
    ("record", "hub", "kind"),
    [
        ({"id": 1, "modelVersions": []}, "civitai", "model"),
        (model("a/x"), "huggingface", "model"),
        ({"id": "a/x", "description": "d"}, "huggingface", "dataset"),
    ],
)
def test_the_shape_is_told_from_the_first_record(
    tmp_path: Path, record: dict[str, object], hub: str, kind: str
) -> None:
    (tmp_path / "d.jsonl").write_text(json.dumps(record))
    page = next(dump.collect(None, path=tmp_path / "d.jsonl"))
    assert (page.hub, page.kind) == (hub, kind)


@pytest.mark.parametrize("text", ["", "{}", "[1]", "not json", '{"id": "a/x"}'])
def test_what_cannot_be_told_is_asked_for(tmp_path: Path, text: str) -> None:
    (tmp_path / "d.jsonl").write_text(text)
    with pytest.raises(UsageError, match="Say so with --shape"):
        read(tmp_path / "d.jsonl")


def test_wrong_words(tmp_path: Path) -> None:
    (tmp_path / "d.jsonl").write_bytes(TEXT)
    with pytest.raises(UsageError, match="no dump at"):
        read(tmp_path / "missing.jsonl")
    with pytest.raises(UsageError, match="no shape 'odd'"):
        read(tmp_path / "d.jsonl", shape="odd")


@pytest.mark.parametrize(("name", "data"), [("d.jsonl.gz", gzip.compress(TEXT)[:-20]), ("d.jsonl.zst", zstd.compress(TEXT)[:-9]),
                                            ("d.gz", b"no gzip"), ("d.zst", b"no zstd at all"), ("d.parquet", b"PAR1")])  # fmt: skip
def test_a_damaged_file_is_one_clear_line(tmp_path: Path, name: str, data: bytes) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(BadInput) as caught:
        read(tmp_path / name, shape="huggingface-models")
    assert name in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_name_is_no_pattern_and_a_folder_no_column(tmp_path: Path) -> None:
    for name, id_ in (("dump1.parquet", "wrong"), ("dump[1].parquet", "right")):
        (tmp_path / "id=evil").mkdir(exist_ok=True)
        sql = f"COPY (SELECT '{id_}' AS id, 'x' AS modelId) TO '{tmp_path}/id=evil/{name}' (FORMAT parquet)"
        duckdb.connect().execute(sql)
    assert [r["id"] for r in read(tmp_path / "id=evil" / "dump[1].parquet")[0]] == ["right"]


def test_a_dump_that_changed_since_is_not_gone_on_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dump, "PAGE_LINES", 10)
    path = tmp_path / "d.jsonl"
    path.write_bytes(TEXT)
    cursor = read(path)[1][0]
    path.write_bytes(TEXT + TEXT)
    with pytest.raises(BadInput, match="has changed since"):
        read(path, cursor)


def test_a_line_longer_than_any_record_is_left_out_in_bounded_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dump, "LONGEST_LINE", 1000)
    monkeypatch.setattr(dump, "PAGE_BYTES", 500)
    path = tmp_path / "d.jsonl"
    records = [json.dumps(r) for r in RECORDS]
    path.write_text("\n".join([records[0], "x" * 5000, records[1], json.dumps({"id": "y" * 980})[:999], records[2]]))
    pages = list(dump.collect(None, path=path))
    assert max(sum(map(len, page.lines)) for page in pages) < 1600
    lines = [line.strip() if isinstance(line, str) else line.decode().strip() for page in pages for line in page.lines]
    assert [lines[0], lines[2], lines[4]] == records[:3]
    assert lines[1].startswith('"a line longer')
