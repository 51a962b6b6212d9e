import json
from pathlib import Path

import numpy as np
import pytest

from headgate.errors import UsageError
from headgate.fairness.counts import count
from headgate.fairness.floors import LevelledUp
from headgate.fairness.fresh import Change, Held
from headgate.fairness.measures import rate
from headgate.measure.level_up import _answer, measure
from tests.calling import call
from tests.fairness_data import table


def rows(n: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    draw = np.random.default_rng(seed)
    g = draw.integers(2, size=n)
    y = draw.random(n) < 0.4
    s = 1 / (1 + np.exp(-(draw.normal(size=n) + 2 * y - 1.4 + 0.4 * g)))
    return np.round(s, 4), y, np.where(g == 1, "one", "nought")


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    return table(tmp_path / "v.csv", *rows(8000, 0)), table(tmp_path / "t.csv", *rows(8000, 1))


def test_the_findings_are_what_the_thresholds_come_to_on_the_test_rows(files: tuple[Path, Path]) -> None:
    made = measure(validation=files[0], test=files[1], least=0.85, margin=0.99)
    found = {one.axis: one for one in made.findings}
    at = {name: threshold for name, threshold, *_ in made.tables[0].rows}
    s, y, g = rows(8000, 1)
    after = s >= np.array([at[one] for one in g])
    assert found["worst_rate"].value == pytest.approx(rate("recall", count(y, after, g)).min())
    assert found["worst_rate"].value >= 0.85
    assert found["objective"].value == pytest.approx((after == y).mean())
    assert all(now >= was for _, _, was, now in made.tables[0].rows)
    assert "precision of nought" in found["levelled_down"].evidence
    assert "recall" not in found["levelled_down"].evidence


def test_a_floor_far_below_is_met_and_one_that_breaks_on_fresh_rows_is_not(
    files: tuple[Path, Path], tmp_path: Path
) -> None:
    assert measure(validation=files[0], test=files[1], least=0.3).met is True
    s, y, g = rows(8000, 2)
    made = measure(validation=files[0], test=table(tmp_path / "low.csv", s / 2, y, g), least=0.8)
    assert made.met is False


def test_infeasible_names_the_binding_group(files: tuple[Path, Path], tmp_path: Path) -> None:
    s, y, g = rows(8000, 3)
    blind = table(tmp_path / "blind.csv", np.where(g == "one", 0.5, s), y, g)
    made = measure(validation=blind, test=files[1], measure="precision", least=0.9)
    assert made.met is False
    assert made.because.startswith("infeasible: one can be given at most 0.")
    assert [row[1] for row in made.tables[0].rows] == [0.5, 0.5]
    assert "stays at the baseline" in made.notes[0]


def test_few_positives_could_not_be_told(files: tuple[Path, Path], tmp_path: Path) -> None:
    s, y, g = rows(8000, 4)
    kept = (g == "nought") | ~y | (np.cumsum(y & (g == "one")) <= 29)
    few = table(tmp_path / "few.csv", s[kept], y[kept], g[kept])
    for validation, test in ((few, files[1]), (files[0], few)):
        made = measure(validation=validation, test=test, least=0.2)
        assert made.met is None
        assert "in one" in made.because


def test_a_rate_that_fell_on_fresh_rows_is_not_as_asked(files: tuple[Path, Path], tmp_path: Path) -> None:
    # negatives are found by lower thresholds on validation; where scores turn round, they are lost
    s, y, g = rows(8000, 5)
    turned = table(tmp_path / "turned.csv", 1 - s, y, g)
    made = measure(validation=files[0], test=turned, measure="precision", least=0.85, margin=0.5)
    assert made.met is False


def test_the_command(files: tuple[Path, Path], tmp_path: Path) -> None:
    code, out, err = call("measure", "level_up", *files, "--measure", "recall", "--least", "0.5")
    assert (code, err) == (0, "")
    assert "holds: recall of every group is at least 0.5 on fresh rows" in out
    code, out, _ = call("measure", "level_up", *files, "--format", "json")
    assert {one["axis"] for one in json.loads(out)["findings"]} == {"worst_rate", "objective", "levelled_down"}
    assert json.loads(out)["answer"]["met"] in (True, None)
    for words in (("--measure", "beauty"), ("--least", "3"), ("--label", "nothing"), ("--objective", "worst"),
                  ("--measure", "false_positive_rate"), ("--baseline", "nan")):  # fmt: skip
        code, _, err = call("measure", "level_up", *files, *words)
        assert (code, err.count("\n")) == (3, 1), words
    s, y, g = rows(500, 6)
    only = table(tmp_path / "one.csv", s[g == "one"], y[g == "one"], g[g == "one"])
    with pytest.raises(UsageError, match="group of the validation rows only"):
        measure(validation=files[0], test=only)


def test_a_rate_that_may_have_fallen_is_not_said_to_have_not(files: tuple[Path, Path]) -> None:
    fitted = LevelledUp(
        ("a",), np.array([0.5]), "precision", 0.5, np.array([0.6]), np.array([0.6]), (0.8, 0.8), ()
    )  # fmt: skip
    held = Held(0.61, 0.55, 0.67, True, "it is")
    for low, met in ((-0.02, None), (0.0, True)):
        assert _answer(fitted, held, [Change("a", "precision", 0.6, 0.61, low, 0.04)])[0] is met
