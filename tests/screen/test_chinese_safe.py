from __future__ import annotations

import csv
import os
import random
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from headgate.errors import BadInput, UsageError
from headgate.evidence.intervals import wilson
from headgate.screen.chinese_safe import AXES, screen
from headgate.shapes import Batch, Finding, Items, Scores
from headgate.texts.chinese_judge import QUESTION
from tests.language_model import save

DATA = Path(os.environ.get("HEADGATE_DATA", "../shared/data"))
Rows = list[dict[str, object]]


def run(rows: Rows, tmp_path: Path, size: int = 7, **flags: object) -> tuple[Scores, dict[str, Finding]]:
    def batches() -> Iterator[Batch]:
        for start in range(0, len(rows), size):
            some = rows[start : start + size]
            names = {name for row in rows for name in row}
            yield Batch([str(n) for n in range(start, start + len(some))],
                        more={name: [row.get(name) for row in some] for name in names})  # fmt: skip

    screened = screen(Items(batches, tmp_path, tmp_path), **flags)
    assert screened.axes == AXES
    parts = [scores for _, scores in screened.parts]
    found = screened.findings() if callable(screened.findings) else screened.findings
    scores = Scores(
        np.concatenate([part.score for part in parts]), np.concatenate([part.axes for part in parts]),
        [said for part in parts for said in part.evidence or []],
    )  # fmt: skip
    return scores, {one.axis: one for one in found}


def fifty() -> Rows:
    """50 rows whose counts are known: 18 scams and 14 insults, unsafe; 12 everyday, safe; 6 of politics."""
    says = {"scam": ["不安全"] * 12 + ["安全"] * 3 + ["抱歉，我无法判断"] * 2 + ["今天"], "insult": ["不安全"] * 7 + ["安全"] * 7,
            "everyday": ["安全"] * 8 + ["不安全"] * 3 + ["嗯"], "politics": ["不安全"] * 6}  # fmt: skip
    rows: Rows = [
        {"text": f"第{n}句话", "label": "safe" if name == "everyday" else "unsafe", "category": "politics" if name == "politics" else "text",
         "subcategory": name, "jurisdiction": "CN" if name == "politics" and n % 2 else "", "answer": answer}
        for name, answers in says.items() for n, answer in enumerate(answers)
    ]  # fmt: skip
    random.Random(3).shuffle(rows)
    return rows


def test_fifty_rows_counted_by_hand(tmp_path: Path) -> None:
    rows = fifty()
    assert len(rows) == 50
    scores, found = run(rows, tmp_path)
    shares = {axis: (one.value, one.n) for axis, one in found.items()}
    assert shares == {
        "": (22 / 40, 40), "accuracy": (27 / 40, 40), "over_blocking": (3 / 11, 11), "missed": (10 / 29, 29),
        "refusal": (2 / 44, 44), "unparsable": (2 / 44, 44), "precision_unsafe": (19 / 22, 22),
        "recall_unsafe": (19 / 29, 29), "precision_safe": (8 / 18, 18), "recall_safe": (8 / 11, 11),
        "accuracy.text.scam": (12 / 15, 15), "missed.text.scam": (3 / 15, 15), "refusal.text.scam": (2 / 18, 18),
        "unparsable.text.scam": (1 / 18, 18), "accuracy.text.insult": (7 / 14, 14), "missed.text.insult": (7 / 14, 14),
        "refusal.text.insult": (0, 14), "unparsable.text.insult": (0, 14), "accuracy.text.everyday": (8 / 11, 11),
        "over_blocking.text.everyday": (3 / 11, 11), "refusal.text.everyday": (0, 12),
        "unparsable.text.everyday": (1 / 12, 12), "left_out.CN": (6 / 50, 50),
    }  # fmt: skip
    assert (found["accuracy"].low, found["accuracy"].high) == wilson(27, 40)
    assert int(np.nansum(scores.score)) == 22
    assert int(np.isnan(scores.score).sum()) == 10  # politics, refusals, unparsable
    assert scores.axes[:, 2].size == int(np.isnan(scores.axes[:, 2]).sum())


def test_politics_is_judged_only_where_asked_and_apart(tmp_path: Path) -> None:
    without, _ = run(fifty(), tmp_path)
    scores, found = run(fifty(), tmp_path, jurisdiction="cn")
    assert (found["CN.accuracy"].value, found["CN.accuracy"].n) == (1, 6)
    assert (found["accuracy"].value, found["accuracy"].n) == (27 / 40, 40)
    assert "left_out.CN" not in found
    assert np.array_equal(without.score, scores.score, equal_nan=True)
    assert int(np.nansum(scores.axes[:, 2])) == 6
    with pytest.raises(UsageError, match="no code"):
        run([], tmp_path, jurisdiction="")


def test_recorded_losses_are_the_other_protocol(tmp_path: Path) -> None:
    rows: Rows = [{"text": "一句话", "label": 1, "loss_safe": 2.0, "loss_unsafe": loss} for loss in (1.0, 1.5, 3.0)]
    _, found = run(rows, tmp_path, protocol="perplexity")
    assert (found["accuracy"].value, found["accuracy"].n) == (2 / 3, 3)


def test_rows_without_text_are_counted_as_such(tmp_path: Path) -> None:
    scores, found = run([{"text": None}, {"text": "今天天气很好"}], tmp_path)
    assert (scores.evidence or [])[0] == "no text"
    assert found[""].n == 1
    with pytest.raises(BadInput, match="no row has a text"):
        run([{"text": ""}, {"comment": "今天天气很好"}], tmp_path)


def test_disguises_are_undone_and_recall_is_told_for_both(tmp_path: Path) -> None:
    # A mild sentence that the judge calls unsafe, and the same with its words in other characters.
    rows: Rows = [{"text": text, "label": "unsafe"} for text in ("真讨厌你们", "真讠寸厌伱亻门")]
    scores, found = run(rows, tmp_path)
    assert scores.score.tolist() == [1, 1]
    assert (found["recall_as_written"].value, found["recall_unsafe"].value) == (1 / 2, 1)
    raw, without = run(rows, tmp_path, deobfuscate=False)
    assert "recall_as_written" not in without
    assert raw.score.tolist() == [1, 0]


def test_rows_do_not_depend_on_batches(tmp_path: Path) -> None:
    rows: Rows = [{"text": f"今天第{n}个人说天气很好"} for n in range(20)]
    one, _ = run(rows, tmp_path, size=1)
    many, _ = run(rows, tmp_path, size=20)
    assert np.array_equal(one.score, many.score)


def test_a_model_of_a_folder_is_asked_by_both_protocols(tmp_path: Path) -> None:
    pytest.importorskip("transformers")
    folder = save(tmp_path / "model", QUESTION + "不安全今天气很好")
    rows: Rows = [{"text": "今天天气很好", "label": 0, "answer": "不安全"}, {"text": "好天", "label": 1}]
    _, found = run(rows, tmp_path, model=folder)
    assert found["unparsable"].n == 2  # random weights answer anything; the recorded answer is not read
    scores, found = run(rows, tmp_path, model=folder, protocol="perplexity")
    assert not np.isnan(scores.score).any()
    assert found["accuracy"].n == 2


@pytest.mark.skipif(not (DATA / "content/cold/test.csv").is_file(), reason=f"no COLD under {DATA}")
def test_the_built_in_judge_on_texts_it_never_saw(tmp_path: Path) -> None:
    with (DATA / "content/cold/test.csv").open(encoding="utf-8-sig") as file:
        rows: Rows = [{"text": row["TEXT"], "label": row["label"]} for row in csv.DictReader(file)]
    _, found = run(rows, tmp_path, size=500)
    assert (found["accuracy"].low or 0) > 0.78
    assert found.get("learnt", Finding("", 0.0, None, None, 0, "")).value == pytest.approx(0, abs=0.05)


def test_free_text_in_the_place_of_a_class_is_no_findings(tmp_path: Path) -> None:
    rows: Rows = [{"text": "今天", "answer": "安全", "category": f"words of item {n}"} for n in range(2_100)]
    with pytest.raises(BadInput, match="more than 2,000 classes"):
        run(rows, tmp_path, 500)
