from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from headgate.errors import HeadgateError
from headgate.measure.explanation_gap import measure
from tests.calling import call
from tests.shifted_groups import shifted


def write(path: Path, seed: int = 0, **how: float) -> Path:
    x, scores, few = shifted(seed, rows=1500, share=0.25, **how)  # type: ignore[arg-type]
    rows = zip(x, scores, np.where(few, "few", "many"), strict=True)
    lines = [f"{','.join(f'{one:.5f}' for one in row)},{s:.6f},{g},{n}" for n, (row, s, g) in enumerate(rows)]
    path.write_text("\n".join(["f1,f2,f3,f4,f5,score,group,id", *lines]) + "\n")
    return path


def test_no_gap_without_shift_and_one_with_another_concept(tmp_path: Path) -> None:
    none = measure(table=write(tmp_path / "t.csv"), leave_out="id", neighbours=100, draws=100, limit=0.05)
    gap, *parts = none.findings
    assert gap.value is not None
    assert gap.value < 0.03
    assert none.met
    assert [one.axis for one in parts] == ["gap_by_size", "gap_by_covariates", "gap_left"]
    other = measure(table=write(tmp_path / "t.csv", concept=0.5), leave_out="id", neighbours=100, draws=100, limit=0.05)
    gap, *parts = other.findings
    assert gap.low is not None
    assert gap.low > 0.2
    assert other.met is False
    assert gap.evidence.startswith("many best, few worst")
    assert sum(one.value or 0.0 for one in parts) == pytest.approx(gap.value)
    assert (parts[0].value or 0.0) > 0.2  # with as many rows of both the explanations follow both as badly
    assert [row[0] for row in other.tables[0].rows] == ["few", "many"]


def test_words_are_features_and_what_only_names_rows_is_not(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    colour = random.choice(["red", "green", "blue"], 400)
    group = random.choice(["a", "b"], 400)
    score = np.where(colour == "red", 0.9, np.where(colour == "green", 0.4, 0.1)) + random.normal(0, 0.01, 400)
    table = tmp_path / "t.csv"
    rows = [f"{c},name{n},{s:.4f},{g}" for n, (c, s, g) in enumerate(zip(colour, score, group, strict=True))]
    table.write_text("\n".join(["colour,name,score,group", *rows]) + "\n")
    made = measure(table=table, neighbours=250, draws=50)
    assert min(row[3] for row in made.tables[0].rows) > 0.9  # type: ignore[type-var]
    assert "the column name has 400 different words and is left out" in made.notes


def test_a_small_group_is_shown_and_takes_no_part(tmp_path: Path) -> None:
    table = write(tmp_path / "t.csv")
    lines = table.read_text().splitlines()
    lines[1:21] = [one.replace(",few,", ",rare,").replace(",many,", ",rare,") for one in lines[1:21]]
    table.write_text("\n".join(lines) + "\n")
    made = measure(table=table, leave_out="id", neighbours=100, draws=50)
    assert [row[:2] for row in made.tables[0].rows][2] == ("rare", 20)
    assert "rare" not in made.findings[0].evidence
    assert made.notes[0].startswith("rare has 20 rows")


def test_parts_need_more_rows_of_both_than_neighbours(tmp_path: Path) -> None:
    made = measure(table=write(tmp_path / "t.csv"), leave_out="id", neighbours=1000, draws=50)
    assert made.findings[0].value is not None
    assert [one.value for one in made.findings[1:]] == [None] * 3
    assert "too few for 1000 neighbours" in made.findings[1].evidence


def test_by_the_command_line(tmp_path: Path) -> None:
    table = write(tmp_path / "t.csv", concept=0.5)
    flags = ("--leave-out", "id", "--neighbours", 100, "--draws", 50, "--kind", "accuracy")
    ended = call("measure", "explanation_gap", table, *flags, "--format", "json")
    assert ended.code == 0
    told = json.loads(ended.out)
    assert told["findings"][0]["axis"] == "fidelity_gap"
    assert call("measure", "explanation_gap", table, *flags, "--limit", 0.01).code == 1
    assert call("measure", "explanation_gap", table, *flags, "--limit", 1).code == 0


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"draws": 0}, "Give from 40 to"),
        ({"rows": 3}, "rows must be at least 50"),
        ({"limit": float("nan")}, "a limit 0 or more"),
        ({"kind": "accuracy", "cut": float("nan")}, "on one side of the cut"),
        ({"kind": "accuracy", "cut": 7.0}, "on one side of the cut"),
        ({"score": "id", "leave_out": "f1,f2,f3,f4,f5,score"}, "no column that is a feature"),
        ({"leave_out": "nothing"}, "no column nothing"),
        ({"neighbours": 5000}, "neighbours among 1500 rows"),
        ({"score": "group"}, "no number"),
        ({"group": "id"}, "1,500 different words, more than 200 groups"),
    ],
)
def test_what_makes_no_sense_is_told_in_one_line(tmp_path: Path, given: dict[str, object], words: str) -> None:
    with pytest.raises(HeadgateError, match=words) as error:
        measure(table=write(tmp_path / "t.csv"), **{"neighbours": 100, "draws": 50, **given})  # type: ignore[arg-type]
    assert "\n" not in str(error.value)


def test_explanations_that_were_always_right_are_not_taken_for_certain(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    x = np.concatenate((random.uniform(-2, -1, 300), random.uniform(1, 2, 300)))
    rows = [f"{one:.4f},{one:.4f},{'few' if n % 10 == 0 else 'many'}" for n, one in enumerate(x.tolist())]
    table = tmp_path / "t.csv"
    table.write_text("\n".join(["f,score,group", *rows]) + "\n")
    made = measure(table=table, kind="accuracy", cut=0, neighbours=50, draws=200, limit=0.01)
    assert made.findings[0].value == 0
    assert made.findings[0].high is not None
    assert made.findings[0].high > 0.01  # 60 of 60 right: Jeffreys' interval begins at 0.96
    assert made.met is None
