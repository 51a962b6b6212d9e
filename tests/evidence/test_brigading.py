"""Reporters who collude are found, honest ones are not accused more often than stated, and groups vote once."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.evidence import crowd, mean_of, reports
from headgate.evidence.brigading import alarms, brigades, collapse
from headgate.evidence.crowd_labels import consensus


def test_collapse_by_hand() -> None:
    items = np.array([1, 1, 1, 1, 2, 2, 3])
    reporters = np.array([5, 6, 7, 8, 6, 7, 8])
    labels = np.array([0, 1, 1, 0, 1, 0, 1])
    given = collapse(items, reporters, labels, ((5, 6, 7),))
    rows = sorted(zip(*(column.tolist() for column in given), strict=True))
    # item 1: two of three said 1; item 2: a tie goes to the lower class; reporter 8 is left as it was
    assert rows == [(1, 5, 1), (1, 8, 0), (2, 5, 0), (3, 8, 1)]


def test_collapse_of_nothing_changes_nothing() -> None:
    columns = np.array([1, 1, 2]), np.array([4, 5, 4]), np.array([0, 1, 1])
    assert [column.tolist() for column in collapse(*columns, ())] == [column.tolist() for column in columns]


rows = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 6), st.integers(0, 1)), min_size=1, max_size=50)


@given(rows)
def test_a_group_votes_once_an_item(given_rows: list[tuple[int, int, int]]) -> None:
    items, reporters, labels = (np.array(column) for column in zip(*given_rows, strict=True))
    left = np.stack(collapse(items, reporters, labels, ((1, 4), (2, 3, 5))))
    for leader, group in ((1, (1, 4)), (2, (2, 3, 5))):
        voted = left[0, left[1] == leader]
        assert sorted(voted.tolist()) == sorted(set(items[np.isin(reporters, group)].tolist()))
    assert not np.isin(left[1], (3, 4, 5)).any()
    alone = np.isin(reporters, (0, 6))
    assert sorted(map(tuple, left[:, np.isin(left[1], (0, 6))].T.tolist())) == sorted(
        zip(items[alone].tolist(), reporters[alone].tolist(), labels[alone].tolist(), strict=True)
    )


def test_expected_agreement_of_a_pair() -> None:
    # Five reporters of 400 items, right on 80 % of them: two agree on 0.8^2 + 0.2^2 = 68 %.
    rng = np.random.default_rng(3)
    truth = rng.integers(0, 2, 400)
    items, reporters = np.tile(np.arange(400), 5), np.repeat(np.arange(5), 400)
    labels = np.where(rng.random(2000) < 0.8, np.tile(truth, 5), 1 - np.tile(truth, 5))
    tested, flagged = alarms(consensus(items, reporters, labels), items, reporters, labels, level=1e9)
    assert tested == 10
    assert len(flagged) == 10
    assert [pair.shared for pair in flagged] == [400] * 10
    assert [pair.expected / 400 for pair in flagged] == pytest.approx([0.68] * 10, abs=0.04)
    same = (labels[:400] == labels[400:800]).sum()
    assert flagged[0].agreed == same
    assert min(pair.p for pair in flagged) > 0.005


def test_pairs_with_little_in_common_are_not_tested() -> None:
    items, reporters, labels = np.tile(np.arange(9), 2), np.repeat([1, 2], 9), np.zeros(18, dtype=int)
    found = consensus(items, reporters, labels)
    assert alarms(found, items, reporters, labels) == (0, [])
    assert alarms(found, items, reporters, labels, least=9)[0] == 1


def test_saying_it_twice_is_not_agreeing_twice() -> None:
    _, items, reporters, labels = reports(np.random.default_rng(5))
    twice = [np.concatenate([column, column]) for column in (items, reporters, labels)]
    found = consensus(items, reporters, labels)
    assert alarms(found, *twice) == alarms(found, items, reporters, labels)


def test_a_copying_group_is_found_whole_and_by_its_ids() -> None:
    _, items, reporters, labels = reports(np.random.default_rng(0), busy=0.9)
    found = brigades(items, reporters * 10 + 3, labels)
    assert found.groups == ((3, 13, 23, 33),)
    assert found.tested == 190
    assert len(found.consensus.reporters) == 17
    assert all(pair.agreed == pair.shared > pair.expected for pair in found.pairs)


@pytest.mark.parametrize(
    "given",
    [{"how": "copy"}, {"how": "copy", "busy": 0.9}, {"how": "flag", "busy": 0.9}, {"how": "invert", "busy": 0.9}],
)
def test_colluders(given: dict[str, object]) -> None:
    row = mean_of("", 8, lambda rng: crowd(rng, **given))
    assert row["colluders found"] >= 0.8
    assert row["runs accusing an honest one"] <= 0.25
    assert row["brigades as one"] > row["majority"] + 0.02
    assert row["brigades as one"] > row["consensus"]


def test_honest_reporters_are_rarely_accused() -> None:
    # 5 % of runs is what is promised; 3 of 30 would happen in fewer than one of five such series
    assert mean_of("", 30, lambda rng: crowd(rng, colluders=0))["runs accusing an honest one"] <= 0.1
