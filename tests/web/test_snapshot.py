"""Snapshots: held still while a page reads, replaced when tables change, cheap where only labels did."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from headgate import labels, run, workspace
from headgate.errors import BadInput, UsageError
from headgate.labels import Label
from headgate.recall import recall
from headgate.web import index, snapshot
from headgate.web.snapshot import Kept, Watch, take
from headgate.workspace import open_workspace
from tests.build import collect, model


def small(path: Path) -> Path:
    collect(path, [model("org/Base"), model("a/child", tags=["base_model:finetune:org/base"])], observed="2025-01-01")
    run.run_stage(open_workspace(path), "link")
    run.run_method(open_workspace(path), "detect", "uncensored_name")
    run.run_method(open_workspace(path), "detect", "licence_missing")
    return path


def test_refs_are_found_whatever_their_case(tmp_path: Path) -> None:
    shown = take(small(tmp_path / "w"))
    db = shown.cursor()
    assert shown.find(db, "ORG/base")[1] == shown.find(db, "hf:model:org/Base")[1] == "hf:model:org/Base"
    with pytest.raises(BadInput, match="is not in this workspace"):
        shown.find(db, "org/other")
    with pytest.raises(UsageError):
        shown.find(db, "../../etc/passwd")


def test_the_lineage_is_that_of_the_workspace(hub: Any, served: Any) -> None:
    ws, _ = hub
    shown = served.app.state.watch.current
    some = [
        row[0]
        for row in ws.db.cursor().execute("SELECT DISTINCT child FROM edges ORDER BY hash(child) LIMIT 25").fetchall()
    ]
    for ref in some:
        mine, theirs = recall(shown.indexed(), ref, graph=shown.graph), recall(ws, ref)
        assert (mine.ancestors, mine.descendants, mine.downloads) == (
            theirs.ancestors,
            theirs.descendants,
            theirs.downloads,
        )
        assert mine.fixes == theirs.fixes


def test_functions_over_the_index_see_no_sensitive_finding(tmp_path: Path) -> None:
    shown = take(small(tmp_path / "w"))
    told = {row[0] for row in shown.indexed().db.execute('SELECT DISTINCT "check" FROM findings').fetchall()}
    assert told == {"licence_missing"}
    assert ("uncensored_name",) in shown.workspace().db.execute('SELECT DISTINCT "check" FROM findings').fetchall()


def test_where_a_policy_lies_is_not_told(own: Path) -> None:
    file = index.made(own) / "summary.json"
    told = json.loads(file.read_text())
    told["controls"][0]["policy"] = "/srv/ops/ours.toml"
    file.write_text(json.dumps(told))
    assert take(own).summary["controls"][0]["policy"] == "ours.toml"


def test_counts_of_a_policy_of_ones_own_tell_nothing_of_a_sensitive_rule(own: Path) -> None:
    file = index.made(own) / "summary.json"
    told = json.loads(file.read_text())
    gate = next(one for one in told["controls"] if one["control"] == "release_gate")
    assert gate["sensitive"]
    others = [one for one in told["controls"] if not one["sensitive"]]
    assert take(own).summary["controls"][0] == gate  # the policy that ships is nobody's trick
    gate["policy"] = "ours.toml"
    file.write_text(json.dumps(told))
    shown = {one["control"]: one for one in take(own).summary["controls"]}
    assert [shown["release_gate"][cell] for cell in ("allow", "block", "unknown")] == ["withheld"] * 3
    assert [shown[one["control"]] for one in others] == others


def test_a_page_keeps_the_state_it_began_with(tmp_path: Path) -> None:
    path = small(tmp_path / "w")
    watch = Watch(path)
    before = watch.current
    cursor = before.cursor()
    collect(path, [model("b/new")], observed="2025-02-01")
    watch.look()
    assert watch.current.key != before.key
    assert cursor.execute("SELECT count(*) FROM shelf.artifacts").fetchall() == [(2,)]
    assert watch.current.cursor().execute("SELECT count(*) FROM shelf.artifacts").fetchall() == [(3,)]
    assert watch.current.find(watch.current.cursor(), "b/new")


def test_labels_are_seen_without_a_new_index(tmp_path: Path) -> None:
    path = small(tmp_path / "w")
    watch = Watch(path)
    before = watch.current
    labels.add(open_workspace(path), [Label("hf:model:a/child", "licence_missing", "yes", "ann", "review")])
    watch.look()
    assert watch.current.key == before.key
    assert watch.current.graph is before.graph
    assert watch.current.indexed().db.execute("SELECT count(*) FROM labels").fetchall() == [(1,)]


def test_it_follows_by_itself_and_says_that_it_is_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshot, "EVERY", 0.05)
    monkeypatch.setattr(snapshot, "CALM", 0.5)
    path = small(tmp_path / "w")
    watch = Watch(path)
    watch.start()
    try:
        assert not watch.behind
        before = watch.current
        collect(path, [model("b/new")], observed="2025-02-01")
        until(lambda: watch.behind)
        until(lambda: watch.current.key != before.key)
        until(lambda: not watch.behind)
    finally:
        watch.stop()


def until(what: Any) -> None:
    end = time.monotonic() + 30
    while not what():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_run_that_only_began_changes_nothing(tmp_path: Path) -> None:
    path = small(tmp_path / "w")
    before = take(path)
    workspace.new_run(open_workspace(path), "collect", "dump", {})
    assert snapshot.signature(path) != before.signature
    assert take(path, before).key == before.key


def test_a_workspace_that_cannot_be_read_any_more_stays_as_it_was(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = small(tmp_path / "w")
    watch = Watch(path)
    (path / "runs" / "20990101T000000.000000Z-dead.json").write_text("{torn")
    watch.look()
    assert "cannot be read" in capsys.readouterr().err
    assert watch.current.cursor().execute("SELECT count(*) FROM shelf.artifacts").fetchall() == [(2,)]


def test_answers_are_kept_for_those_who_ask_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshot, "KEPT", 2)
    kept, made = Kept(), list[int]()

    def make(n: int) -> int:
        made.append(n)
        return n * n

    assert [kept.once(n, lambda n=n: make(n)) for n in (1, 2, 1, 3, 1, 2)] == [1, 4, 1, 9, 1, 4]
    assert made == [1, 2, 3, 2]  # the 2 was the longest unused when the 3 came


def test_many_readers_at_once(served: Any) -> None:
    shown, wrong = served.app.state.watch.current, list[BaseException]()
    (wanted,) = shown.cursor().execute("SELECT count(*), sum(hash(ref) % 1000) FROM shelf.artifacts").fetchall()

    def read() -> None:
        try:
            for _ in range(20):
                assert shown.cursor().execute(
                    "SELECT count(*), sum(hash(ref) % 1000) FROM shelf.artifacts"
                ).fetchall() == [wanted]
        except BaseException as error:
            wrong.append(error)

    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
