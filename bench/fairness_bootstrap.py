"""The bootstrap of two metrics in two groups on Adult, beside fairlearn's in the same run.

    python bench/fairness_bootstrap.py --data ../shared/data [--draws 200] [--times 5]

Predictions of a HistGradientBoostingClassifier fitted to the official train part, judged on the official test part by
sex. Both draw whole rows with replacement, so that like is compared with like; beside them the draws that the method
uses (`posterior`), whose intervals are other ones. Prints seconds of one core (the median of ours, one run of
fairlearn's), the ratio, and how far the ends of the intervals lie apart.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from statistics import median
from time import process_time

import numpy as np
import numpy.typing as npt

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from headgate.fairness.bootstrap import ends, posterior, redrawn
from headgate.fairness.counts import Counts, count
from headgate.fairness.measures import between, rate
from tests import adult_rows

METRICS = {"true_positive_rate": "recall", "selection_rate": "selection_rate"}
Sides = dict[tuple[str, str], tuple[float, float]]  # metric and group (or "gap") -> both ends


def main() -> None:
    """Print both times, the ratio, and the differences of the ends."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--draws", type=int, default=200)
    parser.add_argument("--times", type=int, default=5)
    given = parser.parse_args()
    labels, predicted, sex = predictions(given.data)
    print(f"Adult, official test: {len(labels):,} rows, 2 metrics, 2 groups, {given.draws} draws")
    spent = {}
    for name, draw in (("ours", redrawn), ("ours, posterior", posterior)):
        taken, made = [], {}
        for seed in range(given.times):
            start = process_time()
            made = ours(count(labels, predicted, sex), draw, given.draws, seed)
            taken.append(process_time() - start)
        spent[name] = (median(taken), made)
    start = process_time()
    made = fairlearn(labels, predicted, sex, given.draws)
    spent["fairlearn"] = (process_time() - start, made)
    for name, (seconds, _) in spent.items():
        print(f"  {name:16} {seconds:9.4f} s   {spent['fairlearn'][0] / seconds:9.0f} times as fast as fairlearn")
    start = process_time()
    again = fairlearn(labels, predicted, sex, given.draws, seed=1)
    print(f"  (fairlearn with another seed: {process_time() - start:.2f} s)")
    print(f"{'':28} {'ours':>17} {'fairlearn':>17} {'apart':>8} {'fairlearn and itself':>21}")
    for key, (low, high) in spent["ours"][1].items():
        least, most = made[key]
        apart = max(abs(low - least), abs(high - most))
        itself = max(abs(one - other) for one, other in zip(made[key], again[key], strict=True))
        print(f"{' '.join(key):28} {low:8.4f} {high:8.4f} {least:8.4f} {most:8.4f} {apart:8.4f} {itself:21.4f}")


def predictions(
    data: Path,
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.str_]]:
    """What was true of the test part, what a model fitted to the train part says, and the sex."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    train, test = adult_rows.read(data, "train"), adult_rows.read(data, "test")
    model = HistGradientBoostingClassifier(random_state=0).fit(train.features(), train.earns)
    predicted = np.asarray(model.predict(test.features())).astype(np.int64)
    return test.earns.astype(np.int64), predicted, test.columns["sex"]


def ours(counts: Counts, draw: object, draws: int, seed: int) -> Sides:
    """The ends of both metrics of each group, and of their gaps."""
    again = draw(counts, draws=draws, seed=seed)  # type: ignore[operator]
    made: Sides = {}
    for name, known in METRICS.items():
        values = rate(known, again)
        low, high = ends(values)
        made |= {(name, group): (float(low[n]), float(high[n])) for n, group in enumerate(counts.groups)}
        low, high = ends(between(values))
        made[name, "gap"] = float(low), float(high)
    return made


def fairlearn(
    labels: npt.NDArray[np.int64],
    predicted: npt.NDArray[np.int64],
    sex: npt.NDArray[np.str_],
    draws: int,
    seed: int = 0,
) -> Sides:
    """The same of fairlearn's MetricFrame."""
    from fairlearn import metrics

    frame = metrics.MetricFrame(
        metrics={name: getattr(metrics, name) for name in METRICS}, y_true=labels, y_pred=predicted,
        sensitive_features=sex, n_boot=draws, ci_quantiles=[0.025, 0.975], random_state=seed,
    )  # fmt: skip
    low, high = frame.by_group_ci
    made: Sides = {
        (name, str(group)): (float(low[name][group]), float(high[name][group]))
        for name in METRICS
        for group in low.index
    }
    least, most = frame.difference_ci()
    return made | {(name, "gap"): (float(least[name]), float(most[name])) for name in METRICS}


if __name__ == "__main__":
    main()
