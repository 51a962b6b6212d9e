from __future__ import annotations

from pathlib import Path

import pytest

from headgate import labels
from headgate.review_status import status
from headgate.workspace import Workspace
from tests import reviewing
from tests.reviewing import OPEN, SECRET, ref, review


def labelled(
    path: Path, question: str, cells: dict[tuple[str, str], int], number: int = 100, **given: object
) -> Workspace:
    """A workspace where `cells` says how often the two labellers gave which pair of labels."""
    ws = reviewing.workspace(path, number)
    pairs = [pair for pair, count in cells.items() for _ in range(count)]
    rows = [review(ref(n), label, who, question, **given) for n, pair in enumerate(pairs) for who, label in zip("ab", pair, strict=True) if label]  # fmt: skip
    labels.add(ws, rows)
    return ws


def test_counts_and_kappa_of_a_table_worked_by_hand(tmp_path: Path) -> None:
    # 20 yes-yes, 5 yes-no, 10 no-yes, 15 no-no: agreed 0.7, by chance 0.5 * 0.6 + 0.5 * 0.4 = 0.5, kappa 0.4
    ws = labelled(tmp_path / "w", OPEN, {("yes", "yes"): 20, ("yes", "no"): 5, ("no", "yes"): 10, ("no", "no"): 15, ("yes", ""): 3})  # fmt: skip
    labels.add(
        ws, [review(ref(80), "contested", "m", OPEN, role="appeal"), review(ref(81), "yes", "s", OPEN, role="seed")]
    )
    made = status(ws.db, OPEN, sensitive=False)
    assert (made["items"], made["labels"], made["one_label"]) == (53, 103, 3)
    assert made["verdicts"] == {"yes": 23, "no": 15, "unsure": 0, "disputed": 15}
    assert (made["to_settle"], made["contested"], made["withheld"]) == (16, 1, False)
    assert made["agreement"]["items"] == 50
    assert made["agreement"]["kappa"] == pytest.approx(0.4)
    assert made["agreement"]["low"] < 0.4 < made["agreement"]["high"]
    assert made["consensus"]["items"] == 53
    assert sum(made["consensus"]["shares"].values()) == pytest.approx(1)
    assert 0 < made["consensus"]["expected_error"] < 0.5
    assert made["share"] is None  # nothing was drawn at random


def test_small_cells_of_a_sensitive_check_hide_all_that_would_tell_them(tmp_path: Path) -> None:
    ws = labelled(tmp_path / "w", SECRET, {("yes", "yes"): 4, ("no", "no"): 30}, chance=0.5)
    labels.add(ws, [review(ref(80), "contested", "m", role="appeal")])
    made = status(ws.db, SECRET, sensitive=True)
    assert made["verdicts"] == {"yes": "<10", "no": "withheld", "unsure": 0, "disputed": 0}
    assert (made["contested"], made["withheld"]) == ("<10", True)
    assert [made[name] for name in ("agreement", "consensus", "share")] == [None, None, None]
    shown = status(ws.db, SECRET, sensitive=False)
    assert shown["agreement"]["kappa"] == pytest.approx(1)


def test_large_cells_of_a_sensitive_check_are_told(tmp_path: Path) -> None:
    ws = labelled(tmp_path / "w", SECRET, {("yes", "yes"): 12, ("no", "no"): 30})
    made = status(ws.db, SECRET, sensitive=True)
    assert made["verdicts"] == {"yes": 12, "no": 30, "unsure": 0, "disputed": 0}
    assert made["consensus"]["shares"]["yes"] == pytest.approx(12 / 42, abs=0.02)


def test_the_share_of_all_items_rests_on_the_random_ones_weighted(tmp_path: Path) -> None:
    ws = reviewing.workspace(tmp_path / "w", 100)
    rows = [review(ref(n), "yes", "a", chance=None) for n in range(30)]
    rows += [
        review(ref(n), "yes" if n < 35 else "no", "a", chance=0.1) for n in range(30, 50)
    ]  # 5 of 20, 10 items each
    rows += [review(ref(n), "no", "a", chance=0.5) for n in range(50, 60)]  # 0 of 10, two items each
    rows += [review(ref(60), "unsure", "a", chance=0.1)]
    labels.add(ws, rows)
    made = status(ws.db, SECRET, sensitive=False)["share"]
    assert made["estimate"] == pytest.approx(5 * 10 / (20 * 10 + 10 * 2))
    assert made["low"] < made["estimate"] < made["high"]
    assert (made["items"], made["undecided"]) == (30, 1)


def test_nobody_is_told_apart(tmp_path: Path) -> None:
    made = status(labelled(tmp_path / "w", OPEN, {("yes", "no"): 20}).db, OPEN, sensitive=False)
    assert "labeller-" not in str(made)
    assert "confusion" not in str(made)
    assert "org1/" not in str(made)


def test_no_label_at_all(tmp_path: Path) -> None:
    made = status(reviewing.workspace(tmp_path / "w", 3).db, OPEN, sensitive=False)
    assert (made["items"], made["agreement"], made["consensus"], made["share"]) == (0, None, None, None)


def test_a_total_that_would_tell_a_small_cell_is_not_told(tmp_path: Path) -> None:
    ws = labelled(tmp_path / "w", SECRET, {("yes", "yes"): 4, ("yes", ""): 1})
    made = status(ws.db, SECRET, sensitive=True)
    assert [made[name] for name in ("items", "labels", "one_label")] == ["<10", "<10", "<10"]
    assert made["verdicts"]["yes"] == "<10"


def test_a_share_of_a_few_that_were_drawn_is_not_told(tmp_path: Path) -> None:
    ws = labelled(tmp_path / "w", SECRET, {("yes", "yes"): 20, ("no", "no"): 20})
    labels.add(ws, [review(ref(n), "yes", "a", chance=0.5) for n in range(3)])  # 3 drawn, all of them a yes
    assert status(ws.db, SECRET, sensitive=True)["share"] is None
    assert status(ws.db, SECRET, sensitive=False)["share"]["items"] == 3
