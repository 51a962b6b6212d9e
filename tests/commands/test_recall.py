from __future__ import annotations

import json
from pathlib import Path

import pytest

from headgate.cli import main
from tests.lineages import lineage

BASE, ADAPTER, TUNED = "hf:model:org/base", "hf:model:a/lora", "hf:model:b/tuned"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    lineage(
        tmp_path / "w",
        {BASE: {"observed": "2026-01-01", "downloads": 1234, "downloads_window": "30d"},
         ADAPTER: {"observed": "2026-01-01", "tags": ["base_model:adapter:org/base"]},
         TUNED: {"observed": "2026-06-01", "tags": ["base_model:finetune:org/base"]}},
        [
            {"child": ADAPTER, "parent": BASE, "relation": "adapter", "how": "read"},
            {"child": TUNED, "parent": BASE, "relation": "finetune", "confidence": 0.9},
        ],
    )  # fmt: skip
    return tmp_path / "w"


def said(capsys: pytest.CaptureFixture[str], path: Path, *args: str, code: int = 0) -> str:
    with pytest.raises(SystemExit) as ended:
        main(["recall", *args, "--workspace", str(path)])
    assert ended.value.code == code
    out, err = capsys.readouterr()
    return err if code else out


def descendants(text: str) -> dict[str, str]:
    return {row["ref"]: row["fix"] for row in json.loads(text)["descendants"]}


def test_json_holds_every_part(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = said(capsys, path, "org/base", "--format", "json")
    made = json.loads(text)
    assert (made["ref"], made["status"], made["harm"]) == (BASE, "present", "not stated")
    assert descendants(text) == {ADAPTER: "reached", TUNED: "copied the weights"}
    assert made["downloads"] == [
        {"hub": "huggingface", "kind": "model", "window": "30d", "downloads": 1234, "artifacts": 1, "unknown": 2}
    ]
    assert made["fixes"][0] == {
        "ref": BASE, "where": "recalled", "reaches_recalled": True, "downstream": 2, "reached": 1, "copied": 1,
        "retrain": 0, "behind": 0,
    }  # fmt: skip
    assert made["filters"] == {"how": "any", "min_confidence": 0.0, "relations": []}


@pytest.mark.parametrize(
    ("args", "found"),
    [(["--how", "read"], {ADAPTER}), (["--how", "declared"], {ADAPTER, TUNED}), (["--min-confidence", "0.92"], {ADAPTER}),
     (["--relation", "finetune"], {TUNED}), (["--relation", "finetune", "--relation", "adapter"], {ADAPTER, TUNED}),
     (["--relation", "merge"], set()), (["--as-of", "2026-02-01"], {ADAPTER}), (["--as-of", "2026-07-01"], {ADAPTER, TUNED}),
     (["--as-of", "2027-01-01", "--how", "read"], set())],  # links are made anew from the tags
)  # fmt: skip
def test_filters(path: Path, capsys: pytest.CaptureFixture[str], args: list[str], found: set[str]) -> None:
    assert set(descendants(said(capsys, path, "org/base", "--format", "json", *args))) == found


def test_table_shows_as_many_rows_as_asked_for(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = said(capsys, path, "https://huggingface.co/org/base", "--limit", "1", "--harm", "use")
    assert "Recall of hf:model:org/base (present)" in text
    assert "Harm: use." in text
    assert "Descendants: 2 up to 1 step away, none of them known by inference only." in text
    shown = text.split("Descendants\n")[1].split("more; --limit")[0]
    assert ADAPTER in shown
    assert TUNED not in shown
    assert "1 more; --limit shows more of them" in text


def test_markdown_has_a_table_of_each_part(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = said(capsys, path, "org/base", "--format", "md")
    assert text.startswith("# Recall of hf:model:org/base")
    assert "| ref | steps | relation | how | status | fix |\n| --- |" in text
    assert "## Who can act" in text


def test_a_ref_that_is_not_known_ends_with_2_and_one_line(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    err = said(capsys, path, "org/bace", code=2)
    assert err.count("\n") == 1
    assert "unknown" in err
    assert BASE in err
    err = said(capsys, path, "b/tuned", "--as-of", "2026-02-01", code=2)
    assert "not known at 2026-02-01; first observed 2026-06-01" in err


def test_json_with_a_limit_says_that_it_is_cut(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cut = json.loads(said(capsys, path, "org/base", "--format", "json", "--limit", "1"))
    assert (cut["truncated"], len(cut["descendants"]), cut["totals"]["descendants"]) == (True, 1, 2)
    whole = json.loads(said(capsys, path, "org/base", "--format", "json"))
    assert (whole["truncated"], len(whole["descendants"])) == (False, 2)


def test_wrong_calls_end_with_3(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "no relation 'finetuned'" in said(capsys, path, "org/base", "--relation", "finetuned", code=3)
    assert "not a ref" in said(capsys, path, "a b c", code=3)
    assert "no workspace" in said(capsys, path / "none", "org/base", code=3)


def test_a_workspace_nobody_linked_is_linked_in_memory(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lineage(tmp_path / "w", {BASE: {}, ADAPTER: {"tags": ["base_model:adapter:org/base"]}})
    for record in (tmp_path / "w" / "runs").glob("*.json"):
        if json.loads(record.read_text())["stage"] == "link":
            record.unlink()
    before = sorted(tmp_path.rglob("*"))
    assert descendants(said(capsys, tmp_path / "w", "org/base", "--format", "json")) == {ADAPTER: "reached"}
    assert sorted(tmp_path.rglob("*")) == before
