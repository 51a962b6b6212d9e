from __future__ import annotations

import threading
import time
from typing import Any

import pytest

from headgate import policy as policies
from headgate.errors import BadInput, UsageError, WorkspaceError
from headgate.policy import Policy
from headgate.web import dry_run, dry_runs
from headgate.web.dry_runs import DryRuns, digest
from headgate.web.snapshot import Snapshot, take

TEXT = policies.DEFAULT.read_text()


@pytest.fixture(scope="module")
def snapshot(hub: Any) -> Snapshot:
    return take(hub[0].path)


def _begin(runs: DryRuns, snapshot: Snapshot, text: str = TEXT, after: Policy | None = None) -> dry_runs.Job:
    return runs.begin(snapshot, (policies.read(), "in force"), after or policies.read(), text)


def test_the_same_is_judged_once(snapshot: Snapshot) -> None:
    runs = DryRuns()
    job = _begin(runs, snapshot)
    assert not runs.done(job.sha, "in force")
    assert _begin(runs, snapshot) is job
    assert job.ended.wait(30)
    assert (job.state, job.error) == ("done", "")
    assert job.outcome is not None
    assert job.outcome.changed == 0
    assert runs.get(job.id) is job
    assert runs.done(digest(TEXT), "in force")
    assert not runs.done(digest(TEXT), "another one")
    assert not runs.done(digest(TEXT + " "), "in force")


def test_one_runs_at_a_time_few_wait_and_the_newest_are_kept(
    snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_once, most, free = [0], [0], threading.Event()

    def slow(*_: Any) -> None:
        at_once[0] += 1
        most[0] = max(most[0], at_once[0])
        free.wait(10)
        time.sleep(0.01)
        at_once[0] -= 1

    monkeypatch.setattr(dry_run, "compare", slow)
    monkeypatch.setattr(dry_runs, "KEPT", 3)
    runs = DryRuns()
    jobs = [_begin(runs, snapshot, "running")]
    while jobs[0].state == "waiting":
        time.sleep(0.01)
    jobs += [_begin(runs, snapshot, f"text {n}") for n in range(4)]
    with pytest.raises(WorkspaceError, match="waiting already"):
        _begin(runs, snapshot, "one more")
    free.set()
    assert all(job.ended.wait(10) for job in jobs)
    assert most[0] == 1
    last = _begin(runs, snapshot, "last")
    assert last.ended.wait(10)
    with pytest.raises(BadInput, match="no dry run"):
        runs.get(jobs[0].id)
    assert runs.get(last.id) is last
    assert len(runs._jobs) <= 3


def test_one_that_fails_says_so_and_the_next_one_runs(
    snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError("secret path")

    runs = DryRuns()
    monkeypatch.setattr(dry_run, "compare", broken)
    job = _begin(runs, snapshot)
    assert job.ended.wait(10)
    assert job.state == "failed"
    assert "secret" not in job.error
    assert "secret path" in capsys.readouterr().err
    assert not runs.done(job.sha, "in force")
    monkeypatch.undo()
    again = _begin(runs, snapshot)
    assert again is not job
    assert again.ended.wait(30)
    assert again.state == "done"


def test_one_that_takes_too_long_is_interrupted(snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dry_runs, "LONGEST", 0.3)

    def endless(_1: Any, _2: Any, _3: Any, _4: Any, told: Any) -> None:
        db = snapshot.cursor()
        told("counting to very many", db)
        db.execute(
            "SELECT count(*) FROM range(4000000) AS a, range(4000000) AS b WHERE a.range * b.range % 7 = 1"
        ).fetchall()

    monkeypatch.setattr(dry_run, "compare", endless)
    job = _begin(DryRuns(), snapshot)
    assert job.ended.wait(20)
    assert job.state == "failed"
    assert "took longer" in job.error


def test_a_policy_of_too_many_rules_is_refused(snapshot: Snapshot) -> None:
    rule = policies.read().rules[0]
    with pytest.raises(UsageError, match="takes up to 60 rules"):
        _begin(DryRuns(), snapshot, after=Policy("a", (rule,) * 61))
