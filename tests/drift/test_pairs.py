from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headgate.drift.completions import Completions
from headgate.drift.pairs import from_arrays, paired
from headgate.errors import BadInput, UsageError

NAN = float("nan")


def made(rows: list[tuple[str, str, str]], prompts: tuple[str, ...] = ()) -> Completions:
    """Completions of rows (id, sample, subset)."""
    ids, samples, subsets = zip(*rows, strict=True)
    return Completions("file:sha256:0", ids, samples, subsets, ["x"] * len(rows), prompts)


def test_flags_are_counted_by_prompt_and_unjudged_ones_left_out() -> None:
    base = made([("a", "0", "s"), ("a", "1", "s"), ("b", "0", "t"), ("c", "0", "t"), ("d", "0", "t")])
    variant = made([("c", "0", "t"), ("b", "0", "t"), ("a", "0", "s"), ("e", "0", "t")])
    pairs, left = paired(base, [1, 0, 1, NAN, 0], variant, [0, 0, 1, 1])
    assert (pairs.base.flagged.tolist(), pairs.base.judged.tolist()) == ([1, 1], [2, 1])
    assert (pairs.variant.flagged.tolist(), pairs.variant.judged.tolist()) == ([1, 0], [1, 1])
    assert pairs.base.said is None
    assert pairs.subsets.tolist() == ["s", "t"]
    assert left == 3  # c was not judged, d and e have one model only
    assert pairs.at(pairs.subsets == "t").base.shares.tolist() == [1]


def test_the_same_id_means_the_same_prompt() -> None:
    one, two = made([("a", "0", "s")], ("ask",)), made([("a", "0", "s")], ("other",))
    with pytest.raises(BadInput, match="stands for different prompts"):
        paired(one, [1], two, [1])
    with pytest.raises(BadInput, match="stands for different subsets"):
        paired(one, [1], made([("a", "0", "t")], ("ask ",)), [1])
    assert paired(one, [1], made([("a", "0", "all")], ("ask ",)), [1])[1] == 0


def test_nothing_in_both_is_told() -> None:
    with pytest.raises(BadInput, match="none was answered by both"):
        paired(made([("a", "0", "s")]), [1], made([("b", "0", "s")]), [1])
    with pytest.raises(BadInput, match="none was answered by both"):
        paired(made([("a", "0", "s")]), [1], made([("a", "0", "s")]), [NAN])


@given(st.lists(st.lists(st.sampled_from([0.0, 1.0, NAN]), min_size=3, max_size=3), min_size=1, max_size=8))
def test_arrays_and_tables_count_alike(rows: list[list[float]]) -> None:
    flags = np.array([[1, 0, 1], *rows])
    pairs = from_arrays(flags, flags[:, ::-1], np.arange(len(flags)) % 2)
    ids = [(str(n), str(m), str(n % 2)) for n in range(len(flags)) for m in range(3)]
    same, left = paired(made(ids), flags.ravel().tolist(), made(ids), flags[:, ::-1].ravel().tolist())
    for one, other in ((pairs.base, same.base), (pairs.variant, same.variant)):
        assert one.flagged.tolist() == other.flagged.tolist()
        assert one.judged.tolist() == other.judged.tolist()
    assert left == sum(np.isnan(row).all() for row in flags)


@pytest.mark.parametrize("wrong", [[[0, 2]], [0.5], [[[1]]]])
def test_what_are_no_flags_is_refused(wrong: object) -> None:
    with pytest.raises(UsageError, match="no 0, 1 or NaN"):
        from_arrays(wrong, wrong)


def test_arrays_that_do_not_fit_are_refused() -> None:
    with pytest.raises(UsageError, match="do not fit"):
        from_arrays([1, 0], [1])
    with pytest.raises(UsageError, match="do not fit"):
        from_arrays([1, 0], [1, 0], ["a"])


def test_labels_are_counted_beside_flags() -> None:
    flags = [[1, 0, 0, 1, 1, 1, 0, 0, 0, 0, NAN, 1]]
    labels = [[1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 1, NAN]]
    pairs = from_arrays(flags, [1], base_labels=labels, variant_labels=[NAN])
    assert pairs.base.said is not None
    # positive and flagged, positive and not, negative and flagged, negative and not
    assert pairs.base.said.tolist() == [[1, 2, 3, 4]]
    assert pairs.variant.said is not None
    assert pairs.variant.said.tolist() == [[0, 0, 0, 0]]
    with pytest.raises(UsageError, match="labels of one model only"):
        from_arrays(flags, [1], base_labels=labels)
    with pytest.raises(UsageError, match="do not fit flags"):
        from_arrays(flags, [1], base_labels=[1], variant_labels=[1])
