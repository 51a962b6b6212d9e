from __future__ import annotations

import numpy as np
import pytest

from headgate import snapshot_findings
from headgate.graph import build
from headgate.snapshots.sides import ADDED, Adds, Side
from headgate.snapshots.sketches import ALL, apart, shape
from tests.lineage_graphs import graph


def side(size: int, seed: int) -> Side:
    given = graph(size, seed)
    built = build(given.size, given.parent, given.child)
    return Side(
        {ALL: shape(given), "finetune": shape(given)}, {"licence": {"mit": 3, "gpl": 1}}, "older", lineage=built
    )


def test_the_disparity_is_the_mean_of_the_local_distances() -> None:
    one, other = side(60, 1), side(60, 2)
    parts = apart(one.shapes[ALL], other.shapes[ALL])
    found = snapshot_findings.structure("structure", one.shapes[ALL], other.shapes[ALL])
    assert found.value == pytest.approx(np.mean([parts["parents"], parts["children"], parts["return_rarity"]]))
    assert found.n == 120
    named = {one.axis: one.value for one in snapshot_findings.by_statistic(one.shapes[ALL], other.shapes[ALL])}
    assert named == {f"structure.{name}": value for name, value in parts.items()}


def test_a_side_without_edges_is_not_known() -> None:
    one = side(60, 1).shapes[ALL]
    assert snapshot_findings.structure("structure", one, None).value is None
    assert snapshot_findings.spectrum(None, one).value is None
    assert snapshot_findings.by_statistic(None, one) == []


def test_spectra_have_ends_only_where_they_are_estimated() -> None:
    small = [side(60, n).shapes[ALL] for n in (1, 2)]
    found = snapshot_findings.spectrum(*small)
    assert found.value == found.low == found.high
    large = snapshot_findings.spectrum(small[0], shape(graph(1500, 3)))
    assert large.low is not None
    assert large.high is not None
    assert large.low < large.value < large.high  # type: ignore[operator]


def test_very_small_graphs_are_matched() -> None:
    (found,) = snapshot_findings.mismatch(side(5, 1), side(5, 1))
    assert (found.axis, found.value) == ("mismatch", 0)
    assert snapshot_findings.mismatch(side(5, 1), side(60, 1)) == []


def test_worth_and_what_is_added() -> None:
    one = side(5, 1)
    other = Side({}, {"licence": {"mit": 2, "apache": 2}}, "newer")
    relevance, diversity = snapshot_findings.worth(one, other, "licence")
    assert (relevance.value, diversity.value, relevance.n) == (0.5, 0.5, 4)
    unknown = snapshot_findings.worth(Side({}, {"licence": {}}), other, "licence")
    assert [found.value for found in unknown] == [None, None]
    assert [found.value for found in snapshot_findings.added(None)] == [None] * len(ADDED)
    (found,) = snapshot_findings.added(Adds({"edges": (2, 9)}))
    assert (found.axis, found.value, found.n) == ("adds.edges", 2, 9)


def test_a_relation_that_one_side_lacks_has_a_row_without_a_distance() -> None:
    table = snapshot_findings.by_relation(side(60, 1), Side({ALL: shape(graph(60, 2))}, {}))
    assert [row[:2] for row in table.rows] == [("finetune", 60)]
    assert table.rows[0][2:] == (None, None, None, None, None)
    assert snapshot_findings.notes(side(5, 1), side(5, 1)) == ()
