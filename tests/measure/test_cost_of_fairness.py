from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from headgate.errors import UsageError
from headgate.measure.cost_of_fairness import measure
from tests import adult_rows
from tests.calling import call


def write(path: Path, rows: int = 400, low: float = 0.5, seed: int = 0) -> Path:
    random = np.random.default_rng(seed)
    group = np.where(random.random(rows) < 0.4, "b", "a")
    score = random.random(rows) * np.where(group == "b", low, 1.0)
    label = (random.random(rows) < score).astype(int)
    lines = [f"{y},{s:.6f},{g}" for y, s, g in zip(label, score, group, strict=True)]
    path.write_text("\n".join(["label,score,group", *lines]) + "\n")
    return path


def test_a_table_worked_out_by_hand(tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    table.write_text("label,score,group\n1,.9,a\n1,.8,a\n0,.7,a\n1,.6,a\n0,.5,b\n0,.4,b\n")
    made = measure(table=table, capacities="0.5,0,1", draws=50)
    half, none, every = made.findings
    # three places: two of a, one of b, which is wrong, where the best three hold two that are right
    assert (half.axis, half.value) == ("precision_lost.0.5", 0)
    assert "2 positives by score alone, 2 fairly; 1 places change group" in half.evidence
    assert [(one.value, one.low, one.high) for one in (none, every)] == [(0, 0, 0)] * 2
    assert made.tables[0].rows[0] == (0.5, "a", 4, 3, 2, 0.75, 0.5, 2, 2)
    assert made.notes[0].startswith("a has 4 rows")
    assert (made.asked, made.met) == ("", None)


def test_the_answer_is_by_the_ends_of_the_intervals(tmp_path: Path) -> None:
    table = write(tmp_path / "t.csv")
    at = {one.axis: one for one in measure(table=table, draws=100).findings}["precision_lost.0.2"]
    assert at.low is not None
    assert at.high is not None
    assert at.low > 0  # scores are chances, so that another order than theirs must lose

    def met(limit: float) -> bool | None:
        return measure(table=table, capacities="0.2", draws=100, limit=limit).met

    assert [met(at.high + 0.001), met((at.low + at.high) / 2), met(at.low - 0.001)] == [True, None, False]


def test_a_group_without_positives_is_not_told(tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    table.write_text("label,score,group\n1,.9,a\n0,.8,a\n0,.7,b\n0,.6,b\n")
    made = measure(table=table, parity="recall", limit=0.5, draws=50)
    assert made.met is None
    assert {one.value for one in made.findings} == {None}
    assert "b has no positive row" in made.because
    # one positive row of b, which a third of the samples leave out
    table.write_text("label,score,group\n1,.9,a\n0,.8,a\n0,.7,b\n1,.6,b\n")
    made = measure(table=table, parity="recall", capacities="0.5", limit=0.5, draws=50)
    assert (made.met, made.findings[0].value) == (None, None)


def test_by_the_command_line(tmp_path: Path) -> None:
    table = write(tmp_path / "t.csv")
    ended = call("measure", "cost_of_fairness", table, "--capacities", "0.1,0.3", "--draws", 50, "--format", "json")
    assert ended.code == 0
    told = json.loads(ended.out)
    assert [one["axis"] for one in told["findings"]] == ["precision_lost.0.1", "precision_lost.0.3"]
    assert all(one["low"] <= one["value"] <= one["high"] for one in told["findings"])
    assert call("measure", "cost_of_fairness", table, "--limit", 0, "--draws", 50).code == 1
    assert call("measure", "cost_of_fairness", table, "--limit", 1, "--draws", 50).code == 0


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"capacities": "0.1,many"}, "capacities are"),
        ({"capacities": "1.5"}, "capacities are"),
        ({"limit": 2.0}, "no loss of precision"),
        ({"draws": 0}, "Give from 40 to"),
        ({"score": "nothing"}, "no column nothing"),
    ],
)
def test_what_makes_no_sense_is_told_in_one_line(tmp_path: Path, given: dict[str, object], words: str) -> None:
    table = write(tmp_path / "t.csv", rows=60)
    with pytest.raises(UsageError, match=words):
        measure(table=table, **given)  # type: ignore[arg-type]


def test_one_group_has_nothing_to_be_equal_to(tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    table.write_text("label,score,group\n1,.9,a\n0,.8,a\n")
    with pytest.raises(UsageError, match="one group only"):
        measure(table=table)


def test_adult_with_logistic_scores_loses_most_between_scarce_and_plenty(data: Path, tmp_path: Path) -> None:
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    train, test = adult_rows.read(data, "train"), adult_rows.read(data, "test")
    names = ("age", "years", "gain", "loss", "hours")
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(train.features(names), train.earns)
    scores = model.predict_proba(test.features(names))[:, 1]
    table = tmp_path / "adult.csv"
    rows = zip(test.earns.astype(int), scores, test.columns["sex"], strict=True)
    table.write_text("label,score,group\n" + "".join(f"{y},{s},{g}\n" for y, s, g in rows))
    made = measure(table=table, capacities="0.01,0.2,0.99", draws=50)
    scarce, middle, plenty = (one.value or 0.0 for one in made.findings)
    assert middle > max(scarce, plenty)
    assert middle > 0.01


def test_a_small_group_or_a_share_of_no_row_never_passes(tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    rows = [f"1,{n / 100},{'few' if n % 10 == 0 else 'many'}" for n in range(100)]
    table.write_text("\n".join(["label,score,group", *rows]) + "\n")
    made = measure(table=table, capacities="0.5", limit=0.05, draws=50)
    assert (made.findings[0].high, made.met) == (0, None)  # a loss of 0 in every sample
    assert made.because.endswith("a group has fewer than 30 rows")
    even = [f"1,{n / 100},{'ab'[n % 2]}" for n in range(100)]
    table.write_text("\n".join(["label,score,group", *even]) + "\n")
    assert measure(table=table, capacities="0.5", limit=0.05, draws=50).met is True
    for share in ("0.001", "0.999"):
        made = measure(table=table, capacities=share, limit=0.05, draws=50)
        assert (made.findings[0].value, made.met) == (None, None)
