"""Artifacts whose newest download count a forecast was sure of and got wrong.

Reads: `observations` (downloads, downloads_window, observed): one series for each artifact and window. Rolling counts
(30d) are taken as they are, cumulative ones (all) as the increase a day between observations; the two never mix.
Finds: 1 where the newest step lies outside a narrow forecast, 0 where it lies inside, NULL where nobody can say:
too few observations, or a series so irregular or so small that the forecast is wide. The evidence says which.
Cannot see: why: boosting, a news story, a removal elsewhere and a change of how the hub counts look the same; slow
boosting that the forecast follows; what happened between two observations.
Reference: Flaborea et al., "Are we certain it's anomalous?" (2023), for flagging only what was forecast with
certainty. Its hyperbolic network is not built here: the forecast is exponential smoothing with a robust interval.
Checked against: generated series with injected spikes, beside a z-score; see docs/methods/download_anomaly.md.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from headgate.shapes import Db, Relation

Floats = npt.NDArray[np.float64]
RISKS = ()
SEASON = 7  # steps: a week of daily observations
LONGEST = 84  # steps of a series that are looked at
_CHUNK = 100_000  # series at a time
_WARM = 3  # first forecasts of a series, which rest on next to nothing
_SMOOTH, _SEASONAL = 0.3, 0.3  # weights of the newest step

_SERIES = """
CREATE OR REPLACE TEMP TABLE download_series AS
SELECT row_number() OVER () - 1 AS series, ref, downloads_window AS win FROM observations
WHERE downloads IS NOT NULL AND NOT gone AND downloads_window IN ('30d', 'all')
GROUP BY ref, downloads_window HAVING count(*) > $history
"""
_STEPS = f"""
CREATE OR REPLACE TEMP TABLE download_steps AS
WITH days AS (
    SELECT s.series, s.win, o.observed::DATE AS day, arg_max(o.downloads, o.observed) AS downloads
    FROM observations AS o JOIN download_series AS s ON o.ref = s.ref AND o.downloads_window = s.win
    WHERE o.downloads IS NOT NULL AND NOT o.gone GROUP BY ALL
),
steps AS (
    SELECT series, win, downloads, (day - lag(day) OVER w) AS days,
           greatest(downloads - lag(downloads) OVER w, 0) AS more, row_number() OVER w AS place,
           count(*) OVER (w ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) - 1 AS back
    FROM days WINDOW w AS (PARTITION BY series ORDER BY day)
)
SELECT series, back, place + back AS seen,
       CASE win WHEN 'all' THEN more / days ELSE downloads END AS rate, CASE win WHEN 'all' THEN days ELSE 1 END AS days
FROM steps
WHERE back <= {LONGEST} AND place + back > $history + (win = 'all')::INT AND (win <> 'all' OR days IS NOT NULL)
ORDER BY series
"""
_SQL = """
WITH told AS (
    SELECT d.ref, d.win, s.seen,
           CASE WHEN j.factor <= $widest THEN (s.rate < j.low OR s.rate > j.high)::INT END AS value,
           round(s.rate, 1) || if(d.win = 'all', ' a day', ' in 30 days') || ', expected ' || round(j.low, 1) || ' to '
           || round(j.high, 1) || CASE WHEN j.factor > $widest THEN ': uncertain' WHEN s.rate > j.high THEN ': above'
                                       WHEN s.rate < j.low THEN ': below' ELSE '' END AS evidence
    FROM download_steps AS s JOIN judged_series AS j USING (series) JOIN download_series AS d USING (series)
    WHERE s.back = 0
),
windows AS (
    SELECT ref, downloads_window AS win, max(observed) AS last, count(DISTINCT observed::DATE) AS seen
    FROM observations WHERE downloads IS NOT NULL AND NOT gone GROUP BY ALL
),
newest AS (SELECT ref, arg_max({'win': win, 'seen': seen}, last) AS top FROM windows GROUP BY ref)
SELECT n.ref AS subject, t.value, if(t.value IS NULL, 0, t.seen) AS n,
       coalesce(t.evidence, 'seen on ' || n.top.seen || ' days, too few for a forecast') AS evidence
FROM newest AS n SEMI JOIN artifacts AS a ON a.ref = n.ref LEFT JOIN told AS t ON t.ref = n.ref AND t.win = n.top.win
"""


def detect(db: Db, *, history: int = 8, sure: float = 3.5, widest: float = 3.0) -> Relation:
    """Findings subject, value (1 surely wrong, 0 as forecast, NULL uncertain), n (observations), evidence.

    `history` is how many steps there must be before the newest; `sure` is how many robust standard deviations make
    the interval; `widest` is the factor between forecast and end of the interval beyond which it is uncertain.
    """
    db.execute(_SERIES, {"history": history})
    db.execute(_STEPS, {"history": history})
    db.execute("CREATE OR REPLACE TEMP TABLE judged_series (series BIGINT, low DOUBLE, high DOUBLE, factor DOUBLE)")
    (count,) = db.execute("SELECT count(*) FROM download_series").fetchall()[0]
    for first in range(0, count, _CHUNK):
        _judge(db, first, min(_CHUNK, count - first), sure)
    return db.sql(_SQL, params={"widest": widest})


def forecast(past: Floats, days: Floats, *, sure: float = 3.5) -> tuple[Floats, Floats]:
    """Forecast of the next log count of each row, and half the width of its interval.

    `past` is series x steps of log(1 + count a day), oldest first, NaN before a series began; `days` is how many days
    the next step spans. Two smoothers, with and without a season, forecast each past step from those before it; the
    one with the smaller error is taken. The interval covers `sure` robust standard deviations of those errors, the
    95 % quantile of their size, and counting noise.
    """
    plain, errors = _smooth(past, 0.0, _WARM)
    season, season_errors = _smooth(past, _SEASONAL, 2 * SEASON)
    long_enough = np.isfinite(season_errors).sum(axis=1) >= SEASON
    better = long_enough & (_quantile(season_errors, 0.5) < 0.8 * _quantile(errors, 0.5))
    expected = np.where(better, season, plain)
    errors[better] = season_errors[better]
    noise = 1 / np.sqrt(1 + np.expm1(np.maximum(expected, 0)) * days)
    half = np.maximum.reduce([sure * 1.4826 * _quantile(errors, 0.5), _quantile(errors, 0.95), sure * noise])
    return expected, half


def _judge(db: Db, first: int, many: int, sure: float) -> None:
    sql = "SELECT series, back, rate, days FROM download_steps WHERE series BETWEEN ? AND ?"
    columns = db.execute(sql, [first, first + many - 1]).fetchnumpy()
    found = {name: np.asarray(column) for name, column in columns.items()}
    row, newest = found["series"] - first, found["back"] == 0
    oldest = int(found["back"].max(initial=0))
    steps = np.full((many, oldest + 1), np.nan)
    steps[row, oldest - found["back"]] = np.log1p(found["rate"].astype(float))
    days = np.ones(many)
    days[row[newest]] = found["days"][newest]
    expected, half = forecast(steps[:, :-1], days, sure=sure)
    judged = {  # noqa: F841 (DuckDB reads it by name)
        "series": np.arange(first, first + many), "low": np.maximum(np.expm1(expected - half), 0.0),
        "high": np.expm1(expected + half), "factor": np.exp(half),
    }  # fmt: skip
    db.execute("INSERT INTO temp.judged_series SELECT series, low, high, factor FROM judged")


def _smooth(past: Floats, seasonal: float, warm: int) -> tuple[Floats, Floats]:
    """The forecast after the last step, and the errors of those before (series x steps) from the `warm`-th on."""
    many, steps = past.shape
    level, scale = np.full(many, np.nan), np.full(many, np.inf)
    season, seen = np.zeros((many, SEASON)), np.zeros(many)
    errors = np.full(past.shape, np.nan)
    for step in range(steps):
        here, now = step % SEASON, past[:, step]
        error = now - level - season[:, here]
        known = np.isfinite(error)
        errors[known & (seen > warm), step] = error[known & (seen > warm)]
        size = np.minimum(np.abs(error), 4 * scale)
        taken = np.where(known, np.sign(error) * np.minimum(size, 3 * scale), 0.0)  # an outlier hardly moves the level
        grown = np.where(seen > _WARM, 0.9 * np.minimum(scale, 1e9) + 0.1 * size, np.maximum(size, 0.1))
        scale = np.where(known & (seen >= _WARM), grown, scale)
        season[:, here] += seasonal * taken
        level = np.where(np.isnan(level), now, level + _SMOOTH * taken)
        seen += np.isfinite(now)
    return level + season[:, steps % SEASON], errors


def _quantile(errors: Floats, share: float) -> Floats:
    """The `share` quantile of the size of each row's errors, an error that occurred; NaN where there is none."""
    if errors.shape[1] == 0:
        return np.full(len(errors), np.nan)
    size = np.sort(np.abs(errors), axis=1)  # NaN last
    count = np.isfinite(size).sum(axis=1)
    at = np.maximum(np.ceil(share * count).astype(int) - 1, 0)
    return np.take_along_axis(size, at[:, None], axis=1)[:, 0]
