"""Dawid and Skene's own example, that the likelihood never falls, and what the consensus is for simple votes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.evidence import crowd, mean_of, reports
from headgate.evidence.crowd_labels import consensus

# Dawid and Skene (1979), table 1: 45 patients; the first anaesthetist saw each three times, four others once.
PATIENTS = """1111111 3334334 1122122 2223121 2223222 2223322 1222111 3333433 2222223 2322223 4444444 2223343 1111111
2223212 1211111 1112111 1111111 1111111 2222221 2221322 2222222 2222221 2223222 2212222 1111111 1111111 2322222 1111111
1111111 1121121 1111111 3333233 1111111 2222222 2223232 4334343 2212232 2323233 3333432 1111111 1111111 1212111 2322222
1211111 2222222"""


def patients() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    votes = np.array([[int(vote) - 1 for vote in patient] for patient in PATIENTS.split()])
    return np.repeat(np.arange(45), 7), np.tile([1, 1, 1, 2, 3, 4, 5], 45), votes.ravel()


def test_the_paper_s_patients() -> None:
    found = consensus(*patients(), prior=0)
    assert found.shares == pytest.approx([0.40, 0.42, 0.11, 0.07], abs=0.005)
    assert found.posterior.argmax(axis=1)[[0, 1, 2, 10]].tolist() == [0, 3, 1, 3]
    # the first anaesthetist's rates, as the paper's table gives them
    assert found.confusion[0, 0] == pytest.approx([0.89, 0.11, 0, 0], abs=0.01)
    assert (np.diff(found.objective) >= -1e-9).all()


votes = st.lists(st.tuples(st.integers(0, 8), st.integers(0, 4), st.integers(0, 2)), min_size=1, max_size=60)


@given(votes, st.sampled_from([0.0, 0.5, 4.0]))
def test_the_likelihood_never_falls(rows: list[tuple[int, int, int]], prior: float) -> None:
    items, reporters, labels = (np.array(column) for column in zip(*rows, strict=True))
    found = consensus(items, reporters, labels, classes=3, prior=prior)
    assert (np.diff(found.objective) >= -1e-7 * (1 + abs(found.objective[-1]))).all()
    assert found.posterior.sum(axis=1) == pytest.approx(1)
    assert found.shares.sum() == pytest.approx(1)
    assert found.confusion.sum(axis=2) == pytest.approx(1)
    assert found.items.tolist() == sorted(set(items.tolist()))


def test_the_likelihood_is_the_model_s() -> None:
    # one item, two reporters who agree, no prior: after one step all is certain and the likelihood 1
    found = consensus(np.array([7, 7]), np.array([3, 9]), np.array([1, 1]), prior=0)
    assert found.objective[-1] == pytest.approx(0)
    assert found.items.tolist() == [7]
    assert found.reporters.tolist() == [3, 9]
    assert found.posterior == pytest.approx(np.array([[0, 1]]))


def test_a_reporter_who_is_always_wrong_is_read_the_other_way() -> None:
    truth = np.arange(40) % 2
    items, reporters = np.tile(np.arange(40), 4), np.repeat([0, 1, 2, 3], 40)
    labels = np.concatenate([truth, truth, truth, 1 - truth])
    found = consensus(items, reporters, labels)
    assert found.posterior.argmax(axis=1).tolist() == truth.tolist()
    # 20 items of each class, and 4 imagined reports in a cell, 8 on the diagonal
    assert found.confusion[3, 0, 1] == pytest.approx((20 + 4) / (20 + 12), abs=0.005)
    # An item that only the contrary one reported is the opposite of what was said.
    more = consensus(np.append(items, 40), np.append(reporters, 3), np.append(labels, 1))
    assert more.posterior[40].argmax() == 0


def test_order_of_reports_does_not_matter() -> None:
    _, items, reporters, labels = reports(np.random.default_rng(1), colluders=0)
    order = np.random.default_rng(2).permutation(len(items))
    one, other = consensus(items, reporters, labels), consensus(items[order], reporters[order], labels[order])
    assert one.posterior == pytest.approx(other.posterior)


@pytest.mark.parametrize(
    ("items", "reporters", "labels", "classes"),
    [([1, 2], [1], [0, 0], None), ([], [], [], None), ([1], [1], [-1], None), ([1], [1], [2], 2)],
)
def test_reports_it_refuses(items: list[int], reporters: list[int], labels: list[int], classes: int | None) -> None:
    with pytest.raises(ValueError, match=r"give one of each|Number the classes"):
        consensus(np.array(items), np.array(reporters), np.array(labels), classes=classes)


def test_no_worse_than_majority_among_honest_reporters() -> None:
    row = mean_of("", 10, lambda rng: crowd(rng, colluders=0))
    assert row["consensus"] >= row["majority"] - 0.005
    assert row["likelihood fell"] == 0
