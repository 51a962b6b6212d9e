from __future__ import annotations

import numpy as np
import pytest

from headgate.synthetic_data.audit import Audit
from headgate.synthetic_data.findings import findings, shown, stable, verdicts_of
from headgate.synthetic_data.ranking import Ranking
from headgate.synthetic_data.scores import Score


def score(value: float) -> Score:
    return Score(value, np.array([value - 0.01, value, value + 0.01]), "said")


def made(utility: float, privacy: float | None) -> Audit:
    known = None if privacy is None else score(privacy)
    return Audit({"utility": score(utility), "privacy": known}, {"privacy.attack": score(0.5)}, 0.02, 0.01, (0.1, 200))


WEIGHTS, FLOORS = {"utility": 1.0, "privacy": 3.0}, {"utility": 0.8, "privacy": 0.8}


def test_every_figure_has_an_interval() -> None:
    found = {one.axis: one for one in findings(".a", 100, made(0.81, 0.4), WEIGHTS)}
    assert set(found) == {
        f"{one}.a" for one in ("utility", "privacy", "privacy.attack", "index", "attack_caught", "exact_copies")
    }
    for one in found.values():
        assert one.low is not None and one.value is not None and one.high is not None  # noqa: PT018
        assert one.low <= one.value <= one.high
    assert found["index.a"].value == pytest.approx(0.81**0.25 * 0.4**0.75)
    assert "utility 1, privacy 3" in found["index.a"].evidence
    assert found["exact_copies.a"].value == 0.02
    unknown = {one.axis: one for one in findings("", 100, made(0.81, None), WEIGHTS)}
    assert unknown["privacy"].value is unknown["index"].value is None


def test_verdicts_are_of_whole_intervals() -> None:
    assert verdicts_of(made(0.9, 0.4), WEIGHTS, FLOORS) == {"utility": "passes", "privacy": "fails"}
    assert verdicts_of(made(0.805, None), WEIGHTS, FLOORS) == {"utility": "not shown", "privacy": "not shown"}


def test_a_failure_is_the_verdict_of_the_whole_whatever_the_index() -> None:
    ranked = Ranking(np.array([0.9, 0.5]), (0, 1), 0.9, 0.8, 0.7)
    tables = shown(
        ["good", "bad"], [made(0.99, 0.79 - 0.02), made(0.9, 0.9)], (0, 1), WEIGHTS, FLOORS, ranked, alone=False
    )
    assert [row[-1] for row in tables[1].rows] == ["fails", "passes"]
    assert "unstable" in tables[1].title
    assert [row[0] for row in tables[1].rows] == [1, 2]
    assert stable(Ranking(np.array([1.0]), (0,), 0.96, 1, 1)) == "stable"
    (audit,) = shown(["good"], [made(0.99, 0.9)], (0,), WEIGHTS, FLOORS, None, alone=True)
    assert audit.rows[0][:2] == ("good", "utility")
