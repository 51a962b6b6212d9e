"""Listing the Hugging Face Hub: complete and exact whatever the hub does, and the token stays at home."""

from __future__ import annotations

import json
import time
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from headgate import cli, run, runs, workspace, zstd
from headgate.catalog import find, load
from headgate.errors import HubError, UsageError
from headgate.shapes import Run
from tests.fakehub import ALWAYS, LATER_SHA, FakeHub, hf_models
from tests.listener import Listener, send

TOKEN = "hf_kept0secret0of0the0test"
MODELS = hf_models(23)
REFS = {f"hf:model:{model['id']}" for model in MODELS}


@pytest.fixture(autouse=True)
def settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADGATE_MAX_WAIT", "0")
    monkeypatch.setenv("HF_TOKEN", TOKEN)


def collected(
    hub: FakeHub, into: Path, monkeypatch: pytest.MonkeyPatch, **params: Any
) -> tuple[workspace.Workspace, Run]:
    monkeypatch.setenv("HF_ENDPOINT", hub.url)
    ws = workspace.open_workspace(into, create=True)
    return ws, run.collect(ws, "huggingface", **({"page_size": 5} | params))


def refs(ws: workspace.Workspace) -> list[str]:
    return [row[0] for row in ws.db.execute("SELECT ref FROM artifacts ORDER BY ref").fetchall()]


def every_byte(folder: Path) -> bytes:
    found = b""
    for path in folder.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            found += data + (zstd.decompress(data) if path.suffix == ".zst" else b"")
    return found


HARMLESS = {
    "429": 2, "429-retry-after": 2, "504": 3, "cut": 2, "html": 2, "garbage": 2, "duplicates": 2, "empty-page": 2,
    "huge": 1, "foreign-link": 2, "used-up": 1,
}  # fmt: skip


@pytest.mark.parametrize("faults", [{}, *({name: times} for name, times in HARMLESS.items()), HARMLESS], ids=str)
def test_collects_every_model_once(
    faults: dict[str, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with FakeHub(models=MODELS, faults=faults) as hub:
        ws, made = collected(hub, tmp_path / "w", monkeypatch, page_size=2)
    assert sorted(hub.fired) == sorted(name for name, times in faults.items() for _ in range(times))
    assert refs(ws) == sorted(REFS)
    assert made.complete
    assert made.cursor is None
    assert made.counts["duplicates"] == faults.get("duplicates", 0)
    assert all(seen.headers["authorization"] == f"Bearer {TOKEN}" for seen in hub.seen)
    printed = capsys.readouterr()
    assert TOKEN not in printed.out + printed.err
    assert TOKEN.encode() not in every_byte(tmp_path)


@pytest.mark.parametrize("fault", ["empty-page", "foreign-link", "duplicates"])
def test_collects_every_model_though_it_never_stops(
    fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with FakeHub(models=MODELS, faults={fault: ALWAYS}) as hub:
        ws, made = collected(hub, tmp_path, monkeypatch)
    assert refs(ws) == sorted(REFS)
    assert made.complete


def test_a_page_of_20_mb_comes_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with FakeHub(models=MODELS, faults={"huge": ALWAYS}) as hub:
        _, made = collected(hub, tmp_path, monkeypatch, page_size=23)
    page = zstd.decompress((tmp_path / "raw" / "huggingface" / made.id / "page-000001.jsonl.zst").read_bytes())
    assert 19_900_000 < len(page) < 20_100_000
    assert made.counts["kept"] == 23


@pytest.mark.parametrize("always", [False, True])
def test_another_host_sees_neither_request_nor_token(
    always: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (
        Listener() as other,
        FakeHub(models=MODELS, faults={"redirect": ALWAYS if always else 2}, elsewhere=other.url) as hub,
    ):
        if always:
            with pytest.raises(HubError, match="another host"):
                collected(hub, tmp_path, monkeypatch)
        else:
            ws, _ = collected(hub, tmp_path, monkeypatch)
            assert refs(ws) == sorted(REFS)
    assert other.seen == []
    assert TOKEN.encode() not in every_byte(tmp_path)


def test_a_link_to_another_host_is_followed_at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with FakeHub(models=MODELS, faults={"foreign-link": ALWAYS}) as hub:
        _, made = collected(hub, tmp_path, monkeypatch)
    assert len(hub.pages()) == made.pages == 5
    cursors = [parse_qs(urlsplit(seen.path).query).get("cursor") for seen in hub.seen]
    assert cursors == [None, ["p5"], ["p10"], ["p15"], ["p20"]]


def test_asks_only_for_what_a_listing_may_have(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with FakeHub(models=MODELS) as hub:
        collected(hub, tmp_path, monkeypatch)
    query = parse_qs(urlsplit(hub.seen[0].path).query)
    assert {"cardData", "gguf", "safetensors", "siblings", "tags", "sha", "createdAt"} < set(query["expand[]"])
    # the Hub answers 400 to these in a listing (huggingface_hub pull request 3182)
    assert not {"baseModels", "childrenModelCount", "usedStorage"} & set(query["expand[]"])
    assert (query["sort"], query["direction"], query["limit"]) == (["createdAt"], ["-1"], ["5"])


def test_hub_that_stays_broken_leaves_what_it_gave_and_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with FakeHub(models=MODELS) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        hub.breaks_after = 2
        with pytest.raises(HubError, match="answered 504, 8 times"):
            collected(hub, tmp_path, monkeypatch)
        assert [(made.pages, made.status) for made in runs.read_all(tmp_path)] == [(2, "running")]
        hub.breaks_after = None
        hub.seen.clear()
        ws, made = collected(hub, tmp_path, monkeypatch)
    assert refs(ws) == sorted(REFS)
    assert len(runs.read_all(tmp_path)) == 1
    assert made.pages == 5
    assert len(hub.pages()) == 3


def test_goes_on_from_any_cursor(monkeypatch: pytest.MonkeyPatch) -> None:
    collect = load(find("collect", "huggingface"))
    with FakeHub(models=MODELS) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        pages = list(collect(None, page_size=5))
        for number, page in enumerate(pages[:-1]):
            assert page.next.startswith("/api/models?")
            assert hub.url not in page.next
            rest = list(collect(page.next, page_size=5))
            assert [p.lines for p in rest] == [p.lines for p in pages[number + 1 :]]
            assert rest[-1].complete


def test_records_are_handed_on_unchanged(monkeypatch: pytest.MonkeyPatch) -> None:
    odd = MODELS[0] | {"x": "ä\u2028\ud800 ' \" </script>", "big": 2**70, "none": None}
    with FakeHub(models=[odd]) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        (page,) = load(find("collect", "huggingface"))(None)
    assert [json.loads(line) for line in page.lines] == [odd]


@pytest.mark.parametrize(
    ("params", "number"),
    [({"author": "org1"}, 4), ({"search": "model-2"}, 4), ({"filter": "transformers"}, 23), ({"limit": 12}, 12)],
)
def test_a_narrowed_listing_is_not_complete(
    params: dict[str, Any], number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with FakeHub(models=MODELS) as hub:
        ws, made = collected(hub, tmp_path, monkeypatch, **params)
    assert len(refs(ws)) == number
    assert not made.complete


def test_the_limit_counts_over_an_interruption(monkeypatch: pytest.MonkeyPatch) -> None:
    collect = load(find("collect", "huggingface"))
    with FakeHub(models=MODELS) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        first = next(iter(collect(None, page_size=5, limit=12)))
        rest = list(collect(first.next, page_size=5, limit=12))
    assert [len(page.lines) for page in [first, *rest]] == [5, 5, 2]
    assert rest[-1].next is None


def test_what_a_complete_listing_lacks_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with FakeHub(models=MODELS) as hub:
        collected(hub, tmp_path, monkeypatch)
        hub.hf["models"] = MODELS[2:]
        _, narrowed = collected(hub, tmp_path, monkeypatch, author="org0")
        assert narrowed.counts["gone"] == 0
        ws, full = collected(hub, tmp_path, monkeypatch)
        assert full.counts["gone"] == 2
        assert set(refs(ws)) == {f"hf:model:{model['id']}" for model in MODELS[2:]}
        hub.hf["models"] = []
        ws, nothing = collected(hub, tmp_path, monkeypatch)
    assert not nothing.complete
    assert len(refs(ws)) == 21


def test_files_are_asked_for_one_by_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blob = {"rfilename": "model.safetensors", "size": 1234, "lfs": {"sha256": "ab" * 32, "size": 1234}}
    first, second, third = MODELS[:3]
    models = [first, second, third, {"id": "../../secrets"}, {"id": "no id"}]
    with FakeHub(
        models=models, blobs={first["id"]: [blob], second["id"]: [blob]}, renamed={second["id"]: "new/name"}
    ) as hub:
        ws, _ = collected(hub, tmp_path, monkeypatch, files=True)
        listing, *singles = [seen.path for seen in hub.seen]
    assert listing.startswith("/api/models?")
    assert singles == [
        f"/api/models/{first['id']}?blobs=true", f"/api/models/{second['id']}?blobs=true",
        "/api/models/new/name?blobs=true", f"/api/models/{third['id']}?blobs=true",
    ]  # fmt: skip
    shas = dict(ws.db.execute("SELECT ref, sha FROM artifacts").fetchall())
    assert shas == {
        f"hf:model:{model['id']}": sha for model, sha in zip(MODELS, [LATER_SHA, LATER_SHA, third["sha"]], strict=False)
    }
    rows = ws.db.execute("SELECT artifact, path, size, sha256 FROM files ORDER BY artifact").fetchall()
    assert rows == sorted(
        [
            (f"hf:model:{first['id']}", "model.safetensors", 1234, "ab" * 32),
            (f"hf:model:{second['id']}", "model.safetensors", 1234, "ab" * 32),
            (f"hf:model:{third['id']}", "model.safetensors", None, None),
        ]
    )


def test_a_repository_gone_since_the_listing_keeps_its_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = MODELS[0]["id"]
    with FakeHub(models=MODELS[:2], hidden=[gone]) as hub:
        ws, _ = collected(hub, tmp_path, monkeypatch, files=True)
    assert refs(ws) == sorted(f"hf:model:{model['id']}" for model in MODELS[:2])


def test_datasets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = [
        {"id": f"org/set-{n}", "_id": str(n), "tags": ["license:mit"], "description": "text", "cardData": {}}
        for n in range(7)
    ]
    with FakeHub(datasets=data) as hub:
        ws, made = collected(hub, tmp_path, monkeypatch, kind="dataset")
    assert refs(ws) == [f"hf:dataset:org/set-{n}" for n in range(7)]
    assert made.complete
    assert "siblings" not in parse_qs(urlsplit(hub.seen[0].path).query)["expand[]"]


def test_a_page_that_names_itself_as_next_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with FakeHub(models=MODELS, faults={"same-cursor": ALWAYS}) as hub, pytest.raises(HubError, match="read before"):
        collected(hub, tmp_path, monkeypatch)
    assert len(hub.pages()) <= 3


@pytest.mark.parametrize("wrong", [{"kind": "space"}, {"page_size": 1001}, {"page_size": -1}, {"limit": 0}])
def test_wrong_use(wrong: dict[str, Any], tmp_path: Path) -> None:
    ws = workspace.open_workspace(tmp_path, create=True)
    with pytest.raises(UsageError):
        run.collect(ws, "huggingface", **wrong)


def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    with FakeHub(models=MODELS, faults={"504": 1, "429": 1}) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        args = ["collect", "huggingface", "--into", str(tmp_path / "w"), "--page-size", "5"]
        with pytest.raises(SystemExit) as ended:
            cli.main(args)
        hub.left["504"] = ALWAYS
        with pytest.raises(SystemExit) as failed:
            cli.main(args)
    assert (ended.value.code, failed.value.code) == (0, 2)
    printed = capfd.readouterr()
    assert "collected 23 artifacts and 23 files from 23 records in 5 pages" in printed.out
    *tries, error = printed.err.splitlines()
    assert all(line.startswith(f"GET {hub.url}: answered ") and " of 8" in line for line in tries)
    assert f"GET {hub.url}/api/models answered 504, 8 times" in error
    assert TOKEN not in printed.out + printed.err


class Odd(Listener):
    """Lists `ids` on one page, or on pages without end; a single record gets `status`."""

    def __init__(self, ids: list[str], status: int = 500, link: str = "", endless: bool = False) -> None:
        super().__init__()
        self.ids, self.status, self.link, self.endless = ids, status, link, endless

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        if urlsplit(request.path).path == "/api/models":
            link = f'</api/models?cursor={len(self.seen)}>; rel="next"' if self.endless else self.link
            send(request, 200, [{"id": id_} for id_ in self.ids], {"Link": link} if link else {})
        elif "/good" in request.path:
            send(request, 200, {"sha": LATER_SHA, "siblings": [{"rfilename": "a.bin", "size": 5}]})
        else:
            send(request, self.status, {}, {"Location": "http://127.0.0.1:9/x"} if self.status == 302 else {})


@pytest.mark.parametrize("status", [500, 400, 418, 302])
def test_a_repository_that_does_not_answer_is_counted_and_not_named(
    status: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with Odd(["maker/quenilda-zorblatt", "maker/good", "maker/quenilda-two"], status) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        (page,) = load(find("collect", "huggingface"))(None, files=True)
    first, good, second = (json.loads(line) for line in page.lines)
    assert (first, second) == ({"id": "maker/quenilda-zorblatt"}, {"id": "maker/quenilda-two"})
    assert (good["sha"], good["siblings"][0]["size"]) == (LATER_SHA, 5)
    said = capsys.readouterr().err
    assert said.count("did not answer for their files: 2 repositories") == 1
    assert "quenilda" not in said


def test_a_hub_that_answers_for_no_repository_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    with Odd([f"a/b{n}" for n in range(30)], 418) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        with pytest.raises(HubError, match=r"/api/models/\.\.\. answered 418"):
            list(load(find("collect", "huggingface"))(None, files=True))
    assert len(hub.seen) == 21


def test_empty_pages_without_end_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    with Odd([], endless=True) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        with pytest.raises(HubError, match="200 empty pages in a row"):
            list(load(find("collect", "huggingface"))(None, limit=5))
    assert len(hub.seen) == 200


@pytest.mark.parametrize("link", ["<" * 60_000, "</api/models?c=" + "a" * 80_000 + '>; rel="next"'])
def test_a_link_that_is_too_long_is_an_error_at_once(link: str, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = time.monotonic()
    with Odd(["a/b"], link=link) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        with pytest.raises(HubError, match="Link header of"):
            list(load(find("collect", "huggingface"))(None))
    assert time.monotonic() - begun < 2
