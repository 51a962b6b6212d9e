import json
from pathlib import Path

import numpy as np
import pytest

from headgate.errors import UsageError
from headgate.fairness.counts import count
from headgate.fairness.measures import rate
from headgate.measure.fair_thresholds import measure
from tests.calling import call
from tests.fairness_data import adult, table


def rows(n: int, seed: int, apart: float = 0.3) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    draw = np.random.default_rng(seed)
    g = draw.integers(2, size=n)
    y = draw.random(n) < 0.3 + apart * g
    s = 1 / (1 + np.exp(-(draw.normal(size=n) + 2 * y - 1.2)))
    return np.round(s, 4), y, np.where(g == 1, "one", "nought")


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    return table(tmp_path / "v.csv", *rows(6000, 0)), table(tmp_path / "t.csv", *rows(6000, 1))


def test_the_findings_are_what_the_thresholds_come_to_on_the_test_rows(files: tuple[Path, Path]) -> None:
    made = measure(validation=files[0], test=files[1], constraint="demographic_parity<=0.08")
    found = {one.axis: one for one in made.findings}
    at = dict(made.tables[0].rows)
    s, y, g = rows(6000, 1)
    after = s >= np.array([at[one] for one in g])
    counts = count(y, after, g)
    assert found["gap"].value == pytest.approx(np.ptp(rate("selection_rate", counts)))
    assert found["gap"].low < found["gap"].value < found["gap"].high <= 0.08
    assert found["objective"].value == pytest.approx((after == y).mean())
    assert made.met is True
    assert found["levelled_down"].value >= 1  # the share of one that is selected fell
    assert "selection_rate of one" in found["levelled_down"].evidence
    assert made.tables[1].columns == ("difference", "accuracy", "threshold of nought", "threshold of one")


def test_thresholds_are_fitted_on_validation_rows_alone(files: tuple[Path, Path], tmp_path: Path) -> None:
    other = table(tmp_path / "other.csv", *rows(6000, 2))
    one, two = (measure(validation=files[0], test=each).tables[0].rows for each in (files[1], other))
    assert one == two


def test_a_constraint_that_breaks_on_fresh_rows_is_not_met(files: tuple[Path, Path], tmp_path: Path) -> None:
    s, y, g = rows(6000, 3)
    shifted = table(tmp_path / "shifted.csv", np.where(g == "one", s / 2, s), y, g)
    made = measure(validation=files[0], test=shifted, constraint="demographic_parity<=0.05")
    assert made.met is False


def test_few_positives_on_either_side_could_not_be_told(files: tuple[Path, Path], tmp_path: Path) -> None:
    s, y, g = rows(6000, 4)
    kept = (g == "nought") | ~y | (np.cumsum(y & (g == "one")) <= 29)
    few = table(tmp_path / "few.csv", s[kept], y[kept], g[kept])
    for validation, test in ((few, files[1]), (files[0], few)):
        made = measure(validation=validation, test=test, constraint="demographic_parity<=0.9")
        assert made.met is None
        assert "in one" in made.because


def test_unmeetable_constraints_are_said(tmp_path: Path) -> None:
    s, y, g = rows(6000, 6)
    blind = table(tmp_path / "blind.csv", np.where(g == "one", 0.5, s), y, g)
    made = measure(validation=blind, test=blind, constraint="precision>=0.9")
    assert made.met is False
    assert any("come nearest" in note for note in made.notes)


def test_wrong_calls_are_one_line(files: tuple[Path, Path], tmp_path: Path) -> None:
    s, y, g = rows(200, 5)
    only = table(tmp_path / "only.csv", s[g == "one"], y[g == "one"], g[g == "one"])
    for change, says in (
        ({"constraint": "beauty<=0.1"}, "no measure"),
        ({"score": "nothing"}, "no column"),
        ({"test": only}, "group of the validation rows only"),
        ({"validation": only}, "one group"),
        ({"margin": 1.0}, "no probability to hold"),
    ):
        with pytest.raises(UsageError, match=says):
            measure(**{"validation": files[0], "test": files[1], **change})
    third = table(tmp_path / "third.csv", s, y, np.where(np.arange(200) % 9 == 0, "third", g))
    with pytest.raises(UsageError, match="'third' has no threshold"):
        measure(validation=files[0], test=third)


def test_the_command(files: tuple[Path, Path], tmp_path: Path) -> None:
    words = ("measure", "fair_thresholds", *files, "--constraint", "demographic_parity<=0.08")
    code, out, err = call(*words)
    assert (code, err) == (0, "")
    assert "holds: demographic_parity difference<=0.08 on fresh rows" in out
    assert "frontier on validation" in out
    assert "against the baseline, on fresh rows" in out
    code, out, _ = call(*words, "--format", "json")
    assert {one["axis"] for one in json.loads(out)["findings"]} == {"gap", "objective", "levelled_down"}
    assert call("measure", "fair_thresholds", *files, "--constraint", "recall<=0.0001")[0] in (1, 2)
    code, _, err = call("measure", "fair_thresholds", *files, "--constraint", "recall")
    assert (code, err.count("\n")) == (3, 1)
    empty = tmp_path / "empty.csv"
    empty.write_text("label,score,group\n", encoding="utf-8")
    code, _, err = call("measure", "fair_thresholds", empty, files[1])
    assert (code, err.count("\n")) == (2, 1)
    (tmp_path / "nan.csv").write_text("label,score,group\n1,nan,a\n0,0.5,b\n", encoding="utf-8")
    code, _, err = call("measure", "fair_thresholds", tmp_path / "nan.csv", files[1])
    assert code == 2
    assert "row 1" in err


def test_it_is_written_to_a_workspace(files: tuple[Path, Path], tmp_path: Path) -> None:
    code, _, err = call("measure", "fair_thresholds", *files, "--into", tmp_path / "ws", "--ref", "hf:model:a/b")
    assert code in (0, 1, 2), err


def test_adult_by_race_names_the_groups_that_are_too_small(data: Path, tmp_path: Path) -> None:
    train, test = adult(data)
    # the years of schooling as a score: no model needed
    first, second = (
        table(tmp_path / f"{name}.csv", one.x[:, 4] / 16, one.y, one.groups["race"])
        for name, one in (("v", train.take(np.arange(0, 32_561, 3))), ("t", test))
    )
    made = measure(validation=first, test=second, baseline=0.8)
    assert made.met is None
    assert "in Amer-Indian-Eskimo, Other" in made.because
