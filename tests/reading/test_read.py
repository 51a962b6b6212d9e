"""Thirty malformed files of every format: a line of trouble for each, no other error, and the rest is read."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from headgate.errors import BadInput
from headgate.reading import find, read
from headgate.shapes import Columns, Shard, Trouble
from tests import malformed
from tests.datasets import told, whole

NEEDS = {"arrow": "pyarrow"}


def columns(format_: str) -> Columns:
    return Columns("images" if format_ == "images" else "texts")


@pytest.mark.parametrize("format_", malformed.FORMATS)
def test_malformed_files_are_told_one_by_one(tmp_path: Path, format_: str) -> None:
    pytest.importorskip(NEEDS.get(format_, "headgate"))
    paths = malformed.make(tmp_path, format_)
    assert len(paths) >= 30
    for path in paths:
        try:
            batches, troubles = whole(path, columns(format_), rows=2_000, size=70)
            lines = [trouble.why for trouble in troubles]
            assert {trouble.file for trouble in troubles} <= {path.name}
        except BadInput as error:
            batches, lines = [], [str(error)]
        assert lines, path
        assert all(line.isprintable() and 0 < len(line) < 400 for line in lines), lines
        assert len(
            {(row, text) for batch in batches for row, text in zip(batch.rows, batch.texts, strict=False)}
        ) == sum(len(batch.texts) for batch in batches)


@pytest.mark.parametrize("format_", malformed.FORMATS)
def test_good_files_among_them_are_read(tmp_path: Path, format_: str) -> None:
    pytest.importorskip(NEEDS.get(format_, "headgate"))
    paths = malformed.make(tmp_path, format_)
    ending, content = malformed.good(format_)
    for name in ("00/good", "99/good"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / f"{name}{ending}").write_bytes(content)
    troubles: list[Trouble] = []
    dataset = find.find(tmp_path, columns(format_))
    good = 0
    for shard in dataset.shards:
        for batch in read.batches(dataset.root, shard, columns(format_), troubles):
            good += len(batch.ids) if "good" in shard.file or format_ == "images" else 0
    assert good == 2 * {"images": 1, "parquet": 6144}.get(format_, malformed.GOOD)
    assert {t.file for t in (*dataset.troubles, *troubles)} == {path.relative_to(tmp_path).as_posix() for path in paths}


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="memory is measured as Linux counts it")
@pytest.mark.parametrize("format_", ["text", "jsonl", "csv", "parquet", "tar"])
def test_memory_stays_within_bounds(tmp_path: Path, format_: str) -> None:
    malformed.make(tmp_path, format_)
    code = (
        "import sys; from pathlib import Path; from tests.datasets import peak, whole; "
        "whole(Path(sys.argv[1])); print(peak())"
    )
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True, cwd=root
    )
    assert int(done.stdout) < 700_000  # KiB


def test_a_file_that_changed_since_it_was_found_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"text": "a"}\n')
    dataset = find.find(tmp_path, Columns())
    (tmp_path / "a.jsonl").unlink()
    troubles: list[Trouble] = []
    assert list(read.batches(dataset.root, dataset.shards[0], Columns(), troubles)) == []
    assert told(troubles) == [("a.jsonl", None, "No such file or directory")]


def test_troubles_of_noise_are_counted_from_the_thousandth_on(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"\xff\n" * 2_500)
    troubles: list[Trouble] = []
    assert list(read.batches(tmp_path, Shard(0, "a.txt", "text"), Columns(), troubles)) == []
    assert len(troubles) == 1_001
    assert told(troubles)[-1] == ("a.txt", "and further on", "1500 more of its items cannot be read")


def test_every_batch_of_a_dataset_comes_in_order_with_its_file(tmp_path: Path) -> None:
    for name, texts in (("b.jsonl", ["three"]), ("a.jsonl", ["one", "two"])):
        (tmp_path / name).write_text("".join(f'{{"text": "{text}"}}\n' for text in texts))
    with (tmp_path / "b.jsonl").open("a") as file:
        file.write("{\n")
    troubles: list[Trouble] = []
    made = list(read.every(find.find(tmp_path, Columns(), rows=1), Columns(), troubles))
    assert [(batch.file, text) for batch in made for text in batch.texts] == [
        ("a.jsonl", "one"), ("a.jsonl", "two"), ("b.jsonl", "three"),
    ]  # fmt: skip
    assert told(troubles) == [("b.jsonl", "line 2", troubles[0].why)]
