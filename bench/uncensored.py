"""`detect uncensored` at the size of a hub, and beside GraphSAGE (torch-geometric) on a slice both can hold.

    python bench/uncensored.py --models 100000
    python bench/uncensored.py --models 3000000 --slice 100000

A planted population (headgate.synthetic.population): 1.87 links a model, 4 % with alignment removed, 55 % of those
say so in their name and are the seeds. At full size the detector reads the tables and writes its findings. On the
slice both learn from the same words, links and seeds with one fold of accounts held out, and are judged by what was
planted among the models of that fold whose names say nothing. Every part runs in a process of its own, so that each
peak of memory (VmHWM) is its own.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # tests.planted writes the tables

SETTINGS = {"quick": ((64, 0.01, 0.0),), "full": None}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", type=int, default=3_000_000)
    parser.add_argument("--slice", type=int, default=100_000, help="models of the slice for both")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--grid", choices=[*SETTINGS], default="quick", help="settings GraphSAGE is tuned over")
    parser.add_argument("--folder", type=Path, help="where to work [default: a temporary folder]")
    parser.add_argument("--part", choices=[*PARTS], help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.part:
        print(json.dumps(PARTS[given.part](given)))
        return
    folder = given.folder or Path(tempfile.mkdtemp(prefix="headgate-uncensored-"))
    try:
        _tell(given, {part: _apart(part, given, folder) for part in PARTS})
    finally:
        if not given.folder:
            shutil.rmtree(folder)


def _apart(part: str, given: argparse.Namespace, folder: Path) -> dict[str, float]:
    command = [sys.executable, __file__, "--part", part, "--models", str(given.models), "--slice", str(given.slice),
               "--seed", str(given.seed), "--grid", given.grid, "--folder", str(folder)]  # fmt: skip
    print(f"{part} ...", file=sys.stderr, flush=True)
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()[-1])


def _tell(given: argparse.Namespace, found: dict[str, dict[str, float]]) -> None:
    made, hub, ours, sage = (found[part] for part in ("make", "hub", "ours", "sage"))
    print(f"| detect uncensored, {given.models:,} models, {made['links']:,.0f} links | |\n|---|--:|")
    print(f"| seconds, tables to findings | {hub['seconds']:.0f} |")
    print(f"| peak memory, GB | {hub['peak']:.2f} |")
    print(
        f"\n| on {given.slice:,} models, an account fold held out | headgate | GraphSAGE | ratio |\n|---|--:|--:|--:|"
    )
    for name, key in (
        ("seconds to fit and score", "seconds"),
        ("average precision", "average"),
        ("peak memory, GB", "peak"),
    ):
        print(f"| {name} | {ours[key]:.3g} | {sage[key]:.3g} | {ours[key] / sage[key]:.2g} |")
    print(
        f"\n{ours['positives']:.0f} planted among {ours['items']:.0f} models judged; "
        f"personalised PageRank there: {ours['pagerank']:.3g}; words alone: {ours['words']:.3g}; seeds only: 0"
    )


def _make(given: argparse.Namespace) -> dict[str, float]:
    from headgate.synthetic.population import plant
    from headgate.workspace import open_workspace
    from tests.planted import fill

    population = plant(given.models, given.seed)
    fill(open_workspace(given.folder / "hub", create=True), population)
    return {"links": len(population.lineage.child)}


def _hub(given: argparse.Namespace) -> dict[str, float]:
    from headgate import run
    from headgate.workspace import open_workspace

    made = run.run_method(open_workspace(given.folder / "hub"), "detect", "uncensored")
    assert made.rows["findings"] == given.models
    return {"seconds": made.seconds, "peak": _peak()}


def _slice(given: argparse.Namespace):
    from headgate.evidence.splits import group_folds
    from headgate.synthetic.population import matrix, plant

    population = plant(given.slice, given.seed)
    line, models = population.lineage, given.slice
    fold = np.full(line.size, -1, np.int32)
    fold[:models] = group_folds(line.author[:models], population.says[:models], 5, seed=given.seed)
    inner = np.where(fold < 4, fold, -1)
    known = np.where(fold == 4, 0, population.says).astype(np.float32)
    judged = np.flatnonzero((fold == 4) & ~population.says).astype(np.int32)
    return population, line, matrix(population), known, line.model & (fold != 4), inner, judged


def _average(population, judged, score) -> float:
    from headgate.evidence.ranking import rank

    return rank(population.truth[judged], score, judged, draws=0).average_precision.value


def _ours(given: argparse.Namespace) -> dict[str, float]:
    from headgate.learn import baselines, models, operators

    population, line, words, known, among, inner, judged = _slice(given)
    begin = time.perf_counter()
    linked = operators.build(line)
    seen = models.view(line, linked, words, known, among, inner, given.seed)
    score = models.scores(seen, judged, seed=given.seed)
    seconds = time.perf_counter() - begin
    return {"seconds": seconds, "average": _average(population, judged, score), "peak": _peak(),
            "pagerank": _average(population, judged, baselines.personalised_pagerank(linked, known)[judged]),
            "words": _average(population, judged, seen.table[judged, 0]),
            "positives": float(population.truth[judged].sum()), "items": len(judged)}  # fmt: skip


def _sage(given: argparse.Namespace) -> dict[str, float]:
    import torch

    from headgate.nn.sage import GRID, sage_scores

    torch.set_num_threads(2)
    population, line, words, known, among, inner, judged = _slice(given)
    begin = time.perf_counter()
    score = sage_scores(line, words, known, among, inner, judged, given.seed, SETTINGS[given.grid] or GRID)
    return {"seconds": time.perf_counter() - begin, "average": _average(population, judged, score), "peak": _peak()}


def _peak() -> float:
    """Highest resident memory of this process in GB."""
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1e6


PARTS = {"make": _make, "hub": _hub, "ours": _ours, "sage": _sage}

if __name__ == "__main__":
    main()
