from __future__ import annotations

import json

from headgate.evaluate import Evaluation, Judged
from headgate.evaluate_methods import CONTROL
from headgate.evaluate_text import reading, render
from headgate.evidence.ranking import Estimate, Ranking


def judged(split: str, method: str, average: float, *, own: bool = False) -> Judged:
    one = Estimate(average, average - 0.1, average + 0.1)
    behind = None if own else Estimate(0.9 - average, 0.01, 0.3)
    return Judged(
        split,
        method,
        Ranking(one, {100: one, 500: one}, {100: one, 500: one}, 1.0, 50, 20),
        one if own else None,
        behind,
    )


FOUND = Evaluation(
    "uncensored", "strict.csv", 50_000, 1_329, 0,
    [judged("author", "detector", 0.7, own=True), judged("author", "label propagation", 0.6),
     judged("author", "words only, logistic", 0.4), judged("author", CONTROL, 0.41),
     judged("author", "keyword rule, reading the names", 0.99), judged("random", "detector", 0.65, own=True)],
    {"author": "abc", "random": "def"}, {"hub": "labelled artifacts on one hub only"},
)  # fmt: skip


def test_the_worst_split_is_read_beside_its_best_rival_and_the_control() -> None:
    assert reading(FOUND) == [
        "worst split: author, average precision 0.700 (0.600 to 0.800)",
        "best baseline there: label propagation, 0.600 (0.500 to 0.700), behind by 0.300 (0.010 to 0.300)",
        "on a rewired graph: 0.410 (0.310 to 0.510); words alone: 0.400 (0.300 to 0.500)",
    ]


def test_a_table_says_what_it_holds() -> None:
    text = render(FOUND, "table")
    assert text.startswith("uncensored: 1,329 of 50,000 models labelled (strict.csv), seed 0\nWhat nobody labelled")
    assert "author (no account on both sides; split abc)" in text
    assert "left out: hub: labelled artifacts on one hub only" in text
    lines = text.splitlines()
    detector = next(line for line in lines if line.startswith("detector  "))
    assert "0.700 (0.600 to 0.800)" in detector
    assert all(line == line.rstrip() for line in lines)


def test_markdown_and_json_hold_the_same_figures() -> None:
    md = render(FOUND, "md")
    assert "| detector | 0.700 (0.600 to 0.800) | 0.70 (0.60 to 0.80) |" in md
    parsed = json.loads(render(FOUND, "json"))
    assert parsed["rows"][0]["ranking"]["average_precision"] == {"value": 0.7, "low": 0.6, "high": 0.7999999999999999}
    assert parsed["positives"] == 1_329
