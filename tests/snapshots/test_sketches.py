from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from headgate.errors import BadInput, UsageError
from headgate.snapshots.attributes import ATTRIBUTES, bucketed
from headgate.snapshots.distributions import DOUBLINGS, EIGENVALUES, on_grid
from headgate.snapshots.node_statistics import STATISTICS, links, statistics
from headgate.snapshots.sketches import (
    ALL,
    Shape,
    Sketch,
    apart,
    disparity,
    private,
    read,
    shape,
    shapes,
    to_json,
    write,
)
from headgate.snapshots.spectrum import Spectrum
from tests.lineage_graphs import drawn, graph, permuted, rewired

FIELDS = {"version", "shapes", "buckets", "nodes", "edges", "masses", "spectrum", "error", *STATISTICS, *ATTRIBUTES}


def structure(one: tuple[np.ndarray, np.ndarray], other: tuple[np.ndarray, np.ndarray]) -> float:
    nothing = Spectrum(np.ones(EIGENVALUES.points), 0.0)  # which takes long
    made = [
        Shape(0, 0, {name: on_grid(values, DOUBLINGS) for name, values in statistics(links(*ends)).items()}, nothing)
        for ends in (one, other)
    ]
    return disparity(*made)


def test_a_permuted_copy_is_at_0() -> None:
    ends = drawn(800, 1)
    assert structure(ends, permuted(*ends, 800, 2)) == 0
    one, other = shape(links(*ends)), shape(links(*permuted(*ends, 800, 3)))
    assert sum(apart(one, other).values()) == 0
    assert one.spectrum.shares == pytest.approx(other.spectrum.shares, abs=1e-9)


@pytest.mark.parametrize("size", [3000, 20_000])
@pytest.mark.parametrize("seed", range(20, 24))
def test_it_grows_with_the_share_that_is_rewired(size: int, seed: int) -> None:
    ends = drawn(size, seed)
    steps = [structure(ends, rewired(*ends, size, n / 20, seed + 50)) for n in range(21)]
    assert steps[0] == 0
    assert (np.diff(steps) > 0).all(), np.diff(steps)


def test_shapes_of_all_and_of_each_relation() -> None:
    parent, child = drawn(60, 3)
    relation = (np.arange(len(parent)) % 2).astype(np.int32)
    found = shapes(parent, child, relation, ("finetune", "merge", "adapter"))
    assert set(found) == {ALL, "finetune", "merge"}
    assert found["finetune"].edges + found["merge"].edges >= found[ALL].edges


def sketch(size: int = 200) -> Sketch:
    whole = {ALL: shape(graph(size, 4)), "finetune": shape(graph(size // 2, 5)), "merge": shape(graph(6, 5))}
    counts = {"licence": {"mit": 500, "secret-licence": 3}, "family": {"acme/secret-model": 70}}
    return Sketch(private(whole), {name: bucketed(counts.get(name, {}), name) for name in ATTRIBUTES})


def test_a_sketch_is_numbers_and_names_of_ours(tmp_path: Path) -> None:
    path = tmp_path / "s.json"
    write(path, sketch())
    text = path.read_text()
    assert "secret" not in text
    assert "mit" not in text
    left, strings = [json.loads(text)], []
    while left:
        one = left.pop()
        if isinstance(one, dict):
            strings += list(one)
            left += one.values()
        elif isinstance(one, list):
            left += one
        else:
            assert isinstance(one, int | float)
    assert set(strings) <= FIELDS | {ALL, "finetune"}
    for mass in json.loads(text)["shapes"][ALL]["masses"].values():
        assert all(one == 0 or one >= 10 for one in mass)


def test_it_comes_back_as_it_went(tmp_path: Path) -> None:
    made, path = sketch(), tmp_path / "s.json"
    write(path, made)
    found = read(path)
    assert set(found.shapes) == {ALL, "finetune"}
    assert found.shapes[ALL].nodes == made.shapes[ALL].nodes
    assert sum(apart(found.shapes[ALL], made.shapes[ALL]).values()) == 0
    assert found.shapes[ALL].spectrum.shares == pytest.approx(made.shapes[ALL].spectrum.shares, abs=1e-8)
    assert np.array_equal(found.buckets["licence"], made.buckets["licence"])
    assert json.loads(to_json(found))["shapes"] == json.loads(path.read_text())["shapes"]


def test_a_graph_of_a_few_nodes_gives_no_sketch(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="fewer than 10 nodes"):
        write(tmp_path / "s.json", Sketch(private({ALL: shape(graph(7, 1))}), {}))
    with pytest.raises(UsageError, match="cannot write"):
        write(tmp_path / "absent" / "s.json", sketch(100))


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d.update(version=2), lambda d: d.pop("shapes"), lambda d: d["shapes"].pop(ALL),
        lambda d: d.update(shapes=[1]), lambda d: d["shapes"][ALL].update(nodes="many"),
        lambda d: d["shapes"][ALL]["masses"].update(depth=[1.0]),
        lambda d: d["shapes"][ALL]["masses"].update(depth=[0] * DOUBLINGS.points),
        lambda d: d["shapes"][ALL].update(spectrum=[-1] * EIGENVALUES.points),
        lambda d: d["shapes"][ALL].update(spectrum=[float("nan")] * EIGENVALUES.points),
        lambda d: d["shapes"][ALL].update(error=10**400), lambda d: d["shapes"].update({ALL: None}),
        lambda d: d["buckets"].update(licence=[True] * 512), lambda d: d.update(buckets=3),
    ],
)  # fmt: skip
def test_what_is_no_sketch_is_told_in_one_line(tmp_path: Path, change: object) -> None:
    path = tmp_path / "s.json"
    given = json.loads(to_json(sketch(100)))
    change(given)  # type: ignore[operator]
    path.write_text(json.dumps(given))
    with pytest.raises(BadInput, match="no sketch") as error:
        read(path)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("text", ["", "[1]", "{" * 10_000, '"x"'])
def test_what_is_no_json(tmp_path: Path, text: str) -> None:
    path = tmp_path / "s.json"
    path.write_text(text)
    with pytest.raises(BadInput):
        read(path)
