from __future__ import annotations

import numpy as np
import pytest

from headgate.drift import telling
from headgate.drift.compare import compare
from headgate.drift.pairs import from_arrays
from tests.drifting import simulated

FLAGS = np.repeat([[1, 0], [0, 0]], 30, axis=0), np.repeat([[1, 1], [1, 0]], 30, axis=0)


def test_figures_and_what_they_rest_on() -> None:
    pairs = from_arrays(*FLAGS, np.repeat(["a", "b"], 30))
    whole, parts = compare(pairs)
    found = {one.axis: one for one in telling.findings(whole, parts, pairs, rope=0.01, delta=0.02)}
    assert found["base_rate"].value == 0.25
    assert found["variant_rate"].value == 0.75
    assert found["difference"].value == 0.5
    assert found["base_rate"].evidence == "0.250 flagged, the judge taken as perfect"
    assert found["drifted_subsets"].value == 2
    assert found["difference.a"].n == 30
    assert found["detectable"].value is not None
    assert found["detectable"].value == pytest.approx(2.8016 * (whole.error or 0), rel=1e-4)
    assert found["no_worse"].value == 0
    table = telling.by_subset(parts)
    assert [row[:4] for row in table.rows] == [("a", 30, 0.5, 1.0), ("b", 30, 0.0, 0.5)]
    assert telling.because(whole, parts, "more").endswith("; for the worse in a, b")
    assert telling.because(whole, parts, "less").endswith(")")
    assert telling.notes(pairs, "double_sampling", {"lost": 0})[0].startswith("THE JUDGE IS TAKEN AS PERFECT")


def test_many_subsets_stand_in_the_table_alone() -> None:
    pairs = from_arrays(*FLAGS, np.arange(60) % 21)
    whole, parts = compare(pairs, draws=200)
    axes = [one.axis for one in telling.findings(whole, parts, pairs, rope=0.01)]
    assert not [one for one in axes if one.startswith("difference.")]
    assert "no_worse" not in axes
    assert len(telling.by_subset(parts).rows) == 21


def test_labels_are_told_beside_the_rate_and_the_unknown_has_no_value() -> None:
    given = simulated(3)
    given["variant_labels"][:] = np.nan
    pairs = from_arrays(**given)
    whole, parts = compare(pairs, draws=200)
    found = {one.axis: one for one in telling.findings(whole, parts, pairs, rope=0.01, delta=0.1)}
    assert "; judge found " in found["base_rate"].evidence
    assert (found["variant_rate"].value, found["variant_rate"].low) == (None, None)
    assert found["variant_rate"].evidence == "variant: no completion is labelled"
    assert {found[axis].value for axis in ("difference", "chance", "no_worse", "negligible", "detectable")} == {None}
    assert telling.because(whole, parts, "more").startswith("the difference could not be told: variant: no completion")
    first, *others = telling.notes(pairs, "double_sampling", {"lost": 1200, "none": 0})
    assert "drawn at random" in first
    assert others == ["1,200 lost"]


def test_what_is_asked() -> None:
    assert telling.asked("more", 0.02, 0.95) == (
        "the variant's rate is at most the base's plus 0.02, with probability 0.95 or more"
    )
    assert telling.asked("less", 0.02, 0.95).startswith("the variant's rate is at least the base's less 0.02")
