"""Synthetic tables of known kinds judged: copies, jittered copies, shuffled columns, copula, trees, fresh rows.

python bench/synthetic_trust.py [--data DIR] [--seeds 5] [--only adult]. Breast cancer is split into thirds: real, held
out, fresh. Of Adult 22,000 training rows are real, the others fresh, the official test rows held out; groups are of
sex. A seed draws split, generators and bootstrap. Beside our index stands the plain mean of the scores, which averages
failures away.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections import Counter
from pathlib import Path

import numpy as np
from synthetic_generators import Columns, adult, breast_cancer, gaussian, jittered, shuffled, take, trees, write

from headgate.measure.synthetic_trust import measure
from headgate.shapes import Measured
from headgate.synthetic_data.audit import DIMENSIONS

KINDS = ("copy", "jittered", "shuffled", "gaussian", "trees", "fresh")


def judged(train: Columns, held: Columns, fresh: Columns, label: str, group: str | None, seed: int) -> Measured:
    """The measure on all kinds of tables made from `train`."""
    rows = len(train[label])
    made = {"copy": train, "jittered": jittered(train, rows, seed), "shuffled": shuffled(train, rows, seed),
            "gaussian": gaussian(train, rows, seed), "trees": trees(train, rows, seed), "fresh": fresh}  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "made").mkdir()
        for name, columns in made.items():
            write(Path(folder) / "made" / f"{name}.csv", columns)
        paths = write(Path(folder) / "real.csv", train), write(Path(folder) / "held.csv", held)
        return measure(
            real=paths[0], holdout=paths[1], synthetic=Path(folder) / "made", label=label, group=group, seed=seed
        )


def report(name: str, found: list[Measured], seconds: list[float]) -> None:
    """Scores by table, verdicts, places by our index and by the plain mean, and stability."""
    values = [{one.axis: one.value for one in made.findings} for made in found]
    verdicts = [{row[0]: {} for row in made.tables[0].rows} for made in found]
    for each, made in zip(verdicts, found, strict=True):
        for table, dimension, *_, verdict in made.tables[0].rows:
            each[table][dimension] = verdict
    asked = [one for one in DIMENSIONS if f"{one}.copy" in values[0]]
    print(f"\n{name}, {len(found)} seeds, {np.mean(seconds):.1f} s for {len(KINDS)} tables")
    print("table | " + " | ".join(asked) + " | index | plain mean | distance ratio | attack caught | fails in (seeds)")
    for kind in KINDS:
        scores = np.array([[each[f"{one}.{kind}"] for one in asked] for each in values])
        others = [np.mean([each[f"{one}.{kind}"] for each in values])
                  for one in ("index", "privacy.distance_ratio", "attack_caught")]  # fmt: skip
        fails = Counter(one for each in verdicts for one, said in each[kind].items() if said == "fails")
        cells = [f"{one:.3f}" for one in (*scores.mean(0), others[0], scores.mean(), others[1], others[2])]
        print(f"{kind} | " + " | ".join(cells) + " | " + ", ".join(f"{one} {n}" for one, n in fails.items()))
    for kind in KINDS:
        states = Counter(row[3] for made in found for row in made.tables[1].rows if row[1] == kind)
        print(f"{kind}: {dict(states)}")
    stability = [each["rank_stability"] for each in values]
    first = Counter(made.tables[1].rows[0][1] for made in found)
    print(f"first: {dict(first)}; stays first under {' '.join(f'{one:.3f}' for one in stability)} of random weights")
    plain = [{kind: np.mean([each[f"{one}.{kind}"] for one in asked]) for kind in KINDS} for each in values]
    places = Counter(" ".join(sorted(each, key=lambda kind: -each[kind])) for each in plain)
    print(f"by the plain mean: {dict(places)}", flush=True)


def main() -> None:
    """Both data sets."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=os.environ.get("HEADGATE_DATA", "../shared/data"))
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--only", nargs="+", choices=("cancer", "adult"), default=("cancer", "adult"))
    given = parser.parse_args()
    folder = Path(given.data) / "fairness"
    for name in given.only:
        found, seconds = [], []
        for seed in range(given.seeds):
            parts, label, group = cancer(seed) if name == "cancer" else census(folder, seed)
            began = time.perf_counter()
            found.append(judged(*parts, label, group, seed))
            seconds.append(time.perf_counter() - began)
        report(name, found, seconds)


def cancer(seed: int) -> tuple[list[Columns], str, None]:
    """Thirds of the patients."""
    order = np.random.default_rng(seed).permutation(569)
    return [take(breast_cancer(), order[190 * n : 190 * (n + 1)]) for n in range(3)], "benign", None


def census(folder: Path, seed: int) -> tuple[list[Columns], str, str]:
    """Adult: 22,000 training rows, the test rows, and the other training rows."""
    train = adult(folder / "adult-train.csv")
    order = np.random.default_rng(seed).permutation(len(train["income"]))
    parts = [take(train, order[:22_000]), adult(folder / "adult-test.csv"), take(train, order[22_000:])]
    return parts, "income", "sex"


if __name__ == "__main__":
    main()
