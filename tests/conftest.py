"""Fixtures that many tests share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(autouse=True)
def own_installation(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the pseudonym key of a test apart from the user's."""
    monkeypatch.setenv("HEADGATE_HOME", str(tmp_path_factory.mktemp("home")))
    for name in ("HEADGATE_KEY", "HEADGATE_HOST_KEY", "HEADGATE_WORKSPACE", "HF_TOKEN", "HF_ENDPOINT", "CIVITAI_TOKEN",
                 "CIVITAI_ENDPOINT"):  # fmt: skip
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of shared real data; skips where it is absent."""
    path = Path(os.environ.get("HEADGATE_DATA", ROOT.parent / "shared" / "data"))
    if not path.is_dir():
        pytest.skip(f"real data not found at {path}; set HEADGATE_DATA")
    return path
