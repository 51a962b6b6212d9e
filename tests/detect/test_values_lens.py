from __future__ import annotations

from pathlib import Path

import pytest

from headgate.disclosure.answers import ask
from headgate.disclosure.questions import load
from tests.build import collect, findings
from tests.disclosure_labels import confusion

CHECK = "values_lens"
PAIRS = ["efficiency or care", "universality or context", "impartiality or positionality", "model work or data work"]


@pytest.mark.parametrize(
    ("card", "item"),
    [
        ("A large-scale set.", "efficiency"), ("Labels were corrected manually by us.", "care"),
        ("It was manually translated.", "care"), ("A wide range of topics.", "universality"),
        ("Tweets collected in Kenya between 2019 and 2021.", "context"), ("It is unbiased.", "impartiality"),
        ("Labels are subjective.", "positionality"), ("A benchmark for language models.", "model_work"),
        ("Pages were scraped from a forum.", "data_work"),
    ],
)  # fmt: skip
def test_sides(card: str, item: str) -> None:
    assert [one.item for one in ask(card, load(CHECK)) if one.quote and one.item == item] == [item]


def test_every_side_has_its_pair() -> None:
    assert [item.pair for item in load(CHECK).items] == [pair for pair in PAIRS for _ in range(2)]


def test_there_is_no_score(tmp_path: Path) -> None:
    ws, _ = collect(tmp_path / "w", [
        {"id": "a/d", "author": "a", "description": "A large-scale set. Labels are subjective. It was manually translated."},
        {"id": "a/e", "author": "a", "description": "Cells."},
    ], "dataset")  # fmt: skip
    told = findings(ws, CHECK)
    assert told["hf:dataset:a/e"] == (None, " | ".join(f"{pair}: neither" for pair in PAIRS))
    value, evidence = told["hf:dataset:a/d"]
    assert value is None
    assert (
        evidence.split(" | ")[0]
        == "efficiency or care: efficiency “A large-scale set.”; care “It was manually translated.”"
    )
    assert evidence.split(" | ")[2] == (
        "impartiality or positionality: ask: Whose judgement is called neutral or the truth here?; "
        "positionality “Labels are subjective.”"
    )
    # no total, no share, no count: not in the table, not in the words
    rows = ws.db.execute("SELECT value, low, high, n FROM findings").fetchall()
    assert rows == [(None, None, None, 1)] * 2
    assert not any(sign.isdigit() for sign in evidence)


def test_against_labels(data: Path) -> None:
    assert confusion(data, CHECK, held_out=True) == {
        "efficiency": (4, 0, 0),
        "care": (3, 0, 0),
        "universality": (10, 2, 0),
        "context": (8, 2, 1),
        "impartiality": (0, 1, 0),
        "positionality": (0, 0, 1),
        "model_work": (18, 1, 0),
        "data_work": (14, 2, 5),
    }
    assert confusion(data, CHECK, held_out=False) == {
        "efficiency": (4, 0, 0),
        "care": (5, 0, 0),
        "universality": (5, 1, 0),
        "context": (6, 2, 1),
        "impartiality": (1, 0, 0),
        "positionality": (3, 1, 0),
        "model_work": (24, 1, 2),
        "data_work": (28, 1, 2),
    }
