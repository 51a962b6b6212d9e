from __future__ import annotations

from pathlib import Path

import pytest

from headgate import owners
from headgate.errors import UsageError
from headgate.owners import Claim, Line


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("legal@example.org", {"legal@example.org"}),
        ("@Legal @platform", {"@legal", "@platform"}),
        ("Legal Team, Platform Team", {"legal team", "platform team"}),
        ("legal team; TBD", {"legal team"}),
        ("tbd", set()),
        (" Everyone ", set()),
        ("", set()),
    ],
)
def test_who_a_text_names(text: str, named: set[str]) -> None:
    assert owners.people(text) == named


def test_the_last_line_that_matches_counts(tmp_path: Path) -> None:
    path = tmp_path / "OWNERS"
    path.write_text(
        '# who owns what\n*  @platform\n"a licence *" @legal @counsel  # both\n\n"a licence is stated" @legal\nscans\n'
    )
    lines = owners.read(path)
    assert [line.number for line in lines] == [2, 3, 5, 6]
    assert owners.claim(lines, "A licence is stated") == Claim(frozenset({"@legal"}), "line 5 of the owners file")
    assert owners.claim(lines, "a licence fits") == Claim(
        frozenset({"@legal", "@counsel"}), "line 3 of the owners file"
    )
    assert owners.claim(lines, "scans") == Claim(frozenset(), "line 6 of the owners file")
    assert owners.claim(lines, "more scans") == Claim(frozenset({"@platform"}), "line 2 of the owners file")
    assert owners.claim(lines[1:], "more scans") is None


def test_only_a_star_is_a_pattern() -> None:
    line = Line("a.[b]*?", frozenset(), 1)
    assert line.matches("a.[b] and so on?")
    assert not line.matches("axb?")


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no owners at"):
        owners.read(tmp_path / "none")
    path = tmp_path / "OWNERS"
    path.write_text('x @a\n"half a name @legal\n')
    with pytest.raises(UsageError, match="line 2: No closing quotation"):
        owners.read(path)
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match="not UTF-8"):
        owners.read(path)
