from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

from headgate import pieces, screening, workspace
from headgate.errors import BadInput, UsageError
from headgate.pieces import Rows
from headgate.screen_labels import read, with_errors
from headgate.shapes import Batch, Errors, Scores, Screener
from tests.screened import hashed, job_of


def never(_: Batch) -> Scores:
    raise AssertionError


def labels(path: Path, rows: list[tuple[str, object]], head: str = "item,label") -> Path:
    path.write_text("\n".join([head, *(",".join(map(str, row)) for row in rows)]) + "\n")
    return path


def scored(path: Path) -> Screener:
    """Ten items in two pieces, scores 0 to .9; the axis is their negative; one cannot be told."""
    workspace.open_workspace(path, create=True)
    screener = Screener(never, ("against",), 0.5)
    scores = np.arange(10, dtype=np.float32) / 10
    scores[2] = np.nan
    for number, some in enumerate((slice(0, 5), slice(5, 10))):
        ids = [hashed(str(n)) for n in range(10)][some]
        made = Scores(scores[some], 1 - scores[some][:, None])
        pieces.write(job_of(path), number, Rows(ids, [None] * 5, [None] * 5), made, screener)
    return screener


def test_errors_are_counted_on_the_labelled_items(tmp_path: Path) -> None:
    screener = scored(tmp_path)
    said = [(hashed(str(n)), label) for n, label in [(1, 0), (2, 1), (3, "yes"), (6, "TRUE"), (7, 1), (8, "no")]]
    file = labels(tmp_path / "l.csv", [*said, (hashed("elsewhere"), 1)])
    # flagged are 6, 7 and 8; 2 has no score; 3 is missed, 8 is a false alarm
    assert with_errors(job_of(tmp_path), screener, file).errors == (Errors("", 2, 3, 1, 2, "labels of l.csv"),)


def test_an_axis_has_labels_of_its_own(tmp_path: Path) -> None:
    screener = scored(tmp_path)
    rows = [f"{hashed('0')},1,against", f"{hashed('9')},0,against", f"{hashed('9')},1,"]
    (tmp_path / "l.csv").write_text("\n".join(["item,label,axis", *rows]))
    assert with_errors(job_of(tmp_path), screener, tmp_path / "l.csv").errors == (
        Errors("", 1, 1, 0, 0, "labels of l.csv"),
        Errors("against", 1, 1, 1, 1, "labels of l.csv"),
    )


@pytest.mark.parametrize(
    ("head", "rows", "why"),
    [
        ("a,b", [("x", 1)], "need the columns item and label"),
        ("item,label", [("short", 1)], r"line 2: item 'short'"),
        ("item,label", [(hashed("a"), "perhaps")], "label 'perhaps'"),
        ("item,label", [(hashed("a"), 1), (hashed("a"), 0)], "line 3"),
    ],
)
def test_labels_that_are_none(tmp_path: Path, head: str, rows: list[tuple[str, object]], why: str) -> None:
    with pytest.raises(BadInput, match=why):
        read(labels(tmp_path / "l.csv", rows, head))


def test_labels_of_other_items_or_axes(tmp_path: Path) -> None:
    screener = scored(tmp_path)
    with pytest.raises(BadInput, match="name no item that has a score"):
        with_errors(job_of(tmp_path), screener, labels(tmp_path / "l.csv", [(hashed("elsewhere"), 1)]))
    (tmp_path / "l.csv").write_text(f"item,label,axis\n{hashed('1')},1,other\n")
    with pytest.raises(BadInput, match="axis other, which toxicity does not have"):
        with_errors(job_of(tmp_path), screener, tmp_path / "l.csv")


def test_the_summary_of_a_screening_is_corrected_by_them(tmp_path: Path) -> None:
    texts = [f"plain {n}" for n in range(300)]
    disguised = [f"a pl\u0430in w\u043erd number{n}" for n in range(100)]
    (tmp_path / "d.jsonl").write_text("".join(json.dumps({"text": text}) + "\n" for text in texts + disguised))
    ids = [(hashlib.sha256(t.encode()).hexdigest(), int(t in set(disguised))) for t in (texts[:100] + disguised[:50])]
    ws = workspace.open_workspace(tmp_path / "w", create=True)
    file = labels(tmp_path / "l.csv", ids)
    made = screening.screen(ws, "deobfuscate", tmp_path / "d.jsonl", labels=file, workers=1)
    whole = next(one for one in made.findings if not one.axis)
    assert "labels of l.csv" in whole.evidence
    assert whole.value == pytest.approx(0.25, abs=0.02)
    (tmp_path / "d.csv").write_text("a,b\n1,2\n")
    with pytest.raises(UsageError, match="--labels are for methods that score single items"):
        screening.screen(ws, "dependencies", tmp_path / "d.csv", labels=file)
