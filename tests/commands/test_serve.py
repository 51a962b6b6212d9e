"""`headgate serve` as a user runs it: it prints where, answers there, asks for a token elsewhere, ends when told."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

pytest.importorskip("fastapi")

from headgate.commands import serve
from tests.build import collect, model
from tests.calling import call


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("served") / "w"
    collect(found, [model("org/base")], observed="2025-01-01")
    return found


@contextmanager
def started(*words: object, **env: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    command = [sys.executable, "-m", "headgate", "serve", *map(str, words)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ | env)
    try:
        assert process.stdout
        yield process, process.stdout.readline().strip()
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=20) in (0, 2, -signal.SIGINT)
        for pipe in (process.stdout, process.stderr):
            assert pipe
            assert "Traceback" not in pipe.read()
            pipe.close()


def test_it_prints_where_it_is_and_answers_there(path: Path) -> None:
    with started(path, "--port", 0) as (_, address):
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/", address)
        assert "org/base" in httpx2.get(address + "catalogue").text


def test_any_other_address_asks_for_a_token(path: Path) -> None:
    with started("-w", path, "--port", 0, "--host", "0.0.0.0") as (_, address):
        found = re.fullmatch(r"http://0\.0\.0\.0:(\d+)/\?token=(\S{24,})", address)
        assert found
        here = f"http://127.0.0.1:{found[1]}/catalogue"
        assert httpx2.get(here).status_code == 401
        assert httpx2.get(here, headers={"authorization": f"Bearer {found[2]}"}).status_code == 200


def test_a_token_of_ones_own(path: Path) -> None:
    with started(path, "--port", 0, HEADGATE_TOKEN="x" * 16) as (_, address):
        assert address.endswith("/?token=" + "x" * 16)
        assert httpx2.get(address.partition("?")[0]).status_code == 401


def test_wrong_calls(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done = call("serve", tmp_path)
    assert (done.code, "no workspace at" in done.err) == (3, True)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = call("serve", path, "--port", taken.getsockname()[1])
        assert (done.code, "cannot listen on 127.0.0.1" in done.err) == (3, True)
    for token in ("short", "x" * 15, "with;semicolons;and more", "äöüäöüäöüäöüäöüäöü", "x" * 201):
        monkeypatch.setenv("HEADGATE_TOKEN", token)
        done = call("serve", path, "--port", 0)
        assert (done.code, "Use 16 or more" in done.err) == (3, True)


def test_without_the_extra_it_says_what_to_install(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import importlib.util

    real = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "uvicorn" else real(name))
    done = call("serve", path)
    assert (done.code, "pip install 'headgate[web]'" in done.err) == (3, True)


def test_answers_are_sent_at_once() -> None:
    with serve._listen("127.0.0.1", 0) as listener:
        assert listener.proto == socket.IPPROTO_TCP  # what asyncio looks at before it sets TCP_NODELAY
