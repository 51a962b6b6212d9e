"""A collection that is killed goes on where it was: nothing lost, nothing doubled, a page fetched again at most."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from headgate import runs, workspace, zstd
from tests.fakehub import FakeHub, civitai_models, hf_models

TOKEN = "hf_kept0secret0of0the0test"
KILLS = 50


def environment(hub: FakeHub) -> dict[str, str]:
    own = {
        "HF_ENDPOINT": hub.url,
        "CIVITAI_ENDPOINT": hub.url,
        "HF_TOKEN": TOKEN,
        "CIVITAI_TOKEN": TOKEN,
        "HEADGATE_MAX_WAIT": "0",
    }
    return dict(os.environ) | own


def start(into: Path, env: Mapping[str, str], method: str = "huggingface", size: int = 5) -> subprocess.Popen[str]:
    words = [sys.executable, "-m", "headgate", "collect", method, "--into", str(into), "--page-size", str(size)]
    return subprocess.Popen(
        words, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        # a shell gives its background jobs an ignored SIGINT, which children inherit
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL) and None,
    )  # fmt: skip


def wait_for(hub: FakeHub, pages: int, process: subprocess.Popen[str]) -> None:
    """Until the hub was asked for `pages` pages, or the process is at its end."""
    while len(hub.pages()) < pages and process.poll() is None:
        time.sleep(0.002)


def no_token(folder: Path) -> bool:
    for path in folder.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            data += zstd.decompress(data) if path.name.endswith(".jsonl.zst") else b""
            if TOKEN.encode() in data:
                return False
    return True


@pytest.mark.slow
def test_fifty_kills_lose_at_most_a_page_each(tmp_path: Path) -> None:
    rng = random.Random(20261121)
    models = hf_models(450)
    wanted = sorted(f"hf:model:{model['id']}" for model in models)
    kills = rounds = asked_before = 0
    with FakeHub(models=models, delay=0.01) as hub:
        env = environment(hub)
        while kills < KILLS:
            rounds += 1
            into = tmp_path / f"w{rounds}"
            kills_here = 0
            while True:
                process = start(into, env)
                if kills < KILLS:
                    # Somewhere before, between or after the next few pages: start, fetch, write, derive.
                    wait_for(hub, len(hub.pages()) + rng.randrange(4), process)
                    time.sleep(rng.random() * rng.choice([0.02, 0.1, 0.4]))
                    killed = process.poll() is None
                    process.kill()
                    kills, kills_here = kills + killed, kills_here + killed
                out, err = process.communicate()
                assert TOKEN not in out + err
                assert process.returncode in {0, -signal.SIGKILL}, err
                if any(run.status == "done" for run in runs.read_all(into) if into.exists()):
                    break
            ws = workspace.open_workspace(into)
            assert [ref for (ref,) in ws.db.execute("SELECT ref FROM artifacts ORDER BY ref").fetchall()] == wanted
            assert ws.db.execute("SELECT count(*) FROM observations").fetchall() == [(450,)]
            assert ws.db.execute("SELECT count(*), count(DISTINCT artifact) FROM files").fetchall() == [(450, 450)]
            (made,) = [run for run in runs.read_all(into) if run.pages]
            assert (made.status, made.pages, made.counts["duplicates"]) == ("done", 90, 0)
            assert len(hub.pages()) - asked_before <= 90 + kills_here
            asked_before = len(hub.pages())
            assert no_token(into)
    assert kills == KILLS


@pytest.mark.parametrize(("sign", "code"), [(signal.SIGINT, 2), (signal.SIGTERM, -signal.SIGTERM)])
@pytest.mark.parametrize("method", ["huggingface", "civitai"])
def test_an_interrupted_collection_goes_on(method: str, sign: signal.Signals, code: int, tmp_path: Path) -> None:
    with FakeHub(models=hf_models(40), civitai=civitai_models(40), delay=0.1) as hub:
        env = environment(hub)
        process = start(tmp_path, env, method, 4)
        wait_for(hub, 4, process)
        process.send_signal(sign)
        out, err = process.communicate()
        assert process.returncode == code, err
        if sign == signal.SIGINT:
            assert err.strip() == "headgate: interrupted; the same command goes on from here."
        assert out == ""
        (made,) = runs.read_all(tmp_path)
        assert made.status == "running"
        assert 1 <= made.pages < 10
        process = start(tmp_path, env, method, 4)
        out, err = process.communicate()
        assert process.returncode == 0, err
        assert len(hub.pages()) <= 11
    ws = workspace.open_workspace(tmp_path)
    assert ws.db.execute("SELECT count(*), count(DISTINCT ref) FROM artifacts WHERE kind = 'model'").fetchall() == [
        (40, 40)
    ]
    assert len(runs.read_all(tmp_path)) == 1
    assert no_token(tmp_path)


def test_all_faults_and_kills_together(tmp_path: Path) -> None:
    rng = random.Random(7)
    models = civitai_models(60)
    faults = dict.fromkeys(
        ("429", "429-retry-after", "504", "cut", "html", "garbage", "off-by-one", "duplicates", "empty-page"), 3
    )
    with FakeHub(civitai=models, faults=faults, delay=0.005) as hub:
        env = environment(hub)
        for _ in range(6):
            process = start(tmp_path, env, "civitai", 3)
            wait_for(hub, len(hub.pages()) + 3, process)
            time.sleep(rng.random() * 0.05)
            process.kill()
            process.communicate()
        process = start(tmp_path, env, "civitai", 3)
        _, err = process.communicate()
    assert process.returncode == 0, err
    ws = workspace.open_workspace(tmp_path)
    found = {ref for (ref,) in ws.db.execute("SELECT ref FROM artifacts").fetchall()}
    assert found == {f"civitai:model:{m['id']}" for m in models} | {
        f"civitai:version:{v['id']}" for m in models for v in m["modelVersions"]
    }
    assert ws.db.execute("SELECT count(*) FROM artifacts").fetchall() == [(len(found),)]
