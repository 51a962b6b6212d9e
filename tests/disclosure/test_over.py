from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from headgate.disclosure import over
from headgate.disclosure.answers import Answer, applies, ask
from headgate.disclosure.questions import Questions, load, names
from headgate.workspace import open_workspace
from tests.build import collect, model
from tests.disclosure_labels import cards

PAID = "Annotators were paid."


def weigh(answers: Sequence[Answer], questions: Questions, has: bool) -> over.Told:
    return float(over.count(answers, "present")), int(has), over.in_words([one for one in answers if one.quote])


def test_each_different_card_is_read_once_and_every_artifact_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(over, "_BATCH", 3)
    read = []

    def counted(card: str, questions: Questions) -> list[Answer]:
        read.append(card)
        return ask(card, questions)

    monkeypatch.setattr(over, "ask", counted)
    ws, _ = collect(tmp_path / "w", [
        *(model(f"a/m{n}", card=f"{PAID} {n % 8}") for n in range(20)), model("a/dull", card="Cells of a grid, by the sea."),
        model("a/blank", card="  "), model("a/none"),
    ])  # fmt: skip
    rows = {row[0]: row[1:] for row in over.findings(ws.db, "disclosure_gaps", weigh).fetchall()}
    assert sorted(read) == [f"{PAID} {n}" for n in range(8)]  # no other has a word of the hint
    assert len(rows) == 21
    assert rows["hf:model:a/m3"] == (1, 1, "payment: present “Annotators were paid.”")
    assert rows["hf:model:a/dull"] == (0, 0, "")


def test_kinds(tmp_path: Path) -> None:
    ws, _ = collect(tmp_path / "w", [model("a/m", card=PAID)])
    collect(tmp_path / "w", [{"id": "a/d", "author": "a", "description": PAID}], "dataset")
    db = open_workspace(ws.path).db
    assert [row[0] for row in over.findings(db, "disclosure_gaps", weigh, kinds=("dataset",)).fetchall()] == [
        "hf:dataset:a/d"
    ]


def test_words_of_an_evidence() -> None:
    answers = [Answer("a_b", "withheld", "x\n " + "y" * 200, 0, 203, "for  reasons"), Answer("c", "silent")]
    assert over.in_words(answers) == f"a b: withheld “x {'y' * 87}…”, because “for reasons”; c: silent"
    assert over.count(answers, "silent") == 1


def test_the_hint_leaves_out_no_answer(data: Path) -> None:
    texts = sorted(cards(data).values())[::17]
    for name in names():
        questions = load(name)
        hint = re.compile(questions.hint, re.IGNORECASE)
        for text in texts:
            if not hint.search(text) and applies(text, questions):
                assert [one.quote for one in ask(text, questions) if one.quote] == [], name
