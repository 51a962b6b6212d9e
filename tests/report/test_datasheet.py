from __future__ import annotations

import json
from pathlib import Path

import pytest

from headgate import runs
from headgate.errors import WorkspaceError
from headgate.report import datasheet
from headgate.shapes import Finding
from tests.screened import REF, screened


def test_it_gathers_every_screening_and_says_what_nobody_looked_at(tmp_path: Path) -> None:
    path = tmp_path / "w"
    found = [Finding("", 0.25, 0.1, 0.5, 4, "1 of 4"), Finding("violence", 0.0, 0.0, 0.4, 4, "0 of 4")]
    screened(path, "toxicity", ["a", "b", "b", "c"], [0.0, 1.0, 1.0, float("nan")], findings=found,
             counts={"pieces": 1, "files unreadable": 2})  # fmt: skip
    ws = screened(path, "deobfuscate", ["a", "b"], [0.0, 0.0])
    sheet = datasheet.gather(ws, REF)
    assert [one.method for one in sheet.screened] == ["deobfuscate", "toxicity"]
    toxicity = sheet.screened[1]
    assert (toxicity.items, toxicity.told, toxicity.distinct) == (4, 3, 3)
    assert toxicity.findings == tuple(found)
    assert toxicity.counts == (("files unreadable", 2), ("pieces", 1))
    # 20 bins from 0 to 1: one score at the lower end, two at the upper
    assert len(toxicity.bins) == datasheet.BINS
    assert [count for _, count in toxicity.bins] == [1, *[0] * 18, 2]
    assert toxicity.bins[19][0] == pytest.approx(0.95)
    assert sheet.screened[0].bins == ()  # all alike
    assert "toxicity" not in dict(sheet.not_run)
    assert "contamination" in dict(sheet.not_run)
    assert toxicity.cannot_see
    said = json.loads(datasheet.as_json(sheet))
    assert said["screened"][1]["items"] == 4


def test_a_later_screening_replaces_an_earlier_one(tmp_path: Path) -> None:
    screened(tmp_path / "w", "toxicity", ["a"], [0.0])
    ws = screened(tmp_path / "w", "toxicity", ["a", "b"], [0.0, 0.5])
    (one,) = datasheet.gather(ws, REF).screened
    assert one.items == 2


def test_a_dataset_that_nobody_screened(tmp_path: Path) -> None:
    ws = screened(tmp_path / "w", "toxicity", ["a"], [0.0])
    with pytest.raises(
        WorkspaceError, match=r"no screening of hf:dataset:no/one .*Screened were hf:dataset:someone/texts"
    ):
        datasheet.gather(ws, "hf:dataset:no/one")


def test_it_says_which_column_was_named_and_has_the_headline_first(tmp_path: Path) -> None:
    found = [Finding(axis, 0.5, 0.1, 0.9, 4, "x") for axis in ("zz", "b", "", "long_name", "a")]
    ws = screened(tmp_path / "w", "toxicity", ["a", "b"], [0.0, 1.0], findings=found)
    (run,) = runs.read_all(ws.path)
    run.params = {"text": "tweet", "data": "/home/someone/data"}
    runs.save(ws.path, run)
    sheet = datasheet.gather(ws, REF)
    assert sheet.screened[0].column == "tweet"
    assert "/home/someone" not in datasheet.as_json(sheet)
    assert [one.axis for one in sheet.screened[0].findings] == ["", "a", "b", "long_name", "zz"]
