"""List the models of Civitai with their versions, files and hashes, mending the known faults of its paging.

Reads: `GET /api/v1/models` by cursor, adult content included; the token in CIVITAI_TOKEN where there is
one, the address in CIVITAI_ENDPOINT for a mirror.
Finds: nothing; it hands the records on. Where a page leaves out the model that its cursor names, that
model is asked for by itself; an empty page is not taken for the end; a cursor that comes back is an error.
Cannot see: what the hub leaves out of its public listing without a word: models flagged as depicting a
real person or a minor, unpublished ones, and adult ones where the request comes from a restricted region.
Reference: Civitai site API (developer.civitai.com), models and pagination; civitai/civitai issues 1111,
1372, 1618 and 1848.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from headgate import http
from headgate.errors import HubError, UsageError
from headgate.paging import Trail
from headgate.shapes import Page

ENDPOINT = "https://civitai.com"
_PATH = "/api/v1/models"
_LARGEST_ID = 2**31 - 1
# The id at the end of a cursor such as 75363|932023|257749; a date or a fraction at its end is none.
_NAMED = re.compile(r"(?:^|[^\w.:+-])(\d{1,10})$", re.ASCII)


def collect(
    start: str | None, *, types: str | None = None, tag: str | None = None, username: str | None = None,
    limit: int | None = None, page_size: int = 100,
) -> Iterator[Page]:  # fmt: skip
    """Yield pages of the listing from the cursor `start` (path and query of a page) on.

    `types` keeps LORA, Checkpoint and so on, with commas between; `tag` keeps those with a tag; `username`
    keeps those of one account. `limit` ends the listing after so many records. `page_size` is 1 to 100.
    Without a narrowing the last page says that the listing was complete. Raises `UsageError` and `HubError`.
    """
    if not 1 <= page_size <= 100 or (limit is not None and limit < 1):
        msg = f"no listing by {page_size} to {limit}. Page size is 1 to 100, limit 1 up."
        raise UsageError(msg)
    everything = not (types or tag or username or limit)
    given = {"types": types, "tag": tag, "username": username}
    own = {k: v for k, v in given.items() if v} | {"limit": str(page_size), "nsfw": "true", "sort": "Newest"}
    begin = urlsplit(start or f"{_PATH}?{urlencode(own)}")
    query, taken = begin.query, int(begin.fragment or 0)
    before: set[int] = set()
    with http.connect("CIVITAI", ENDPOINT) as hub:
        trail = Trail(f"{hub.endpoint}{_PATH}", "a cursor again")
        while query:
            answer = http.get(hub, f"{_PATH}?{query}")
            records = _items(answer)
            records += _left_out(hub, query, before | _ids(records))
            before = _ids(records)
            records = records[: limit - taken if limit else None]
            taken += len(records)
            following = "" if limit and taken >= limit else _next_query(answer, own)
            trail.step(query, following, len(records))
            query = following
            lines = [json.dumps(record, ensure_ascii=False) for record in records]
            cursor = f"{_PATH}?{query}" + (f"#{taken}" if limit else "") if query else None
            yield Page(lines, cursor, "civitai", "model", complete=everything and cursor is None)


def _items(answer: http.Answer) -> list[Any]:
    items = answer.data.get("items") if isinstance(answer.data, dict) else None
    if not isinstance(items, list):
        msg = "the hub answered without a list of items. Check CIVITAI_ENDPOINT, or run the same command later."
        raise HubError(msg)
    return items


def _ids(records: list[Any]) -> set[int]:
    ids = [record.get("id") for record in records if isinstance(record, dict)]
    return {id_ for id_ in ids if isinstance(id_, int)}


def _left_out(hub: http.Hub, query: str, seen: set[int]) -> list[Any]:
    """The model that the cursor in `query` names, where neither this page nor the one before has it."""
    named = named_id(parse_qs(query).get("cursor", [""])[0])
    if named is None or named in seen:
        return []
    absent = (400, 401, 403, 404, 410, 451)
    found = http.get(hub, f"{_PATH}/{named}", absent=absent, named=f"{_PATH}/...").data
    return [found] if isinstance(found, dict) and found.get("id") == named else []


def named_id(cursor: str) -> int | None:
    """The id of a model that `cursor` ends with, None where it names none."""
    found = _NAMED.search(cursor)
    id_ = int(found[1]) if found else 0
    return id_ if 0 < id_ <= _LARGEST_ID else None


def _next_query(answer: http.Answer, own: dict[str, str]) -> str:
    """The query of the next page, "" after the last; of a next page's address only the query is used."""
    metadata = answer.data.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    cursor, page = metadata.get("nextCursor"), metadata.get("nextPage")
    if isinstance(cursor, (str, int)) and str(cursor):
        return urlencode(own | {"cursor": str(cursor)})
    try:
        return urlencode(own | dict(parse_qsl(urlsplit(page).query))) if isinstance(page, str) else ""
    except ValueError:
        return ""
