from __future__ import annotations

import json
from pathlib import Path

import pytest

from headgate import runs, screening
from headgate.errors import BadInput, MissingExtra, UsageError
from headgate.workspace import open_workspace

TEXTS = ["a plain sentence", "another plain sentence", "a third", ""]


def data(path: Path, texts: list[str] = TEXTS) -> Path:
    path.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts))
    return path


def test_items_and_findings_are_seen_once_the_run_is_done(tmp_path: Path) -> None:
    ws = open_workspace(tmp_path / "w", create=True)
    made = screening.screen(ws, "deobfuscate", data(tmp_path / "d.jsonl"), workers=1)
    rows = ws.db.execute('SELECT dataset, file, item, "check", run FROM item_scores ORDER BY "row"').fetchall()
    assert len(rows) == 4
    assert {row[0] for row in rows} == {made.run.subject}
    assert {row[1] for row in rows} == {"d.jsonl"}
    assert {row[4] for row in rows} == {made.run.id}
    # sha256 of "a third", worked out apart
    import hashlib

    assert rows[2][2] == hashlib.sha256(b"a third").hexdigest()
    found = ws.db.execute('SELECT subject, "check", run FROM findings').fetchall()
    assert (made.run.subject, "deobfuscate", made.run.id) in found
    assert all(check.split(".")[0] == "deobfuscate" for _, check, _ in found)


def test_each_dataset_keeps_its_latest_screening(tmp_path: Path) -> None:
    ws = open_workspace(tmp_path / "w", create=True)
    first = screening.screen(ws, "deobfuscate", data(tmp_path / "a.jsonl"), workers=1)
    second = screening.screen(ws, "deobfuscate", data(tmp_path / "b.jsonl", ["other"]), workers=1)
    again = screening.screen(ws, "deobfuscate", tmp_path / "a.jsonl", workers=1)
    assert first.run.subject == again.run.subject != second.run.subject
    shown = dict(ws.db.execute("SELECT run, count(*) FROM item_scores GROUP BY run").fetchall())
    assert shown == {second.run.id: 1, again.run.id: 4}


def test_a_dataset_may_have_a_name(tmp_path: Path) -> None:
    ws = open_workspace(tmp_path / "w", create=True)
    made = screening.screen(ws, "deobfuscate", data(tmp_path / "d.jsonl"), ref="someone/texts", workers=1)
    assert made.run.subject == "hf:dataset:someone/texts"
    with pytest.raises(UsageError, match="names no dataset"):
        screening.screen(ws, "deobfuscate", tmp_path / "d.jsonl", ref="hf:model:someone/texts")


def test_an_interrupted_screening_goes_on_and_another_content_begins_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ws = open_workspace(tmp_path / "w", create=True)
    source = data(tmp_path / "d.jsonl", [f"text {n}" for n in range(40)])
    from headgate.engines import local

    real = local.screen_piece
    count = 0

    def stop(job: object, shard: object) -> object:
        nonlocal count
        count += 1
        if count == 3:
            raise KeyboardInterrupt
        return real(job, shard)  # type: ignore[arg-type]

    monkeypatch.setattr(local, "screen_piece", stop)
    with pytest.raises(KeyboardInterrupt):
        screening.screen(ws, "deobfuscate", source, workers=1, piece=10)
    assert ws.db.execute("SELECT count(*) FROM item_scores").fetchall() == [(0,)]
    (stopped,) = runs.read_all(ws.path)
    monkeypatch.setattr(local, "screen_piece", real)
    made = screening.screen(ws, "deobfuscate", source, workers=1, piece=10)
    assert made.run.id == stopped.id
    assert made.run.rows["item_scores"] == 40

    monkeypatch.setattr(local, "screen_piece", stop)
    count = 0
    with pytest.raises(KeyboardInterrupt):
        screening.screen(ws, "deobfuscate", source, workers=1, piece=10)
    monkeypatch.setattr(local, "screen_piece", real)
    data(source, [f"other {n}" for n in range(40)])
    other = screening.screen(ws, "deobfuscate", source, workers=1, piece=10)
    assert other.run.id != runs.read_all(ws.path)[1].id
    assert other.run.rows["item_scores"] == 40


def test_what_cannot_be_read_is_counted_and_the_rest_screened(tmp_path: Path) -> None:
    folder = tmp_path / "d"
    folder.mkdir()
    (folder / "a.jsonl").write_bytes(b'{"text": "good"}\n{"text": \n{"text": "better"}\n')
    (folder / "b.parquet").write_bytes(b"PAR1 this is none")
    ws = open_workspace(tmp_path / "w", create=True)
    made = screening.screen(ws, "deobfuscate", folder, workers=1)
    assert made.run.rows["item_scores"] == 2
    assert made.run.counts == {"pieces": 1, "files unreadable": 1, "places unreadable": 1}
    assert [(one.file, one.where is None) for one in made.troubles] == [("b.parquet", True), ("a.jsonl", False)]


def test_no_items_fails_loudly(tmp_path: Path) -> None:
    ws = open_workspace(tmp_path / "w", create=True)
    (tmp_path / "d.jsonl").write_text('{"other": 1}\n[]\n')
    with pytest.raises(BadInput):
        screening.screen(ws, "deobfuscate", tmp_path / "d.jsonl", text="text", workers=1)
    assert ws.db.execute("SELECT count(*) FROM item_scores").fetchall() == [(0,)]
    assert {run.status for run in runs.read_all(ws.path)} <= {"failed"}


@pytest.mark.parametrize("words", [{"on": "spark"}, {"workers": 0}, {"piece": 0}])
def test_wrong_words(tmp_path: Path, words: dict[str, object]) -> None:
    ws = open_workspace(tmp_path / "w", create=True)
    with pytest.raises(UsageError):
        screening.screen(ws, "deobfuscate", data(tmp_path / "d.jsonl"), **words)  # type: ignore[arg-type]


def test_a_missing_extra_is_told_before_anything_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from headgate import catalog

    monkeypatch.setattr(catalog, "installed", lambda name: False)
    ws = open_workspace(tmp_path / "w", create=True)
    with pytest.raises(MissingExtra, match="screen q16 needs"):
        screening.screen(ws, "q16", tmp_path / "absent")


def test_a_workspace_in_the_data_is_refused(tmp_path: Path) -> None:
    data(tmp_path / "d.jsonl")
    ws = open_workspace(tmp_path / "deep" / "w", create=True)
    for folder in (tmp_path, ws.path):
        with pytest.raises(UsageError, match="lies in the data"):
            screening.screen(ws, "deobfuscate", folder, workers=1)
    assert runs.read_all(ws.path) == []
    assert screening.screen(ws, "deobfuscate", tmp_path / "d.jsonl", workers=1).run.rows["item_scores"] == 4


def test_data_that_change_while_they_are_screened_do_not_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from headgate.engines import local

    ws = open_workspace(tmp_path / "w", create=True)
    source = data(tmp_path / "d.jsonl", [f"text {n}" for n in range(40)])
    real = local.screen_piece

    def meddle(texts: list[str]) -> None:
        def then(job: object, shard: object) -> object:
            data(source, texts)
            return real(job, shard)  # type: ignore[arg-type]

        monkeypatch.setattr(local, "screen_piece", then)

    meddle(["only one"])  # without a word 39 items would be lost
    with pytest.raises(BadInput, match=r"d\.jsonl changed while it was screened"):
        screening.screen(ws, "deobfuscate", source, workers=1, piece=10)
    assert [run.status for run in runs.read_all(ws.path)] == ["failed"]
    assert ws.db.execute("SELECT count(*) FROM item_scores").fetchall() == [(0,)]
    data(source, [f"text {n}" for n in range(40)])
    meddle([f"text {n}" for n in range(40)])  # written anew, and the same
    assert screening.screen(ws, "deobfuscate", source, workers=1, piece=10).run.rows["item_scores"] == 40


@pytest.mark.parametrize("method", ["deobfuscate", "dependencies", "chinese_safe"])
def test_a_header_without_rows_fails_loudly(tmp_path: Path, method: str) -> None:
    (tmp_path / "d.csv").write_text("text,label\n")
    ws = open_workspace(tmp_path / "w", create=True)
    with pytest.raises(BadInput, match=r"found no items|no row has a text"):
        screening.screen(ws, method, tmp_path / "d.csv", workers=1)
    assert [run.status for run in runs.read_all(ws.path)] == ["failed"]
    assert ws.db.execute("SELECT count(*) FROM findings").fetchall() == [(0,)]


def test_another_version_does_not_go_on_with_what_an_earlier_one_began(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from headgate.engines import local

    ws = open_workspace(tmp_path / "w", create=True)
    source = data(tmp_path / "d.jsonl")

    def stop(job: object, shard: object) -> object:
        raise KeyboardInterrupt

    real = local.screen_piece
    monkeypatch.setattr(local, "screen_piece", stop)
    with pytest.raises(KeyboardInterrupt):
        screening.screen(ws, "deobfuscate", source, workers=1)
    monkeypatch.setattr(local, "screen_piece", real)
    (stopped,) = runs.read_all(ws.path)
    stopped.version = "0.0.1"
    runs.save(ws.path, stopped)
    assert screening.screen(ws, "deobfuscate", source, workers=1).run.id != stopped.id
