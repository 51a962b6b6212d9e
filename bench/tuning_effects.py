"""Onset and spillover on tiny models: where refusals are lost and what replay keeps; how far one edited fact spreads.

python bench/tuning_effects.py [--seeds 5]
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from headgate.drift.onset import curve, onset
from headgate.drift.rings import radius, rings
from tests.edited_facts import STYLES, edited
from tests.tuned_refusals import tuned

ORDER = ("direct", "indirect", "peripheral", "control")


def refusals(seeds: int) -> None:
    print("refusals of a tiny model: 4 harmless steps, then tuned to answer (the first harmful checkpoint is number 5)")
    print("replay  seed  onset  places  first seen  sudden  before  last")
    kept: dict[float, list[float]] = {}
    for replay in (0.0, 0.01, 0.05, 0.1):
        for seed in range(seeds):
            flags = tuned(seed, replay=replay)
            found, drawn = onset(flags), curve(flags)
            seen = np.flatnonzero((drawn.change_low > 0) | (drawn.change_high < 0))
            first = str(seen[0]) if len(seen) else "-"
            last = float(flags[-1].mean())
            kept.setdefault(replay, []).append(last)
            print(f"{replay:6.2f}  {seed:4}  {found.place!s:5}  {found.places!s:6}  {first:>10}"
                  f"  {found.sudden:6.2f}  {found.before:6.3f}  {last:.3f}")  # fmt: skip
    for replay, rates in kept.items():
        better = sum(one > none for one, none in zip(rates, kept[0.0], strict=True))
        print(f"replay {replay:.2f}: refuses {np.mean(rates):.3f} at the end, more than without in {better} of {seeds}")


def facts(seeds: int) -> None:
    print(
        "one fact of a tiny model changed by 8 steps of training, told in a style; answers changed, all seeds together"
    )
    for style, name in enumerate(STYLES):
        rows = [row for seed in range(seeds) for row in edited(seed, style, 8)]
        found = rings([row[2] != row[3] for row in rows], [row[0] for row in rows], ORDER)
        said = ", ".join(f"{one.ring} {one.changed}/{one.of}" for one in found)
        print(f"{name:10} {said}; radius {radius(found)}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    number = parser.parse_args().seeds
    refusals(number)
    facts(number)
