"""The embedded engine, with real processes that are really killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from multiprocessing import resource_tracker
from pathlib import Path

import duckdb
import pytest

from headgate import pieces
from headgate.engines import local
from headgate.errors import BadInput
from headgate.pieces import Job
from headgate.reading.find import find
from headgate.shapes import Columns
from headgate.workspace import open_workspace

COLUMNS = Columns("texts", "text")


def made(folder: Path, texts: int) -> Path:
    folder.mkdir(exist_ok=True)
    duckdb.execute(
        f"COPY (SELECT 'plain words number ' || range AS text FROM range({texts})) TO '{folder / 'a.parquet'}'"
    )
    return folder


def job(path: Path, data: Path) -> Job:
    open_workspace(path, create=True)
    return Job(path, "20260101T000000.000000Z-abcd", "file:sha256:" + "0" * 64, "deobfuscate", (), data, COLUMNS)


def bytes_of(one: Job) -> dict[str, bytes]:
    folder = one.workspace / "tables" / "item_scores"
    return {path.name: path.read_bytes() for path in sorted(folder.glob("part-*.parquet"))}


def test_one_process_and_several_write_the_same_bytes(tmp_path: Path) -> None:
    data = made(tmp_path / "data", 900)
    shards = find(data, COLUMNS, rows=100).shards
    assert len(shards) == 9
    alone, together = job(tmp_path / "a", data), job(tmp_path / "b", data)
    first = sorted(local.run(alone, shards, 1), key=lambda done: done.number)
    second = sorted(local.run(together, shards, 3), key=lambda done: done.number)
    assert first == second
    assert sum(done.rows for done in first) == 900
    assert bytes_of(alone) == bytes_of(together)
    assert len(bytes_of(alone)) == 9


def test_a_piece_that_is_whole_is_not_done_again(tmp_path: Path) -> None:
    data = made(tmp_path / "data", 200)
    shards = find(data, COLUMNS, rows=100).shards
    one = job(tmp_path / "a", data)
    (first,) = local.run(one, shards[:1], 1)
    part = one.workspace / "tables" / "item_scores" / next(iter(bytes_of(one)))
    before = part.stat().st_mtime_ns
    (data / "a.parquet").unlink()  # reading it again would fail
    assert pieces.screen_piece(one, shards[0]) == first
    assert part.stat().st_mtime_ns == before


def test_a_piece_without_its_note_is_done_again(tmp_path: Path) -> None:
    data = made(tmp_path / "data", 100)
    (shard,) = find(data, COLUMNS, rows=100).shards
    one = job(tmp_path / "a", data)
    done = pieces.screen_piece(one, shard)
    (note,) = (one.workspace / "tables" / "item_scores").glob(".part-*.json")
    assert json.loads(note.read_text())["rows"] == 100
    note.unlink()
    assert pieces.finished(one, 0) is None
    assert pieces.screen_piece(one, shard) == done


SCRIPT = """
import sys
from pathlib import Path
from headgate import screening
from headgate.workspace import open_workspace
if __name__ == "__main__":
    ws = open_workspace(sys.argv[1], create=True)
    made = screening.screen(ws, "deobfuscate", Path(sys.argv[2]), workers=2, piece=50)
    print(made.run.rows["item_scores"])
"""


def children(pid: int) -> list[int]:
    """Processes that `pid` spawned for work, the helper that tracks resources aside."""
    listed = Path(f"/proc/{pid}/task/{pid}/children")
    found = [int(word) for word in listed.read_text().split()] if listed.exists() else []
    return [one for one in found if b"spawn_main" in Path(f"/proc/{one}/cmdline").read_bytes()]


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="needs /proc to find the worker")
@pytest.mark.parametrize("victim", ["worker", "driver"])
def test_what_is_killed_midway_loses_nothing(tmp_path: Path, victim: str) -> None:
    data = made(tmp_path / "data", 3_000)
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    words = [sys.executable, str(script), str(tmp_path / "w"), str(data)]
    running = subprocess.Popen(words, stdout=subprocess.PIPE, text=True, start_new_session=True)
    parts = tmp_path / "w" / "tables" / "item_scores"
    deadline = time.monotonic() + 60
    while len(list(parts.glob("part-*.parquet"))) < 5 and time.monotonic() < deadline:
        time.sleep(0.01)
    if victim == "worker":
        os.kill(children(running.pid)[0], signal.SIGKILL)
        out, _ = running.communicate(timeout=120)
        assert running.returncode == 0
    else:
        os.killpg(running.pid, signal.SIGKILL)
        running.communicate()
        before = {path: path.stat().st_mtime_ns for path in parts.glob("part-*.parquet")}
        assert 5 <= len(before) < 60
        out = subprocess.run(words, capture_output=True, text=True, check=True).stdout
        again = [path for path, written in before.items() if path.stat().st_mtime_ns != written]
        assert len(again) <= 2  # what was written, but not yet noted as whole
    assert out.split() == ["3000"]
    ws = open_workspace(tmp_path / "w")
    counted = ws.db.execute('SELECT count(*), count(DISTINCT item), count(DISTINCT "row") FROM item_scores').fetchall()
    assert counted == [(3000, 3000, 3000)]
    assert not list(parts.glob(".part-*"))


def test_a_piece_that_kills_every_process_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = made(tmp_path / "data", 300)
    shards = find(data, COLUMNS, rows=100).shards
    one = job(tmp_path / "a", data)
    resource_tracker.ensure_running()  # which is a spawned process too, and would die with them
    # a spawned process dies at once: what it would run first does not exist
    monkeypatch.setattr("multiprocessing.spawn._python_exe", b"/bin/false")
    with pytest.raises(BadInput, match=r"a\.parquet \(piece 0\) was killed twice"):
        list(local.run(one, shards, 2))


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="needs /proc to find the worker")
def test_workers_do_not_outlive_a_driver_that_is_killed(tmp_path: Path) -> None:
    data = made(tmp_path / "data", 3_000)
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    running = subprocess.Popen([sys.executable, str(script), str(tmp_path / "w"), str(data)])
    deadline = time.monotonic() + 60
    while not list(tmp_path.glob("w/tables/item_scores/part-*.parquet")) and time.monotonic() < deadline:
        time.sleep(0.01)
    workers = [Path(f"/proc/{pid}") for pid in children(running.pid)]
    assert workers
    running.kill()
    running.wait()
    while any(worker.exists() for worker in workers) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert [worker for worker in workers if worker.exists()] == []
