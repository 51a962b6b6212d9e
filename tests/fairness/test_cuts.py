import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headgate.errors import UsageError
from headgate.fairness.counts import count
from headgate.fairness.cuts import at_baseline, checked, one_moved, parts, product, total

ROWS = st.lists(
    st.tuples(st.sampled_from([0.0, 0.1, 0.2, 0.5, 0.7, 1.0]), st.booleans(), st.sampled_from("ab"), st.sampled_from("xyz")),
    min_size=1, max_size=40,
)  # fmt: skip


@given(ROWS, st.integers(2, 6))
def test_every_cut_counts_what_its_threshold_decides(rows: list[tuple[float, bool, str, str]], most: int) -> None:
    s, y, g, m = (np.array(one) for one in zip(*rows, strict=True))
    made = parts(s, y, g, m, most=most, baseline=0.5)
    assert [part.name for part in made] == sorted(set(m.tolist()))
    for part in made:
        inside = m == part.name
        assert (np.diff(part.at) < 0).all()
        assert (part.at[0], part.at[-1]) == (np.inf, -np.inf)
        assert 0.5 in part.at
        for i, at in enumerate(part.at):
            slow = count(y[inside], s[inside] >= at, g[inside])
            for j, group in enumerate(part.counts.groups):
                k = slow.groups.index(group) if group in slow.groups else None
                for cell in ("tp", "fp", "fn", "tn"):
                    assert getattr(part.counts, cell)[i, j] == (0 if k is None else getattr(slow, cell)[k])


@given(ROWS)
def test_combinations_are_sums_over_parts(rows: list[tuple[float, bool, str, str]]) -> None:
    s, y, g, m = (np.array(one) for one in zip(*rows, strict=True))
    made = parts(s, y, g, m, most=3, baseline=0.5)
    shape = [len(part.at) for part in made]
    chosen = np.stack(np.unravel_index(np.arange(int(np.prod(shape))), shape), axis=-1)
    slow, fast = total(made, chosen), product(made)
    np.testing.assert_array_equal(slow.table, fast.table)
    assert (fast.sizes.sum(-1) == len(rows)).all()
    moved = one_moved(made, len(made) - 1, chosen[:5])
    for state in range(len(chosen[:5])):
        for cut in range(shape[-1]):
            other = chosen[state].copy()
            other[-1] = cut
            np.testing.assert_array_equal(moved.table[:, state, cut], total(made, other).table)


def test_many_scores_are_thinned_to_quantiles_and_the_baseline_stays() -> None:
    s = np.linspace(0, 1, 1001)
    (part,) = parts(s, s > 0.5, np.full(1001, "a"), np.full(1001, "a"), most=11, baseline=0.123)
    assert 11 <= len(part.at) <= 13
    selected = part.counts.tp[:, 0] + part.counts.fp[:, 0]
    assert np.diff(selected).max() <= 101
    assert part.at[at_baseline((part,), 0.123)[0]] == 0.123


def test_wrong_rows_are_refused_in_one_line() -> None:
    for s, y, g, says in (
        ([0.1], [1, 0], ["a"], "do not fit"),
        ([], [], [], "do not fit"),
        ([0.1, float("nan")], [1, 0], ["a", "b"], "no finite number"),
        ([0.1, 0.2], [1, 2], ["a", "b"], "neither 0 nor 1"),
        ([0.1, 0.2], [1, 1], ["a", "b"], "all labels are the same"),
    ):
        with pytest.raises(UsageError, match=says):
            checked(s, y, g)
