"""Whether the dataset holds items of a benchmark, how much of each, and what a model gained by it.

Reads: the texts of the dataset, word by word; the items of `benchmark`, a file or a folder of them; and, for the
gain, what models scored on each item.
Finds: for each benchmark item the four scores of ConTAM (longest match, token match, n-gram match, token extend) and
where its longest match stands; the share of items at `threshold` or over by each score; how many planted copies
the search finds; and for each model the estimated gain at the threshold of largest significance.
Cannot see: paraphrase, translation, or rows put into another form; copies with words inserted or left out are seen
in pieces, of which the longest counts; items of fewer than `n` words. A gain can also mean that contaminated items are
easy, unless their difficulty is given. A dataset without the benchmark does not tell that a model never saw it.
Reference: A. K. Singh, M. Y. Kocyigit, A. Poulton, D. Esiobu, M. Lomeli, G. Szilvasy and D. Hupkes (2024), Evaluation
data contamination in LLMs: how do we measure it and (when) does it matter?, arXiv 2411.03923.
Checked against: a matcher that tries every pair of places (tests/test_contam_search.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from headgate.contam import benchmark as contam_items
from headgate.contam import findings as contam_findings
from headgate.contam import plant as contam_plant
from headgate.contam import search as contam_search
from headgate.contam.benchmark import Benchmark
from headgate.contam.scores import SCORES, Counting
from headgate.contam.search import Batches, Found, Setting
from headgate.contam.token_ids import Kept
from headgate.errors import UsageError
from headgate.shapes import Finding, Items, Scores, Screened

RISKS = ("3.1",)
READS = "texts"
PART = 10_000  # items of a part


def screen(
    items: Items, *, benchmark: Path | None = None, columns: str | None = None, n: int = 8, skip_budget: int = 4,
    least_count: int = 1, most_places: int = 100, threshold: float = 0.5, scores: Path | None = None,
    index: Path | None = None, keep_case: bool = False, keep_punctuation: bool = False, keep_width: bool = False,
    plant: int = 20, seed: int = 0,
) -> Screened:  # fmt: skip
    """Look for the items of a benchmark in the dataset.

    `benchmark` is the file or folder of the benchmark (Parquet, JSONL, CSV or text) and must be given. `columns` is the
    benchmark's text column, or several with commas between (question,choices) that make up an item [default: guessed].
    `n` is how many words in a row make a match. `skip_budget` is over how many differing words a match may be grown.
    `least_count` is how often the dataset must have an n-gram. `most_places` is how many places of one n-gram are
    grown; rarer n-grams find every place. `threshold` is from which score on an item counts as contaminated.
    `scores` is a file with `item` or `text`, a column of results for each model, and perhaps `difficulty`.
    `index` is a folder for an index of the dataset, made where there is none and asked again for other benchmarks.
    `keep_case` tells upper and lower case apart. `keep_punctuation` makes punctuation marks words.
    `keep_width` tells full-width and other forms of a letter apart. `plant` is how many copies the self-test
    plants (0: none). `seed` is the seed of the self-test and of resampling.
    """
    least = {"n": (n, 1), "skip-budget": (skip_budget, 0), "least-count": (least_count, 1),
             "most-places": (most_places, 1), "plant": (plant, 0)}  # fmt: skip
    _check(benchmark, threshold, least)
    assert benchmark is not None
    bench = contam_items.benchmark(benchmark, columns)
    results = contam_items.results(scores, bench.ids) if scores else None
    setting = Setting(n, Kept(keep_case, keep_punctuation, keep_width), Counting(least_count, skip_budget, most_places))
    if index is None:
        found = contam_search.in_stream(items.batches, bench.texts, setting)
    else:
        source = items.ref or items.path.resolve().as_posix()
        found = contam_search.in_index(index, source, items.batches, bench.texts, setting)
    findings = contam_findings.shares(bench, found, threshold, most_places)
    if plant:
        scratch = None if index is None else items.scratch
        findings.append(_planted(items, bench, found, setting, scratch, threshold, plant, seed))
    if results is not None:
        findings += contam_findings.gains(results, found.matches, seed)
    return Screened(_parts(bench, found), SCORES, findings)


def _check(benchmark: Path | None, threshold: float, least: Mapping[str, tuple[int, int]]) -> None:
    if benchmark is None or not benchmark.exists():
        msg = f"no benchmark{f' {benchmark}' if benchmark else ''}. Name its file or folder with --benchmark."
        raise UsageError(msg)
    if not 0 < threshold <= 1:
        msg = f"threshold {threshold} is no share of an item. Give more than 0, at most 1."
        raise UsageError(msg)
    for flag, (value, smallest) in least.items():
        if value < smallest:
            msg = f"--{flag} {value} is too small. Give {smallest} or more."
            raise UsageError(msg)


def _planted(
    items: Items, bench: Benchmark, found: Found, setting: Setting, scratch: Path | None, threshold: float, plant: int,
    seed: int,
) -> Finding:  # fmt: skip
    """The self-test, which goes the way that the search went: through an index if there is a `scratch`."""
    absent = np.flatnonzero((found.matches.length == 0) & np.isfinite(found.matches.scores[:, 0]))
    pick = np.sort(np.random.default_rng(seed).permutation(absent)[:plant]).tolist()
    # One copy is all there is of it, so one must count.
    alone = replace(setting, counting=replace(setting.counting, least_count=1))

    def search(batches: Batches, texts: Sequence[str]) -> Found:
        if scratch is None:
            return contam_search.in_stream(batches, texts, alone)
        with TemporaryDirectory(dir=scratch) as folder:
            return contam_search.in_index(Path(folder) / "planted", "planted", batches, texts, alone)

    texts = [bench.texts[k] for k in pick]
    tests = contam_plant.planted(items.batches, texts, search, kept=setting.kept, threshold=threshold, seed=seed)
    return contam_findings.planted(tests)


def _parts(bench: Benchmark, found: Found) -> Iterator[tuple[Sequence[str], Scores]]:
    for start in range(0, len(bench.ids), PART):
        rows = range(start, min(start + PART, len(bench.ids)))
        scores = found.matches.scores[start : start + PART]
        yield bench.ids[start : start + PART], Scores(scores[:, 0], scores, [_evidence(found, row) for row in rows])


def _evidence(found: Found, item: int) -> str | None:
    where, length = found.where[item], int(found.matches.length[item])
    if where is None:
        return None
    here, there = int(found.matches.here[item]), where.token
    place = f"{where.file}:{where.row}" if where.file else f"row {where.row}"
    ours, theirs = f"{here}-{here + length - 1}", f"{there}-{there + length - 1}"
    return f"its words {ours} are words {theirs} of {place}, item {where.item[:16]}"
