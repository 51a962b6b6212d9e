from __future__ import annotations

import os
import stat
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

from headgate.errors import UsageError
from headgate.keys import installation_key


def test_a_key_is_made_once_and_only_its_owner_reads_it() -> None:
    first = installation_key()
    assert installation_key() == first
    path = Path(os.environ["HEADGATE_HOME"]) / "pseudonym.key"
    assert len(bytes.fromhex(path.read_text())) == 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def _key(_: int) -> bytes:
    return installation_key()


def test_processes_that_start_together_agree_on_the_key() -> None:
    with ProcessPoolExecutor(4) as pool:
        assert len(set(pool.map(_key, range(8)))) == 1


def test_a_given_key_wins_and_a_short_one_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADGATE_KEY", "sixteen letters!")
    assert installation_key() == b"sixteen letters!"
    monkeypatch.setenv("HEADGATE_KEY", "short")
    with pytest.raises(UsageError, match="5 characters"):
        installation_key()


@pytest.mark.parametrize("content", [b"", b"short", b"x" * 31, b" " * 40])
def test_a_key_file_that_is_too_short_is_refused(content: bytes) -> None:
    path = Path(os.environ["HEADGATE_HOME"]) / "pseudonym.key"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    with pytest.raises(UsageError, match=f"{len(content)} bytes.*[Rr]estore") as caught:
        installation_key()
    assert "\n" not in str(caught.value)
    path.write_bytes(b"x" * 32)
    assert installation_key() == b"x" * 32
