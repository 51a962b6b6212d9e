"""How often the interval of a check holds the truth, on made-up outcomes: by rate, number of items and of references.

python bench/check_intervals.py [--times 2000]. Items have a difficulty that all models share; references may differ.
"""

from __future__ import annotations

import argparse
from statistics import NormalDist

import numpy as np
from scipy.stats import norm

from headgate.repair.checks import difference

RATES = ((0.0, 0.0), (0.02, 0.02), (0.1, 0.02), (0.5, 0.5), (0.3, 0.6), (1.0, 0.97), (1.0, 0.0))
RUNS = ((1, 0.0), (2, 0.0), (3, 0.0), (5, 0.0), (2, 0.1), (3, 0.1), (5, 0.1), (2, 0.3), (3, 0.3), (5, 0.3))
ITEMS = (4, 10, 30, 150)


def answers(rate: float, hard: np.ndarray, shift: np.ndarray, drawn: np.random.Generator) -> np.ndarray:
    """Outcomes (times x n): half of what decides an item is its difficulty; `shift` moves a model as a whole."""
    if rate in (0.0, 1.0):
        return np.full(hard.shape, rate)
    at = NormalDist().inv_cdf(rate) + shift[:, None]
    return ((hard + drawn.normal(size=hard.shape)) / np.sqrt(2) < at).astype(float)


def coverage(rates: tuple[float, float], runs: int, apart: float, n: int, times: int) -> tuple[float, float]:
    """Share of `times` intervals that hold the truth, and their mean width."""
    drawn = np.random.default_rng([runs, n, round(100 * apart), *(round(100 * one) for one in rates)])
    hard, none = drawn.normal(size=(times, n)), np.zeros(times)
    after = answers(rates[0], hard, none, drawn)
    gold = [answers(rates[1], hard, apart * drawn.normal(size=times), drawn) for _ in range(runs)]
    mean = rates[1] if rates[1] in (0.0, 1.0) else norm.cdf(NormalDist().inv_cdf(rates[1]) / np.sqrt(1 + apart**2))
    ends = np.array([difference(after[one], [each[one] for each in gold]) for one in range(times)])
    held = (ends[:, 0] <= rates[0] - mean) & (rates[0] - mean <= ends[:, 1])
    return float(held.mean()), float((ends[:, 1] - ends[:, 0]).mean())


def main() -> None:
    """Print one line for each number of references and how far they differ, and the lowest coverage of each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=2000)
    times = parser.parse_args().times
    print("after reference | references apart | " + " | ".join(f"n {n}: held, width" for n in ITEMS))
    for runs, apart in RUNS:
        lowest = 1.0
        for rates in RATES:
            found = [coverage(rates, runs, apart, n, times) for n in ITEMS]
            lowest = min([lowest, *(held for held, _ in found)])
            print(f"{rates[0]:.2f} {rates[1]:.2f} | {runs} {apart} | "
                  + " | ".join(f"{held:.3f} {width:.2f}" for held, width in found))  # fmt: skip
        print(f"references {runs}, apart {apart}: lowest {lowest:.3f}")


if __name__ == "__main__":
    main()
