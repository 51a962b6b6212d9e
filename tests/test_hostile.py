"""Hostile metadata goes through collect, audit, report, recall and gate: nothing runs, nothing crashes, all is escaped."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from headgate import audit
from headgate.cli import main
from tests.build import collect, model

BOMBS = {
    "html": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "attribute": '" onmouseover="alert(1)" x=\'',
    "template": "{{ 7 * 7 }}{% for x in ().__class__.__base__.__subclasses__() %}{{ x }}{% endfor %}",
    "ansi": "\x1b[2J\x1b]0;owned\x07\x9b31m",
    "formula": '=HYPERLINK("http://evil.example","x")',
    "sql": "'; DROP TABLE artifacts; -- \" OR 1=1",
    "null": "a\x00b",
    "bidi": "gpj.\u202eexe\u2066",
    "path": "../../../../etc/passwd",
    "glob": "**/*[!a]{b,c}?$x",
    "long": "A" * 1_000_000,
    "surrogate": "\ud800\udfff",
    "percent": "%s%n%(x)s{0}",
}


def records(bomb: str) -> list[dict[str, Any]]:
    return [
        model("good/base", author=bomb, pipeline_tag=bomb, library_name=bomb, tags=[bomb, f"license:{bomb}", f"dataset:{bomb}"]),
        model("good/child", tags=[f"base_model:finetune:{bomb}", "base_model:adapter:good/base"], config={"model_type": bomb}, card=bomb)
        | {"cardData": {"license": bomb, "base_model": [bomb, {"x": bomb}], "base_model_relation": bomb, "datasets": bomb}},
        model("good/lora", config={"peft": {"base_model_name_or_path": bomb}}, siblings=[{"rfilename": bomb, "lfs": {"sha256": bomb}}],
              sha=bomb, createdAt=bomb, gated=bomb, downloads=bomb, file_bases=[bomb], card=f"merge_method: x\nmodels:\n - model: {bomb}/y"),
        model(bomb),
        {"id": bomb, bomb: bomb},
    ]  # fmt: skip


def civitai(bomb: str) -> list[dict[str, Any]]:
    version = {
        "id": 5,
        "name": bomb,
        "baseModel": bomb,
        "files": [{"name": bomb, "hashes": {"SHA256": bomb}, "sizeKB": bomb}],
    }
    return [
        {"id": 1, "name": bomb, "description": bomb, "type": bomb, "tags": [bomb], "creator": {"username": bomb},
         "allowCommercialUse": bomb, "modelVersions": [version, bomb]},
        {"id": bomb, "name": "x", "modelVersions": []},
    ]  # fmt: skip


def printed(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    with pytest.raises(SystemExit) as ended:
        main(list(words))
    out, err = capsys.readouterr()
    return int(ended.value.code or 0), out + err


@pytest.mark.parametrize("kind", BOMBS)
def test_whatever_a_hub_says(kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bomb, path = BOMBS[kind], tmp_path / "w"
    ws, made = collect(path, records(bomb), observed="2025-01-01")
    assert (
        made.counts["records"]
        == made.rows["artifacts"] + made.counts["duplicates"] + made.counts["rejected_no_usable_id"]
    )
    ws, _ = collect(path, civitai(bomb), "civitai", observed="2025-01-01")
    page = audit.audit(ws)

    html = page.read_text(encoding="utf-8")
    assert "<script" not in html.lower()
    assert "<img" not in html.lower()
    assert ' onmouseover="' not in html
    assert len(html) < 1_000_000
    numbers = page.with_suffix(".json").read_text(encoding="utf-8")
    json.loads(numbers)
    assert len(numbers) < 1_000_000
    shown = html + numbers
    for words in (["recall", "good/base", "-w", str(path)], ["gate", "good/child", "good/lora", "-w", str(path)],
                  ["audit", str(path)], ["report", str(path), "--format", "md"]):  # fmt: skip
        code, text = printed(capsys, *words)
        assert code in {0, 1, 2}, text
        assert "unexpected" not in text, text
        shown += text.replace("\n", "").replace("\t", "")
    for unsafe in ("\x1b", "\x00", "\x9b", "\x07", "\u202e", "\u2066"):
        assert unsafe not in shown
    assert "A" * 1000 not in shown
    # the table that the SQL wanted to drop is still there, and nothing was written outside the workspace
    assert ws.db.execute("SELECT count(*) FROM artifacts").fetchall()[0][0] >= 4
    assert {p.name[:2] for p in tmp_path.iterdir()} == {"w", "w-"}


@pytest.mark.parametrize("kind", BOMBS)
def test_hostile_words_on_the_command_line(kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    collect(tmp_path / "w", [model("good/base")])
    for command in ("recall", "gate"):
        code, text = printed(capsys, command, BOMBS[kind], "-w", str(tmp_path / "w"))
        assert code == 3
        assert text.count("\n") == 1
        assert len(text) < 1500
        assert "\x1b" not in text
