from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from headgate import run
from headgate.errors import UsageError
from headgate.govern.stage_plan import govern, stages, step
from headgate.release_plan import STAGES
from headgate.workspace import Workspace
from tests.build import collect, findings, model

TODAY = datetime.now(UTC).date()
CHECK = "licence_missing"


def decided(ws: Workspace, plan: str, on: str | None = None) -> dict[str, tuple[str, str]]:
    path = ws.path.parent / "plan.toml"
    path.write_text(plan)
    run.run_method(ws, "govern", "stage_plan", plan=path, on=on)
    rows = ws.db.execute("SELECT subject, decision, because FROM decisions WHERE control = 'stage_plan'").fetchall()
    return {row[0].removeprefix("stage:"): row[1:] for row in rows}


def plan_of(current: str, *criteria: str, first: date = TODAY - timedelta(1), last: date = TODAY) -> str:
    listed = "".join(f'[[criterion]]\nname = "c{n}"\n{text}\n' for n, text in enumerate(criteria))
    return f'current = "{current}"\n[window]\nfrom = {first}\nto = {last}\n{listed}'


def bound(ref: str, limit: str = "at_most = 0", check: str = CHECK) -> str:
    return f'check = "{check}"\nsubject = "hf:model:{ref}"\n{limit}'


def found_workspace(tmp_path: Path) -> Workspace:
    ws, _ = collect(tmp_path / "w", [
        model("a/stated", cardData={"license": "mit"}), model("a/unlicensed"), {"id": "a/unseen", "modelId": "a/unseen"},
        model("a/x-uncensored"),
    ])  # fmt: skip
    findings(ws, CHECK)
    findings(ws, "uncensored_name")
    return ws


def test_the_order_and_what_is_irrevocable() -> None:
    assert STAGES == ("none", "api", "data", "weights", "code") == tuple(stages())
    assert [stages()[stage]["irrevocable"] for stage in STAGES] == ["no", "no", "yes", "yes", "yes"]


def test_1000_random_histories_never_skip_and_never_let_out_for_good_without_all_criteria() -> None:
    rng = random.Random(101)
    steps = 0
    for _ in range(1000):
        place = 0
        for _ in range(rng.randint(1, 20)):
            wanted = rng.choice(STAGES)
            met = {f"c{n}": rng.choice((True, True, True, False, None)) for n in range(rng.randint(0, 3))}
            ended = rng.random() < 0.8
            decision, _ = step(STAGES[place], wanted, met, ended=ended)
            if decision != "allow":
                continue
            there = STAGES.index(wanted)
            if there <= place:
                continue  # it is out already: nothing new goes out
            # what must be true, said in other words than the code's
            assert there - place == 1
            assert ended
            assert met
            assert None not in met.values()
            assert False not in met.values()
            place, steps = there, steps + 1
    assert steps > 300


def test_all_the_ways_to_decide_one_step() -> None:
    yes, no, what = {"c": True}, {"c": True, "d": False}, {"c": True, "d": None}
    assert step("api", "data", yes, ended=True) == ("allow", "met: c")
    assert step("api", "data", yes, ended=False) == ("block", "the observation window has not ended")
    assert step("api", "data", no, ended=True) == ("block", "not met: d")
    assert step("api", "data", what, ended=True) == ("unknown", "not known: d")
    assert step("api", "data", {}, ended=True)[0] == "block"
    assert step("none", "api", {}, ended=True) == ("unknown", "no exit criterion")
    assert step("api", "weights", yes, ended=True) == ("block", "stages are not skipped: data comes first")
    assert step("weights", "data", no, ended=False) == ("allow", "is out already")
    with pytest.raises(ValueError, match="no stage 'beta'"):
        step("beta", "data", yes, ended=True)


def test_a_plan_against_findings(tmp_path: Path) -> None:
    ws = found_workspace(tmp_path)
    tomorrow = str(TODAY + timedelta(2))
    found = decided(ws, plan_of("data", bound("a/stated")), tomorrow)
    assert {stage: decision for stage, (decision, _) in found.items()} == {
        "api": "allow", "data": "allow", "weights": "allow", "code": "block",
    }  # fmt: skip
    assert found["weights"][1] == (
        "met: c0; the weights: cannot be taken back once out; rollback: none for copies: take the page down; gate it; "
        "publish a fixed version; recall the descendants"
    )
    assert (
        "access through an interface: can be taken back once out; rollback: switch the interface off" in found["api"][1]
    )
    for plan, told in [
        (plan_of("data", bound("a/unlicensed")), ("block", "not met: c0")),
        (plan_of("data", bound("a/unseen")), ("unknown", "not known: c0")),
        (plan_of("data", bound("a/absent")), ("unknown", "not known: c0")),
        (plan_of("data", bound("a/stated"), bound("a/absent")), ("unknown", "not known: c1")),
        (plan_of("data", bound("a/stated", "at_least = 1")), ("block", "not met: c0")),
        (plan_of("data"), ("block", "no exit criterion")),
        # a finding made after the window says nothing of it, nor one made before
        (plan_of("data", bound("a/stated"), first=date(2020, 1, 1), last=date(2020, 2, 1)), ("unknown", "not known")),
        (
            plan_of("data", bound("a/stated"), first=TODAY + timedelta(1), last=TODAY + timedelta(1)),
            ("unknown", "not known"),
        ),
    ]:
        decision, because = decided(ws, plan, tomorrow)["weights"]
        assert (decision, because.startswith(told[1])) == (told[0], True), because
    assert decided(ws, plan_of("data", bound("a/stated")))["weights"][1].startswith(
        "the observation window has not ended"
    )


def test_a_sensitive_check_is_not_named(tmp_path: Path) -> None:
    plan = plan_of("data", bound("a/x-uncensored", check="uncensored_name"))
    decision, because = decided(found_workspace(tmp_path), plan, str(TODAY + timedelta(2)))["weights"]
    assert decision == "block"
    assert because.startswith("not met: a sensitive rule (1);")


def test_the_worse_end_of_an_interval_counts(tmp_path: Path) -> None:
    ws = found_workspace(tmp_path)
    view = "SELECT 'hf:model:a/x' AS subject, 'odd' AS \"check\", 0.1::DOUBLE AS value, 0.0::DOUBLE AS low, 0.3::DOUBLE AS high, " \
           f"false AS sensitive, '{TODAY:%Y%m%d}T' AS run"  # fmt: skip
    ws.db.execute(f"CREATE OR REPLACE VIEW findings AS {view}")
    for limit, expected in [("at_most = 0.2", "block"), ("at_most = 0.3", "allow"), ("at_least = 0.1", "block"),
                            ("at_least = 0", "allow")]:  # fmt: skip
        path = tmp_path / "p.toml"
        path.write_text(plan_of("data", bound("a/x", limit, "odd")))
        rows = {row[0]: row[1] for row in govern(ws.db, plan=path, on=str(TODAY + timedelta(2))).fetchall()}
        assert rows["stage:weights"] == expected, limit


def test_a_day_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--on is no date: 'soon'"):
        decided(found_workspace(tmp_path), plan_of("api"), "soon")
