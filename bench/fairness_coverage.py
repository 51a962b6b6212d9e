"""How often intervals of a gap between groups hold the true gap, of four kinds, by simulation.

    python bench/fairness_coverage.py [--runs 1000] [--draws 500] [--seed 0]

Groups of so many rows with so large a true recall are drawn again and again. Compared are the percentiles of the usual
bootstrap of rows, Newcombe's interval of the two groups that stand farthest apart (1998), and what headgate gives; and
for the rate of one group the percentiles, those of the posterior, and Wilson's. Each cell: coverage, how often the true
gap lies above the interval (a pass that is none), mean width. Last coverage and that share of definitions.
"""

from __future__ import annotations

import argparse

import numpy as np
import numpy.typing as npt

from headgate.evidence.intervals import wilson
from headgate.fairness.bootstrap import ends, gap_ends, posterior, redrawn
from headgate.fairness.counts import Counts
from headgate.fairness.definitions import DEFINITIONS, interval, measured
from headgate.fairness.measures import between, rate

Floats = npt.NDArray[np.float64]
CASES: tuple[tuple[tuple[int, ...], tuple[float, ...]], ...] = (
    ((30, 30), (0.5, 0.5)), ((30, 30), (0.95, 0.8)), ((40, 400), (0.98, 0.98)), ((40, 400), (0.9, 0.98)),
    ((60, 3000), (0.99, 0.9)), ((30, 1000), (0.97, 0.99)), ((200, 1000), (0.3, 0.3)), ((200, 1000), (0.3, 0.4)),
    ((2000, 4000), (0.1, 0.25)), ((40,) * 5, (0.8,) * 5), ((30, 30, 30), (0.9, 0.7, 0.5)),
    ((100, 200, 400, 800, 1600), (0.6,) * 5), ((100, 200, 400, 800, 1600), (0.6, 0.65, 0.62, 0.7, 0.61)),
)  # fmt: skip
Row = tuple[float, ...]
JOINED = ("equalized_odds", "equalized_odds_mean", "equalized_odds_ratio", "conditional_use_accuracy",
          "disparate_impact", "treatment_equality")  # fmt: skip
PEOPLE: tuple[tuple[Row, Row, Row, Row], ...] = (
    ((200, 200), (0.3, 0.3), (0.7, 0.7), (0.1, 0.1)), ((200, 1000), (0.2, 0.4), (0.6, 0.7), (0.05, 0.15)),
    ((5000, 10000), (0.11, 0.3), (0.6, 0.65), (0.02, 0.08)), ((60, 600), (0.2, 0.2), (0.9, 0.8), (0.05, 0.05)),
    ((100, 200, 400, 800), (0.3,) * 4, (0.7,) * 4, (0.1,) * 4),
)  # fmt: skip
SINGLE = ((30, 0.5), (30, 0.9), (30, 0.98), (100, 0.02), (100, 0.3), (1000, 0.005), (1000, 0.5))


def main() -> None:
    """Print coverage, share above and width of each kind of interval in each case."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--draws", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    random = np.random.default_rng(given.seed)
    print(
        f"gaps: {given.runs} runs of {given.draws} draws\n"
        f"{'rows, true rates':62}percentiles        Newcombe           headgate"
    )
    for rows, shares in CASES:
        n, p = np.array(rows), np.array(shares)
        found = [gaps(random.binomial(n, p), n, given.draws, int(random.integers(2**31))) for _ in range(given.runs)]
        print(f"{f'{rows} {shares}':62}{told(np.array(found), float(p.max() - p.min()))}")
    print(f"rate of one group\n{'rows, true rate':62}percentiles        posterior          Wilson")
    for size, share in SINGLE:
        found = [one(int(random.binomial(size, share)), size, given.draws, int(random.integers(2**31)))
                 for _ in range(given.runs)]  # fmt: skip
        print(f"{f'{size} {share}':62}{told(np.array(found), share)}")
    print(f"gaps of definitions, headgate\n{'rows, base rate, recall, false positive rate':62}{'  '.join(JOINED)}")
    for rows, base, recall, false in PEOPLE:
        print(f"{f'{rows} {base} {recall} {false}':62}{people(rows, base, recall, false, given.runs, given.draws)}")


def people(rows: Row, base: Row, recall: Row, false: Row, runs: int, draws: int) -> str:
    """Coverage and share above of each definition where groups of `rows` people have these true rates."""
    n, b, r, f = (np.array(one, dtype=float) for one in (rows, base, recall, false))
    cells = np.stack((b * r, (1 - b) * f, b * (1 - r), (1 - b) * (1 - f)))
    names = tuple(map(str, range(len(rows))))
    true = {one: float(measured(DEFINITIONS[one], Counts(*cells, names))) for one in JOINED}
    random, found = np.random.default_rng(1), []
    for _ in range(runs):
        drawn = random.multinomial(n.astype(int), cells.T).T.astype(float)
        counts = Counts(*drawn, names)
        again = posterior(counts, draws=draws, seed=int(random.integers(2**31)))
        ends_ = [interval(DEFINITIONS[one], counts, again) or (-np.inf, np.inf) for one in JOINED]
        found.append([(low - 1e-12 <= true[one] <= high + 1e-12, true[one] > high + 1e-12)
                      for one, (low, high) in zip(JOINED, ends_, strict=True)])  # fmt: skip
    return "  ".join(f"{a:.3f} {b:.3f}".ljust(len(one)) for one, (a, b) in zip(JOINED, np.mean(found, 0), strict=True))


def gaps(k: npt.NDArray[np.int64], n: npt.NDArray[np.int64], draws: int, seed: int) -> list[tuple[float, float]]:
    """The three intervals of the gap of `k` of `n`."""
    counts = counted(k, n)
    rows = between(rate("recall", redrawn(counts, draws=draws, seed=seed, fixed=True)))
    drawn = rate("recall", posterior(counts, draws=draws, seed=seed))
    least, most = (float(one) for one in ends(rows))
    return [(least, most), newcombe(k, n), gap_ends(rate("recall", counts), drawn, between)]


def one(k: int, n: int, draws: int, seed: int) -> list[tuple[float, float]]:
    """The three intervals of the share `k` of `n`."""
    counts = counted(np.array([k]), np.array([n]))
    made = [ends(rate("recall", draw(counts, draws=draws, seed=seed))) for draw in (redrawn, posterior)]
    return [*((float(low[0]), float(high[0])) for low, high in made), wilson(k, n) or (0.0, 1.0)]


def newcombe(k: npt.NDArray[np.int64], n: npt.NDArray[np.int64]) -> tuple[float, float]:
    """His interval 10 of the difference of the two that stand farthest apart, cut at 0."""
    p, of = k / n, [wilson(int(a), int(b)) or (0.0, 1.0) for a, b in zip(k, n, strict=True)]
    a, b = int(p.argmax()), int(p.argmin())
    low = p[a] - p[b] - np.hypot(p[a] - of[a][0], of[b][1] - p[b])
    return max(0.0, float(low)), float(p[a] - p[b] + np.hypot(of[a][1] - p[a], p[b] - of[b][0]))


def counted(k: npt.NDArray[np.int64], n: npt.NDArray[np.int64]) -> Counts:
    """Groups in which `k` of `n` true ones are found."""
    nobody = np.zeros(len(k))
    return Counts(k.astype(float), nobody, (n - k).astype(float), nobody, tuple(map(str, range(len(k)))))


def told(found: Floats, true: float) -> str:
    """Coverage, share above and width of each kind, from `found` (runs, kinds, 2)."""
    low, high = found[..., 0] - 1e-12, found[..., 1] + 1e-12
    inside, above, width = ((low <= true) & (true <= high)).mean(0), (true > high).mean(0), (high - low).mean(0)
    return "  ".join(f"{a:.3f} {b:.3f} {c:.3f}" for a, b, c in zip(inside, above, width, strict=True))


if __name__ == "__main__":
    main()
