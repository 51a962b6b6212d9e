"""Listing Civitai: its paging faults mended, its records turned into rows."""

from __future__ import annotations

from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from headgate import run, workspace
from headgate.catalog import find, load
from headgate.collect.civitai import named_id
from headgate.errors import HubError, UsageError
from headgate.shapes import Run
from tests.fakehub import ALWAYS, FakeHub, civitai_models
from tests.listener import Listener, send

TOKEN = "civitai0token0of0the0test"
MODELS = civitai_models(23)
REFS = {f"civitai:model:{m['id']}" for m in MODELS} | {
    f"civitai:version:{v['id']}" for m in MODELS for v in m["modelVersions"]
}


@pytest.fixture(autouse=True)
def no_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADGATE_MAX_WAIT", "0")


def collected(
    hub: FakeHub, into: Path, monkeypatch: pytest.MonkeyPatch, **params: Any
) -> tuple[workspace.Workspace, Run]:
    monkeypatch.setenv("CIVITAI_ENDPOINT", hub.url)
    ws = workspace.open_workspace(into, create=True)
    return ws, run.collect(ws, "civitai", **({"page_size": 4} | params))


HARMLESS = {
    "429": 1, "429-retry-after": 1, "504": 1, "cut": 1, "html": 1, "garbage": 1, "redirect": 1, "duplicates": 2,
    "empty-page": 2, "off-by-one": 3, "huge": 1,
}  # fmt: skip


@pytest.mark.parametrize("faults", [{}, *({name: times} for name, times in HARMLESS.items()), HARMLESS], ids=str)
def test_collects_every_model_and_version_once(
    faults: dict[str, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CIVITAI_TOKEN", TOKEN)
    with FakeHub(civitai=MODELS, faults=faults) as hub:
        ws, made = collected(hub, tmp_path, monkeypatch, page_size=2)
    assert sorted(hub.fired) == sorted(name for name, times in faults.items() for _ in range(times))
    rows = [ref for (ref,) in ws.db.execute("SELECT ref FROM artifacts").fetchall()]
    assert sorted(rows) == sorted(REFS)
    assert made.complete
    assert all(seen.headers["authorization"] == f"Bearer {TOKEN}" for seen in hub.seen)
    assert not any(TOKEN in seen.path for seen in hub.seen)


@pytest.mark.parametrize(
    "faults", [{"off-by-one": ALWAYS}, {"empty-page": ALWAYS}, {"off-by-one": ALWAYS, "empty-page": ALWAYS}], ids=str
)
def test_collects_every_model_though_it_never_stops(
    faults: dict[str, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with FakeHub(civitai=MODELS, faults=faults) as hub:
        ws, _ = collected(hub, tmp_path, monkeypatch)
    rows = [ref for (ref,) in ws.db.execute("SELECT ref FROM artifacts").fetchall()]
    assert sorted(rows) == sorted(REFS)


@pytest.mark.parametrize("names", [{}, {"names-last": ALWAYS}], ids=["names the next model", "names the last model"])
def test_a_good_listing_costs_no_further_request(
    names: dict[str, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with FakeHub(civitai=MODELS, faults=names) as hub:
        collected(hub, tmp_path, monkeypatch)
    assert len(hub.seen) == len(hub.pages()) == 6
    query = parse_qs(urlsplit(hub.seen[0].path).query)
    assert query == {"limit": ["4"], "nsfw": ["true"], "sort": ["Newest"]}


def test_a_model_left_out_and_gone_counts_as_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fifth = MODELS[4]["id"]
    with FakeHub(civitai=MODELS, faults={"off-by-one": 1}, hidden=[fifth]) as hub:
        ws, _ = collected(hub, tmp_path, monkeypatch)
    models = [ref for (ref,) in ws.db.execute("SELECT ref FROM artifacts WHERE kind = 'model'").fetchall()]
    assert sorted(models) == sorted(f"civitai:model:{m['id']}" for m in MODELS if m["id"] != fifth)


def test_a_cursor_that_comes_back_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with FakeHub(civitai=MODELS, faults={"same-cursor": ALWAYS}) as hub, pytest.raises(HubError, match="cursor again"):
        collected(hub, tmp_path, monkeypatch)
    assert len(hub.pages()) == 2


def test_goes_on_from_any_cursor_and_mends_there_too(monkeypatch: pytest.MonkeyPatch) -> None:
    collect = load(find("collect", "civitai"))
    with FakeHub(civitai=MODELS, faults={"off-by-one": ALWAYS}) as hub:
        monkeypatch.setenv("CIVITAI_ENDPOINT", hub.url)
        pages = list(collect(None, page_size=4))
        for number, page in enumerate(pages[:-1]):
            rest = list(collect(page.next, page_size=4))
            assert [p.lines for p in rest] == [p.lines for p in pages[number + 1 :]]


@pytest.mark.parametrize(
    ("cursor", "id_"),
    [
        ("75363|932023|257749", 257749), ("257749", 257749), ("1716768000000|12", 12), ("", None), ("abc", None), ("0", None),
        ("2024-05-01T10:00:00.000Z", None), ("2024-05-01", None), ("10:20:30", None), ("3.14", None), ("9999999999", None),
        ("12|2147483647", 2147483647), ("12|2147483648", None), ("-5", None), ("1|٣", None),
    ],
)  # fmt: skip
def test_the_id_that_a_cursor_names(cursor: str, id_: int | None) -> None:
    assert named_id(cursor) == id_


@pytest.mark.parametrize("wrong", [{"page_size": 101}, {"page_size": 0}, {"limit": 0}])
def test_wrong_use(wrong: dict[str, Any], tmp_path: Path) -> None:
    ws = workspace.open_workspace(tmp_path, create=True)
    with pytest.raises(UsageError):
        run.collect(ws, "civitai", **wrong)


@pytest.mark.parametrize(
    ("params", "wanted"),
    [({"types": "LORA,LoCon"}, "types"), ({"tag": "hills"}, "tag"), ({"username": "m"}, "username")],
)
def test_a_narrowed_listing_is_not_complete(
    params: dict[str, str], wanted: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with FakeHub(civitai=MODELS) as hub:
        _, made = collected(hub, tmp_path, monkeypatch, **params)
    assert not made.complete
    assert all(parse_qs(urlsplit(seen.path).query)[wanted] == [params[wanted]] for seen in hub.seen)


def test_the_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with FakeHub(civitai=MODELS) as hub:
        _, made = collected(hub, tmp_path, monkeypatch, limit=6)
    assert (made.counts["records"], made.pages, made.complete) == (6, 2, False)


class Endless(Listener):
    """Gives empty pages, each with a cursor of its own."""

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        send(request, 200, {"items": [], "metadata": {"nextCursor": f"e{len(self.seen)}x"}})


def test_empty_pages_without_end_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    with Endless() as hub:
        monkeypatch.setenv("CIVITAI_ENDPOINT", hub.url)
        with pytest.raises(HubError, match="200 empty pages in a row"):
            list(load(find("collect", "civitai"))(None))
    assert len(hub.seen) == 200
