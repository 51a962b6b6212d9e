from __future__ import annotations

from pathlib import Path

import pytest

from headgate import catalog
from headgate.shapes import Finding
from headgate.web import screenings
from headgate.web.snapshot import take
from tests.report_workspace import small
from tests.screened import REF, hashed, screened


def test_a_workspace_without_screenings(tmp_path: Path) -> None:
    snapshot = take(small(tmp_path / "w").path)
    assert screenings.listed(snapshot) == {}
    found = screenings.of_dataset(snapshot, REF)
    assert (found.sheet.screened, found.highest, found.left_out) == ((), {}, ())
    assert len(found.sheet.not_run) == len(catalog.methods("screen"))


def test_the_latest_screening_of_each_method_counts_with_its_headline(tmp_path: Path) -> None:
    headline, axis = Finding("", 0.5, 0.2, 0.8, 2, "1 of 2"), Finding("violence", 0.1, 0.0, 0.2, 2, "0 of 2")
    screened(tmp_path / "w", "toxicity", ["old"], [0.0])
    screened(tmp_path / "w", "toxicity", ["a", "b"], [0.2, 0.9], findings=[axis, headline])
    (one,) = screenings.listed(take(tmp_path / "w"))[REF]
    assert (one.items, one.sensitive) == (2, False)
    assert one.headline is not None
    assert (one.headline.value, one.headline.low, one.headline.n) == (0.5, 0.2, 2)


@pytest.mark.parametrize("score", [float("inf"), float("nan")])
def test_scores_that_are_no_number_have_no_place_among_the_highest(tmp_path: Path, score: float) -> None:
    screened(tmp_path / "w", "toxicity", ["a", "b"], [score, 0.4])
    found = screenings.of_dataset(take(tmp_path / "w"), REF)
    (item,) = found.highest["toxicity"]
    assert (item.sha256, item.file, item.row) == (hashed("b"), "t.csv", 1)
    assert item.score == pytest.approx(0.4)


def test_it_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    screened(tmp_path / "w", "toxicity", ["a"], [0.0])
    snapshot = take(tmp_path / "w")
    first = screenings.of_dataset(snapshot, REF)
    monkeypatch.setattr(screenings, "_of_dataset", None)
    assert screenings.of_dataset(snapshot, REF) is first
