"""The dashboard as one ASGI application: the pages of `pages/`, static files, errors in one line."""

from __future__ import annotations

import importlib
import json
import mimetypes
import pkgutil
import sys
import traceback
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from headgate import __version__, catalog
from headgate.errors import BadInput, HeadgateError, UsageError
from headgate.plain import plain
from headgate.web import answers, hidden, pages
from headgate.web.guard import LOOPBACK, Guard, Limit, TooMany
from headgate.web.sessions import Sessions
from headgate.web.snapshot import Watch

AT_ONCE = 4  # pages made at a time; more would wait for the same two cores and hold more memory


def make(
    path: Path, *, hosts: frozenset[str] = LOOPBACK, token: str | None = None, policy: Path | None = None,
    debug: bool = False,
) -> FastAPI:  # fmt: skip
    """The application over the workspace at `path`, known by the names `hosts`, asking for `token` if there is one.

    `policy` is the file that the policy page edits, by default policy.toml of the workspace.
    """
    app = FastAPI(
        title="Headgate", version=__version__, docs_url=None, redoc_url=None, lifespan=_lifespan,
        description="Every page has a JSON twin: ask with Accept: application/json or ?format=json.",
    )  # fmt: skip
    for stage in catalog.CHECKING:  # read now: CPython 3.11 fails where two threads parse source at once
        catalog.methods(stage)
    app.state.watch = Watch(path)
    app.state.sessions, app.state.exports = Sessions(), Limit()
    app.state.policy, app.state.debug = policy or path / "policy.toml", debug
    for module in sorted(pkgutil.iter_modules(pages.__path__), key=lambda found: found.name):
        app.include_router(importlib.import_module(f"{pages.__name__}.{module.name}").router)
    app.add_api_route("/static/{digest}/{name}", static, include_in_schema=False)
    app.add_api_route("/health", health, include_in_schema=False)
    app.add_exception_handler(Exception, _failed)
    for kind in (HeadgateError, RequestValidationError, HTTPException):
        app.add_exception_handler(kind, _told)
    app.add_middleware(Guard, hosts=hosts, token=token)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    import anyio.to_thread  # what Starlette hands its pages to

    anyio.to_thread.current_default_thread_limiter().total_tokens = AT_ONCE
    app.state.watch.start()
    yield
    app.state.watch.stop()


def static(digest: str, name: str) -> Response:
    """A file of static/, kept for ever by browsers, since its address changes with it."""
    if answers.asset(name) != f"/static/{digest}/{name}":
        raise HTTPException(404)
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    headers = {"Cache-Control": "public, max-age=31536000, immutable"}
    return Response(answers.file(name).read_bytes(), media_type=kind, headers=headers)


def health(request: Request) -> Response:
    """Whether the server answers, and whether its pages are behind the tables."""
    watch = request.app.state.watch
    return JSONResponse({"ok": True, "key": watch.current.key, "behind": watch.behind})


def _told(request: Request, error: Exception) -> Response:
    if isinstance(error, TooMany):
        response = answers.refusal(request, 429, str(error))
        response.headers["Retry-After"] = str(int(error.after) + 1)
        return response
    if isinstance(error, RequestValidationError):
        first = error.errors()[0]
        given = plain(json.dumps(first.get("input"), default=str), 80)
        said = f"{plain(first['loc'][-1], 40)}: {plain(first['msg'], 200)}, but it was {given}."
        return answers.refusal(request, 400, said)
    if isinstance(error, HTTPException):
        said = "there is no such page." if error.status_code == 404 else str(error.detail)
        return answers.refusal(request, error.status_code, said)
    status = 404 if isinstance(error, BadInput) else 400 if isinstance(error, UsageError) else 503
    said = hidden.placeless(str(error), request.app.state.watch.current.path, request.app.state.policy)
    return answers.refusal(request, status, plain(said, 1000))


def _failed(request: Request, error: Exception) -> Response:
    if request.app.state.debug:
        traceback.print_exception(error)
    else:
        sys.stderr.write(f"headgate: {plain(request.url.path)} failed: {type(error).__name__}: {plain(error, 300)}\n")
    return answers.refusal(request, 500, "something went wrong here. The server's own output says what.")
