from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headgate.repair import tables
from headgate.repair.checks import check
from headgate.repair.shapes import Check, Influence
from headgate.workspace import Workspace, open_workspace

REF = "file:sha256:" + "0" * 64


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    return open_workspace(tmp_path / "w", create=True)


def test_influences_are_rows_by_item_and_the_latest_run_of_a_model_counts(ws: Workspace) -> None:
    for scores in ([1.0, 2.0], [3.0, -4.0]):
        with tables.recorded(ws, "trace", "neighbours", REF, {"k": 3}) as run:
            tables.write_influences(ws, run, ["a", "b"], Influence(np.array(scores), np.array([0.5, 0.25])))
    with tables.recorded(ws, "trace", "neighbours", "hf:model:o/n", {}) as run:
        tables.write_influences(ws, run, ["a"], Influence(np.array([9.0])))
    rows = ws.db.execute("SELECT subject, item, method, score, error FROM influences ORDER BY ALL").fetchall()
    assert rows == [
        (REF, "a", "neighbours", 3.0, 0.5), (REF, "b", "neighbours", -4.0, 0.25),
        ("hf:model:o/n", "a", "neighbours", 9.0, None),
    ]  # fmt: skip
    assert (run.status, run.rows) == ("done", {"influences": 1})


def test_a_removal_is_an_artifact_with_an_edge_to_its_source(ws: Workspace) -> None:
    child = "file:sha256:" + "1" * 64
    with tables.recorded(ws, "remove", "npo", REF, {}) as run:
        tables.write_removal(ws, run, child, "digits without 3 items", "named in bad.csv")
    assert ws.db.execute("SELECT ref, hub, kind, name FROM artifacts").fetchall() == [
        (child, "file", "model", "digits without 3 items")
    ]
    assert ws.db.execute("SELECT child, parent, relation, how, confidence, evidence, method FROM edges").fetchall() == [
        (child, REF, "unlearned", "declared", 1.0, "named in bad.csv", "npo")
    ]


def test_checks_are_findings_that_are_1_for_a_fault_and_null_for_what_nobody_knows(ws: Workspace) -> None:
    ones, zeros = np.ones(40), np.zeros(40)
    found = [
        check("behaviour_rate", "", ones, zeros, [zeros]),
        check("behaviour_rate", "utility", zeros, ones, [zeros], evidence="lost"),
        check("behaviour_rate", "alone", ones, zeros, []),
        check("behaviour_rate", "over", ones, zeros, [ones]),
    ]
    with tables.recorded(ws, "prove", "behaviour_rate", REF, {}) as run:
        tables.write_checks(ws, run, found)
    rows = ws.db.execute('SELECT "check", value, n, evidence, sensitive FROM findings ORDER BY "check"').fetchall()
    assert [row[:3] for row in rows] == [
        ("behaviour_rate", 0.0, 40), ("behaviour_rate.alone", None, 40), ("behaviour_rate.over", 1.0, 40),
        ("behaviour_rate.utility", 1.0, 40),
    ]  # fmt: skip
    assert rows[0][3] == "held: before 1.000, after 0.000, reference 0.000, apart -0.066 to +0.066, margin 0.1"
    assert rows[1][3] == "inconclusive: before 1.000, after 0.000, margin 0.1"
    assert rows[3][3] == "leaks: before 0.000, after 1.000, reference 0.000, apart +0.860 to +1.000, margin 0.1; lost"
    assert not any(row[4] for row in rows)


def test_a_run_that_fails_shows_no_rows(ws: Workspace) -> None:
    wrong = Influence(np.array([1.0, 2.0]))
    with pytest.raises(ValueError, match="zip"), tables.recorded(ws, "trace", "neighbours", REF, {}) as run:
        tables.write_influences(ws, run, ["a"], wrong)
    assert run.status == "failed"
    assert ws.db.execute("SELECT count(*) FROM influences").fetchall() == [(0,)]


def test_two_models_made_from_one_source_by_one_method_both_count(ws: Workspace) -> None:
    children = ["file:sha256:" + digit * 64 for digit in "12"]
    for child in (*children, children[0]):
        with tables.recorded(ws, "remove", "npo", REF, {}) as run:
            tables.write_removal(ws, run, child, "digits without 3 items", "named in bad.csv")
    assert ws.db.execute("SELECT child, parent FROM edges ORDER BY ALL").fetchall() == [(one, REF) for one in children]


_MEANS = st.none() | st.integers(-2000, 2000).map(lambda n: n / 1000)


@given(
    means=st.tuples(_MEANS, _MEANS, _MEANS),
    apart=st.none() | st.tuples(*[st.integers(-900, 900).map(lambda n: n / 1000)] * 2),
    margin=st.sampled_from([0.0, 0.05, 0.1, 1e-07]),
    axis=st.sampled_from(["", "utility", "8 bits.x"]),
    verdict=st.sampled_from(["held", "leaks", "over", "inconclusive"]),
    evidence=st.text(max_size=60),
)
def test_what_is_said_of_a_check_can_be_read_again(means, apart, margin, axis, verdict, evidence) -> None:  # type: ignore[no-untyped-def]
    low, high = apart or (None, None)
    one = Check("membership", axis, *means, low, high, 12, margin, verdict, evidence)
    again = tables.check_of(f"membership.{axis}" if axis else "membership", 12, tables.said(one))
    assert again == one


@pytest.mark.parametrize("words", ["", "held", "held: margin", "fine: margin 0.1", "held: before x, margin 0.1"])
def test_other_words_are_no_check(words: str) -> None:
    assert tables.check_of("membership", 1, words) is None
