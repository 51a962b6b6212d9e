from __future__ import annotations

import csv
import re
from pathlib import Path

import duckdb
import pytest

from headgate.disclosure.questions import FOLDER, load, names
from headgate.errors import BadInput, UsageError

HEAD = "item,kind,answer,text\n,answers,,present absent\n,hint,,pay\n"


def own(tmp_path: Path, *rows: str) -> str:
    path = tmp_path / "own.csv"
    path.write_text(HEAD + "".join(f"{row}\n" for row in rows), encoding="utf-8")
    return str(path)


def test_the_sets_there_are() -> None:
    assert names() == ["disclosure_gaps", "metric_coverage", "norm_statements", "values_lens", "withheld_facts"]


@pytest.mark.parametrize("name", names())
def test_a_set_is_whole(name: str) -> None:
    found = load(name)
    items = {item.name for item in found.items}
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["item"] for row in rows if row["kind"] in {"says", "plain", "under", "unless", "pair"}} <= items
    for item in found.items:
        assert item.question.endswith((".", "?"))
        assert {rule.answer for rule in item.rules} <= set(found.answers[:-1])
        assert item.rules
    assert duckdb.execute("SELECT regexp_matches('x', $1)", [f"(?i){found.hint}"]).fetchall()  # RE2 can read it


def test_a_set_of_ones_own(tmp_path: Path) -> None:
    path = own(tmp_path, "people,words,,workers|staff", "pay,ask,required,Were they paid?",
               "pay,says,present,{people} ~ paid|paid ?work", "pay,unless,,paid api")  # fmt: skip
    found = load(path)
    assert (found.name, found.answers, found.none) == ("own", ("present", "absent"), "absent")
    (item,) = found.items
    assert (item.question, item.required, item.pair) == ("Were they paid?", True, "")
    pattern = item.rules[0].pattern
    assert [bool(pattern.search(text)) for text in (
        "the staff paid", "the staff was well and fairly\n paid", "staff a b c d e f g paid", "overstaff paid", "paidwork",
    )] == [True, True, False, False, True]  # fmt: skip


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("pay,says,present,(a+)+b", "could take too long"), ("pay,says,present,(x|y)*", "could take too long"),
        ("pay,says,present,(", "is no regular expression"), ("pay,shouts,present,x", "no such kind"),
        ("pay,says,present,", "no text"), (",answers,,a b", "2 rows of kind answers"),
    ],
)  # fmt: skip
def test_a_bad_row_is_named(tmp_path: Path, row: str, words: str) -> None:
    with pytest.raises(BadInput, match=re.escape(words)):
        load(own(tmp_path, "pay,ask,required,Paid?", row))


def test_no_such_set_and_no_such_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no set of questions 'boilerplate'\. There are disclosure_gaps"):
        load("boilerplate")
    with pytest.raises(BadInput, match="cannot read the questions"):
        load(str(tmp_path / "none.csv"))
