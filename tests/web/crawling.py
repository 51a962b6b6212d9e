"""Every page that can be reached by links, and its JSON twin, so many of each kind."""

from __future__ import annotations

import json
import re
from collections import Counter, deque
from collections.abc import Iterator
from html import unescape
from typing import NamedTuple

from tests.web.serving import Served

_LINK = re.compile(r'(?:href|hx-get)="([^"]*)"')


class Found(NamedTuple):
    """An address, the text that stands there, and the text of its twin; None where it has none."""

    path: str
    text: str
    twin: str | None


def crawl(served: Served, *begin: str, most: int = 25) -> Iterator[Found]:
    """What stands at `begin` and all that is linked from there: at most `most` addresses of each first path part."""
    waiting, seen, counted = deque(begin), set(begin), Counter[str]()
    while waiting:
        path = waiting.popleft()
        kind = path.partition("?")[0].split("/")[1]
        if path.startswith("/static/") or counted[kind] >= most:
            continue
        counted[kind] += 1
        answer = served.get(path)
        assert answer.status_code in (200, 303, 400, 403, 404, 429), (path, answer.status_code, answer.text[:300])
        # too many exports are refused with a page
        is_page = answer.headers.get("content-type", "").startswith("text/html") and answer.status_code != 429
        twin = served.get(path, accept="application/json").text if is_page else None
        assert twin is None or _is_json(twin), (path, twin[:200])
        yield Found(path, answer.text, twin)
        for link in _LINK.findall(answer.text) if is_page else []:
            address = unescape(link).partition("#")[0]
            if address.startswith("/") and address not in seen:
                seen.add(address)
                waiting.append(address)


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True
