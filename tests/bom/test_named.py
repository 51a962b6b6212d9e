from __future__ import annotations

from pathlib import Path

import pytest

from headgate.bom import named
from headgate.errors import UsageError


def test_one_way_of_naming(tmp_path: Path) -> None:
    assert named.wanted(["a/b", "c/d"], None) == ["a/b", "c/d"]
    assert named.wanted([], None, everything=True) is None
    for names, everything in ([], False), (["a/b"], True):
        with pytest.raises(UsageError, match="in one way"):
            named.wanted(names, None, everything=everything)
    with pytest.raises(UsageError, match="in one way"):
        named.wanted(["a/b"], tmp_path)


def test_a_list_of_refs(tmp_path: Path) -> None:
    file = tmp_path / "list.txt"
    file.write_bytes(b"\xef\xbb\xbf# shortlist\r\na/b\r\n\r\n  hf:dataset:c/d  # why\n")
    assert named.read(file) == ["a/b", "hf:dataset:c/d"]
    assert named.wanted([], file) == ["a/b", "hf:dataset:c/d"]


@pytest.mark.parametrize("content", [b"# nothing\n", b"\xff\xfe", None])
def test_a_list_that_names_nothing_is_a_wrong_call(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "list.txt"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(UsageError, match=r"names no artifact|cannot read the list"):
        named.read(file)
