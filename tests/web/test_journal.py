from __future__ import annotations

import json
from pathlib import Path

import pytest

from headgate.errors import WorkspaceError
from headgate.web import journal
from headgate.web.sessions import Session


def test_a_line_says_when_who_what_and_the_newest_comes_first(tmp_path: Path) -> None:
    session = Session()
    for number in range(5):
        journal.log(tmp_path, session, "policy", old=None, new=str(number))
    journal.log(tmp_path, session, "something else", new="9")
    lines = journal.last(tmp_path, "policy", 3)
    assert [line["new"] for line in lines] == ["4", "3", "2"]
    assert str(lines[0]["time"]).endswith("+00:00")
    assert str(lines[0]["who"]).startswith("user-")
    assert session.id not in (tmp_path / "changes.jsonl").read_text()
    assert len({line["browser"] for line in lines}) == 1


def test_two_browsers_are_told_apart(tmp_path: Path) -> None:
    for _ in range(2):
        journal.log(tmp_path, Session(), "policy", new="x")
    assert len({line["browser"] for line in journal.last(tmp_path, "policy", 9)}) == 2


def test_a_torn_line_and_hostile_facts_do_no_harm(tmp_path: Path) -> None:
    journal.log(tmp_path, Session(), "policy", new="a\nb")
    file = tmp_path / "changes.jsonl"
    file.write_bytes(file.read_bytes() + b'{"what": "policy", "ne')
    journal.log(tmp_path, Session(), "policy", new="c")
    assert [line["new"] for line in journal.last(tmp_path, "policy", 9)] == ["c", "a\nb"]
    assert len(file.read_text().splitlines()) == 3
    assert json.loads(file.read_text().splitlines()[0])["new"] == "a\nb"


def test_of_a_long_log_the_end_is_read(tmp_path: Path) -> None:
    (tmp_path / "changes.jsonl").write_bytes(b'{"what": "policy", "new": "old"}\n' + b"x" * 300_000 + b"\n")
    journal.log(tmp_path, Session(), "policy", new="c")
    assert [line["new"] for line in journal.last(tmp_path, "policy", 9)] == ["c"]


def test_there_may_be_no_log(tmp_path: Path) -> None:
    assert journal.last(tmp_path, "policy", 9) == []


def test_where_no_line_can_be_written_it_says_that_nothing_is_changed(tmp_path: Path) -> None:
    (tmp_path / "changes.jsonl").mkdir()
    with pytest.raises(WorkspaceError, match="nothing is changed"):
        journal.log(tmp_path, Session(), "policy", new="c")
