"""A dashboard on a free port of loopback, and a browser to look at it with."""

from __future__ import annotations

import json
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or ""
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Served:
    """A running dashboard: its address without a slash at the end, and its application."""

    address: str
    app: Any

    def get(self, path: str, **headers: str) -> httpx2.Response:
        """The answer to a GET of `path`."""
        return httpx2.get(self.address + path, headers=headers, timeout=60)

    def json(self, path: str) -> Any:
        """The JSON twin of `path`, which must be there."""
        answer = self.get(path, accept="application/json")
        assert answer.status_code == 200, answer.text
        return json.loads(answer.text)

    def html(self, path: str) -> str:
        """The page at `path`, which must be there."""
        answer = self.get(path)
        assert answer.status_code == 200, answer.text
        return answer.text

    def client(self) -> httpx2.Client:
        """A reader that keeps cookies and follows redirects, for forms."""
        return httpx2.Client(base_url=self.address, follow_redirects=True, timeout=60)


@contextmanager
def serving(path: Path, **given: Any) -> Iterator[Served]:
    """A dashboard over the workspace at `path`; `given` goes to `app.make`."""
    import uvicorn

    from headgate.web import app

    made = app.make(path, **given)
    server = uvicorn.Server(uvicorn.Config(made, port=0, log_level="error", access_log=False))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive(), "the server did not start"
        time.sleep(0.02)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield Served(f"http://127.0.0.1:{port}", made)
    finally:
        server.should_exit = True
        thread.join(timeout=10)


@contextmanager
def looking(*, dark: bool = False, width: int = 1300, height: int = 1000, script: bool = True) -> Iterator[Any]:
    """A Playwright page of Debian's Chromium; `page.troubles` lists console errors and requests to other hosts."""
    playwright = pytest.importorskip("playwright.sync_api")
    if not CHROMIUM:
        pytest.skip("no Chromium: apt-get install chromium")
    with playwright.sync_playwright() as run:
        browser = run.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        context = browser.new_context(
            color_scheme="dark" if dark else "light", viewport={"width": width, "height": height},
            java_script_enabled=script,
        )  # fmt: skip
        page = context.new_page()
        page.troubles = []
        page.on("console", lambda said: page.troubles.append(said.text) if said.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: page.troubles.append(str(error)))
        page.on("request", lambda asked: page.troubles.append(asked.url) if _outside(asked.url) else None)
        yield page
        browser.close()


def until(page: Any, script: str, given: Any = None) -> None:
    """Wait until `script` is true in `page`: Playwright's own waiting evaluates text, which the pages' policy forbids."""
    from playwright.sync_api import Error

    end, done = time.monotonic() + 30, False
    while not done:
        assert time.monotonic() < end, script
        time.sleep(0.05)
        try:
            done = bool(page.evaluate(script, given))
        except Error as error:  # the page it was asked of has just been left
            if "Execution context was destroyed" not in str(error):
                raise


def _outside(url: str) -> bool:
    return not url.startswith(("http://127.0.0.1", "data:", "blob:", "about:"))
