"""What a search for a benchmark says of the dataset: shares, planted copies and gains as findings."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import PurePath

import numpy as np
import numpy.typing as npt

from headgate.contam import gain_curve
from headgate.contam.benchmark import Benchmark, Results
from headgate.contam.plant import Planted
from headgate.contam.scores import SCORES, Matches
from headgate.contam.search import Found
from headgate.screen_findings import share
from headgate.shapes import Finding


def shares(bench: Benchmark, found: Found, threshold: float, most_places: int) -> list[Finding]:
    """The share of items at `threshold` or over: by longest match ("", and of each file), and by the other scores."""
    scores, files = found.matches.scores, np.array(bench.files)
    told = np.isfinite(scores[:, 0])
    said = f"in {found.documents:,} texts of {found.tokens:,} words"
    if not told.all():
        said += f"; {int((~told).sum()):,} items too short to tell"
    if bench.unread:
        said += f"; {bench.unread:,} places of the benchmark unreadable"
    if found.matches.common.any():
        common = int(found.matches.common.sum())
        said += f"; {common:,} items have n-grams in more than {most_places:,} places"
    axes = [("", 0, told), *((name, k, told) for k, name in enumerate(SCORES) if k)]
    kinds = sorted(set(bench.files))
    if len(kinds) > 1:
        stems, whole = zip(*((PurePath(file).stem, file) for file in kinds), strict=True)
        names = _apart(stems, whole)
        axes += [(f"file.{name}", 0, told & (files == file)) for name, file in zip(names, kinds, strict=True)]
    return [
        _share(axis, scores[mask, k] >= np.float32(threshold), f"{SCORES[k]} of {threshold:g} or more {said}")
        for axis, k, mask in axes
    ]


def planted(tests: Sequence[Planted]) -> Finding:
    """The share of verbatim copies that were found; what was edited is told in the evidence."""
    if not tests:
        return Finding("planted", None, None, None, 0, "nothing to plant: the dataset has a match of every item")
    first = tests[0]
    edited = ", ".join(f"{one.replaced:.0%}: {one.found} of {one.planted}" for one in tests)
    said = f"planted copies found, by share of words replaced: {edited}"
    return share("planted", first.found, first.planted, said)


def gains(results: Results, matches: Matches, seed: int) -> list[Finding]:
    """The estimated gain of each model at the threshold of largest significance, by longest match."""
    made = []
    names = sorted(results.models)
    for name, slug in zip(names, _apart(names, names), strict=True):
        curve = gain_curve.curve(matches.scores[:, 0], results.models[name], difficulty=results.difficulty, seed=seed)
        axis = "gain" if len(results.models) == 1 else f"gain.{slug}"
        made.append(_gain(axis, curve))
    return made


def _share(axis: str, over: npt.NDArray[np.bool_], said: str) -> Finding:
    found, of = int(over.sum()), len(over)
    return share(axis, found, of, f"{found:,} of {of:,} items: {said}" if of else f"no item has enough words; {said}")


def _gain(axis: str, curve: gain_curve.Curve) -> Finding:
    best = curve.chosen
    if best is None:
        said = f"no threshold leaves contaminated items and enough clean ones among {curve.items:,} with results"
        return Finding(axis, None, None, None, curve.items, said)
    said = (
        f"longest_match of {best.threshold:.2f} or more: {best.contaminated:,} items contaminated, {best.clean:,} "
        f"clean; z {best.z:.1f}, p {curve.p:.3g} over {len(curve.points)} thresholds; held out {curve.held_out:+.3f}"
    )
    if curve.matched is not None:
        said += f"; among like difficulty {curve.matched:+.3f} ({curve.matched_items:,} items compared)"
    return Finding(axis, best.gain, best.low, best.high, curve.items, said)


def _apart(short: Sequence[str], whole: Sequence[str]) -> list[str]:
    """Each `short` name, or the `whole` one where that is not enough, as the name of an axis; no two the same."""
    first = Counter(map(_slug, short))
    slugs = [_slug(one if first[_slug(one)] == 1 else other) for one, other in zip(short, whole, strict=True)]
    twice = {slug for slug, number in Counter(slugs).items() if number > 1}
    return [f"{slug}_{number}" if slug in twice else slug for number, slug in enumerate(slugs, 1)]


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")[:40] or "unnamed"
