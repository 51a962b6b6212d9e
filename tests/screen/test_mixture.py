from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from headgate import fusion
from headgate.errors import BadInput, UsageError
from headgate.evidence.screened import true_share
from headgate.screen.mixture import screen
from headgate.shapes import Batch, Finding, Items, Screened
from tests.test_fusion import planted


def table(tmp_path: Path, columns: dict[str, list[object]], size: int = 64) -> Items:
    rows = len(next(iter(columns.values())))

    def batches() -> Iterator[Batch]:
        for at in range(0, rows, size):
            part = {name: values[at : at + size] for name, values in columns.items()}
            yield Batch([f"{n:064x}" for n in range(at, min(rows, at + size))], more=part)

    return Items(batches, tmp_path, tmp_path)


def rows(unlabelled: int = 200) -> tuple[dict[str, list[object]], np.ndarray, np.ndarray]:
    scores, labels = planted(600)
    said: list[object] = [None if n < unlabelled else int(one) for n, one in enumerate(labels)]
    columns: dict[str, list[object]] = {name: list(scores[:, k]) for k, name in enumerate("abc")}
    return {**columns, "y": said}, scores, labels


def done(made: Screened) -> tuple[np.ndarray, dict[str, Finding]]:
    score = np.concatenate([part.score for _, part in made.parts])
    found = made.findings() if callable(made.findings) else made.findings
    return score, {one.axis: one for one in found}


def test_all_rows_are_scored_and_only_labelled_ones_weigh(tmp_path: Path) -> None:
    columns, scores, labels = rows()
    score, found = done(screen(table(tmp_path, columns), columns="a,b, c", label="y"))
    made = fusion.fuse(scores[200:], labels[200:])
    assert score == pytest.approx(fusion.probability(made, fusion.fused(made, scores)), abs=1e-6)
    assert [axis for axis in found if axis.startswith("weight.")] == ["weight.a", "weight.b", "weight.c"]
    assert found["weight.a"].value == pytest.approx(made.weights[0])
    assert found["without.a"].n == 400
    assert (found["without.a"].low or 0) > 0
    share = found[""]
    assert share.n == 600
    over = int((score >= 0.5).sum())
    assert f"{over} of 600 rows" in share.evidence
    apart = fusion.probability(made, fusion.out_of_fold(scores[200:], labels[200:], rule="ols", intercept=False)) >= 0.5
    truth = labels[200:] > 0
    want = true_share(over, 600, hits=int((apart & truth).sum()), positives=int(truth.sum()),
                      passed=int((~apart & ~truth).sum()), negatives=int((~truth).sum()))  # fmt: skip
    assert (share.value, share.low, share.high) == (want.estimate, want.low, want.high)
    assert (share.low or 1) < labels.mean() < (share.high or 0)
    gain = found["gain_over_best"]
    assert "best single scorer (a in most folds)" in gain.evidence
    assert gain.low is not None
    assert gain.high is not None
    assert gain.low <= (gain.value or 0) <= gain.high


def test_rows_without_a_score_are_not_judged(tmp_path: Path) -> None:
    columns, *_ = rows()
    columns["a"][:3] = [None, "text", float("inf")]
    columns["b"][3] = "0.5"
    columns["c"][300] = None  # a labelled row, which then weighs nothing
    score, found = done(screen(table(tmp_path, columns), columns="a,b,c", label="y"))
    assert np.flatnonzero(np.isnan(score)).tolist() == [0, 1, 2, 300]
    assert found[""].n == 596
    assert found["weight.a"].n == 399


def test_scores_do_not_depend_on_the_batches(tmp_path: Path) -> None:
    columns, *_ = rows()
    one, two = (done(screen(table(tmp_path, columns, size), columns="a,b,c", label="y"))[0] for size in (7, 600))
    assert one.tobytes() == two.tobytes()


def test_wrong_calls_are_one_error(tmp_path: Path) -> None:
    columns, *_ = rows()
    items = table(tmp_path, columns)
    for given in ({"columns": "a,b"}, {"columns": "a", "label": "y"}, {"label": "y"}, {"columns": "a,a", "label": "y"}):
        with pytest.raises(UsageError, match="name two or more scorers"):
            screen(items, **given)
    with pytest.raises(UsageError, match=r"no column 'd'\. The columns are: a, b, c, y"):
        screen(items, columns="a,d", label="y")
    with pytest.raises(BadInput, match="weights need 60"):
        screen(table(tmp_path, rows(unlabelled=541)[0]), columns="a,b,c", label="y")
    columns["y"][500] = "maybe"
    with pytest.raises(BadInput, match="'y' holds 'maybe'"):
        screen(table(tmp_path, columns), columns="a,b,c", label="y")


def test_the_labels_are_no_scorer(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="name two or more scorers"):
        screen(table(tmp_path, rows()[0]), columns="a,y", label="y")
