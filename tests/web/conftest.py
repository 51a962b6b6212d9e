from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("fastapi")

from headgate import audit, host_key
from headgate.commands.demo import _collect
from headgate.synthetic import Truth, generate
from headgate.workspace import Workspace
from tests.web.serving import Served, looking, serving

SIZE, SEED = 900, 7


@pytest.fixture(scope="session")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Workspace, Truth]]:
    """An audited synthetic hub with a host key (in host.key beside it). Read it only: every test shares it."""
    folder = tmp_path_factory.mktemp("hub")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HEADGATE_HOME", str(folder / "home"))
        patch.delenv("HEADGATE_HOST_KEY", raising=False)
        truth = generate(folder / "dumps", artifacts=SIZE, seed=SEED)
        ws = _collect(folder / "hub.headgate", folder / "dumps", truth)
        host_key.make(ws.path, folder / "host.key")
        audit.audit(ws)
        yield ws, truth


@pytest.fixture(scope="session")
def served(hub: tuple[Workspace, Truth]) -> Iterator[Served]:
    """A dashboard over it. For tests that write, serve a copy: `serving(shutil.copytree(...))`."""
    with serving(hub[0].path) as running:
        yield running


@pytest.fixture
def browser():  # type: ignore[no-untyped-def]
    """A page of Chromium."""
    with looking() as page:
        yield page


@pytest.fixture
def own(hub: tuple[Workspace, Truth], tmp_path: Path) -> Path:
    """A copy of the workspace that a test may write to."""
    import shutil

    return Path(shutil.copytree(hub[0].path, tmp_path / "own.headgate"))
