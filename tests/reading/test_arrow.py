from __future__ import annotations

import builtins
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headgate.errors import MissingExtra
from headgate.shapes import Columns
from tests import malformed
from tests.datasets import ROOT, sha, texts, told, whole

pa = pytest.importorskip("pyarrow")


def write(path: Path, batches: list[dict[str, Any]], file: bool = False) -> Path:
    made = [pa.RecordBatch.from_pydict(batch) for batch in batches]
    path.parent.mkdir(parents=True, exist_ok=True)
    with (
        pa.OSFile(str(path), "wb") as sink,
        (pa.ipc.new_file if file else pa.ipc.new_stream)(sink, made[0].schema) as writer,
    ):
        for batch in made:
            writer.write_batch(batch)
    return path


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("arrow")


@settings(max_examples=50, deadline=None)
@given(st.lists(st.lists(st.text(max_size=9), min_size=1, max_size=9), min_size=1, max_size=6), st.booleans(), st.integers(1, 9),
       st.integers(1, 9))  # fmt: skip
def test_shards_lose_and_repeat_nothing(
    scratch: Path, parts: list[list[str]], file: bool, rows: int, size: int
) -> None:
    said = [[text.encode("utf-8", "replace").decode() for text in part] for part in parts]
    path = write(scratch / "a.arrow", [{"text": part} for part in said], file)
    assert texts(path, rows=rows, size=size) == [text for part in said for text in part]


def test_a_folder_saved_by_datasets(tmp_path: Path) -> None:
    for split, number in (("train", 0), ("train", 1), ("test", 0)):
        image = {"bytes": f"{split} {number}".encode(), "path": None}
        rows = {
            "text": [f"{split} {number}", None],
            "image": [image, image],
            "messages": [[{"role": "u", "content": "hi"}]] * 2,
        }
        write(tmp_path / split / f"data-0000{number}-of-00002.arrow", [rows])
        (tmp_path / split / "state.json").write_text("{}")
        (tmp_path / split / "dataset_info.json").write_text("{}")
    write(tmp_path / "train" / "cache-0123.arrow", [{"text": ["what a map left behind"]}])
    (tmp_path / "dataset_dict.json").write_text("{}")
    assert texts(tmp_path) == ["test 0", "", "train 0", "", "train 1", ""]
    assert texts(tmp_path, Columns(text="messages")) == ["hi"] * 6
    batches, troubles = whole(tmp_path, Columns("images"), rows=1)
    assert ([batch.ids for batch in batches][::2], troubles) == (
        [[sha(b"test 0")], [sha(b"train 0")], [sha(b"train 1")]],
        [],
    )


def test_types_of_text(tmp_path: Path) -> None:
    for type_ in (pa.large_string(), pa.string_view(), pa.dictionary(pa.int32(), pa.string())):
        assert texts(write(tmp_path / "a.arrow", [{"text": pa.array(["a", "b", "a"], type_)}])) == ["a", "b", "a"]


def test_a_bad_value_costs_one_row(tmp_path: Path) -> None:
    _, content = malformed.good("arrow")
    at = content.index(b"line 120 says")
    (tmp_path / "a.arrow").write_bytes(content[:at] + b"\xff" + content[at + 1 :])
    for rows in (7, 1_000):
        batches, troubles = whole(tmp_path, rows=rows)
        assert [row for batch in batches for row in batch.rows] == [row for row in range(300) if row != 120]
        assert [(trouble.where, "UTF8" in trouble.why) for trouble in troubles] == [("row 120", True)]


def test_a_file_that_is_cut_off_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    _, content = malformed.good("arrow")
    (tmp_path / "a.arrow").write_bytes(content[:-1_000])
    for rows in (30, 1_000):
        batches, troubles = whole(tmp_path, rows=rows)
        assert [row for batch in batches for row in batch.rows] == list(range(250))
        [(_, where, why)] = told(troubles)
        assert (where, why[:33]) == ("row 250", "and all after it cannot be read (")


def test_without_pyarrow_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.arrow").write_bytes(malformed.good("arrow")[1])
    real = builtins.__import__

    def absent(name: str, *args: Any, **kwargs: Any) -> Any:
        if name.split(".")[0] == "pyarrow":
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", absent)
    with pytest.raises(MissingExtra, match=r"pip install 'headgate\[screen\]'"):
        whole(tmp_path)


def test_a_text_that_a_dictionary_says_once_for_many_rows_does_not_fill_the_memory(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from tests.datasets import ROOT, peak; from headgate.reading import find, read; "
        "from headgate.shapes import Columns; found = find.find(Path(sys.argv[1]), Columns()); "
        "sizes = [len(b.ids) for s in found.shards for b in read.batches(found.root, s, Columns(), [])]; "
        "print(sum(sizes), peak())"
    )
    said = pa.DictionaryArray.from_arrays(pa.array([0] * 150, pa.int32()), pa.array(["word " * 2_000_000]))
    path = tmp_path / "a.arrow"
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_stream(sink, pa.schema([("text", said.type)])) as made:
        made.write_batch(pa.record_batch([said], names=["text"]))
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True, cwd=ROOT)
    items, memory = map(int, done.stdout.split())
    assert items == 150  # 1.5 GB
    assert memory < 700_000  # KiB
