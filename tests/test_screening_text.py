from __future__ import annotations

from headgate.screening import Screening
from headgate.screening_text import as_json, as_lines, trouble_lines
from headgate.shapes import Finding, Run, Trouble

RUN = Run("r", "screen", "toxicity", "0", {}, "2026-01-01", subject="hf:dataset:a/b", seconds=1.5,
          rows={"item_scores": 1200}, counts={"pieces": 2, "files unreadable": 3, "places unreadable": 1})  # fmt: skip
FOUND = (Finding("", 0.031234, 0.02, 0.04, 1200, "37 flagged"), Finding("violence", None, None, None, 0, "none"))


def test_lines() -> None:
    assert as_lines(Screening(RUN, FOUND, ())) == [
        "screen toxicity: 1,200 items scored for hf:dataset:a/b in 1.50 s, 3 files unreadable, 1 place unreadable",
        "  all       0.03123 (0.02 to 0.04): 37 flagged",
        "  violence  cannot tell: none",
    ]


def test_json() -> None:
    said = as_json(Screening(RUN, FOUND, ()))
    assert (said["items"], said["dataset"], said["counts"]["files unreadable"]) == (1200, "hf:dataset:a/b", 3)
    assert said["findings"][1]["value"] is None


def test_one_line_for_each_file() -> None:
    found = [Trouble("b", None, "no such format"), Trouble("a", "line 3", "broken"), Trouble("a", "line 9", "broken"),
             Trouble("c\x1b[2J", None, "x\ny")]  # fmt: skip
    lines = trouble_lines(found)
    assert lines[:2] == ["left out: a, line 3: broken (and 1 more)", "left out: b: no such format"]
    assert len(lines) == 3
    assert "\x1b" not in lines[2]
    assert "\n" not in lines[2]
