from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import duckdb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headgate.detect.download_anomaly import LONGEST, detect, forecast
from tests.build import collect, findings, model

START = date(2026, 1, 1)


def judged(
    series: dict[str, list[float]], window: str = "30d", every: int = 1, **params: float
) -> dict[str, tuple[float | None, int, str]]:
    """Findings over a table of observations, one every so many days."""
    db = duckdb.connect()
    db.execute(
        "CREATE TABLE observations (ref VARCHAR, downloads BIGINT, downloads_window VARCHAR, observed TIMESTAMP, gone BOOLEAN)"
    )
    rows = [
        (ref, int(count), window, START + timedelta(days=every * n), False)
        for ref, counts in series.items()
        for n, count in enumerate(counts)
    ]
    db.executemany("INSERT INTO observations VALUES (?, ?, ?, ?, ?)", rows)
    db.execute("CREATE VIEW artifacts AS SELECT DISTINCT ref FROM observations")
    found = detect(db, **params).project("subject, value, n, evidence").fetchall()
    return {row[0]: row[1:] for row in found}


def noisy(level: float, steps: int, seed: int = 0, spread: float = 0.05) -> list[float]:
    return list(level * np.exp(np.random.default_rng(seed).normal(0, spread, steps)))


def test_sure_and_wrong_sure_and_right_and_unsure(tmp_path: Path) -> None:
    bursts = list(np.exp(np.random.default_rng(3).standard_t(2, 30)) * 300)
    found = judged(
        {
            "up": [*noisy(1000, 20), 5000],
            "down": [*noisy(1000, 20), 100],
            "calm": [*noisy(1000, 20), 1020],
            "bursts": [*bursts, 5000],
            "few": [0, 1, 0, 2, 1, 1, 0, 2, 1, 0, 12],
            "short": [*noisy(1000, 7), 5000],
            "once": [1000],
        }
    )
    assert {ref: value for ref, (value, _, _) in found.items()} == {
        "up": 1, "down": 1, "calm": 0, "bursts": None, "few": None, "short": None, "once": None,
    }  # fmt: skip
    assert found["up"][1] == 21
    assert found["up"][2].startswith("5000.0 in 30 days, expected ")
    assert found["up"][2].endswith(": above")
    assert found["down"][2].endswith(": below")
    assert found["bursts"][1] == 0
    assert found["bursts"][2].endswith(": uncertain")
    assert found["short"][2] == "seen on 8 days, too few for a forecast"


def test_a_weekly_rhythm_is_expected_and_its_absence_is_not(tmp_path: Path) -> None:
    week = [1000, 1000, 1000, 1000, 1000, 300, 300]
    usual = [count * factor for count, factor in zip(week * 9, noisy(1, 63), strict=True)]
    found = judged({"weekend": [*usual, *week[:5], 310], "busy": [*usual, *week[:5], 1000]})
    assert found["weekend"][0] == 0
    assert found["busy"][0] == 1


def test_cumulative_counts_are_read_as_increases_a_day() -> None:
    steps = noisy(700, 14)
    total = [100_000 + sum(steps[:n]) for n in range(15)]
    found = judged({"boosted": [*total, total[-1] + 7_000], "calm": [*total, total[-1] + 700]}, "all", every=7)
    assert found["calm"][0] == 0
    assert found["boosted"][0] == 1
    assert found["boosted"][2].startswith("1000.0 a day, expected ")
    # taken as a rolling count the same numbers rise without a jump
    assert judged({"x": [*total, total[-1] + 7_000]}, "30d", every=7)["x"][0] == 0


def test_windows_of_one_artifact_never_mix() -> None:
    db = duckdb.connect()
    db.execute("CREATE TABLE observations AS SELECT 'x' AS ref, 100 AS downloads, CASE WHEN i < 10 THEN '30d' ELSE 'all' END "
               "AS downloads_window, TIMESTAMP '2026-01-01' + to_days(i::INT) AS observed, false AS gone FROM range(12) AS r(i)")  # fmt: skip
    db.execute("CREATE VIEW artifacts AS SELECT DISTINCT ref FROM observations")
    # the newest window has two observations, and the ten of the other one do not help
    assert detect(db).project("subject, value, evidence").fetchall() == [
        ("x", None, "seen on 2 days, too few for a forecast")
    ]


def test_from_a_workspace(tmp_path: Path) -> None:
    for n, count in enumerate([*noisy(2000, 10), 9000]):
        records = [model("a/x", downloads=int(count)), model("a/unsaid")]
        ws, _ = collect(tmp_path / "w", records, observed=str(START + timedelta(days=n)))
    assert set(findings(ws, "download_anomaly")) == {"hf:model:a/x"}
    rows = ws.db.execute("SELECT value, n, sensitive, harm FROM findings").fetchall()
    assert rows == [(1, 11, False, None)]
    assert findings(ws, "download_anomaly", sure=100.0)["hf:model:a/x"][0] is None


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(8, LONGEST))
def test_forecasts_do_not_depend_on_the_neighbours_or_the_padding(seed: int, steps: int) -> None:
    rng = np.random.default_rng(seed)
    past = np.log1p(rng.poisson(rng.uniform(1, 5000, (3, 1)), (3, steps)).astype(float))
    together, half = forecast(past, np.ones(3))
    assert np.isfinite(together).all()
    assert (half > 0).all()
    alone, alone_half = forecast(past[1:2], np.ones(1))
    assert (together[1], half[1]) == (alone[0], alone_half[0])
    padded, padded_half = forecast(np.hstack([np.full((3, 7), np.nan), past]), np.ones(3))
    assert np.allclose(padded, together)
    assert np.allclose(padded_half, half)


def test_intervals_hold_what_they_promise() -> None:
    rng = np.random.default_rng(5)
    past = np.log1p(rng.poisson(1000 * np.exp(rng.normal(0, 0.1, (4000, 41)))).astype(float))
    expected, half = forecast(past[:, :-1], np.ones(4000))
    missed = np.mean(np.abs(past[:, -1] - expected) > half)
    assert missed < 0.01  # 3.5 standard deviations and a level that is itself an estimate
    assert np.median(np.exp(half)) == pytest.approx(np.exp(3.5 * 0.1 * 1.1), rel=0.1)
