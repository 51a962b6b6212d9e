"""The application: every page has its twin and its description, errors are one line, static files are kept for ever."""

from __future__ import annotations

import json
from typing import Any

import pytest

from headgate.web import answers
from tests.web.serving import Served


def routes(served: Served) -> dict[str, Any]:
    return dict(json.loads(served.get("/openapi.json").text)["paths"])


def test_every_page_of_the_bar_is_there_with_its_twin_and_its_description(served: Served) -> None:
    told = routes(served)
    for address, name in answers.PAGES:
        page = served.html(address)
        assert f'<a href="{address}" aria-current="page">{name}</a>' in page
        twin = served.json(address)
        assert (twin["schema"], twin["workspace"]) == (answers.SCHEMA, "hub.headgate")
        content = told[address]["get"]["responses"]["200"]["content"]
        assert {"text/html", "application/json"} <= set(content), address
        assert "$ref" in json.dumps(content["application/json"])


def test_the_twin_has_what_its_description_says(served: Served) -> None:
    schema = json.loads(served.get("/openapi.json").text)
    for address, _ in answers.PAGES:
        ref = schema["paths"][address]["get"]["responses"]["200"]["content"]["application/json"]["schema"]["$ref"]
        fields = set(schema["components"]["schemas"][ref.rpartition("/")[2]]["properties"])
        assert fields <= set(served.json(address)), address


def test_a_page_by_its_accept_header_or_by_its_address(served: Served) -> None:
    for path, headers, kind in [
        ("/catalogue", {}, "text/html"), ("/catalogue", {"accept": "*/*"}, "text/html"),
        ("/catalogue", {"accept": "application/json"}, "application/json"), ("/catalogue?format=json", {}, "application/json"),
        ("/catalogue", {"accept": "text/html,application/json;q=0.9"}, "text/html"),
    ]:  # fmt: skip
        answer = served.get(path, **headers)
        assert answer.headers["content-type"].startswith(kind), (path, headers)
        assert "Accept" in answer.headers["vary"]


def test_a_part_is_given_to_htmx_alone(served: Served) -> None:
    part = served.get("/catalogue?q=7b", **{"hx-request": "true"}).text
    assert "<html" not in part
    assert part.strip()
    assert part.strip() in served.html("/catalogue?q=7b")


@pytest.mark.parametrize(("path", "status", "words"), [
    ("/nowhere", 404, "no such page"), ("/catalogue?sort=worst", 400, "sort"), ("/catalogue?since=yesterday", 400, "Write 2026-11-21"),
    ("/artifact/hf:model:no/such", 404, "not in this workspace"), ("/artifact/%00", 400, ""), (f"/catalogue?q={'a' * 300}", 400, "q: "),
    ("/static/000000000000/app.css", 404, "no such page"), ("/static/0/..%2f..%2fapp.py", 404, ""), ("/static/0/base.html.j2", 404, ""),
])  # fmt: skip
def test_errors_are_one_line(served: Served, path: str, status: int, words: str) -> None:
    page, twin = served.get(path), served.get(path, accept="application/json")
    assert (page.status_code, twin.status_code) == (status, status)
    told = json.loads(twin.text)["error"] if twin.headers["content-type"] == "application/json" else twin.text
    assert words in told
    assert "\n" not in told.strip()
    assert "Traceback" not in page.text
    assert 'role="alert"' in page.text


def test_what_fails_is_told_to_the_server_and_not_to_the_reader(
    served: Served, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(served.app.state._state, "watch", None)
    answer = served.get("/health")
    assert answer.status_code == 500
    assert "NoneType" not in answer.text
    assert "/health failed: AttributeError" in capsys.readouterr().err


def test_static_files_are_kept_for_ever_under_an_address_that_changes_with_them(served: Served) -> None:
    for name in ("app.css", "report.css", "htmx.min.js", "charts.js", "icon.svg"):
        answer = served.get(answers.asset(name))
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]
        assert answer.content == answers.file(name).read_bytes()
    assert served.get("/catalogue").headers["cache-control"] == "no-cache"


def test_nothing_is_fetched_from_elsewhere(served: Served) -> None:
    for address, _ in answers.PAGES:
        page = served.html(address)
        for mark in (
            'src="http',
            "src='http",
            'src="//',
            'href="http',
            'href="//',
            "@import",
            "<style",
            " style=",
            "onclick",
            "javascript:",
        ):
            assert mark not in page, (address, mark)
    for name in ("app.css", "report.css", "page.js"):
        text = answers.file(name).read_text()
        assert "http" not in text
        assert "@import" not in text
