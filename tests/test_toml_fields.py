from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from headgate.errors import UsageError
from headgate.toml_fields import Where, read_file

WHERE = Where(Path("p.toml"), "rule 1 (r)")


def test_a_message_is_one_line_with_file_part_and_value() -> None:
    with pytest.raises(UsageError) as caught:
        WHERE.number({"at_most": "a\nb"}, "at_most")
    assert str(caught.value) == r"policy p.toml: rule 1 (r) needs a finite number for 'at_most', not 'a\nb'."


def test_dates_are_days() -> None:
    assert WHERE.day({"d": date(2027, 1, 31)}, "d") == WHERE.day({"d": "2027-01-31"}, "d") == date(2027, 1, 31)
    for wrong in (datetime(2027, 1, 31, tzinfo=UTC), "2027-01-31T00:00:00", 20270131, "٢٠٢٧-٠١-٣١", "2027-01-31\n"):
        with pytest.raises(UsageError, match="needs a date such as 2027-01-31 for 'd', not"):
            WHERE.day({"d": wrong}, "d")


def test_numbers_and_days_are_finite() -> None:
    assert WHERE.number({"n": -0.5}, "n") == -0.5
    assert WHERE.number({}, "n") is None
    for wrong in (True, float("nan"), float("-inf"), 10**400, "1", None, [1]):
        with pytest.raises(UsageError, match="needs a finite number"):
            WHERE.number({"n": wrong}, "n")
    assert WHERE.days({"n": 36500}, "n") == 36500
    for wrong in (0, -1, 36500.5):
        with pytest.raises(UsageError, match="needs a number of days"):
            WHERE.days({"n": wrong}, "n")


def test_texts_say_something() -> None:
    assert WHERE.text({"t": " x "}, "t") == " x "
    assert WHERE.optional_text({}, "t") is None
    for wrong in ("", " \t", "x" * 501, 3, None):
        with pytest.raises(UsageError, match="needs the text 't'"):
            WHERE.optional_text({"t": wrong}, "t")


def test_words_tables_and_fields_are_known() -> None:
    assert WHERE.one_of({}, "then", ("a", "b"), "b") == "b"
    with pytest.raises(UsageError, match=r"has then = \"\['a'\]\"; choose a or b"):
        WHERE.one_of({"then": ["a"]}, "then", ("a", "b"), "b")
    assert WHERE.tables({}, "waiver") == []
    with pytest.raises(UsageError, match=r"Write \[\[waiver\]\]"):
        WHERE.tables({"waiver": [1]}, "waiver")
    with pytest.raises(UsageError, match=r"does not know the field 'c'\. It knows a, b"):
        WHERE.only({"a": 1, "c": 2}, ["b", "a"])


def test_a_file_that_is_not_there_or_no_toml_is_told_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"^no plan at .*absent\.toml \(No such file or directory\)\. Write one\.$"):
        read_file(tmp_path / "absent.toml", "plan", "Write one.")
    for content in (b"a = ", b"\xff", b"[[x]]\n[x]\n"):
        (tmp_path / "p.toml").write_bytes(content)
        with pytest.raises(UsageError, match=r"^plan .*p\.toml is not TOML: [^\n]+\.$"):
            read_file(tmp_path / "p.toml", "plan", "Write one.")
