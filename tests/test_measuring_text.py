from __future__ import annotations

import json
from dataclasses import replace

import numpy as np

from headgate.measuring_text import as_json, as_lines
from headgate.shapes import Finding, Measured, Shown

MADE = Measured(
    "file:sha256:00",
    (Finding("recall", 0.125, 0.0625, 0.25, 40, "a 0.6"), Finding("precision", None, None, None, 0, "no positives")),
    tables=(Shown("by group", ("group", "value"), [("a", 0.5), ("b\x1b[31m", np.float64("nan"))]),),
    asked="the gap is at most 0.2",
    met=None,
    because="it may be 0.25",
    notes=("b is small",),
)


def test_lines_say_the_answer_the_figures_the_table_and_the_notes() -> None:
    assert as_lines(MADE, "hf:model:a/b") == [
        "of hf:model:a/b",
        "could not be told: the gap is at most 0.2 (it may be 0.25)",
        "  recall     0.125 (0.0625 to 0.25): a 0.6",
        "  precision  could not tell: no positives",
        "",
        "by group",
        "  group   value",
        "  a       0.5",
        "  b\ufffd[31m  -",
        "note: b is small",
    ]


def test_without_a_question_there_is_no_answer() -> None:
    plain = replace(MADE, asked="", tables=(), notes=())
    assert as_lines(plain, "x")[1].startswith("  recall")
    assert as_json(plain, "x", "m")["answer"] is None


def test_a_long_table_is_cut_on_the_screen_and_whole_in_json() -> None:
    long = replace(MADE, tables=(Shown("t", ("n",), [(n,) for n in range(100)]),))
    assert "  and 40 more rows (--format json)" in as_lines(long, "x")
    assert len(as_json(long, "x", "m")["tables"][0]["rows"]) == 100


def test_json_has_null_for_what_is_no_number() -> None:
    made = json.loads(json.dumps(as_json(MADE, "hf:model:a/b", "group_fairness")))
    assert made["answer"] == {"asked": "the gap is at most 0.2", "met": None, "because": "it may be 0.25"}
    assert made["tables"][0]["rows"][1][1] is None
    assert made["findings"][0]["low"] == 0.0625
