"""Answers: JSON by what is asked for, text without control characters, static files by name alone."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from headgate.errors import BadInput
from headgate.web import answers
from headgate.web.answers import _Json


def asking(accept: str = "", query: str = "") -> Request:
    return Request(
        {
            "type": "http",
            "headers": [(b"accept", accept.encode())],
            "query_string": query.encode(),
            "path": "/",
            "method": "GET",
        }
    )


@pytest.mark.parametrize(("accept", "query", "wanted"), [
    ("text/html", "", False), ("*/*", "", False), ("", "", False), ("application/json", "", True), ("text/html", "format=json", True),
    ("text/html,application/xhtml+xml,application/json", "", False), ("application/json;q=0.9", "format=html", True),
])  # fmt: skip
def test_who_wants_json(accept: str, query: str, wanted: bool) -> None:
    assert answers.wants_json(asking(accept, query)) is wanted


anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**9), 10**9)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda more: st.lists(more, max_size=4) | st.dictionaries(st.text(max_size=5), more, max_size=4),
    max_leaves=12,
)


@given(anything)
def test_json_is_what_it_was_but_for_unsafe_characters(value: Any) -> None:
    told = _Json(value).body.decode("utf-8")
    assert not set(told) & {"\x1b", "\u202e", "\u200b", "\ufeff", "\x9b"}

    def cleaned(one: Any) -> Any:
        if isinstance(one, str):
            return answers.harmless(one)
        if isinstance(one, dict):
            return {cleaned(name): cleaned(each) for name, each in one.items()}
        return [cleaned(each) for each in one] if isinstance(one, list) else one

    assert json.loads(told) == cleaned(value)


def test_moments_are_text_and_what_json_has_no_number_for_is_null() -> None:
    assert json.loads(_Json({"at": datetime(2026, 1, 2, tzinfo=UTC)}).body) == {"at": "2026-01-02T00:00:00+00:00"}
    numbers = {"x": float("nan"), "y": [float("inf"), -float("inf"), 1.5]}
    assert json.loads(_Json(numbers).body) == {"x": None, "y": [None, None, 1.5]}
    with pytest.raises(TypeError):
        _Json({"x": object()})


@pytest.mark.parametrize(
    "name", ["../app.py", "base.html.j2", "report.html.j2", "", ".", "/etc/passwd", "app.css/", "APP.CSS"]
)
def test_only_files_for_browsers_are_given(name: str) -> None:
    with pytest.raises(BadInput):
        answers.file(name)


def test_a_template_escapes_and_cleans_whatever_it_is_given() -> None:
    made = (
        answers.environment().from_string("{{ a }}|{{ a | safe }}|{{ b }}").render(a="<b>\x1b\u202ex", b="two\nlines")
    )
    assert made == "&lt;b&gt;\ufffd\ufffdx|<b>\ufffd\ufffdx|two\nlines"


@dataclass
class Page:
    q: str = "ä&?"


def test_the_twin_asks_for_the_same(served: Any) -> None:
    page = served.html("/catalogue?q=a%26b&sort=name")
    assert 'href="/catalogue?q=a%26b&amp;sort=name&amp;format=json"' in page
    assert served.json("/catalogue?q=a%26b&sort=name&format=json")["asked"]["q"] == "a&b"
