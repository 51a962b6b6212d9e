"""False alarms of `detect download_anomaly` beside a z-score, on generated daily series with injected spikes.

    python bench/anomaly.py

Four kinds of series, 200 of each, 400 days: level, weekly, growing, and irregular (bursts of heavy-tailed size).
Each has spikes at random days after the 90th, a factor of 1.3 to 6 up or down for one day. The baselines score the same
steps with the mean and standard deviation of the 56 days before, of the counts and of their logarithms, and with
the median and MAD of the same weekday; their thresholds are set to the recall that the detector has. The last column
is the z-score of logarithms at its usual threshold of 3, with its recall.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from headgate.detect.download_anomaly import LONGEST, forecast

Floats = npt.NDArray[np.float64]
MANY, DAYS, FIRST, SPIKES, PAST = 200, 400, 90, 4, 56
KINDS = ("level", "weekly", "growing", "irregular")


def series(kind: str, rng: np.random.Generator) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Daily counts (series x days) and where the spikes are."""
    base = np.exp(rng.uniform(np.log(50), np.log(5_000), (MANY, 1))) * np.ones((MANY, DAYS))
    noise = np.exp(rng.normal(0, 0.08, (MANY, DAYS)))
    if kind == "weekly":
        base = base * np.where(np.arange(DAYS) % 7 < 5, 1.0, 0.35)
    if kind == "growing":
        base = base * np.exp(np.arange(DAYS) * rng.uniform(0.002, 0.01, (MANY, 1)))
    if kind == "irregular":
        noise = np.exp(rng.standard_t(2, (MANY, DAYS)) * 0.6)
    spiked = np.zeros((MANY, DAYS), dtype=bool)
    for row in spiked:
        row[rng.choice(np.arange(FIRST, DAYS), SPIKES, replace=False)] = True
    factor = np.exp(rng.uniform(np.log(1.3), np.log(6), (MANY, DAYS)) * rng.choice([-1, 1], (MANY, DAYS)))
    return rng.poisson(np.minimum(base * noise, 1e7)) * np.where(spiked, factor, 1.0), spiked


def ours(counts: Floats, widest: float = 3.0) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Error over half width at each day after the first ones (above 1: flagged), and whether it was confident."""
    logs = np.log1p(counts)
    scores, sure = np.zeros(counts.shape), np.zeros(counts.shape, dtype=bool)
    for day in range(FIRST, DAYS):
        expected, half = forecast(logs[:, max(day - LONGEST, 0) : day], np.ones(len(counts)))
        scores[:, day], sure[:, day] = np.abs(logs[:, day] - expected) / half, np.exp(half) <= widest
    return scores, sure


def z_score(values: Floats, *, weekday: bool = False) -> Floats:
    """Distance from what came before in its standard deviations, or of the same weekday in robust ones."""
    scores = np.zeros(values.shape)
    for day in range(FIRST, DAYS):
        past = values[:, day - PAST : day][:, ::7] if weekday else values[:, day - PAST : day]
        centre = np.median(past, axis=1) if weekday else past.mean(axis=1)
        off = np.abs(past - centre[:, None])
        spread = 1.4826 * np.median(off, axis=1) if weekday else past.std(axis=1)
        scores[:, day] = np.abs(values[:, day] - centre) / np.maximum(spread, 1e-9)
    return scores


def main() -> None:
    """Print, for each kind of series, recall and false alarms a series-year."""
    rng = np.random.default_rng(20261121)
    years = MANY * (DAYS - FIRST) / 365
    print("| series | confident | recall | where confident | ours | z | z of logs | weekday MAD | z of logs > 3 |")
    print("|---|---|---|---|---|---|---|---|---|")
    made = {kind: series(kind, rng) for kind in KINDS}
    made["all"] = tuple(np.concatenate(parts) for parts in zip(*made.values(), strict=True))  # type: ignore[assignment]
    for kind, (counts, spiked) in made.items():
        scores, sure = ours(counts)
        flagged = (scores > 1) & sure
        recall = flagged[spiked].mean()
        known = f"{flagged[spiked & sure].mean():.0%}" if (spiked & sure).any() else "-"
        span = years * len(counts) / MANY
        shown = [f"{(flagged & ~spiked).sum() / span:.2f}"]
        calm = ~spiked[:, FIRST:]
        logs = z_score(np.log1p(counts))
        for other in (z_score(counts), logs, z_score(np.log1p(counts), weekday=True)):
            alarms = (other[:, FIRST:][calm] > np.quantile(other[spiked], 1 - recall)).sum() / span
            shown.append(f"{alarms:.2f}" if recall > 0.01 else "-")
        shown.append(f"{(logs[:, FIRST:][calm] > 3).sum() / span:.2f} ({(logs[spiked] > 3).mean():.0%})")
        print(f"| {kind} | {sure[:, FIRST:].mean():.0%} | {recall:.0%} | {known} | {' | '.join(shown)} |")


if __name__ == "__main__":
    main()
