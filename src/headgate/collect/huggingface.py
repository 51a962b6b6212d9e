"""List the models or datasets of the Hugging Face Hub, a page at a time, going on after any interruption.

Reads: `GET /api/models` or `/api/datasets` with the fields that `huggingface.sql` uses, newest first;
the token in HF_TOKEN where there is one, the address in HF_ENDPOINT for a mirror.
Finds: nothing; it hands the records on. `--files` also asks every listed repository for the size and
SHA-256 of its files, one request each, because the listing has file names only.
Cannot see: private and disabled repositories, README text, `config.json` beyond what the Hub parsed;
file names of datasets without `--files`. The listing is a cache and may lag by minutes.
Reference: Hub API endpoints and Hub rate limits (Hugging Face Hub documentation).
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import quote, urlencode, urlsplit

from headgate import http
from headgate.errors import HubError, UsageError
from headgate.paging import Trail
from headgate.refs import HF_ID
from headgate.shapes import Page

ENDPOINT = "https://huggingface.co"
# What a listing may be asked for. baseModels, childrenModelCount and usedStorage are refused there.
_FIELDS = {
    "model": (
        "author", "cardData", "config", "createdAt", "disabled", "downloads", "downloadsAllTime", "gated", "gguf",
        "lastModified", "library_name", "likes", "pipeline_tag", "private", "safetensors", "sha", "siblings", "tags",
    ),
    "dataset": (
        "author", "cardData", "citation", "createdAt", "description", "disabled", "downloads", "downloadsAllTime",
        "gated", "lastModified", "likes", "paperswithcode_id", "private", "sha", "tags",
    ),
}  # fmt: skip
_NEXT = re.compile(r'<([^<>]*)>\s*;[^,<]*\brel\s*=\s*"?next"?', re.IGNORECASE)
_LONGEST_LINK = 8192  # characters
_MOST_UNASKED = 20  # repositories without an answer, one after the other: then it is not the repositories
_NOT_READABLE = (401, 403, 404, 410, 451)  # a repository gone or closed since it was listed


def collect(
    start: str | None, *, kind: Literal["model", "dataset"] = "model", author: str | None = None,
    search: str | None = None, filter: str | None = None, limit: int | None = None,
    page_size: int | None = None, files: bool = False,
) -> Iterator[Page]:  # fmt: skip
    """Yield pages of the listing from the cursor `start` (path and query of a page) on.

    `kind` is what is listed. `author` keeps those of one account; `search` keeps those with a text in the
    name; `filter` keeps those with a tag. `limit` ends the listing after so many records. `files` asks for
    hashes and sizes, one request for each repository. `page_size` is 1,000, or 100 with hashes. Without a
    narrowing the last page says that the listing was complete. A repository that is not answered for keeps
    its listed record; how many is said on stderr. Raises `UsageError` and `HubError`.
    """
    size = page_size or (100 if files else 1000)
    if kind not in _FIELDS or not 1 <= size <= 1000 or (limit is not None and limit < 1):
        msg = f"no listing of {kind!r} by {size} to {limit}. Kind is model or dataset, page size 1 to 1000, limit 1 up."
        raise UsageError(msg)
    everything = not (author or search or filter or limit)
    path = f"/api/{kind}s"
    given = {"author": author, "search": search, "filter": filter}
    # Sorted by what never changes, so that no record moves from an unread page to a read one.
    fixed = {"limit": min(size, limit or size), "sort": "createdAt", "direction": -1, "expand[]": _FIELDS[kind]}
    first = urlencode({k: v for k, v in given.items() if v} | fixed, doseq=True)
    begin = urlsplit(start or f"{path}?{first}")
    query, taken = begin.query, int(begin.fragment or 0)
    with http.connect("HF", ENDPOINT) as hub, _unasked() as unasked:
        trail = Trail(f"{hub.endpoint}{path}")
        while query:
            answer = http.get(hub, f"{path}?{query}")
            records = _records(answer)[: limit - taken if limit else None]
            taken += len(records)
            following = "" if limit and taken >= limit else _next_query(answer)
            trail.step(query, following, len(records))
            query = following
            if files:
                records = [_with_files(hub, path, record, unasked) for record in records]
            lines = [json.dumps(record, ensure_ascii=False) for record in records]
            cursor = f"{path}?{query}" + (f"#{taken}" if limit else "") if query else None
            yield Page(lines, cursor, "huggingface", kind, complete=everything and cursor is None)


def _records(answer: http.Answer) -> list[Any]:
    if not isinstance(answer.data, list):
        msg = f"the hub answered with a {type(answer.data).__name__} where a list was asked for. Check HF_ENDPOINT."
        raise HubError(msg)
    return answer.data


def _next_query(answer: http.Answer) -> str:
    """The query of the next page, "" after the last; host and path of the link are not trusted."""
    link = answer.headers.get("link", "")
    if len(link) > _LONGEST_LINK:
        msg = f"the hub sent a Link header of {len(link)} characters; {_LONGEST_LINK} are read. Check HF_ENDPOINT."
        raise HubError(msg)
    found = _NEXT.search(link)
    try:
        return urlsplit(found[1]).query if found else ""
    except ValueError:
        return ""


@dataclass(slots=True)
class _Unasked:
    total: int = 0
    in_a_row: int = 0


@contextmanager
def _unasked() -> Iterator[_Unasked]:
    unasked = _Unasked()
    try:
        yield unasked
    finally:
        if unasked.total:
            sys.stderr.write(
                f"kept as listed, as the hub did not answer for their files: {unasked.total} repositories\n"
            )


def _with_files(hub: http.Hub, path: str, record: Any, unasked: _Unasked) -> Any:
    id_ = record.get("id") if isinstance(record, dict) else None
    if not isinstance(id_, str) or not re.fullmatch(HF_ID, id_, flags=re.ASCII):
        return record
    try:
        # A repository may be named after a depicted person: its path is never said.
        found = http.get(hub, f"{path}/{quote(id_)}?blobs=true", absent=_NOT_READABLE, named=f"{path}/...").data
    except http.Unanswered:
        unasked.total, unasked.in_a_row = unasked.total + 1, unasked.in_a_row + 1
        if unasked.in_a_row >= _MOST_UNASKED:
            raise
        return record
    unasked.in_a_row = 0
    if not isinstance(found, dict) or not isinstance(found.get("siblings"), list):
        return record
    # The files go with the commit that they were read at.
    return record | {"siblings": found["siblings"], "sha": found.get("sha", record.get("sha"))}
