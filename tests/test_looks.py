from __future__ import annotations

import json
import os
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

from headgate import looks
from headgate.errors import WorkspaceError

LINE = {"command": "items", "check": "c", "reason": "why", "items": 3, "outcome": "allowed"}


def _log(path: str) -> None:
    for _ in range(20):
        looks.log(Path(path), **LINE)


def test_a_line_says_who_when_what_and_why(tmp_path: Path) -> None:
    looks.log(tmp_path, **LINE | {"reason": "two\nlines \x1b[31m"})
    (line,) = looks.read(tmp_path)
    assert (tmp_path / "looks.jsonl").read_text().count("\n") == 1
    assert line | LINE | {"reason": ""} == LINE | {"time": line["time"], "who": line["who"], "reason": ""}
    assert str(line["time"]).endswith("+00:00")
    assert str(line["who"]).startswith("user-")
    assert len(str(line["who"])) == 21


def test_the_user_is_a_keyed_pseudonym_whatever_the_environment_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("LOGNAME", "mallory"), ("USER", "mallory"), ("HEADGATE_KEY", "k" * 32)):
        looks.log(tmp_path, **LINE)
        monkeypatch.setenv(name, value)
    looks.log(tmp_path, **LINE)
    who = [line["who"] for line in looks.read(tmp_path)]
    assert who[0] == who[1] == who[2]
    assert who[3] != who[2]
    assert "mallory" not in (tmp_path / "looks.jsonl").read_text()


def test_lines_of_several_processes_stay_whole(tmp_path: Path) -> None:
    with ProcessPoolExecutor(4) as pool:
        list(pool.map(_log, [str(tmp_path)] * 4))
    assert [line["outcome"] for line in looks.read(tmp_path)] == ["allowed"] * 80


def test_a_torn_line_does_not_take_the_next_with_it(tmp_path: Path) -> None:
    looks.log(tmp_path, **LINE)
    file = tmp_path / "looks.jsonl"
    file.write_bytes(file.read_bytes() + b'{"time": "2026-')
    looks.log(tmp_path, **LINE)
    assert [line["outcome"] for line in looks.read(tmp_path)] == ["allowed", "unreadable", "allowed"]
    assert json.loads(file.read_text().splitlines()[2])["items"] == 3


def test_a_line_is_on_the_disk_when_this_returns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[str] = []
    real = os.fsync
    monkeypatch.setattr(
        os, "fsync", lambda handle: (synced.append(os.readlink(f"/proc/self/fd/{handle}")), real(handle))
    )
    looks.log(tmp_path, **LINE)
    assert synced[-2:] == [str(tmp_path / "looks.jsonl"), str(tmp_path)]


def test_a_log_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "looks.jsonl").mkdir()
    with pytest.raises(WorkspaceError, match="so nothing is shown"):
        looks.log(tmp_path, **LINE)
    assert looks.read(tmp_path / "none") == []
