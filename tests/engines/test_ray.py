"""The same pieces over a Ray cluster of several workers on this machine, one of which is killed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from headgate.engines import ray as engine
from headgate.errors import MissingExtra
from headgate.pieces import Job
from headgate.shapes import Columns

SCRIPT = """
import hashlib, json, os, signal, sys, threading, time
from pathlib import Path
from headgate.engines import local, ray as engine
from headgate.pieces import Job
from headgate.reading.find import find
from headgate.shapes import Columns
from headgate.workspace import open_workspace

COLUMNS = Columns("texts", "text")


def job(path, data):
    open_workspace(path, create=True)
    return Job(path, "20260101T000000.000000Z-abcd", "file:sha256:" + "0" * 64, "deobfuscate", (), data, COLUMNS)


def digest(one):
    made = hashlib.sha256()
    for part in sorted((one.workspace / "tables" / "item_scores").glob("part-*.parquet")):
        made.update(part.name.encode() + part.read_bytes())
    return made.hexdigest()


def kill_one(folder, killed):
    while len(list(folder.glob("part-*.parquet"))) < 3:
        time.sleep(0.01)
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                name = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if name.startswith(b"ray::screen_piece") or name.startswith(b"ray::IDLE"):
                os.kill(int(entry.name), signal.SIGKILL)
                killed.append(int(entry.name))
                return


if __name__ == "__main__":
    here, data = Path(sys.argv[1]), Path(sys.argv[2])
    shards = find(data, COLUMNS, rows=50).shards
    on_ray, alone = job(here / "ray", data), job(here / "local", data)
    killed = []
    killer = threading.Thread(target=kill_one, daemon=True, args=(on_ray.workspace / "tables" / "item_scores", killed))
    killer.start()
    done = list(engine.run(on_ray, shards, 3))
    killer.join(60)
    list(local.run(alone, shards, 1))
    print(json.dumps({"killed": len(killed), "rows": sum(one.rows for one in done),
                      "pieces": sorted(one.number for one in done), "same": digest(on_ray) == digest(alone)}))
"""


def test_a_cluster_writes_the_same_bytes_though_a_worker_is_killed(tmp_path: Path) -> None:
    pytest.importorskip("ray")
    data = tmp_path / "data"
    data.mkdir()
    duckdb.execute(f"COPY (SELECT 'plain words number ' || range AS text FROM range(2000)) TO '{data / 'a.parquet'}'")
    (tmp_path / "script.py").write_text(SCRIPT)
    words = [sys.executable, str(tmp_path / "script.py"), str(tmp_path), str(data)]
    ran = subprocess.run(words, capture_output=True, text=True, timeout=240)
    assert ran.returncode == 0, ran.stderr[-2000:]
    said = json.loads(ran.stdout.splitlines()[-1])
    assert said == {"killed": 1, "rows": 2000, "pieces": list(range(40)), "same": True}


def test_without_ray_it_says_which_extra_brings_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    job = Job(tmp_path, "r", "d", "deobfuscate", (), tmp_path, Columns())
    with pytest.raises(MissingExtra, match=r"headgate\[ray\]"):
        list(engine.run(job, [], 1))
