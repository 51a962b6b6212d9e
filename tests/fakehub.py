"""A local hub that speaks the listing APIs of Hugging Face and Civitai, and misbehaves as told.

    with FakeHub(models=hf_models(40), faults={"504": 1, "cut": 2}) as hub: ...   # hub.url, hub.seen
    python tests/fakehub.py --models 500 --delay 0.05                             # prints its address

`faults` says how often each fault happens; ALWAYS never stops. Faults of one answer never come twice in a
row unless ALWAYS, so that a client that retries gets on.
"""

from __future__ import annotations

import argparse
import random
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlencode, urlsplit

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.listener import Listener, Seen, send

ALWAYS = 10**9
# Faults of one answer, and faults of the listing itself.
ANSWER_FAULTS = ("429", "429-retry-after", "504", "cut", "html", "garbage", "redirect")
LISTING_FAULTS = (
    "duplicates", "empty-page", "off-by-one", "huge", "foreign-link", "same-cursor", "used-up", "names-last",
)  # fmt: skip
Record = dict[str, Any]

# The commit of a repository asked for by itself, which may be newer than the listing.
LATER_SHA = "f" * 40


class FakeHub(Listener):
    """Both hubs at one address: /api/models, /api/datasets, /api/v1/models and single records."""

    def __init__(
        self, *, models: Sequence[Record] = (), datasets: Sequence[Record] = (), civitai: Sequence[Record] = (),
        faults: Mapping[str, int] | None = None, delay: float = 0.0, renamed: Mapping[str, str] | None = None,
        elsewhere: str = "https://elsewhere.invalid", blobs: Mapping[str, list[Record]] | None = None,
        hidden: Sequence[object] = (),
    ) -> None:  # fmt: skip
        super().__init__()
        unknown = set(faults or {}) - {*ANSWER_FAULTS, *LISTING_FAULTS}
        assert not unknown, unknown
        self.hf = {"models": list(models), "datasets": list(datasets)}
        self.civitai = list(civitai)
        self.left = dict(faults or {})
        self.fired: list[str] = []
        self.delay, self.renamed, self.elsewhere = delay, dict(renamed or {}), elsewhere
        self.blobs, self.hidden = dict(blobs or {}), set(hidden)  # hidden: listed, but not there on its own
        self.breaks_after: int | None = None  # answer 504 once so many pages were asked for
        self.lock = threading.Lock()
        self.faulty_before = False

    def pages(self) -> list[Seen]:
        """The requests for pages of a listing."""
        return [
            seen
            for seen in self.seen
            if urlsplit(seen.path).path in {f"/api/{k}" for k in self.hf} | {"/api/v1/models"}
        ]

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        time.sleep(self.delay)
        url = urlsplit(request.path)
        query = {name: values[-1] for name, values in parse_qs(url.query).items()}
        with self.lock:
            fault = self._answer_fault()
        if fault and self._spoil(request, fault, url.path):
            return
        if url.path == "/api/v1/models":
            self._civitai_page(request, query)
        elif url.path.startswith("/api/v1/models/"):
            self._civitai_one(request, url.path.rsplit("/", 1)[1])
        elif url.path.removeprefix("/api/") in self.hf:
            self._hf_page(request, url.path.removeprefix("/api/"), query)
        else:
            self._hf_one(request, url.path, query)

    def take(self, fault: str) -> bool:
        """Whether `fault` is to happen now; each time counts."""
        if self.left.get(fault, 0) <= 0:
            return False
        self.left[fault] -= 1
        self.fired.append(fault)
        return True

    def _answer_fault(self) -> str | None:
        if self.breaks_after is not None and len(self.pages()) > self.breaks_after:
            return "504"
        wanted = [fault for fault in ANSWER_FAULTS if self.left.get(fault, 0) > 0]
        always = [fault for fault in wanted if self.left[fault] > ALWAYS // 2]
        # The first answer is a good one, then every other may be spoilt.
        self.faulty_before = not self.faulty_before and bool(wanted) and len(self.seen) > 1
        fault = always[0] if always else wanted[0] if self.faulty_before else None
        return fault if fault and self.take(fault) else None

    def _spoil(self, request: BaseHTTPRequestHandler, fault: str, path: str) -> bool:
        if fault == "429":
            rate = {"RateLimit": '"api";r=0;t=55', "RateLimit-Policy": '"fixed window";"api";q=500;w=300'}
            send(request, 429, {"error": "too many"}, rate)
        elif fault == "429-retry-after":
            send(request, 429, {"error": "too many"}, {"Retry-After": "30"})
        elif fault == "504":
            send(request, 504, b"<html>Gateway Time-out</html>", kind="text/html")
        elif fault == "html":
            send(request, 200, b"<html>We will be back soon</html>", kind="text/html; charset=utf-8")
        elif fault == "garbage":
            send(request, 200, b'[{"id": "a/b", "tags": [')
        elif fault == "redirect":
            send(request, 302, b"", {"Location": f"{self.elsewhere}{path}?stolen=1"})
        else:
            send(request, 200, [{"id": "cut/short", "pad": "x" * 5000}], cut=True)
        return True

    def _hf_page(self, request: BaseHTTPRequestHandler, kind: str, query: dict[str, str]) -> None:
        records, size = self.hf[kind], int(query.get("limit", "1000"))
        for name in ("author", "search", "filter"):
            if wanted := query.get(name):
                records = [r for r in records if _fits(r, name, wanted)]
        empty, at = _cursor(query.get("cursor", "p0"))
        headers = {"RateLimit": '"api";r=400;t=120'}
        with self.lock:
            if self.take("used-up"):
                headers["RateLimit"] = '"api";r=0;t=77'
            begin = at - 1 if at and not empty and self.take("duplicates") else at
            turn_empty = not empty and at + size < len(records) and self.take("empty-page")
            base = "https://huggingface.co" if self.take("foreign-link") else self.url
            huge = self.take("huge")
            same = self.take("same-cursor")
        page = [] if empty else records[begin : at + size]
        after = at if empty or same else at + size
        if after < len(records) or same:
            cursor = f"{'e' if turn_empty else 'p'}{after}" if not same else query.get("cursor", "p0")
            headers["Link"] = f'<{base}/api/{kind}?{urlencode(query | {"cursor": cursor})}>; rel="next"'
        send(request, 200, _padded(page) if huge else page, headers)

    def _hf_one(self, request: BaseHTTPRequestHandler, path: str, query: dict[str, str]) -> None:
        kind, _, id_ = unquote(path).removeprefix("/api/").partition("/")
        if id_ in self.renamed:
            send(request, 307, b"", {"Location": f"/api/{kind}/{quote(self.renamed[id_])}?{urlencode(query)}"})
            return
        names = {v: k for k, v in self.renamed.items()}
        found = [r for r in self.hf.get(kind, []) if r["id"] in {id_, names.get(id_)} - self.hidden]
        if not found:
            send(request, 404, {"error": "Repository not found"}, {"X-Error-Message": "Repository not found"})
            return
        files = self.blobs.get(found[0]["id"]) if query.get("blobs") == "true" else None
        send(request, 200, found[0] | ({"siblings": files, "sha": LATER_SHA} if files else {}))

    def _civitai_page(self, request: BaseHTTPRequestHandler, query: dict[str, str]) -> None:
        size = int(query.get("limit", "100"))
        ids = [record["id"] for record in self.civitai]
        cursor = query.get("cursor")
        empty, at = False, 0
        with self.lock:
            if cursor:
                mark, _, named = cursor.rpartition("|")
                empty, at = mark.startswith("e"), ids.index(int(named))
                at += mark.startswith("l") or (not empty and self.take("off-by-one"))
            begin = at - 1 if at and not empty and self.take("duplicates") else at
            turn_empty = not empty and at + size < len(ids) and self.take("empty-page")
            huge, same = self.take("huge"), cursor and self.take("same-cursor")
            last = not turn_empty and self.take("names-last")
        after = at if empty else at + size
        metadata: dict[str, Any] = {}
        if after < len(ids):
            mark = "e" if turn_empty else "l" if last else "p"
            following = cursor if same else f"{mark}{after}|{ids[after - last]}"
            metadata = {"nextCursor": following, "nextPage": f"https://civitai.com/api/v1/models?cursor={following}"}
        items = [] if empty else self.civitai[begin : at + size]
        send(request, 200, {"items": _padded(items) if huge else items, "metadata": metadata})

    def _civitai_one(self, request: BaseHTTPRequestHandler, id_: str) -> None:
        found = [r for r in self.civitai if str(r["id"]) == id_ and r["id"] not in self.hidden]
        send(request, 200 if found else 404, found[0] if found else {"error": f"No model with id {id_}"})


def _cursor(text: str) -> tuple[bool, int]:
    return text[0] == "e", int(text[1:])


def _padded(records: Sequence[Record]) -> list[Record]:
    """The same records in 20 MB."""
    return [record | {"padding": "x" * (20_000_000 // len(records))} for record in records]


def _fits(record: Record, name: str, wanted: str) -> bool:
    if name == "author":
        return str(record["id"]).startswith(f"{wanted}/")
    return wanted in record["id"] if name == "search" else wanted in record.get("tags", [])


def hf_models(number: int, seed: int = 1) -> list[Record]:
    """`number` models in the shape of /api/models, each id once."""
    rng = random.Random(seed)
    return [
        {
            "_id": f"{rng.getrandbits(96):024x}", "id": f"org{n % 7}/model-{n}", "modelId": f"org{n % 7}/model-{n}",
            "author": f"org{n % 7}", "sha": f"{rng.getrandbits(160):040x}", "private": False, "gated": False,
            "createdAt": f"2024-01-{1 + n % 28:02d}T00:00:00.000Z", "lastModified": "2024-06-01T12:00:00.000Z",
            "downloads": rng.randrange(10_000), "likes": rng.randrange(100), "pipeline_tag": "text-generation",
            "library_name": "transformers", "tags": ["transformers", "license:mit"], "cardData": {"license": "mit"},
            "config": {"model_type": "llama"}, "siblings": [{"rfilename": "model.safetensors"}],
        }
        for n in range(number)
    ]  # fmt: skip


def civitai_models(number: int, seed: int = 1) -> list[Record]:
    """`number` models in the shape of /api/v1/models, newest first, with one or two versions each."""
    rng = random.Random(seed)
    return [_civitai_model(n, rng) for n in range(number, 0, -1)]


def _civitai_model(n: int, rng: random.Random) -> Record:
    return {
        "id": 1000 + n, "name": f"Landscape {n}", "description": "<p>Hills</p>", "type": "LORA", "nsfw": False,
        "nsfwLevel": 1, "poi": False, "tags": ["hills"], "creator": {"username": f"maker{n % 5}"},
        "stats": {"downloadCount": 10 * n, "thumbsUpCount": n}, "allowNoCredit": True,
        "allowCommercialUse": ["Image"], "allowDerivatives": True,
        "modelVersions": [
            {
                "id": 9000 + 2 * n + k, "name": f"v{k}", "baseModel": "SDXL 1.0", "publishedAt": "2024-03-01T00:00:00Z",
                "stats": {"downloadCount": 4 * n},
                "files": [{"name": "a.safetensors", "sizeKB": 2.5, "hashes": {"SHA256": f"{rng.getrandbits(256):064X}"}}],
            }
            for k in range(1 + n % 2)
        ],
    }  # fmt: skip


def main() -> None:
    """Serve until interrupted; the address is the first line on stdout."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", type=int, default=100)
    parser.add_argument("--civitai", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--delay", type=float, default=0.0)
    parser.add_argument("--fault", action="append", default=[], help="NAME or NAME=TIMES")
    given = parser.parse_args()
    faults = {name: int(times or 1) for name, _, times in (fault.partition("=") for fault in given.fault)}
    hub = FakeHub(
        models=hf_models(given.models, given.seed), civitai=civitai_models(given.civitai, given.seed),
        faults=faults, delay=given.delay,
    )  # fmt: skip
    print(hub.url, flush=True)  # noqa: T201
    hub.server.serve_forever()


if __name__ == "__main__":
    main()
