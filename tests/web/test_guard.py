"""Who is let in: hosts, tokens, origins, sizes; what every answer carries; how many exports one reader gets."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from headgate.web import guard
from headgate.web.guard import Limit, TooMany
from tests.web.serving import Served, serving

TOKEN = "correct-horse-battery"


@pytest.fixture(scope="module")
def locked(hub: Any) -> Iterator[Served]:
    with serving(hub[0].path, token=TOKEN, hosts=guard.LOOPBACK | {"gate.example.org"}) as running:
        yield running


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "127.0.0.1.evil.example",
        "127.0.0.1:80@evil.example",
        "",
        "localhost evil",
        "127.0.0.2",
        "[::1",
        "[x]y",
    ],
)
def test_a_name_that_is_not_ours_is_refused(served: Served, host: str) -> None:
    answer = served.get("/catalogue", host=host)
    assert answer.status_code in (400, 421)
    assert "artifacts" not in answer.text


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost:9", "[::1]:8642", "LOCALHOST"])
def test_names_of_this_machine_are_known(served: Served, host: str) -> None:
    assert served.get("/health", host=host).status_code == 200


def test_another_name_has_to_be_given(locked: Served, served: Served) -> None:
    bearer = {"authorization": f"Bearer {TOKEN}", "host": "gate.example.org"}
    assert locked.get("/health", **bearer).status_code == 200
    assert served.get("/health", host="gate.example.org").status_code == 421


@pytest.mark.parametrize("path", ["/", "/catalogue", "/openapi.json", "/health", "/static/x/app.css", "/nowhere"])
def test_without_the_token_there_is_nothing(locked: Served, path: str) -> None:
    for headers in ({}, {"authorization": "Bearer wrong"}, {"authorization": f"Basic {TOKEN}"}, {"cookie": f"{guard.TOKEN_COOKIE}=wrong"},
                    {"cookie": f"other={TOKEN}"}):  # fmt: skip
        answer = locked.get(path, **headers)
        assert (answer.status_code, "?token=" in answer.text) == (401, True)


def test_the_token_leaves_the_address_and_stays_in_a_cookie(locked: Served) -> None:
    answer = locked.get(f"/catalogue?q=a&token={TOKEN}")
    assert (answer.status_code, answer.headers["location"]) == (303, "/catalogue?q=a")
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert locked.get("/catalogue", cookie=cookie.split(";")[0]).status_code == 200
    assert locked.get("/catalogue", authorization=f"Bearer {TOKEN}").status_code == 200
    assert locked.get("/catalogue?token=wrong").status_code == 401


def test_where_the_token_leads_is_no_other_place(locked: Served) -> None:
    for path in ("//evil.example/", "/%5Cevil.example/", "/%0d%0aset-cookie:x=y", "/%2F%2Fevil.example"):
        answer = locked.get(f"{path}?token={TOKEN}")
        assert answer.status_code == 303
        assert answer.headers["location"].startswith(("/evil", "/%5Cevil", "/%0D%0Aset"))
        assert answer.headers["set-cookie"].startswith(guard.TOKEN_COOKIE)


@pytest.mark.parametrize("headers", [
    {"origin": "http://evil.example"}, {"origin": "null"}, {"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"},
    {"origin": "http://127.0.0.1:1"}, {"origin": "http://["}, {"origin": "127.0.0.1"},
])  # fmt: skip
def test_forms_of_others_are_refused(served: Served, headers: dict[str, str]) -> None:
    for path in ("/review/licence_missing", "/policy/save", "/policy/dry-run", "/nowhere"):
        answer = httpx2.post(served.address + path, data={"form": "x"}, headers=headers)
        assert (answer.status_code, "own address" in answer.text) == (403, True)


def test_a_request_has_a_size(served: Served) -> None:
    answer = httpx2.post(served.address + "/policy/dry-run", content=b"x" * (guard.LONGEST + 1))
    assert answer.status_code == 413


def test_a_body_of_no_stated_size_has_one_too(served: Served) -> None:
    def pieces() -> Iterator[bytes]:
        for _ in range(12):
            yield b"x" * 100_000

    for length in ({}, {"content-length": "5", "transfer-encoding": "chunked"}):
        answer = httpx2.post(served.address + "/policy/dry-run", content=pieces(), headers=length)
        assert answer.status_code == 411


@pytest.mark.parametrize(
    "path", ["/catalogue", "/catalogue?format=json", "/nowhere", "/catalogue?year=x", "/static/x/y"]
)
def test_every_answer_tells_the_browser_what_it_may_do(served: Served, path: str) -> None:
    headers = served.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "same-origin"
    assert "access-control-allow-origin" not in headers
    assert "server" not in headers or "uvicorn" in headers["server"]


def test_so_many_exports_and_then_so_many_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    limit = Limit(burst=3, a_minute=6)
    for _ in range(3):
        limit.take("ann")
    with pytest.raises(TooMany) as told:
        limit.take("ann")
    assert told.value.after == pytest.approx(10)
    limit.take("ben")  # another reader
    now += 9.9
    with pytest.raises(TooMany):
        limit.take("ann")
    now += 0.2
    limit.take("ann")
    now += 1_000
    for _ in range(3):
        limit.take("ann")
    with pytest.raises(TooMany):
        limit.take("ann")
