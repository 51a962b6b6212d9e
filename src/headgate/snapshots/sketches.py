"""Sketches of a lineage graph: numbers alone, which one party can give to another, and the distance of two of them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from headgate.errors import BadInput, UsageError
from headgate.graph import Ints
from headgate.plain import plain
from headgate.snapshots.attributes import ATTRIBUTES, BUCKETS
from headgate.snapshots.distributions import DOUBLINGS, EIGENVALUES, LEAST, Floats, distance, on_grid, pooled
from headgate.snapshots.node_statistics import LOCAL, STATISTICS, Links, links, statistics
from headgate.snapshots.spectrum import Spectrum, spectrum
from headgate.tables import rows

ALL = "all"
VERSION = 1


@dataclass(frozen=True, slots=True)
class Shape:
    """A graph as distributions: nodes at each point of `DOUBLINGS` for each of `STATISTICS`, and its spectrum."""

    nodes: int
    edges: int
    masses: dict[str, Floats]
    spectrum: Spectrum


@dataclass(frozen=True, slots=True)
class Sketch:
    """Shapes of the whole graph (`all`) and of each relation, and counts of attribute values in buckets."""

    shapes: dict[str, Shape]
    buckets: dict[str, Floats]


def shape(given: Links, *, seed: int = 0) -> Shape:
    """The shape of `given`."""
    masses = {name: on_grid(values, DOUBLINGS) for name, values in statistics(given).items()}
    return Shape(given.size, len(given.parent), masses, spectrum(given, seed=seed))


def shapes(parent: Ints, child: Ints, relation: Ints, relations: Sequence[str], *, seed: int = 0) -> dict[str, Shape]:
    """The shape of all edges `parent[i] -> child[i]`, and of those of each of `relations` that has some."""
    picked = {ALL: np.ones(len(parent), bool)} | {name: relation == n for n, name in enumerate(relations)}
    found = {name: links(parent[which], child[which]) for name, which in picked.items()}
    return {name: shape(given, seed=seed) for name, given in found.items() if given.size}


def apart(first: Shape, second: Shape) -> dict[str, float]:
    """The distance of two shapes in doublings by each of `STATISTICS`."""
    return {name: distance(first.masses[name], second.masses[name], DOUBLINGS) for name in STATISTICS}


def disparity(first: Shape, second: Shape) -> float:
    """The structural disparity of two shapes: the mean of their distances by the `LOCAL` statistics, in doublings."""
    found = apart(first, second)
    return sum(found[name] for name in LOCAL) / len(LOCAL)


def private(given: Mapping[str, Shape]) -> dict[str, Shape]:
    """`given` with no point of fewer than 10 nodes; graphs of fewer nodes are left out."""
    return {
        name: Shape(
            one.nodes, one.edges, {key: np.rint(pooled(mass)) for key, mass in one.masses.items()}, one.spectrum
        )
        for name, one in given.items()
        if one.nodes >= LEAST
    }


def to_json(sketch: Sketch) -> str:
    """`sketch` as JSON: every value is a number, every name is one of this program's own."""
    known = {row["relation"] for row in rows("relations.csv")}
    return json.dumps(
        {
            "version": VERSION,
            "shapes": {name: _written(one) for name, one in sketch.shapes.items() if name == ALL or name in known},
            "buckets": {name: mass.tolist() for name, mass in sketch.buckets.items()},
        }
    )


def write(path: Path, sketch: Sketch) -> None:
    """Write `sketch` to the file at `path`. Raises `UsageError` where its graph is too small, or the file cannot be."""
    if ALL not in sketch.shapes:
        msg = f"no sketch was written: the graph has fewer than {LEAST:.0f} nodes, whom it would point at."
        raise UsageError(msg)
    try:
        path.write_text(to_json(sketch) + "\n", encoding="utf-8")
    except OSError as error:
        msg = f"cannot write the sketch to {plain(path)} ({error.strerror}). Name a file that can be written."
        raise UsageError(msg) from error


def read(path: Path) -> Sketch:
    """The sketch in the file at `path`. Raises `BadInput` where it is none."""
    try:
        given = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        msg = f"{plain(path)} is no sketch: it cannot be read as JSON. Make one with --sketch."
        raise BadInput(msg) from error
    if not isinstance(given, dict) or given.get("version") != VERSION:
        _bad(path, f"no version {VERSION}")
    known = {ALL, *(row["relation"] for row in rows("relations.csv"))}
    try:
        found = {name: _shape(path, one) for name, one in given["shapes"].items() if name in known}
        buckets = {name: _numbers(path, given["buckets"].get(name, [0] * BUCKETS), BUCKETS) for name in ATTRIBUTES}
    except (KeyError, TypeError, AttributeError, OverflowError):
        _bad(path, "a part is missing or of the wrong kind")
    if ALL not in found:
        _bad(path, "no shape of the whole graph")
    return Sketch(found, buckets)


def _written(one: Shape) -> dict[str, Any]:
    return {
        "nodes": one.nodes,
        "edges": one.edges,
        "masses": {name: mass.tolist() for name, mass in one.masses.items()},
        "spectrum": [round(share, 9) for share in one.spectrum.shares.tolist()],
        "error": one.spectrum.error,
    }


def _shape(path: Path, given: Mapping[str, Any]) -> Shape:
    masses = {name: _numbers(path, given["masses"][name], DOUBLINGS.points) for name in STATISTICS}
    shares = _numbers(path, given["spectrum"], EIGENVALUES.points)
    nodes, edges, error = _numbers(path, [given["nodes"], given["edges"], given["error"]], 3).tolist()
    if min(mass.sum() for mass in [*masses.values(), shares]) <= 0:
        _bad(path, "a distribution without mass")
    return Shape(int(nodes), int(edges), masses, Spectrum(shares, error))


def _numbers(path: Path, given: object, length: int) -> Floats:
    whole = isinstance(given, list) and len(given) == length
    if not whole or not all(isinstance(one, int | float) and not isinstance(one, bool) for one in given):  # type: ignore[attr-defined]
        _bad(path, f"not {length} numbers where they should be")
    found = np.array(given, np.float64)
    if not np.isfinite(found).all() or (found < 0).any() or (found > 1e15).any():
        _bad(path, "a number below 0, too large, or none")
    return found


def _bad(path: Path, why: str) -> NoReturn:
    msg = f"{plain(path)} is no sketch: {why}. Make one with --sketch."
    raise BadInput(msg)
