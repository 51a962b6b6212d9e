"""Answers: a page and its JSON twin from the same data, errors in one line, templates with everything escaped."""

from __future__ import annotations

import functools
import hashlib
import json
import math
from dataclasses import asdict, is_dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastapi import Request
from fastapi.responses import HTMLResponse, JSONResponse, Response

from headgate import __version__
from headgate.errors import BadInput
from headgate.plain import harmless
from headgate.report.html import environment as report_environment
from headgate.web import sessions, words

if TYPE_CHECKING:
    import jinja2

    from headgate.web.snapshot import Snapshot

_HERE = Path(__file__).parent
STATIC = (_HERE / "static", _HERE.parent / "report" / "templates")  # the pages share the style of the reports
SCHEMA = 1  # of the JSON twins; goes up when a field changes its meaning or is removed
PAGES = (
    ("/", "Overview"), ("/catalogue", "Catalogue"), ("/lineage", "Lineage"), ("/recall", "Recall"),
    ("/licences", "Licences"), ("/review", "Review"), ("/data", "Data"), ("/repair", "Repair"), ("/policy", "Policy"),
)  # fmt: skip


def snapshot(request: Request) -> Snapshot:
    """The state of the workspace that the page `request` asks for is made from."""
    if not hasattr(request.state, "snapshot"):
        request.state.snapshot = request.app.state.watch.current
    found: Snapshot = request.state.snapshot
    return found


def wants_json(request: Request) -> bool:
    """Whether `request` asks for the JSON twin, by ?format=json or by an Accept that names JSON and no HTML."""
    accept = request.headers.get("accept", "")
    return request.query_params.get("format") == "json" or ("application/json" in accept and "text/html" not in accept)


def answer(request: Request, template: str, page: object, *, status: int = 200, **more: object) -> Response:
    """The dataclass `page` as JSON, or `template` rendered with it as `page` and `more`.

    A request by htmx for a part of a page (its target is `part`) gets the block `part` of the template alone.
    """
    headers = {"Vary": "Accept, HX-Request", "Cache-Control": "no-cache"}
    shown = snapshot(request)
    if wants_json(request):
        assert is_dataclass(page)
        assert not isinstance(page, type)
        body = {"schema": SCHEMA, "workspace": shown.path.name, "as_of": shown.made.isoformat(timespec="seconds")}
        return _Json({**body, **asdict(page)}, status_code=status, headers=headers)
    given = {
        "page": page, "snapshot": shown, "behind": request.app.state.watch.behind, "pages": PAGES,
        "version": __version__, "here": request.url.path, "json_twin": _twin(request),
        "session": sessions.of(request), **more,
    }  # fmt: skip
    found = environment().get_template(template)
    if request.headers.get("hx-request") == "true" and "part" in found.blocks:
        text = "".join(found.blocks["part"](found.new_context(given)))
    else:
        text = found.render(given)
    made = HTMLResponse(text, status_code=status, headers=headers)
    sessions.keep(request, made)
    return made


def refusal(request: Request, status: int, message: str) -> Response:
    """An error in one line, as a page or as JSON {"error": message}."""
    if wants_json(request):
        return _Json({"schema": SCHEMA, "error": message}, status_code=status)
    text = environment().get_template("refusal.html.j2").render(
        status=status, message=message, pages=PAGES, here=request.url.path, version=__version__, page=None,
        snapshot=request.app.state.watch.current, behind=False, json_twin=None, session=None,
    )  # fmt: skip
    return HTMLResponse(text, status_code=status)


def twin(model: type) -> dict[int | str, dict[str, Any]]:
    """What OpenAPI is told of a page whose JSON is the dataclass `model`."""
    return {200: {"model": model, "description": "The page; as JSON with ?format=json", "content": {"text/html": {}}}}


class _Json(JSONResponse):
    def render(self, content: Any) -> bytes:
        text = json.dumps(content, ensure_ascii=False, default=_plain)
        # the encoder escapes control characters; all others would stand there as they are
        if "\\u" in text or "NaN" in text or "Infinity" in text or harmless(text) != text:
            text = json.dumps(_harmless(content), allow_nan=False, default=_plain)
        return text.encode("utf-8")


def _harmless(value: Any) -> Any:
    if isinstance(value, str):
        return harmless(value)
    if isinstance(value, dict):
        return {_harmless(name): _harmless(one) for name, one in value.items()}
    if isinstance(value, float) and not math.isfinite(value):
        return None  # JSON has no such number
    return [_harmless(one) for one in value] if isinstance(value, list | tuple) else value


def _plain(value: object) -> str:
    if isinstance(value, datetime | date):
        return value.isoformat()
    raise TypeError(type(value).__name__)


def _twin(request: Request) -> str:
    return str(request.url.include_query_params(format="json").replace(scheme="", netloc=""))


@functools.cache
def environment() -> jinja2.Environment:
    """The templates of the pages, every text escaped, with the filters of the reports and those of `words`."""
    import jinja2

    env = report_environment()
    reports = env.loader
    assert reports is not None
    env.loader = jinja2.ChoiceLoader([jinja2.FileSystemLoader(_HERE / "templates"), reports])
    env.filters |= {name: getattr(words, name) for name in words.FILTERS}
    env.globals["asset"] = asset
    # the last door: whatever a page forgot to make plain
    env.finalize = lambda value: type(value)(harmless(value)) if isinstance(value, str) else value
    return env


@functools.cache
def asset(name: str) -> str:
    """The address of the file `name` of static/, which changes with its content, so that it can be kept for ever."""
    digest = hashlib.sha256(file(name).read_bytes()).hexdigest()[:12]
    return f"/static/{digest}/{name}"


def file(name: str) -> Path:
    """The file of that name that browsers may have; raises `BadInput` where there is none."""
    for folder in STATIC:
        if name in {found.name for found in folder.glob("*.*") if found.suffix != ".j2"}:
            return folder / name
    raise BadInput("there is no such file.")
