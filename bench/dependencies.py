"""Exact dependencies of two tables, ours beside Desbordante's HyFD, and planted typos.

    python bench/dependencies.py ../shared/data/fairness --peer /path/to/a/python/with/desbordante

Desbordante (AGPL-3.0) runs as a program of its own, in an environment of its own (`pip install desbordante`): nothing
of it is imported here. Both sides must find the same dependencies, or the benchmark fails. Seconds are of reading the
file and searching, without starting Python; read the ratio.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from headgate.evidence.intervals import wilson
from headgate.profiles.coded_table import coded
from headgate.profiles.fd import dependencies, standing_alone, telling
from headgate.profiles.partitions import Column
from headgate.screen.dependencies import screen
from tests.tables_of import csv_columns, items_of

CASES = [("german.csv", True, 2), ("german.csv", True, 3), ("german.csv", True, 4),
         ("adult-train.csv", False, 3), ("adult-train.csv", False, 4)]  # fmt: skip
ALONE = [("german.csv", True), ("adult-train.csv", False)]
PEER = """
import json, sys, time
import desbordante
path, header, most = sys.argv[1], sys.argv[2] == "True", int(sys.argv[3])
started = time.perf_counter()
found = desbordante.fd.algorithms.HyFD()
found.load_data(table=(path, ",", header))
found.execute(**({"max_lhs": most} if most else {}))
seconds = time.perf_counter() - started
print(json.dumps([seconds, sorted([sorted(one.lhs_indices), one.rhs_index] for one in found.get_fds())]))
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="with german.csv and adult-train.csv")
    parser.add_argument("--peer", help="a Python that has desbordante; ours alone without it")
    given = parser.parse_args()
    print("| table | left side up to | dependencies | more than chance | headgate, s | desbordante, s | ratio |")
    print("|---|--:|--:|--:|--:|--:|--:|")
    for name, header, most in CASES:
        compare(given.folder / name, header, most, given.peer)
    if given.peer:
        for name, header in ALONE:
            seconds, found = peer(given.peer, given.folder / name, header, 0)
            print(f"| {name} | any | {len(found):,} | | | {seconds:.2f} | |")
    chance(300)
    print("\nplanted typos, a value of column 4 of adult in 0.3 % of the rows:")
    for seed in range(3):
        plant(given.folder / "adult-train.csv", seed)


def compare(path: Path, header: bool, most: int, python: str | None) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        started = time.perf_counter()
        columns = csv_columns(path) if header else csv_columns(path, [str(n) for n in range(15)])
        table = coded(items_of(columns, Path(scratch), 5000).batches(), Path(scratch))
        found = dependencies(table.columns, table.rows, error=0, most_left=most)
        seconds = time.perf_counter() - started
        near = dependencies(table.columns, table.rows, error=0.01, most_left=most)
    ours = sorted([list(one.left), one.right] for one in found.exact)
    told = len(telling(standing_alone(near), near.tried))
    row = f"| {path.name} | {found.left} | {len(ours):,} | {told:,} | {seconds:.2f} |"
    if python is None:
        print(f"{row} | |")
        return
    theirs_seconds, theirs = peer(python, path, header, most)
    if ours != theirs:
        sys.exit(f"{path.name}, {most}: {len(ours)} dependencies and {len(theirs)} of the peer are not the same")
    print(f"{row} {theirs_seconds:.2f} | {seconds / theirs_seconds:.1f} |", flush=True)


def peer(python: str, path: Path, header: bool, most: int) -> tuple[float, list[object]]:
    done = subprocess.run([python, "-c", PEER, str(path), str(header), str(most)], capture_output=True, check=True)
    seconds, found = json.loads(done.stdout.splitlines()[-1])
    return seconds, found


def chance(runs: int) -> None:
    """Tables of independent columns, of which no dependency should be called more than chance."""
    held = told = 0
    for seed in range(runs):
        rng = np.random.default_rng(seed)
        rows, columns = int(rng.choice([50, 200, 1000])), []
        for _ in range(int(rng.integers(3, 9))):
            size = int(rng.choice([2, 3, 10, 50, rows]))
            shares = rng.dirichlet(np.full(size, rng.choice([0.3, 1, 10])))
            columns.append(Column(rng.choice(size, rows, p=shares).astype(np.int32), size))
        found = dependencies(columns, rows, error=0.01, most_left=3)
        held += bool(found.exact or found.near)
        told += bool(telling(found.exact, found.tried) or telling(found.near, found.tried))
    print(f"\nof {runs} tables of independent columns {held} have dependencies, {told} one called more than chance")


def plant(path: Path, seed: int) -> None:
    """One letter wrong, missing, doubled or swapped, in 0.3 % of the education levels."""
    rng = np.random.default_rng(seed)
    columns = csv_columns(path, [str(n) for n in range(15)])
    values = [str(value) for value in columns["3"]]
    chosen = {int(n) for n in rng.choice(len(values), len(values) * 3 // 1000, replace=False)}
    for row in chosen:
        text, at = values[row], int(rng.integers(1, len(values[row]) - 1))
        swapped = text[: at - 1] + text[at] + text[at - 1] + text[at + 1 :]
        values[row] = [
            text[:at] + "x" + text[at + 1 :],
            text[:at] + text[at + 1 :],
            text[: at + 1] + text[at:],
            swapped,
        ][int(rng.integers(0, 4))]
    changed = {row for row in chosen if values[row] != columns["3"][row]}
    with tempfile.TemporaryDirectory() as scratch:
        screened = screen(items_of({**columns, "3": values}, Path(scratch), 5000), most_left=1)
        scores = np.concatenate([np.column_stack([one.score, one.axes]) for _, one in screened.parts])
    broke, typos = ({int(n) for n in np.flatnonzero(scores[:, place])} for place in (0, 1))
    for what, rows in (("breaks a dependency", broke), ("looks misspelt", typos)):
        hits = len(rows & changed)
        ends = wilson(hits, len(changed))
        assert ends is not None
        print(f"seed {seed}: {what}: {hits} of {len(changed)} found ({ends[0]:.3f} to {ends[1]:.3f}), "
              f"{len(rows - changed)} others")  # fmt: skip


if __name__ == "__main__":
    main()
