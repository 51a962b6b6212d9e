from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from headgate.errors import BadInput, UsageError
from headgate.evidence.intervals import wilson
from headgate.fairness import definitions
from headgate.fairness.counts import count
from headgate.measure.group_fairness import JOINED, RATED, _with_draws, measure
from headgate.shapes import Finding, Measured
from tests import adult_rows
from tests.calling import call

# group, label, decision, how often: of 200 each; recall 3/4 and 1/3, precision 3/4 and 1/2
CELLS = [("a", 1, 1, 60), ("a", 0, 1, 20), ("a", 1, 0, 20), ("a", 0, 0, 100),
         ("b", 1, 1, 30), ("b", 0, 1, 30), ("b", 1, 0, 60), ("b", 0, 0, 80)]  # fmt: skip


def table(folder: Path, cells: list[Any] = CELLS, header: str = "group,label,decision", name: str = "t.csv") -> Path:
    lines = [",".join(map(str, cell[:-1])) for cell in cells for _ in range(cell[-1])]
    path = folder / name
    path.write_text("\n".join([header, *lines, ""]), encoding="utf-8")
    return path


def axes(made: Measured) -> dict[str, Finding]:
    return {one.axis: one for one in made.findings}


def test_every_gap_has_an_interval_around_it_and_says_whose_it_is(tmp_path: Path) -> None:
    made = measure(table=table(tmp_path))
    found = axes(made)
    assert list(found) == [*RATED, *JOINED]
    for one in found.values():
        assert one.value is not None
        assert one.low is not None
        assert one.high is not None
        assert one.low <= one.value <= one.high
        assert one.n == 400
    assert found["recall"].value == pytest.approx(3 / 4 - 1 / 3)
    assert found["recall"].evidence == "recall a 0.750, b 0.333"
    assert found["equalized_odds"].value == pytest.approx(3 / 4 - 1 / 3)
    assert found["equalized_odds"].evidence == "recall a 0.750, b 0.333; false_positive_rate b 0.273, a 0.167"
    assert found["disparate_impact"].value == pytest.approx(6 / 8)
    assert found["treatment_equality"].value == pytest.approx(1)
    assert (made.asked, made.met, made.notes) == ("", None, ())


def test_a_rate_of_one_group_has_wilson_s_interval(tmp_path: Path) -> None:
    rows = {(row[0], row[1]): tuple(row[2:]) for row in measure(table=table(tmp_path)).tables[0].rows}
    assert rows["recall", "b"] == pytest.approx((1 / 3, *(wilson(30, 90) or ())))
    assert rows["selection_rate", "a"] == pytest.approx((0.4, *(wilson(80, 200) or ())))


@pytest.mark.parametrize(
    ("name", "limit", "met"),
    [("recall", 0.6, True), ("recall", 0.42, None), ("recall", 0.2, False), ("demographic_parity_ratio", 0.5, True),
     ("demographic_parity_ratio", 0.8, None), ("demographic_parity_ratio", 0.99, False), ("recall.min", 0.2, True),
     ("recall_score_group_min", 0.5, False), ("equalized_odds_difference", 0.6, True), ("treatment_equality", 5, True)],
)  # fmt: skip
def test_a_limit_is_kept_missed_or_could_not_be_told(tmp_path: Path, name: str, limit: float, met: bool | None) -> None:
    made = measure(table=table(tmp_path), measure=name, limit=limit)
    assert made.met is met
    assert ("at least" if "ratio" in name or "min" in name else "at most") in made.asked
    code = call("measure", "group_fairness", tmp_path / "t.csv", "--measure", name, "--limit", limit).code
    assert code == {True: 0, False: 1, None: 2}[met]


def test_a_tie_too_few_can_show_is_no_pass(tmp_path: Path) -> None:
    # nobody is treated wrongly, but of ten in each group that shows little
    made = measure(table=table(tmp_path, [(g, y, y, 5) for g in "ab" for y in (0, 1)]), limit=0.1)
    assert axes(made)["recall"].value == 0
    assert made.met is None
    assert [note.partition(":")[0] for note in made.notes] == [
        "a has 10 rows, fewer than 30", "b has 10 rows, fewer than 30",
    ]  # fmt: skip


def test_few_true_labels_are_flagged(tmp_path: Path) -> None:
    cells = [("a", 1, 1, 20), ("a", 0, 0, 30), ("b", 1, 1, 4), ("b", 0, 0, 40)]
    made = measure(table=table(tmp_path, cells))
    assert made.notes == ("b has 4 true labels, fewer than 10: its recall is hardly known",)


def test_what_a_group_leaves_undefined_could_not_be_told(tmp_path: Path) -> None:
    cells = [("a", 1, 1, 20), ("a", 1, 0, 20), ("a", 0, 0, 30), ("b", 0, 0, 50)]
    made = measure(table=table(tmp_path, cells), limit=0.5)
    found = axes(made)
    assert (found["recall"].value, found["recall"].n, made.met) == (None, 0, None)
    assert found["recall"].evidence == made.because == "recall is not defined for b"
    assert found["selection_rate"].value == pytest.approx(20 / 70)
    assert ("recall", "b", None, None, None) in made.tables[0].rows


def test_each_combination_is_a_group_and_small_ones_are_left_out(tmp_path: Path) -> None:
    cells = [("f", "x", 1, 1, 40), ("f", "x", 1, 0, 40), ("m", "x", 1, 1, 60), ("m", "x", 1, 0, 20),
             ("m", "y", 1, 0, 12)]  # fmt: skip
    path = table(tmp_path, cells, "sex,race,label,decision")
    made = measure(table=path, group="sex, race", limit=0.9)
    assert axes(made)["recall"].value == 0.25
    assert axes(made)["recall"].n == 160
    assert made.notes == ("m & y has 12 rows, fewer than 30: it is left out of the gaps",)
    assert "groups of at least 30 rows" in made.asked
    assert measure(table=path, group="race").notes[0].startswith("y has 12 rows")  # one column keeps its groups
    with pytest.raises(UsageError, match="1 of 2 groups can be compared"):
        measure(table=table(tmp_path, cells[2:], "sex,race,label,decision", "u.csv"), group="sex,race")


def test_groups_compared_within_a_column(tmp_path: Path) -> None:
    cells = [("a", "s", 1, 1, 64), ("a", "s", 1, 0, 16), ("a", "t", 1, 1, 4), ("a", "t", 1, 0, 16),
             ("b", "s", 1, 1, 16), ("b", "s", 1, 0, 4), ("b", "t", 1, 1, 16), ("b", "t", 1, 0, 64)]  # fmt: skip
    path = table(tmp_path, cells, "group,office,label,decision")
    assert axes(measure(table=path))["selection_rate"].value == pytest.approx(0.36)
    within = axes(measure(table=path, within="office"))["selection_rate"]
    assert within.value == pytest.approx(0, abs=1e-12)
    assert within.low == 0
    assert within.high is not None
    assert within.high < 0.25


def test_rows_without_a_group_are_left_out_and_told(tmp_path: Path) -> None:
    made = measure(table=table(tmp_path, [*CELLS, ("", 1, 1, 7)]))
    assert made.notes == ("7 rows name no group and are left out",)
    assert axes(made)["recall"].n == 400


def test_the_same_seed_gives_the_same(tmp_path: Path) -> None:
    path = table(tmp_path)
    assert measure(table=path, draws=50) == measure(table=path, draws=50)
    assert measure(table=path, draws=50, seed=1).findings != measure(table=path, draws=50).findings


@pytest.mark.parametrize(
    ("params", "words"),
    [({"measure": "fairness"}, "no measure of decisions"), ({"limit": 1.5}, "Give one from 0 to 1"),
     ({"limit": -1.0}, "Give one from 0"), ({"limit": float("nan")}, "Give one from 0"),
     ({"group": "colour"}, "no column colour"), ({"group": "empty"}, "no row names a group"),
     ({"draws": 0}, "Give from 40 to"), ({"draws": 10**9}, "Give from 40 to"), ({"label": "group"}, "neither yes nor no")],
)  # fmt: skip
def test_what_cannot_be_is_told_in_one_line(tmp_path: Path, params: dict[str, Any], words: str) -> None:
    path = table(tmp_path, [(*cell[:3], "", cell[3]) for cell in CELLS], "group,label,decision,empty")
    with pytest.raises((UsageError, BadInput), match=words) as told:
        measure(table=path, **params)
    assert "\n" not in str(told.value)
    words_ = [word for key, value in params.items() for word in (f"--{key}", value)]
    assert call("measure", "group_fairness", path, *words_).code in (2, 3)


def test_the_command_line_shows_answer_gaps_and_groups(tmp_path: Path) -> None:
    path = table(tmp_path)
    shown = call("measure", "group_fairness", path, "--limit", 0.6)
    assert shown.code == 0
    assert "holds: the gap of recall between groups is at most 0.6 (recall a 0.750, b 0.333, interval" in shown.out
    made = json.loads(call("measure", "group_fairness", path, "--format", "json", "--measure", "mcc").out)
    assert made["findings"][-1]["axis"] == "mcc"
    assert made["tables"][0]["columns"] == ["measure", "group", "value", "low", "high"]
    assert "Traceback" not in call("measure", "group_fairness", path, "--measure", "x").err


def test_adult_by_sex_and_race(data: Path, tmp_path: Path) -> None:
    """Who earns over 50,000 by whether they studied 13 years: every figure counted once more by hand."""
    people = adult_rows.read(data)
    decided = people.columns["years"].astype(int) >= 13
    path = tmp_path / "adult.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["label", "decision", "sex", "race"])
        writer.writerows(zip(people.earns, decided, people.columns["sex"], people.columns["race"], strict=True))
    made = axes(measure(table=path, group="sex"))
    women = people.columns["sex"] == "Female"
    expected = [decided[people.earns & one].mean() for one in (women, ~women)]
    assert made["recall"].value == pytest.approx(np.ptp(expected), abs=1e-12)
    assert made["recall"].n == 16_281
    crossed = measure(table=path, group="sex,race")
    assert axes(crossed)["recall"].n == 16_281
    assert len(crossed.tables[0].rows) == 10 * len(RATED)


def test_many_strata_do_not_make_groups_alike() -> None:
    draw, above = np.random.default_rng(0), 0
    definition = definitions.DEFINITIONS["demographic_parity"]
    for seed in range(60):
        decided = draw.random((50, 6, 2)) < (0.4, 0.2)
        place, _, group = np.indices(decided.shape)
        one = np.ones(decided.size, dtype=bool)
        flat = (one, decided.ravel(), np.where(group.ravel() == 1, "b", "a"))
        seen, again = _with_draws(count(*flat), *flat, place.ravel().astype(str), 200, seed)
        ends = definitions.interval(definition, seen, again)
        assert ends is not None
        above += ends[1] < 0.2
    assert above <= 8  # 1 in 3 with half a row of each kind in each stratum


def test_more_groups_than_can_be_compared_are_refused(tmp_path: Path) -> None:
    cells = [(f"g{n}", 1, n % 2, 1) for n in range(300)]
    with pytest.raises(UsageError, match="300 groups, more than 200"):
        measure(table=table(tmp_path, cells))
    several = [(f"g{n}", "x", 1, n % 2, 1) for n in range(300)]
    large = [(one, "x", 1, said, 40) for one in "ab" for said in (0, 1)]
    path = table(tmp_path, [*several, *large], "group,office,label,decision", "s.csv")
    assert measure(table=path, group="group,office").notes == (
        "300 groups have fewer than 30 rows and are left out of the gaps",
    )


def test_groups_that_share_no_stratum_are_unknown_and_nothing_is_warned_of(tmp_path: Path) -> None:
    cells = [("ab"[n % 2], str(n), n % 3 == 0, n % 5 < 2, 1) for n in range(400)]
    path = table(tmp_path, cells, "group,office,label,decision")
    code, out, err = call("measure", "group_fairness", path, "--within", "office", "--limit", 0.5)
    assert (code, err) == (2, "")
    assert "recall is not defined for a, b" in out
