from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headgate.errors import UsageError
from headgate.shapes import Columns
from tests.datasets import texts, told, whole


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("text")


LINES = st.text(st.characters(exclude_characters="\n\0", exclude_categories=["Cs"]), max_size=15)


@settings(max_examples=60, deadline=None)
@given(st.lists(LINES, max_size=30).filter(lambda said: any(text.strip() for text in said)), st.sampled_from(["\n", "\r\n"]),
       st.booleans(), st.integers(1, 9), st.integers(1, 9))  # fmt: skip
def test_shards_lose_and_repeat_nothing(
    scratch: Path, said: list[str], end: str, ends: bool, rows: int, size: int
) -> None:
    path = scratch / "a.txt"
    path.write_bytes((end.join(said) + end * ends).encode())
    expected = [text.removesuffix("\r") for text in said] if end == "\n" else list(said)
    expected[-1] = said[-1].removesuffix("\r") if not ends else expected[-1]
    expected[0] = expected[0].removeprefix("\ufeff")
    assert texts(path, rows=rows, size=size) == [text for text in expected if text and not text.isspace()]


def test_what_is_no_text_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"a\n\xff\n\nb\0\nc")
    [batch], troubles = whole(tmp_path)
    assert (batch.texts, batch.rows) == (["a", "c"], [0, 8])
    assert told(troubles) == [
        ("a.txt", "line 2", "is not UTF-8"), ("a.txt", "line 4", "holds NUL bytes; is it UTF-16 or no text?"),
    ]  # fmt: skip


def test_text_has_no_tables(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("a\n")
    with pytest.raises(UsageError, match="no data that holds table"):
        whole(tmp_path, Columns("table"))
