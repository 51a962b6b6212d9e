from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from headgate import runs
from headgate.errors import WorkspaceError
from headgate.shapes import Run


def made(id_: str, method: str = "m", status: str = "done", **fields: object) -> Run:
    return Run(id_, "collect", method, "0", {}, "2025-01-01T00:00:00+00:00", status, **fields)  # type: ignore[arg-type]


def test_a_record_comes_back_as_it_went(tmp_path: Path) -> None:
    run = made("1", counts={"records": 3}, cursor="0:20", replaces=["edges/x"])
    runs.save(tmp_path, run)
    assert runs.read_all(tmp_path) == [run]


def test_a_record_of_a_later_version_is_read_and_a_damaged_one_named(tmp_path: Path) -> None:
    runs.save(tmp_path, made("1"))
    file = tmp_path / "runs" / "1.json"
    file.write_text(file.read_text().replace('"id"', '"new_field": 1, "id"'))
    assert runs.read_all(tmp_path) == [made("1")]
    file.write_text("{")
    with pytest.raises(WorkspaceError, match=r"1\.json cannot be read"):
        runs.read_all(tmp_path)


def test_latest_is_by_method_finished_and_of_its_time() -> None:
    listed = [made("1"), made("2"), made("3", status="failed"), made("4", "other")]
    listed[1].started = "2025-06-01T00:00:00+00:00"
    assert runs.latest(listed) == {"2", "4"}
    assert runs.latest(listed, datetime(2025, 2, 1, tzinfo=UTC)) == {"1", "4"}


def test_only_the_same_words_go_on_with_an_interrupted_run() -> None:
    stopped = made("1", status="running")
    stopped.params = {"path": "x"}
    assert runs.unfinished([stopped], "collect", "m", {"path": "x"}) is stopped
    assert runs.unfinished([stopped], "collect", "m", {"path": "y"}) is None
    assert runs.unfinished([stopped], "collect", "other", {"path": "x"}) is None
    assert runs.unfinished([made("1")], "collect", "m", {}) is None


def test_one_process_at_a_time_holds_a_lock(tmp_path: Path) -> None:
    (tmp_path / "runs").mkdir()
    with runs.locked(tmp_path, "1"), pytest.raises(WorkspaceError, match="another process"), runs.locked(tmp_path, "1"):
        pass
    with runs.locked(tmp_path, "1"), runs.locked(tmp_path, "2"):
        pass


def test_ids_tell_the_order_of_runs_whatever_the_clock_did(tmp_path: Path) -> None:
    now = datetime(2025, 1, 1, tzinfo=UTC)
    (tmp_path / "runs").mkdir()
    assert runs.after(tmp_path, now) == now
    runs.save(tmp_path, made("20990101T000000.000007Z-abcd"))
    assert runs.after(tmp_path, now) == datetime(2099, 1, 1, 0, 0, 0, 8, tzinfo=UTC)
    (tmp_path / "runs" / "zzz.json").write_text("{}")
    assert runs.after(tmp_path, now) == now
