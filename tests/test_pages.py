from __future__ import annotations

import json
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from headgate import zstd
from headgate.pages import page_files, page_path, write_page

KEY = b"a key for the tests"


def lines_of(path: Path) -> list[str]:
    return zstd.decompress(path.read_bytes()).decode().splitlines()


def test_good_records_stay_as_they_are_and_bad_ones_are_counted(tmp_path: Path) -> None:
    good = '{"id": "a/b",  "odd spacing": 1}'
    lines: list[str | bytes] = [good, "", b'{"id":"\xff"}', "[1]", "not json", '{"cut": ', "[" * 100_000, good.encode()]
    counts = write_page(tmp_path / "p.zst", lines, KEY)
    assert lines_of(tmp_path / "p.zst") == [good, good]
    assert counts == {
        "records": 2,
        "rejected_not_utf8": 1,
        "rejected_not_an_object": 1,
        "rejected_not_json": 2,
        "rejected_too_deep": 1,
    }


def test_what_duckdb_cannot_parse_is_mended(tmp_path: Path) -> None:
    write_page(tmp_path / "p.zst", ['{"id":"a\\ud800b","n":NaN,"m":[Infinity,1.5]}'], KEY)
    assert json.loads(lines_of(tmp_path / "p.zst")[0]) == {"id": "a\ufffdb", "n": None, "m": [None, 1.5]}


def test_an_escaped_pair_of_surrogates_is_one_character(tmp_path: Path) -> None:
    write_page(tmp_path / "p.zst", ['{"id":"\\ud83d\\ude00"}'], KEY)
    assert json.loads(lines_of(tmp_path / "p.zst")[0]) == {"id": "\U0001f600"}


def test_pages_are_numbered_from_one(tmp_path: Path) -> None:
    assert page_files(tmp_path, 2) == [str(tmp_path / "page-000001.jsonl.zst"), str(tmp_path / "page-000002.jsonl.zst")]
    assert page_path(tmp_path, 1_000_000).name == "page-1000000.jsonl.zst"


@settings(max_examples=60)
@given(st.lists(st.dictionaries(st.text(max_size=8), st.none() | st.floats() | st.text(max_size=8), max_size=4)))
def test_every_object_becomes_one_line_of_json(tmp_path_factory: object, records: list[dict[str, object]]) -> None:
    path = Path(str(tmp_path_factory.mktemp("pages"))) / "p.zst"  # type: ignore[attr-defined]
    counts = write_page(path, [json.dumps(r) for r in records], KEY)
    kept = zstd.decompress(path.read_bytes()).decode().split("\n")[:-1]
    assert counts["records"] == len(records) == len(kept)
    assert all(isinstance(json.loads(line), dict) for line in kept)


def test_a_mark_at_the_beginning_of_a_file_is_no_part_of_the_record(tmp_path: Path) -> None:
    assert write_page(tmp_path / "p.zst", [b'\xef\xbb\xbf{"id": "a/b"}'], KEY) == {"records": 1}


def test_a_record_too_deep_to_be_rewritten_is_counted_and_the_rest_goes_on(tmp_path: Path) -> None:
    deep = '{"poi": true, "name": "x", "modelVersions": [], "a": ' + "[" * 900 + "NaN" + "]" * 900 + "}"
    counts = write_page(tmp_path / "p.zst", [deep, '{"id": "a/b"}'], KEY)
    assert counts["records"] + counts["rejected_too_deep"] == 2
    assert counts["records"] >= 1
