from __future__ import annotations

import json
import os
from hashlib import sha256
from pathlib import Path

import pytest

from headgate.collect import folder
from headgate.errors import BadInput, UsageError
from headgate.reading.find import find
from headgate.shapes import Columns
from tests.datasets import texts, told

LINE = '{"text": "a"}\n'


def fill(root: Path, files: dict[str, str]) -> Path:
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(content)
    return root


def test_data_is_found_in_order_and_what_describes_it_is_not(tmp_path: Path) -> None:
    fill(tmp_path, {
        "data/train-1.jsonl": LINE, "data/test.jsonl": LINE, "b.csv": "text\nx\n", "README.md": "# a", "LICENSE.txt": "free", "a.txt": "line\n",
        "dataset_info.json": "{}", ".hidden.jsonl": LINE, ".git/a.txt": "x", "requirements.txt": "numpy", "code.py": "1", "config.json": "{}",
    })  # fmt: skip
    found = find(tmp_path, Columns())
    assert [(shard.number, shard.file, shard.format) for shard in found.shards] == [
        (0, "a.txt", "text"), (1, "b.csv", "csv"), (2, "data/test.jsonl", "jsonl"), (3, "data/train-1.jsonl", "jsonl"),
    ]  # fmt: skip
    assert (found.troubles, found.root) == ((), tmp_path.resolve())
    assert [shard.file for shard in find(tmp_path, Columns("table")).shards] == [
        "b.csv",
        "data/test.jsonl",
        "data/train-1.jsonl",
    ]


def test_a_folder_is_called_as_collect_calls_it(tmp_path: Path) -> None:
    fill(
        tmp_path / "d",
        {"data/a.jsonl": LINE, "README.md": "---\nlicense: mit\n---\n", "z/b.csv": "text\nx\n", ".git/HEAD": "ref"},
    )
    [page] = folder.collect(None, path=tmp_path / "d", kind="dataset")
    [record] = map(json.loads, page.lines)
    assert find(tmp_path / "d", Columns()).ref == f"file:sha256:{record['sha']}"


def test_a_snapshot_of_the_hub_s_cache_is_read_through_its_links(tmp_path: Path) -> None:
    repo = fill(tmp_path / "datasets--o--n", {"blobs/abc": LINE})
    snapshot = repo / "snapshots" / "c0ffee"
    snapshot.mkdir(parents=True)
    (snapshot / "a.jsonl").symlink_to("../../blobs/abc")
    [page] = folder.collect(None, path=snapshot)
    assert find(snapshot, Columns()).ref == f"file:sha256:{json.loads(page.lines[0])['sha']}"
    assert texts(snapshot) == ["a"]


def test_a_file_is_called_by_its_hash(tmp_path: Path) -> None:
    fill(tmp_path, {"a.jsonl": LINE, "b.jsonl": LINE})
    found = find(tmp_path / "a.jsonl", Columns())
    assert found.ref == f"file:sha256:{sha256(LINE.encode()).hexdigest()}"
    assert (found.root, [shard.file for shard in found.shards]) == (tmp_path.resolve(), ["a.jsonl"])


def test_the_rows_of_a_shard_change_neither_ref_nor_items(tmp_path: Path) -> None:
    fill(tmp_path, {"a.jsonl": LINE * 50})
    small, large = find(tmp_path, Columns(), rows=7), find(tmp_path, Columns())
    assert (len(small.shards), len(large.shards), small.ref == large.ref) == (8, 1, True)
    assert [shard.number for shard in small.shards] == list(range(8))


def test_json_is_data_where_it_is_all_there_is_or_is_named(tmp_path: Path) -> None:
    fill(tmp_path / "a", {"train.json": LINE})
    assert texts(tmp_path / "a") == ["a"]
    card = "---\nconfigs:\n- config_name: default\n  data_files:\n  - split: train\n    path: data/train*.json\n---\n"
    fill(tmp_path / "b", {"README.md": card, "data/train-0.json": LINE, "other.json": "{}", "c.jsonl": LINE})
    assert [shard.file for shard in find(tmp_path / "b", Columns()).shards] == ["c.jsonl", "data/train-0.json"]


def test_a_json_array_is_data_too(tmp_path: Path) -> None:
    fill(tmp_path, {"a.json": '[\n {"text": "a"},\n {"text": "b"}\n]'})
    assert texts(tmp_path) == ["a", "b"]


def test_what_cannot_be_read_is_told_by_file(tmp_path: Path) -> None:
    fill(tmp_path, {"a.jsonl": LINE, "b.jsonl": "", "c.parquet": "no", "d.jsonl": '{"n": 1}\n', "e.zip": "PK"})
    os.mkfifo(tmp_path / "f.jsonl")
    (tmp_path / "g.jsonl").symlink_to("/etc/hostname")
    found = find(tmp_path, Columns())
    assert [shard.file for shard in found.shards] == ["a.jsonl"]
    assert sorted((file, why.split(" (")[0]) for file, _, why in told(found.troubles)) == [
        ("b.jsonl", "is empty"), ("c.parquet", "cannot be read"),
        ("d.jsonl", "no column of texts is known by its name; name it with --text. Its columns are: n."),
        ("e.zip", "a format that is not read; turn it into Parquet, JSON Lines or CSV"),
        ("f.jsonl", "is a pipe, a socket or a device; it is left out"),
        ("g.jsonl", "is a link to a folder or out of the folder; it is not followed"),
    ]  # fmt: skip


def test_the_columns_there_are_are_named_in_full(tmp_path: Path) -> None:
    names = ["number", "functionality", "case_identifier", "gold_label", "test_case"]
    fill(tmp_path, {"cases.csv": ",".join(names) + "\n1,2,3,4,5\n"})
    with pytest.raises(BadInput, match=f"Its columns are: {', '.join(names)}"):
        find(tmp_path / "cases.csv", Columns("texts", None, None))


def test_wrong_paths_end_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="nothing at"):
        find(tmp_path / "absent", Columns())
    with pytest.raises(UsageError, match="no data that holds texts"):
        find(tmp_path, Columns())
    (tmp_path / "a.jsonl").symlink_to("a.jsonl")
    with pytest.raises(UsageError, match="nothing at"):
        find(tmp_path / "a.jsonl", Columns())
    os.mkfifo(tmp_path / "p")
    with pytest.raises(BadInput, match="Name a regular file"):
        find(tmp_path / "p", Columns())
    fill(tmp_path, {"e.parquet": "no"})
    with pytest.raises(BadInput, match=r"e\.parquet: cannot be read"):
        find(tmp_path / "e.parquet", Columns())
    with pytest.raises(UsageError, match="0 rows"):
        find(tmp_path, Columns(), rows=0)


def test_where_nothing_can_be_read_the_first_is_told_and_the_others_counted(tmp_path: Path) -> None:
    fill(tmp_path, {"a.parquet": "none", "b.parquet": "none", "c.jsonl": ""})
    with pytest.raises(BadInput, match=r"a\.parquet: .* \(and 2 more\)$"):
        find(tmp_path, Columns())
