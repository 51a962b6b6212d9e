"""Collecting what is named and all upstream of it: each repository once, at its pin, nothing named that must not be."""

from __future__ import annotations

import json
import os
import random
import re
import subprocess
import sys
import time
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from headgate import cli, gate, run, runs, workspace, zstd
from headgate.catalog import find, load
from headgate.collect.named import LONGEST_CARD, LONGEST_LICENCE
from headgate.errors import HubError, UsageError
from headgate.shapes import Run
from tests.fakehub import ALWAYS, FakeHub
from tests.listener import Listener, send

TOKEN = "hf_kept0secret0of0the0test"
PINNED = "abcdef0123456789abcdef0123456789abcdef01"
Record = dict[str, Any]


def repo(id_: str, *parents: str, files: tuple[str, ...] = (), **fields: Any) -> Record:
    return {
        "_id": f"{sum(id_.encode()) * 7919:024x}", "id": id_, "modelId": id_, "author": id_.split("/")[0],
        "sha": f"{sum(id_.encode()):040x}", "createdAt": "2024-01-01T00:00:00.000Z", "downloads": 5, "tags": [],
        "lastModified": "2024-06-01T12:00:00.000Z", "pipeline_tag": "text-generation", "library_name": "transformers",
        "cardData": {"base_model": list(parents)} if parents else {"license": "mit"},
        "siblings": [{"rfilename": name, "size": 9} for name in ("model.safetensors", *files)], **fields,
    }  # fmt: skip


class Hub(FakeHub):
    """The fake hub with commits, and with files by their path after the host."""

    def __init__(self, *models: Record, raw: dict[str, bytes] | None = None, **more: Any) -> None:
        super().__init__(models=models, **more)
        self.raw, self.commits = raw or {}, dict[tuple[str, str], Record]()
        self.status: dict[str, int] = {}  # by part of a path

    def _hf_one(self, request: BaseHTTPRequestHandler, path: str, query: dict[str, str]) -> None:
        commit = re.fullmatch(r"/api/models/(.+)/revision/(.+)", unquote(path))
        if status := next((status for part, status in self.status.items() if part in path), None):
            send(request, status, {"error": "no"})
        elif "/raw/" in path:
            body = self.raw.get(path)
            send(request, 404 if body is None else 200, body or b"", kind="text/plain; charset=utf-8")
        elif commit:
            found = self.commits.get((commit[1], commit[2]))
            send(request, 200 if found else 404, found or {"error": "Invalid rev id"})
        else:
            # as the real one, it tells ids apart without regard to case
            spelled = {f"/api/{kind}/{r['id']}".lower(): r["id"] for kind, rs in self.hf.items() for r in rs}
            prefix = "/".join(path.split("/")[:3])
            super()._hf_one(request, f"{prefix}/{spelled[path.lower()]}" if path.lower() in spelled else path, query)

    def asked(self) -> list[str]:
        """Paths asked for, in order."""
        return [urlsplit(seen.path).path for seen in self.seen]


@pytest.fixture(autouse=True)
def settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADGATE_MAX_WAIT", "0")
    monkeypatch.setenv("HF_TOKEN", TOKEN)


def listed(tmp_path: Path, *lines: str) -> Path:
    path = tmp_path / "models.txt"
    path.write_text("\n".join(lines) + "\n")
    return path


def collected(
    hub: FakeHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *lines: str, **params: Any
) -> tuple[workspace.Workspace, Run]:
    monkeypatch.setenv("HF_ENDPOINT", hub.url)
    ws = workspace.open_workspace(tmp_path / "w", create=True)
    return ws, run.collect(ws, "named", path=listed(tmp_path, *lines), **params)


def refs(ws: workspace.Workspace) -> list[str]:
    return [row[0] for row in ws.db.execute("SELECT ref FROM artifacts ORDER BY ref").fetchall()]


def every_byte(folder: Path) -> bytes:
    data = [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
    packed = [zstd.decompress(path.read_bytes()) for path in folder.rglob("*.zst")]
    return b"".join(data + packed)


# app/lora -> app/merge -> base/one, base/two; base/one -> app/lora closes a circle; other/apart is nobody's parent
TREE = [
    repo("app/lora", config={"peft": {"base_model_name_or_path": "App/Merge"}}, cardData={"datasets": ["d/set"]}),
    repo("app/merge", "base/one", "https://huggingface.co/base/two"),
    repo("base/one", tags=["base_model:finetune:app/lora", "dataset:d/other"]),
    repo("base/two", "base/two"),
    repo("other/apart", "app/lora"),
]
TREE_REFS = ["hf:model:app/lora", "hf:model:app/merge", "hf:model:base/one", "hf:model:base/two"]
HARMLESS = {"429": 2, "429-retry-after": 2, "504": 3, "cut": 2, "html": 2, "garbage": 2, "redirect": 2}


@pytest.mark.parametrize("faults", [{}, *({name: times} for name, times in HARMLESS.items()), HARMLESS], ids=str)
def test_what_is_named_and_all_upstream_each_once(
    faults: dict[str, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    models = TREE + [repo(f"long/n{n}", *([f"long/n{n + 1}"] if n < 12 else [])) for n in range(13)]
    with Listener() as other, Hub(*models, faults=faults, elsewhere=other.url) as hub:
        ws, made = collected(hub, tmp_path, monkeypatch, "app/lora", "APP/LORA", "long/n0")
    assert sorted(hub.fired) == sorted(name for name, times in faults.items() for _ in range(times))
    assert refs(ws) == sorted(TREE_REFS + [f"hf:model:long/n{n}" for n in range(13)])
    assert (made.counts["duplicates"], made.counts["gone"], made.complete) == (0, 0, False)
    assert len(hub.seen) == 17 + sum(faults.values())
    assert other.seen == []
    assert all(seen.headers["authorization"] == f"Bearer {TOKEN}" for seen in hub.seen)
    printed = capsys.readouterr().err
    assert "2 datasets are named; --kind dataset collects them." in printed
    assert TOKEN not in printed
    assert TOKEN.encode() not in every_byte(tmp_path)


def test_breadth_first_with_hashes_and_no_request_too_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blob = {"rfilename": "model.safetensors", "size": 1234, "lfs": {"sha256": "ab" * 32, "size": 1234}}
    with Hub(*TREE, blobs={"base/one": [blob]}) as hub:
        ws, _ = collected(hub, tmp_path, monkeypatch, "app/lora")
    assert hub.asked() == [f"/api/models/{id_}" for id_ in ("app/lora", "App/Merge", "base/one", "base/two")]
    assert {tuple(parse_qs(urlsplit(seen.path).query)) for seen in hub.seen} == {("blobs",)}
    hashes = "SELECT size, sha256 FROM files WHERE artifact = 'hf:model:base/one'"
    assert ws.db.execute(hashes).fetchall() == [(1234, "ab" * 32)]


def test_lineage_is_whole_once_linked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Hub(*TREE) as hub:
        ws, _ = collected(hub, tmp_path, monkeypatch, "app/lora")
    run.run_stage(ws, "link")
    dangling = ws.db.execute("SELECT parent FROM edges WHERE parent NOT IN (SELECT ref FROM artifacts) ORDER BY 1")
    assert dangling.fetchall() == [("hf:dataset:d/other",), ("hf:dataset:d/set",)]


def test_datasets_take_a_second_call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data: list[Record] = [
        {"id": id_, "_id": id_, "sha": "1" * 40, "tags": [], "siblings": [{"rfilename": "README.md"}]}
        for id_ in ("d/set", "d/other", "d/third", "d/apart")
    ]
    raw = {f"/datasets/d/set/raw/{'1' * 40}/README.md": b"# A set"}
    with Hub(*TREE, datasets=data, raw=raw) as hub:
        lines = ("app/lora", "hf:dataset:d/third")
        collected(hub, tmp_path, monkeypatch, *lines)
        hub.seen.clear()
        ws, made = collected(hub, tmp_path, monkeypatch, *lines, kind="dataset")
    wanted = ["hf:dataset:d/other", "hf:dataset:d/set", "hf:dataset:d/third"]
    assert refs(ws) == sorted([*wanted, *TREE_REFS])
    assert made.kind == "dataset"
    assert ws.db.execute("SELECT ref, card FROM artifacts WHERE card IS NOT NULL").fetchall() == [
        ("hf:dataset:d/set", "# A set")
    ]
    light = {tuple(parse_qs(urlsplit(s.path).query)) for s in hub.seen if s.path.startswith("/api/models/")}
    assert light == {("expand[]",)}
    assert hub.asked().count("/api/datasets/d/set") == 1


def test_a_pin_is_asked_for_and_the_gate_knows_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    policy = tmp_path / "p.toml"
    policy.write_text('name = "p"\n[[rule]]\nname = "r"\ncheck = "licence_missing"\nat_most = 0\n')
    newest = repo("a/b", sha="f" * 40)
    card = {"license": "mit", "base_model": "base/one"}
    pinned = repo("a/b", cardData=card, sha=PINNED, files=("README.md",))
    raw = {f"/a/b/raw/{PINNED}/README.md": b"as it was"}
    with Hub(newest, repo("base/one"), raw=raw) as hub:
        hub.commits = {("a/b", PINNED): pinned, ("a/b", "refs/pr/1"): newest}
        ws, _ = collected(hub, tmp_path, monkeypatch, "a/b", f"a/b@{PINNED}", f"a/b@{'e' * 40}")
        assert hub.asked() == [
            f"/api/models/a/b/revision/{PINNED}",
            f"/a/b/raw/{PINNED}/README.md",
            "/api/models/base/one",
        ]
        assert ws.db.execute("SELECT sha, card FROM artifacts WHERE name = 'a/b'").fetchall() == [(PINNED, "as it was")]
        run.run_method(ws, "detect", "licence_missing")
        verdicts = gate.decide(ws, [f"a/b@{PINNED}", "a/b", f"a/b@{'e' * 40}"], policy=policy)
        assert [one.decision for one in verdicts] == ["allow", "allow", "unknown"]
        assert verdicts[2].because == f"revision {'e' * 40} is not the one observed ({PINNED})"
        hub.seen.clear()
        collected(hub, tmp_path, monkeypatch, "a/b@refs/pr/1")
    assert hub.asked()[0] == "/api/models/a/b/revision/refs%2Fpr%2F1"


@pytest.mark.parametrize("status", [401, 403, 404, 410, 451])
def test_what_is_not_there_is_told_and_never_gone(
    status: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with Hub(*TREE, repo("x/y", "maker/quenilda-zorblatt")) as hub:
        collected(hub, tmp_path, monkeypatch, "app/lora")
        hub.status = {"app/merge": status, "quenilda": status, "n/none": status}
        ws, made = collected(hub, tmp_path, monkeypatch, "app/merge", "x/y", "n/none@v2")
    said = capsys.readouterr().err
    assert "note: hf:model:app/merge is not there, or closed to this token; it is left out.\n" in said
    assert "note: hf:model:n/none at revision v2 is not there" in said
    assert "note: 1 repositories upstream are not there, or closed to this token." in said
    assert "quenilda" not in said
    assert made.counts["gone"] == 0
    assert refs(ws) == sorted([*TREE_REFS, "hf:model:x/y"])
    (verdict,) = gate.decide(ws, ["n/none"])
    assert (verdict.decision, verdict.because) == ("unknown", "not in the workspace")


@pytest.mark.parametrize("lines", [["# nothing"], ["n/none"], ["civitai:model:5"]])
def test_nothing_found_is_a_workspace_that_says_so(
    lines: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with Hub(*TREE) as hub:
        ws, made = collected(hub, tmp_path, monkeypatch, *lines)
    assert (refs(ws), made.status, made.pages) == ([], "done", 1)
    assert "note: " in capsys.readouterr().err
    assert gate.decide(ws, ["n/none"])[0].because == "not in the workspace"


def test_an_old_name_leads_to_the_present_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    models = [repo("x/child", "old/name"), repo("x/twin", "new/name"), repo("old/name", "base/two"), repo("base/two")]
    present = models[2] | {"id": "new/name", "modelId": "new/name"}
    with Hub(*models[:2], present, models[3], renamed={"old/name": "new/name"}) as hub:
        ws, made = collected(hub, tmp_path, monkeypatch, "x/child", "x/twin")
    assert refs(ws) == [f"hf:model:{id_}" for id_ in ("base/two", "new/name", "old/name", "x/child", "x/twin")]
    assert made.counts["duplicates"] == 0
    run.run_stage(ws, "link")
    pairs = set(ws.db.execute("SELECT child, parent FROM edges WHERE relation <> 'renamed'").fetchall())
    assert {("hf:model:x/child", "hf:model:old/name"), ("hf:model:old/name", "hf:model:base/two")} <= pairs
    renamed = ws.db.execute("SELECT child, parent FROM edges WHERE relation = 'renamed'").fetchall()
    assert [set(pair) for pair in renamed] == [{"hf:model:old/name", "hf:model:new/name"}]


def test_two_names_of_one_repository_give_it_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = {"old/name": "new/name", "older/name": "new/name"}
    with Hub(repo("new/name"), renamed=old) as hub:
        ws, made = collected(hub, tmp_path, monkeypatch, "old/name", "new/name", "older/name")
    assert refs(ws) == ["hf:model:new/name", "hf:model:old/name", "hf:model:older/name"]
    assert (made.counts["records"], made.counts["duplicates"]) == (3, 0)


def test_cards_and_licence_texts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = ("LICENSE-CODE", "LICENSE-MODEL", "LICENSE.pdf", "docs/LICENSE", "README.md")
    long, bare = repo("a/long", files=files), repo("a/bare", files=("COPYING",))
    del bare["cardData"]
    at, bare_at = f"/a/long/raw/{long['sha']}/", f"/a/bare/raw/{bare['sha']}/"
    raw = {
        at + "README.md": b"\xef\xbb\xbf# \xc3\xa4\0" + b"x" * 300_000, at + "LICENSE-CODE": b"MIT",
        at + "LICENSE-MODEL": b"y" * 70_000, bare_at + "COPYING": b"all rights",
    }  # fmt: skip
    with Hub(long, bare, raw=raw, faults={"504": 1, "cut": 1, "html": 1}) as hub:
        ws, _ = collected(hub, tmp_path, monkeypatch, "a/long", "a/bare")
        asked = {path for path in hub.asked() if "/raw/" in path}
        found = ws.db.execute("SELECT name, card, licence_text, has_card FROM artifacts").fetchall()
        rows = {name: rest for name, *rest in found}
        hub.seen.clear()
        collected(hub, tmp_path, monkeypatch, "a/long", texts=False)
    assert asked == set(raw)
    card, text, has_card = rows["a/long"]
    assert (card[:3], len(card), has_card) == ("# ä", LONGEST_CARD - 1, True)  # without the NUL
    assert (text[:6], len(text)) == ("MIT\n\ny", LONGEST_LICENCE)
    assert rows["a/bare"] == [None, "all rights", False]
    assert hub.asked() == ["/api/models/a/long"]


def test_bounds_are_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    chain = [repo(f"c/n{n}", f"c/n{n + 1}") for n in range(30)]
    with Hub(*chain, repo("c/n30"), repo("w/wide", *(f"c/n{n}" for n in range(20)))) as hub:
        ws, _ = collected(hub, tmp_path, monkeypatch, "c/n0", depth=3)
        assert len(refs(ws)) == len(hub.seen) == 4
        assert "1 repositories lie further up than --depth" in capsys.readouterr().err
        hub.seen.clear()
        collected(hub, tmp_path, monkeypatch, "c/n0", depth=40)
        assert len(hub.seen) == 31
        assert "--depth" not in capsys.readouterr().err
        hub.seen.clear()
        collected(hub, tmp_path, monkeypatch, "w/wide", most=5)
    assert len(hub.seen) == 5
    assert (
        "note: 16 repositories, and what is upstream of them, were not asked for, as --most" in capsys.readouterr().err
    )


def test_goes_on_where_it_stopped_and_keeps_no_id(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # The second page's parent is named after somebody: until its record is read nobody knows, so no id may be kept.
    chain = [repo(f"c/n{n}", f"c/n{n + 1}", files=("README.md",)) for n in range(9)]
    chain[4]["cardData"] = {"base_model": "c/n5"}
    with Hub(*chain, repo("c/n9")) as hub:
        hub.status = {"c/n5": 429}
        with pytest.raises(HubError, match="answered 429, 8 times"):
            collected(hub, tmp_path, monkeypatch, "c/n0", page_size=2)
        (half,) = runs.read_all(tmp_path / "w")
        assert (half.status, half.pages) == ("running", 2)
        assert "c/n" not in str(half.cursor)
        assert len(json.loads(str(half.cursor))) == 4
        hub.status, hub.seen = {}, []
        ws, made = collected(hub, tmp_path, monkeypatch, "c/n0", page_size=2)
    assert refs(ws) == [f"hf:model:c/n{n}" for n in range(10)]
    assert (made.id, made.counts["records"], made.counts["duplicates"]) == (half.id, 10, 0)
    queries = [tuple(parse_qs(urlsplit(s.path).query)) for s in hub.seen if s.path.startswith("/api/")]
    assert queries == [("expand[]",)] * 4 + [("blobs",)] * 6
    assert [path for path in hub.asked() if "/c/n3/" in path] == []  # of what was handed on no text is asked again


def test_goes_on_from_any_cursor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    collect = load(find("collect", "named"))
    path = listed(tmp_path, "app/lora", "other/apart")
    with Hub(*TREE) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        pages = list(collect(None, path=path, page_size=1))
        for number, page in enumerate(pages[:-1]):
            rest = list(collect(page.next, path=path, page_size=1))
            assert [p.lines for p in rest] == [p.lines for p in pages[number + 1 :]]
    assert [len(page.lines) for page in pages] == [1] * 5 + [0]
    assert not any(page.complete for page in pages)


@pytest.mark.parametrize("page_size", [2, 100])  # a page that is full, and the last one
def test_a_child_of_a_depicted_person_comes_after_its_parent(
    page_size: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    image = {"pipeline_tag": "text-to-image", "library_name": "diffusers"}
    child = repo("app/scene", "maker/quenilda-zorblatt-lora", files=("README.md",), **image)
    parent = repo("maker/quenilda-zorblatt-lora", tags=["celebrity", "lora"], files=("README.md",), **image)
    raw = {f"/{r['id']}/raw/{r['sha']}/README.md": b"Quenilda Zorblatt" for r in (child, parent)}
    with Hub(child, parent, raw=raw) as hub:
        ws, made = collected(hub, tmp_path, monkeypatch, "app/scene", page_size=page_size)
    assert made.counts["pseudonymised"] == 2
    assert ws.db.execute("SELECT count(*) FROM artifacts WHERE person").fetchall() == [(2,)]
    found = every_byte(tmp_path / "w").lower()
    assert b"quenilda" not in found
    assert b"zorblatt" not in found
    assert "quenilda" not in capsys.readouterr().err


def test_a_repository_that_is_not_answered_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with Hub(*TREE, repo("x/y", files=("README.md",))) as hub:
        hub.status = {"base/one": 500, "/raw/": 500, "n/root": 500}
        ws, _ = collected(hub, tmp_path, monkeypatch, "app/lora", "x/y", "n/root")
    said = capsys.readouterr().err
    assert refs(ws) == ["hf:model:app/lora", "hf:model:app/merge", "hf:model:base/two", "hf:model:x/y"]
    assert "note: hf:model:n/root was not answered for; it is left out." in said
    assert "note: 3 requests were not answered" in said
    assert "base/one" not in said


def test_a_hub_that_answers_for_nobody_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Hub() as hub:
        hub.status = {"/api/": 418}
        with pytest.raises(HubError, match=r"/api/models/\.\.\. answered 418"):
            collected(hub, tmp_path, monkeypatch, *(f"a/b{n}" for n in range(30)))
    assert len(hub.seen) == 20


def test_one_answer_begins_the_count_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [*(f"bad/a{n}" for n in range(19)), "good/one", *(f"bad/b{n}" for n in range(19))]
    with Hub(repo("good/one")) as hub:
        hub.status = {"/bad/": 418}
        ws, _ = collected(hub, tmp_path, monkeypatch, *lines)
    assert refs(ws) == ["hf:model:good/one"]


@pytest.mark.parametrize("answer", [[], "text", {"id": 5}, {"id": "../up"}, {"siblings": []}])
def test_an_answer_that_is_no_record_counts_as_not_there(
    answer: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Odd(Listener):
        def answer(self, request: BaseHTTPRequestHandler) -> None:
            send(request, 200, answer)

    with Odd() as hub:
        ws, _ = collected(hub, tmp_path, monkeypatch, "a/b")  # type: ignore[arg-type]
    assert refs(ws) == []
    assert "hf:model:a/b is not there" in capsys.readouterr().err


@pytest.mark.parametrize(
    "wrong", [{"kind": "space"}, {"depth": -1}, {"most": 0}, {"page_size": 0}, {"page_size": 1001}]
)
def test_wrong_use(wrong: dict[str, Any], tmp_path: Path) -> None:
    ws = workspace.open_workspace(tmp_path / "w", create=True)
    with pytest.raises(UsageError):
        run.collect(ws, "named", path=listed(tmp_path, "a/b"), **wrong)


def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "run.py").write_text('AutoModel.from_pretrained("app/lora")\nM.from_pretrained(name())\n')
    into = str(tmp_path / "w")
    with Hub(*TREE, faults={"504": ALWAYS}) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        hub.left["504"] = 1
        with pytest.raises(SystemExit) as ended:
            cli.main(["collect", "named", str(tmp_path / "app"), "--into", into])
    assert ended.value.code == 0
    printed = capfd.readouterr()
    assert "collected 4 artifacts and 4 files from 4 records in 1 pages" in printed.out
    assert "run.py:2 hides which model it loads" in printed.err
    assert TOKEN not in printed.out + printed.err
    assert [made.params["depth"] for made in runs.read_all(Path(into))] == [20]


def test_kills_lose_nothing_and_double_nothing(tmp_path: Path) -> None:
    rng = random.Random(11)
    chain = [repo(f"c/n{n}", f"c/n{n + 1}", files=("README.md",)) for n in range(40)] + [repo("c/n40")]
    words = ["collect", "named", str(listed(tmp_path, "c/n0")), "--into", str(tmp_path / "w"), "--page-size", "3"]
    with Hub(*chain, delay=0.005) as hub:
        own = {"HF_ENDPOINT": hub.url, "HF_TOKEN": TOKEN, "HEADGATE_MAX_WAIT": "0"}
        for last in (False, False, False, False, True):
            process = subprocess.Popen(
                [sys.executable, "-m", "headgate", *words, "--depth", "60"], env=dict(os.environ) | own,
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            )  # fmt: skip
            asked = len(hub.seen) + rng.randrange(15, 40)
            while not last and len(hub.seen) < asked and process.poll() is None:
                time.sleep(0.002)
            if not last:
                process.kill()
            _, err = process.communicate()
    assert process.returncode == 0, err
    ws = workspace.open_workspace(tmp_path / "w")
    assert refs(ws) == sorted(f"hf:model:c/n{n}" for n in range(41))
    assert ws.db.execute("SELECT count(*) FROM observations").fetchall() == [(41,)]
    (made,) = runs.read_all(tmp_path / "w")
    assert (made.status, made.counts["records"], made.counts["duplicates"]) == ("done", 41, 0)
    assert "c/n" not in (tmp_path / "w" / "runs" / f"{made.id}.json").read_text()


def test_a_workspace_in_the_repository_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # as in docs/ci.md: what was collected lies in the checkout, and names far more than the repository uses
    (tmp_path / "models.txt").write_text("app/lora\n")
    with Hub(*TREE, repo("no/use")) as hub:
        collected(hub, tmp_path, monkeypatch, "app/lora")
        (tmp_path / "w" / "reports").mkdir(exist_ok=True)
        (tmp_path / "w" / "reports" / "report.json").write_text('{"model": "no/use"}')
        hub.seen.clear()
        run.collect(workspace.open_workspace(tmp_path / "w"), "named", path=tmp_path)
    assert "/api/models/no/use" not in hub.asked()
