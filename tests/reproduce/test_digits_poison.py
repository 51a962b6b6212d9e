from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from headgate import catalog
from headgate.errors import MissingExtra
from headgate.reproduce import digits_poison
from headgate.reproductions import render


def test_the_corrective_table(monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = tuple(one for one in digits_poison.METHODS if one[0] in {"retrain", "SSD"})
    monkeypatch.setattr(digits_poison, "METHODS", chosen)
    monkeypatch.setattr(digits_poison, "BUDGET", 2)
    made = digits_poison.reproduce(None, seeds=1)
    value = {(one.data, one.about, one.name): one for one in made.figures}
    assert {one.data for one in made.figures} == {"nothing", "all", "50 %", "20 %", "20 % widened", "traced"}

    def mean(*key: str) -> float:
        found = value[key].value  # type: ignore[index]
        assert found is not None
        return found

    assert mean("nothing", "poisoned model", "attack success") > 0.8
    assert mean("all", "retrain", "attack success") < 0.05
    assert mean("20 %", "retrain", "attack success") > 0.7  # retraining on unknown poisons is no cure
    assert mean("20 % widened", "retrain", "attack success") < 0.2
    assert mean("20 %", "forget set", "recall") == 0.2
    assert mean("all", "forget set", "precision") == mean("all", "forget set", "recall") == 1.0
    assert mean("20 % widened", "forget set", "recall") > 0.9
    assert mean("traced", "forget set", "precision") > 0.7
    for about in ("retrain", "SSD"):
        lost = mean("nothing", "poisoned model", "accuracy") - mean("50 %", about, "accuracy")
        assert mean("50 %", about, "accuracy lost") == pytest.approx(lost)
    assert mean("nothing", "poisoned model", "relearning") == 0.0
    assert mean("all", "retrain", "relearning") >= 1
    # 5 forget sets: one trial of retraining and two of SSD each
    assert "15 trials" in made.notes[1]
    assert "attack success" in render(made, "md")


def test_intervals_are_student_s() -> None:
    values = np.array([0.1, 0.2, 0.4])
    mean, low, high = digits_poison._interval(values)
    expected = stats.t.interval(0.95, 2, loc=values.mean(), scale=stats.sem(values))
    assert (mean, low, high) == pytest.approx((values.mean(), *expected))
    one = digits_poison._figure(("all", "NPO", "attack success"), [0.3])
    assert (one.value, one.low, one.high) == (0.3, None, None)
    two = digits_poison._figure(("all", "NPO", "attack success"), [0.0, 0.01])
    assert two.low == 0.0
    assert digits_poison._figure(("all", "NPO", "accuracy lost"), [0.0, 0.01]).low < 0  # type: ignore[operator]


def test_it_says_which_extra_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalog, "installed", lambda name: name != "torch")
    with pytest.raises(MissingExtra, match="needs torch"):
        digits_poison.reproduce(None)
