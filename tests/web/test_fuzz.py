"""Whatever stands in an address, its answer is a page, a refusal in one line or a file; never a failure of the server."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from tests.web.serving import Served, serving

SECONDS = 18.0
SEED = 12
# as they stand in an address once they are quoted: bytes, since not all of them are text
ODD = [text.encode("utf-8", "surrogatepass") for text in (
    "", " ", "0", "-1", "00", "1e999", "nan", "-inf", "1_0", "\u0663", "\u00b2", "0x10", "9" * 30, "-" + "9" * 30,
    str(2**31), str(2**31 - 1), str(2**63), str(-(2**63)), "1.1", "-1.-1", "9.", ".9", "1.9e9", "true", "null", "[]",
    "{}", "0001-01-01", "9999-12-31", "2026-02-30", "2026-W01-1", "20260101", "1969-12-31", "2026-01-01T00:00:00+99:00",
    "'", '"', "';--", "$w0", "%", "_", "*", "\\", "{{7*7}}", "<b>", "\x00", "\x1b[31m", "\ud800", "\u202e", "\U0001f600",
    "\r\nX-Odd: 1", "../../../etc/passwd", "//evil.test", ":", "hf:", "hf:model:", "hf:model:/", "hf:model:a/b/c",
    "name:Jane Doe", "civitai:model:", "civitai:model:" + "9" * 40, "civitai:version:-1", "file:sha256:zz", "pkg:x/y@",
    "https://huggingface.co/", "a" * 100, "a " * 90, "a" * 5_000, "not stated", "others", "download", "unknown",
)] + [b"\xff", b"\xed\xa0\x80", b"\xc3"]  # fmt: skip


@pytest.fixture(scope="module")
def asked(hub: Any) -> Iterator[Served]:
    """A dashboard over the synthetic hub that allows any number of exports."""
    with serving(hub[0].path) as running:
        running.app.state.exports.take = lambda reader: None
        yield running


def test_no_parameter_of_any_route_makes_the_server_fail(asked: Served, capfd: pytest.CaptureFixture[str]) -> None:
    routes = asked.json("/openapi.json")["paths"]
    rows = asked.json("/catalogue?sort=derived")
    known = [row["ref"].encode() for row in rows["rows"][:5]] + [b"licence_missing", rows["next"].encode()]
    chance, end, tried = random.Random(SEED), time.monotonic() + SECONDS, 0
    with asked.client() as client:
        client.follow_redirects = False
        cases = [case for path, route in routes.items() for case in _cases(path, route, known, chance)]
        chance.shuffle(cases)
        assert {path for path, *_ in cases} == set(routes)
        for _, method, address in cases:
            twin = {"accept": "application/json"} if chance.random() < 0.5 else {}
            answer = client.request(method, address, headers=twin)
            assert answer.status_code in (200, 303, 307, 400, 403, 404, 405, 413, 422, 429), (
                method,
                address,
                answer.text[:300],
            )
            assert "x-odd" not in answer.headers, address
            tried += 1
            if time.monotonic() > end:
                break
    assert tried > 300
    assert "failed:" not in capfd.readouterr().err


def _cases(
    path: str, route: dict[str, Any], known: list[bytes], chance: random.Random
) -> Iterator[tuple[str, str, str]]:
    """Addresses of `path`: each odd value in each parameter by itself, and some with all of them odd."""
    for method, told in route.items():
        given = told.get("parameters", [])
        mine = {one["name"]: [*ODD, *_enumerated(one["schema"]), *known] for one in given}
        for name, values in mine.items():
            for value in values:
                yield path, method, _address(path, given, {name: value}, known, chance)
        for _ in range(20):
            many = {name: chance.choice(values) for name, values in mine.items() if chance.random() < 0.7}
            yield path, method, _address(path, given, many, known, chance)


def _enumerated(schema: dict[str, Any]) -> list[bytes]:
    return [str(value).encode() for value in schema.get("enum", schema.get("items", {}).get("enum", []))]


def _address(
    path: str, given: list[dict[str, Any]], values: dict[str, bytes], known: list[bytes], chance: random.Random
) -> str:
    inside = {one["name"] for one in given if one["in"] == "path"}
    filled = re.sub(r"{(\w+)}", lambda m: quote(values.get(m[1], chance.choice(known)), safe=":/"), path)
    query = [(name, value) for name, value in values.items() if name not in inside]
    return filled + (f"?{urlencode(query + query[: chance.randrange(2)])}" if query else "")
