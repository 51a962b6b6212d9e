from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from headgate import labels
from headgate.review_calibration import calibration
from headgate.workspace import Workspace
from tests.reviewing import OPEN, SECRET, ref, review, said, workspace

THEN = datetime(2026, 11, 1, tzinfo=UTC)


def seeded(path: Path, question: str = OPEN, number: int = 40) -> Workspace:
    """Even items hold and odd ones do not, by a person's seed; ann errs on every fifth, bo on every tenth item."""
    ws = workspace(path, number)
    given = [review(ref(n), "yes" if n % 2 == 0 else "no", "seeder", question, role="seed") for n in range(number)]
    for who, every in (("ann", 5), ("bo", 10)):
        given += [
            review(ref(n), "yes" if (n % 2 == 0) != (n % every == 0) else "no", who, question) for n in range(number)
        ]
    labels.add(ws, given)
    return ws


def test_it_is_as_counted_by_hand(tmp_path: Path) -> None:
    found = calibration(seeded(tmp_path / "w").db, OPEN, sensitive=False)
    # ann errs on 0, 10, 20, 30 of the even and 5, 15, 25, 35 of the odd; bo on 0, 10, 20, 30 of the even
    whole = found["all"]
    assert [whole["sensitivity"][name] for name in ("found", "votes", "items")] == [32, 40, 20]
    assert [whole["specificity"][name] for name in ("found", "votes", "items")] == [36, 40, 20]
    assert whole["layer"]
    assert sorted(found["reviewers"]) == ["r1", "r2"]
    by_found = sorted((one["sensitivity"]["found"], one["specificity"]["found"]) for one in found["reviewers"].values())
    assert by_found == [(16, 16), (16, 20)]
    assert found["strata"]["kind"]["model"] == whole
    assert found["ruled_left_out"] == 0
    assert [one["error"] for one in found["votes_needed"]] == [0.2, 0.1, 0.05, 0.01]
    assert found["votes_needed"][0]["votes"] == 1
    assert "labeller-" not in json.dumps(found)


def test_a_rule_a_seeder_and_a_quarrel_are_no_truth_and_no_vote(tmp_path: Path) -> None:
    ws = workspace(tmp_path / "w", 10)
    labels.add(ws, [
        review(ref(0), "yes", "rule:words", OPEN, role="seed"), review(ref(0), "yes", "ann", OPEN),
        review(ref(1), "yes", "ann", OPEN, role="seed"), review(ref(1), "yes", "ann", OPEN),
        review(ref(2), "yes", "ann", OPEN), review(ref(2), "no", "bo", OPEN), review(ref(2), "no", "kim", OPEN, role="adjudication"),
        review(ref(3), "yes", "ann", OPEN, role="seed"), review(ref(3), "no", "bo", OPEN, role="seed"), review(ref(3), "no", "kim", OPEN),
        review(ref(4), "unsure", "kim", OPEN, role="seed"), review(ref(4), "no", "ann", OPEN),
    ])  # fmt: skip
    found = calibration(ws.db, OPEN, sensitive=False)
    assert (found["all"], found["ruled_left_out"]) == (None, 1)
    # a ruling takes the place of a seed, and the newest review counts
    labels.add(ws, [
        review(ref(5), "yes", "seeder", OPEN, role="seed"), review(ref(5), "no", "kim", OPEN, role="adjudication"),
        review(ref(5), "yes", "ann", OPEN, made=THEN), review(ref(5), "no", "ann", OPEN, made=THEN + timedelta(1)),
    ])  # fmt: skip
    found = calibration(ws.db, OPEN, sensitive=False)["all"]
    assert (found["specificity"]["found"], found["specificity"]["votes"], found["sensitivity"]["votes"]) == (1, 1, 0)
    assert "nobody measured" in found["warning"]


def test_small_cells_of_a_sensitive_check_are_withheld(tmp_path: Path) -> None:
    few = calibration(seeded(tmp_path / "few", SECRET).db, SECRET, sensitive=True)
    assert (few["withheld"], few["all"], few["reviewers"], few["strata"]) == (True, None, None, {})
    # 200 items: 100 hold; ann misses 20 and gives 20 alarms, bo misses 20 and gives none: no cell under 10
    many = calibration(seeded(tmp_path / "many", SECRET, 200).db, SECRET, sensitive=True)
    assert many["all"]["sensitivity"]["found"] == 160
    assert many["reviewers"]
    ws = seeded(tmp_path / "third", SECRET, 200)
    labels.add(ws, [review(ref(n), "yes", "cy", SECRET) for n in range(12)])
    third = calibration(ws.db, SECRET, sensitive=True)
    assert third["all"]
    assert third["reviewers"] is None


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ws = seeded(tmp_path / "w")
    out, _ = said(capsys, "review", OPEN, "-w", ws.path, "--calibration")
    assert "all reviewers: sensitivity 80.0%" in out
    assert "32 of 40 votes on 20 items" in out
    assert "reviewer r1:" in out
    assert "for an error of 20%: most of 1 votes" in out
    told, _ = said(capsys, "review", OPEN, "-w", ws.path, "--calibration", "--format", "json")
    assert json.loads(told) == calibration(ws.db, OPEN, sensitive=False)
    out, _ = said(capsys, "review", SECRET, "-w", ws.path, "--calibration")
    assert "not measured, so human review gets no credit" in out
    _, err = said(capsys, "review", OPEN, "-w", ws.path, "--calibration", "--status", code=3)
    assert "four things" in err
