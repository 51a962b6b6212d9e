from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from headgate import catalog, workspace
from headgate.errors import UsageError
from headgate.protecting import key as keys
from headgate.protecting import own, run
from headgate.workspace import Workspace
from tests import own_pictures

CUDA = catalog.find("protect", "cuda")


@pytest.fixture
def asked(tmp_path: Path) -> run.Asked:
    """A folder of twelve pictures of each shape, and where to put the copy."""
    mine = own_pictures.folder(tmp_path / "mine", 12)
    return run.Asked(str(mine), tmp_path / "out", "These are mine. A. Lee", tmp_path / "key", trial=False)


def test_the_copy_is_recorded_with_its_edge_and_figures_and_no_key(asked: run.Asked, tmp_path: Path) -> None:
    keys.read_or_make(asked.key_file)
    ws = workspace.open_workspace(tmp_path / "w", create=True)
    done = run.protect(CUDA, replace(asked, trial=True, epochs=1), into=ws, blur=0.5)
    source = own.read(asked.own)
    copy = own.read(str(asked.out / "pictures"))
    assert (done.source, done.ref) == (source.ref, copy.ref)
    assert not done.key_made
    assert copy.pictures.names == source.pictures.names
    db = workspace.open_workspace(tmp_path / "w").db
    assert db.execute("SELECT ref, hub, kind, gone FROM artifacts").fetchall() == [(copy.ref, "file", "dataset", False)]
    assert db.execute("SELECT child, parent, relation, how, method FROM edges").fetchall() == [
        (copy.ref, source.ref, "protected", "declared", "cuda")
    ]
    found = dict(db.execute('SELECT "check", value FROM findings WHERE subject = ?', [copy.ref]).fetchall())
    assert {"cuda.psnr", "cuda.drop", "cuda.protected_accuracy", "cuda.protected_accuracy.jpeg"} <= set(found)
    assert 10 < found["cuda.psnr"] < 60
    ((line,),) = db.execute("SELECT count(*) FROM findings WHERE sensitive").fetchall()
    assert line == 0
    (record,) = [json.loads(path.read_text()) for path in (tmp_path / "w" / "runs").glob("*.json")]
    assert record["params"]["owner"] == "These are mine. A. Lee"
    assert record["params"]["declared"] > "2026"
    assert record["params"]["blur"] == 0.5
    assert record["inputs"] == {"own": source.ref.removeprefix("file:sha256:")}
    assert (record["subject"], record["status"]) == (copy.ref, "done")
    key = (tmp_path / "key").read_bytes()
    for path in (*(tmp_path / "w").rglob("*"), *asked.out.rglob("*")):
        if path.is_file():
            data = path.read_bytes()
            assert key not in data
            assert key.hex().encode() not in data


def test_the_report_says_what_was_declared_measured_and_that_it_is_limited(asked: run.Asked) -> None:
    run.protect(CUDA, asked)
    report = json.loads((asked.out / "report.json").read_text())
    assert report["declaration"] == "These are mine. A. Lee"
    assert report["measured"] == "no trial was asked for"
    assert report["verdict"] == "how far the protection holds was not measured"
    assert "limited in time" in report["limits"]
    assert report["settings"] == {}
    assert {one["axis"] for one in report["figures"]} == {"psnr", "mean_change", "filters_seen"}


def test_the_same_key_makes_the_same_files_again(asked: run.Asked, tmp_path: Path) -> None:
    first = run.protect(CUDA, asked)
    again = run.protect(CUDA, replace(asked, out=tmp_path / "again"))
    other = run.protect(CUDA, replace(asked, out=tmp_path / "other", key_file=tmp_path / "key2"))
    assert first.ref == again.ref != other.ref
    assert (first.key_made, again.key_made, other.key_made) == (True, False, True)
    for path in (asked.out / "pictures").rglob("*.png"):
        inside = path.relative_to(asked.out)
        assert path.read_bytes() == (tmp_path / "again" / inside).read_bytes()


@pytest.mark.parametrize("owner", ["", " \n ", "x" * 301, "\u200b\u200b", "-"])
def test_without_a_declaration_nothing_is_read_or_written(asked: run.Asked, owner: str) -> None:
    with pytest.raises(UsageError, match="--owner must say"):
        run.protect(CUDA, replace(asked, owner=owner))
    assert not asked.out.exists()
    assert not asked.key_file.exists()


def test_data_of_others_and_a_key_beside_the_copy_are_refused(asked: run.Asked) -> None:
    with pytest.raises(UsageError, match="Only your own data"):
        run.protect(CUDA, replace(asked, own="hf:dataset:a/b"))
    with pytest.raises(UsageError, match="beside what it protects"):
        run.protect(CUDA, replace(asked, key_file=asked.out / "key"))
    assert not asked.key_file.exists()


def test_a_declaration_of_odd_characters_is_kept_as_plain_text(asked: run.Asked, tmp_path: Path) -> None:
    ws = workspace.open_workspace(tmp_path / "w", create=True)
    run.protect(CUDA, replace(asked, owner="\x1b[1m mine \udcff \u202e A."), into=ws)
    assert json.loads((asked.out / "report.json").read_text())["declaration"] == "\ufffd[1m mine \ufffd \ufffd A."


def test_what_is_written_lies_outside_of_the_data(asked: run.Asked) -> None:
    inside = Path(asked.own) / "disc" / "x"
    for more, flag in (({"out": inside}, "--out"), ({"key_file": inside}, "--key-file")):
        with pytest.raises(UsageError, match=f"{flag} lies in .* taken for your data"):
            run.protect(CUDA, replace(asked, **more))  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="--into lies in"):
        run.check(asked, inside)


def test_a_copy_without_a_change_is_not_written(asked: run.Asked) -> None:
    with pytest.raises(UsageError, match="changed no pixel"):
        run.protect(CUDA, asked, blur=1e-9)
    assert not asked.out.exists()


def test_a_run_that_fails_is_recorded_as_failed_and_leaves_nothing(asked: run.Asked, tmp_path: Path) -> None:
    ws: Workspace = workspace.open_workspace(tmp_path / "w", create=True)
    with pytest.raises(UsageError, match="make no filter"):
        run.protect(CUDA, asked, into=ws, size=4)
    (record,) = [json.loads(path.read_text()) for path in (tmp_path / "w" / "runs").glob("*.json")]
    assert record["status"] == "failed"
    assert not asked.out.exists()


def test_too_few_pictures_are_protected_and_the_trial_says_why_it_is_none(asked: run.Asked, tmp_path: Path) -> None:
    pixels, labels = own_pictures.drawn(3)
    np.savez(tmp_path / "few.npz", images=pixels, labels=labels)
    done = run.protect(CUDA, replace(asked, own=str(tmp_path / "few.npz"), trial=True))
    assert done.trials == ()
    assert "allow no trial" in done.why_not
    assert [one.axis for one in done.found] == ["psnr", "mean_change"]
    assert (asked.out / "pictures" / "0" / "000000.png").exists()
