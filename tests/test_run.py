from __future__ import annotations

import json
import shutil
from hashlib import sha256
from pathlib import Path

import pytest

from headgate import catalog, run, runs, workspace
from headgate.errors import BadInput, UsageError
from headgate.workspace import open_workspace
from tests.build import collect, model


def dump(path: Path, records: list[dict[str, object]]) -> Path:
    path.write_text("".join(json.dumps(r) + "\n" for r in records))
    return path


def test_a_run_says_what_was_done_with_what(tmp_path: Path) -> None:
    ws, _ = collect(tmp_path / "w", [model("a/x")])
    made = run.run_method(ws, "detect", "licence_missing", min_downloads=3)
    record = json.loads((tmp_path / "w" / "runs" / f"{made.id}.json").read_text())
    assert (record["stage"], record["method"], record["params"]) == ("detect", "licence_missing", {"min_downloads": 3})
    assert (record["status"], record["rows"]) == ("done", {"findings": 0})


def test_a_method_that_fails_leaves_a_failed_run_and_the_old_rows(tmp_path: Path) -> None:
    ws, _ = collect(tmp_path / "w", [model("a/x")])
    run.run_method(ws, "govern", "release_gate")
    with pytest.raises(UsageError):
        run.run_method(ws, "govern", "release_gate", policy=tmp_path / "none.toml")
    assert [r.status for r in runs.read_all(ws.path) if r.stage == "govern"] == ["done", "failed"]
    assert ws.db.execute("SELECT count(*) FROM decisions").fetchone() == (1,)


def test_a_stage_runs_every_method_that_can_run(tmp_path: Path) -> None:
    ws, _ = collect(tmp_path / "w", [model("a/x")])
    assert [made.method for made in run.run_stage(ws, "link")] == [m.name for m in catalog.methods("link")]


def test_an_interrupted_collection_goes_on_where_it_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from headgate.collect import dump as dumps

    monkeypatch.setattr(dumps, "PAGE_LINES", 10)
    file = dump(tmp_path / "d.jsonl", [model(f"a/m{n}") for n in range(95)])
    written = []
    real = run.pages.write_page

    def cut(path: Path, *rest: object) -> object:
        written.append(path.name)
        if len(written) == 5:
            raise KeyboardInterrupt
        return real(path, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(run.pages, "write_page", cut)
    ws = open_workspace(tmp_path / "w", create=True)
    with pytest.raises(KeyboardInterrupt):
        run.collect(ws, "dump", path=file)
    assert ws.db.execute("SELECT count(*) FROM artifacts").fetchone() == (0,)
    made = run.collect(ws, "dump", path=file)
    # page 5 is fetched twice, no other
    assert [int(name[5:11]) for name in written] == [1, 2, 3, 4, 5, 5, 6, 7, 8, 9, 10]
    assert (made.counts["records"], made.counts["duplicates"], made.rows["artifacts"]) == (95, 0, 95)


def test_fresh_begins_anew_and_other_words_are_another_run(tmp_path: Path) -> None:
    file = dump(tmp_path / "d.jsonl", [model("a/x")])
    ws = open_workspace(tmp_path / "w", create=True)
    first = run.collect(ws, "dump", path=file)
    assert run.collect(ws, "dump", path=file).id != first.id
    assert run.collect(ws, "dump", path=file, fresh=True).id != first.id


def test_nothing_collected_is_an_error_and_never_a_hub_that_lost_all(tmp_path: Path) -> None:
    ws, _ = collect(tmp_path / "w", [model("a/x")], complete=True)
    empty = tmp_path / "empty.jsonl"
    empty.write_text("")
    with pytest.raises(BadInput, match="gave no records"):
        run.collect(ws, "dump", path=empty, shape="huggingface-models", complete=True)
    assert ws.db.execute("SELECT count(*) FROM artifacts").fetchone() == (1,)
    assert [r.status for r in runs.read_all(ws.path)] == ["done", "failed"]


def test_a_wrong_date_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    file = dump(tmp_path / "d.jsonl", [model("a/x")])
    ws = open_workspace(tmp_path / "w", create=True)
    with pytest.raises(UsageError, match="not a date: 'Tuesday'"):
        run.collect(ws, "dump", path=file, observed="Tuesday")
    with pytest.raises(UsageError, match="lies in the future"):
        run.collect(ws, "dump", path=file, observed="2999-01-01")
    assert not list((tmp_path / "w" / "raw").iterdir())


def test_a_file_that_a_run_rests_on_is_recorded_by_its_hash(tmp_path: Path) -> None:
    ws, _ = collect(tmp_path / "w", [model("a/x")])
    policy = tmp_path / "p.toml"
    policy.write_text('[[rule]]\nname = "r"\ncheck = "licence_missing"\nat_most = 0\n')
    made = run.run_method(ws, "govern", "release_gate", policy=policy)
    assert runs.read_all(ws.path)[-1].inputs == made.inputs == {str(policy): sha256(policy.read_bytes()).hexdigest()}


def test_a_detector_is_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Adding a detector touches one file of src: it is listed, runs, writes its rows and its run."""
    name = "orphan_for_this_test"
    path = catalog.ROOT / "detect" / f"{name}.py"
    shutil.copyfile(catalog.ROOT / "detect" / "licence_missing.py", path)
    try:
        path.write_text(
            '"""Artifacts that nothing derives from."""\n'
            "def detect(db, *, kind: str = 'model'):\n"
            "    return db.sql('SELECT ref AS subject, 1 AS value FROM artifacts WHERE kind = $k', params={'k': kind})\n"
        )
        ws, _ = collect(tmp_path / "w", [model("a/x")])
        assert name in [m.name for m in catalog.methods("detect")]
        run.run_stage(ws, "detect")
        rows = ws.db.execute('SELECT subject, value, sensitive FROM findings WHERE "check" = ?', [name]).fetchall()
        assert rows == [("hf:model:a/x", 1.0, False)]
        run.run_method(ws, "detect", name, kind="dataset")
        assert ws.db.execute('SELECT count(*) FROM findings WHERE "check" = ?', [name]).fetchone() == (0,)
    finally:
        path.unlink()


def test_a_collection_interrupted_long_ago_is_not_gone_on_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from headgate import workspace

    file = dump(tmp_path / "d.jsonl", [model("a/x")])
    ws = open_workspace(tmp_path / "w", create=True)
    old = workspace.new_run(ws, "collect", "dump", {"path": str(file)})
    old.started, old.pages, old.cursor = "2020-01-01T00:00:00+00:00", 3, "0:60:x"
    runs.save(ws.path, old)
    made = run.collect(ws, "dump", path=file)
    assert made.id != old.id
    assert "interrupted on 2020-01-01 is too old" in capsys.readouterr().err
    assert {r.id: r.status for r in runs.read_all(ws.path)} == {old.id: "failed", made.id: "done"}


def test_linking_in_memory_keeps_what_remove_and_protect_made(tmp_path: Path) -> None:
    collect(tmp_path / "w", [model("a/base"), model("a/x", tags=["base_model:a/base"])])
    ws = open_workspace(tmp_path / "w")
    made = workspace.new_run(ws, "remove", "npo", {})
    edge = "'file:sha256:1' AS child, 'hf:model:a/base' AS parent, 'unlearned' AS relation, 'declared' AS how"
    workspace.write_part(
        ws, made, "edges", ws.db.sql(f"SELECT {edge}, 1.0 AS confidence, 'npo' AS method, '{made.id}' AS run")
    )
    workspace.finish(ws, made)
    for _ in range(2):  # a second time over the table that the first made
        run.link_in_memory(ws)
        assert ws.db.execute("SELECT child, relation FROM edges ORDER BY child").fetchall() == [
            ("file:sha256:1", "unlearned"), ("hf:model:a/x", "finetune")
        ]  # fmt: skip
