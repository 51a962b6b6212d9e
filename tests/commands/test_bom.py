from __future__ import annotations

import json
from pathlib import Path

import pytest

from headgate.bom import integrity
from headgate.cli import main
from tests.bom.hub import BASE, DATA, TUNED, errors
from tests.lineages import lineage

EDGES = [{"child": TUNED, "parent": BASE}, {"child": TUNED, "parent": DATA, "relation": "trained_on"}]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    lineage(tmp_path / "w", {BASE: {"sha": "a" * 40}, TUNED: {}, DATA: {"kind": "dataset"}, "hf:model:b/c": {}}, EDGES)
    return tmp_path / "w"


def call(capsys: pytest.CaptureFixture[str], path: Path, *words: object, code: int = 0) -> tuple[str, str]:
    with pytest.raises(SystemExit) as ended:
        main(["bom", *map(str, words), "-w", str(path)])
    out, err = capsys.readouterr()
    assert ended.value.code == code, err
    return out, err


@pytest.mark.parametrize("spec", ["1.6", "1.7"])
def test_one_document_on_stdout(path: Path, capsys: pytest.CaptureFixture[str], spec: str) -> None:
    out, err = call(capsys, path, "a/tuned", "--spec", spec)
    document = json.loads(out)
    assert (document["specVersion"], err) == (spec, "")
    assert document["metadata"]["component"]["name"] == "tuned"
    assert [one["name"] for one in document["components"]] == ["data", "base"]
    assert errors(document) is None


def test_the_moment_is_said_and_makes_it_repeatable(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = [call(capsys, path, "a/tuned", "--timestamp", "2026-02-03")[0] for _ in "ab"]
    assert made[0] == made[1]
    assert json.loads(made[0])["metadata"]["timestamp"] == "2026-02-03T00:00:00Z"


def test_a_cohort_in_one_file(path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "list").write_text("a/tuned\nb/c # why\n")
    out, _ = call(capsys, path, "--from", tmp_path / "list", "--out", tmp_path / "all.json")
    assert out == ""
    document = json.loads((tmp_path / "all.json").read_text())
    assert [one["value"] for one in document["metadata"]["properties"]] == [TUNED, "hf:model:b/c"]
    assert len(document["components"]) == 4
    assert integrity.check(document) == []
    assert len(json.loads(call(capsys, path, "--all")[0])["components"]) == 4


def test_a_file_for_each(path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, err = call(capsys, path, "--all", "--each", "--out", tmp_path / "boms", "--timestamp", "2026-02-03")
    assert (out, err) == ("", f"4 documents in {tmp_path / 'boms'}\n")
    files = sorted((tmp_path / "boms").iterdir())
    assert [file.name.split("-")[0] for file in files] == [
        "hf_dataset_org_data",
        "hf_model_a_tuned",
        "hf_model_b_c",
        "hf_model_org_base",
    ]
    assert files[1].read_text() == call(capsys, path, "a/tuned", "--timestamp", "2026-02-03")[0]


def test_wrong_calls(path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, err = call(capsys, path, "a/none", "a/tuned", code=2)
    assert err.count("\n") == 1
    assert "does not hold hf:model:a/none" in err
    assert "in one way" in call(capsys, path, code=3)[1]
    assert "in one way" in call(capsys, path, "a/tuned", "--all", code=3)[1]
    assert "--out DIR" in call(capsys, path, "a/tuned", "--each", code=3)[1]
    assert "Leave --spec out" in call(capsys, path, "a/tuned", "--format", "spdx", "--spec", "1.6", code=3)[1]
    assert "not a ref" in call(capsys, path, "a b", code=3)[1]
    assert "no workspace" in call(capsys, tmp_path / "none", "a/tuned", code=3)[1]
    assert "cannot read the list" in call(capsys, path, "--from", tmp_path / "none", code=3)[1]
    assert "cannot write" in call(capsys, path, "a/tuned", "--out", path / "runs", code=3)[1]


def test_an_empty_workspace_has_nothing_to_list(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lineage(tmp_path / "w", {})
    assert "holds nothing" in call(capsys, tmp_path / "w", "--all", code=2)[1]


def test_a_workspace_nobody_linked_is_linked_in_memory(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lineage(tmp_path / "w", {BASE: {}, TUNED: {"tags": ["base_model:finetune:org/base"]}})
    for record in (tmp_path / "w" / "runs").glob("*.json"):
        if json.loads(record.read_text())["stage"] == "link":
            record.unlink()
    before = sorted(tmp_path.rglob("*"))
    assert [one["name"] for one in json.loads(call(capsys, tmp_path / "w", "a/tuned")[0])["components"]] == ["base"]
    assert sorted(tmp_path.rglob("*")) == before
    assert "lineage was not looked for" not in call(capsys, tmp_path / "w", "org/base")[0]


def test_a_document_that_does_not_hold_together_is_not_written(
    path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(integrity, "check", lambda document: ["one", "two", "three", "four"])
    _, err = call(capsys, path, "a/tuned", "--out", tmp_path / "f.json", code=2)
    assert "one; two; three and 1 more" in err
    assert not (tmp_path / "f.json").exists()
