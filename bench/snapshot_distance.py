"""Distances of lineage graphs: growth with rewiring, spectra beside all eigenvalues, networkx beside us, Debian, size.

python bench/snapshot_distance.py                       # drawn graphs and, where apt lists are at hand, Debian
python bench/snapshot_distance.py --workspace W         # reads a workspace instead, twice, and rewires it
"""

from __future__ import annotations

import argparse
import re
import resource
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np

from headgate.snapshots import sides
from headgate.snapshots.distributions import DOUBLINGS, EIGENVALUES, distance, on_grid
from headgate.snapshots.node_statistics import LOCAL, STATISTICS, Links, links, statistics
from headgate.snapshots.sketches import ALL, Shape, disparity, shape
from headgate.snapshots.spectrum import Spectrum, spectrum


def drawn(size: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    child = np.concatenate((np.arange(1, size), rng.integers(1, size, size // 10)))
    return (child * rng.beta(0.5, 2, len(child))).astype(np.int32), child.astype(np.int32)


def permuted(parent: np.ndarray, child: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    names = rng.permutation(int(max(parent.max(), child.max())) + 1).astype(np.int32)
    order = rng.permutation(len(parent))
    return names[parent][order], names[child][order]


def rewired(parent: np.ndarray, child: np.ndarray, share: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    picked = rng.permutation(len(parent))[: round(share * len(parent))]
    other = parent.copy()
    other[picked] = rng.integers(0, int(child.max()) + 1, len(parent)).astype(np.int32)[picked]
    return other, child


def timed(call: Callable[[], Any]) -> tuple[Any, float]:
    begin = time.perf_counter()
    return call(), time.perf_counter() - begin


def masses(given: Links) -> dict[str, np.ndarray]:
    return {name: on_grid(values, DOUBLINGS) for name, values in statistics(given).items()}


def apart(one: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> dict[str, float]:
    return {name: distance(one[name], other[name], DOUBLINGS) for name in STATISTICS}


def growth(parent: np.ndarray, child: np.ndarray, seed: int) -> str:
    own = masses(links(parent, child))
    rows = [apart(own, masses(links(*rewired(parent, child, n / 20, seed)))) for n in range(21)]
    same = max(apart(own, masses(links(*permuted(parent, child, seed)))).values())
    local = np.array([np.mean([row[name] for name in LOCAL]) for row in rows])
    falls = {name: int((np.diff([row[name] for row in rows]) < 0).sum()) for name in ("depth", "component")}
    told = ", ".join(f"{local[n]:.3f}" for n in (1, 5, 10, 20))
    fallen = int((np.diff(local) < 0).sum())
    return (
        f"permuted {same:.2g}; at 5, 25, 50, 100 %: {told}; steps of 20 that fall: {fallen} "
        f"(by depth {falls['depth']}, by component {falls['component']})"
    )


def spectra(seed: int) -> str:
    given = links(*drawn(3000, seed))
    exact, slow = timed(lambda: spectrum(given, exact=10**9))
    found, fast = timed(lambda: spectrum(given, exact=0, seed=seed))
    off = distance(exact.shares, found.shares, EIGENVALUES)
    return f"off by {off:.4f}, stated error {found.error:.4f}; {slow:.2f} s for all eigenvalues, {fast:.3f} s ours"


def beside_networkx(size: int, seed: int) -> str:
    given = links(*drawn(size, seed))

    def peer() -> None:
        graph = nx.DiGraph(zip(given.parent.tolist(), given.child.tolist(), strict=True))
        roots = [node for node, degree in graph.in_degree() if degree == 0]
        depth = {node: n for n, layer in enumerate(nx.bfs_layers(graph, roots)) for node in layer}
        part = {node: len(one) for one in nx.weakly_connected_components(graph) for node in one}
        near = graph.to_undirected(as_view=False)
        back = {node: np.mean([1 / near.degree(other) for other in near[node]]) for node in near}
        assert len(depth) == len(part) == len(back) == given.size
        assert len(dict(graph.in_degree())) == len(dict(graph.out_degree())) == given.size

    _, theirs = timed(peer)
    _, ours = timed(lambda: masses(given))
    return f"{given.size:,} nodes: networkx {theirs:.2f} s, ours {ours:.3f} s, ratio {theirs / ours:.0f}"


def debian() -> dict[str, tuple[str, list[str]]]:
    """Section and dependencies (first alternative of Depends and Pre-Depends) of each package in the apt lists."""
    text = subprocess.run(["apt-cache", "dumpavail"], capture_output=True, text=True, check=True).stdout
    found: dict[str, tuple[str, list[str]]] = {}
    for entry in text.split("\n\n"):
        fields = dict(re.findall(r"^([A-Za-z-]+): (.*)$", entry, re.MULTILINE))
        if "Package" in fields:
            needs = f"{fields.get('Pre-Depends', '')},{fields.get('Depends', '')}".split(",")
            names = [re.split(r"[ :(|]", one.strip(), maxsplit=1)[0] for one in needs]
            found[fields["Package"]] = (fields.get("Section", "").rpartition("/")[2], [one for one in names if one])
    return found


def dependencies(packages: dict[str, tuple[str, list[str]]], inside: set[str]) -> tuple[np.ndarray, np.ndarray]:
    number = {name: n for n, name in enumerate(packages)}
    pairs = [(number[need], number[name]) for name in inside for need in packages[name][1] if need in inside]
    parent, child = np.array(pairs, np.int32).T
    return parent, child


def debian_sections(sections: tuple[str, ...] = ("python", "libs", "games", "perl", "haskell", "fonts")) -> None:
    packages = debian()
    main, seconds = timed(lambda: shape(links(*dependencies(packages, set(packages)))))
    print(f"Debian main: {len(packages):,} packages, {main.nodes:,} nodes, {main.edges:,} edges, {seconds:.0f} s")
    again = shape(links(*permuted(*dependencies(packages, set(packages)), 1)))
    noise = distance(main.spectrum.shares, again.spectrum.shares, EIGENVALUES)
    print(f"  permuted: {disparity(main, again):.2g}, spectrum {noise:.4f} (error {2 * main.spectrum.error:.4f})")
    for section in sections:
        inside = {name for name, (its, _) in packages.items() if its == section}
        own = shape(links(*dependencies(packages, inside)))
        drawn_alike = [_sample(packages, len(inside), seed) for seed in range(5)]
        beside = [disparity(main, one) for one in drawn_alike]
        apart_from = [disparity(own, one) for one in drawn_alike]
        eigenvalues = distance(main.spectrum.shares, own.spectrum.shares, EIGENVALUES)
        print(f"  {section}: {len(inside):,} packages, {own.nodes:,} nodes; main {disparity(main, own):.3f}, spectrum")
        print(f"    {eigenvalues:.3f}; random: main {_range(beside)}, it {_range(apart_from)}")


def _range(values: list[float]) -> str:
    return f"{np.mean(values):.3f} [{min(values):.3f}, {max(values):.3f}]"


def _sample(packages: dict[str, tuple[str, list[str]]], size: int, seed: int) -> Shape:
    names = np.random.default_rng(seed).choice(np.array(list(packages)), size, replace=False)
    given = links(*dependencies(packages, set(names.tolist())))
    return Shape(given.size, len(given.parent), masses(given), Spectrum(np.ones(EIGENVALUES.points), 0.0))


def workspace(path: Path) -> None:
    with sides.opened([path]) as db:
        one, first = timed(lambda: sides.read(db, "older", path, None))
        other, second = timed(lambda: sides.read(db, "newer", path, None))
        added, third = timed(lambda: sides.adds(db, one, other))
        size, peak = one.shapes[ALL], resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        print(f"two sides of {size.nodes:,} nodes and {size.edges:,} edges: read {first:.0f} + {second:.0f} s, what is")
        print(f"  new {third:.0f} s; disparity {disparity(size, other.shapes[ALL]):.2g}; {added}; peak {peak:.2f} GB")
        assert one.lineage is not None
        parent, child = one.lineage.parent, one.lineage.child
    print("rewired in memory:", growth(parent, child, 1))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--workspace", type=Path)
    parser.add_argument("--seeds", type=int, default=3)
    given = parser.parse_args()
    if given.workspace:
        workspace(given.workspace)
        return
    for size in (600, 5_000, 50_000):
        for seed in range(given.seeds):
            print(f"{size:,} nodes, seed {seed}:", growth(*drawn(size, seed), seed + 100))
    for seed in range(given.seeds):
        print(f"spectrum, seed {seed}:", spectra(seed))
    print(beside_networkx(200_000, 0))
    if shutil.which("apt-cache"):
        debian_sections()


if __name__ == "__main__":
    main()
