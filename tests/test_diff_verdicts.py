from __future__ import annotations

from pathlib import Path

from headgate.diff import diff
from headgate.diff_shapes import Diff
from headgate.workspace import Workspace
from tests.comparing import add, decided, found, holding

NAMES = [f"zq{n}" for n in range(30)]
SENSITIVE = "a sensitive rule"


def sides(path: Path, *names: str) -> tuple[Workspace, Workspace]:
    old, new = (holding(path / side, **{name: {} for name in names}) for side in ("old", "new"))
    return old, new


def compared(path: Path, side: str = "new") -> Diff:
    return diff((path / "old", None), (path / side, None), limit=1000)


def changes(made: Diff) -> list[tuple[object, ...]]:
    return [(one.ref.removeprefix("hf:model:a/"), one.detail, one.was, one.now) for one in made.changes]


def test_findings_that_cross_the_line_are_listed(tmp_path: Path) -> None:
    old, new = sides(tmp_path, "a", "b", "c", "d", "e")
    found(old, "open_check", a=0, b=1, c=None, d=0.4, e=0.6)
    found(new, "open_check", a=1, b=0, c=1, d=0.5, e=0.9)
    assert changes(compared(tmp_path)) == [
        ("a", "open_check", "not found", "found"), ("b", "open_check", "found", "not found"),
        ("c", "open_check", "could not tell", "found"), ("d", "open_check", "not found", "found"),
    ]  # fmt: skip


def test_a_number_that_is_no_share_has_no_line_to_cross(tmp_path: Path) -> None:
    old, new = sides(tmp_path, "a", "b")
    found(old, "counted", a=0, b=12)
    found(new, "counted", a=1, b=0)
    assert changes(compared(tmp_path)) == []


def test_of_a_sensitive_check_only_numbers_are_told(tmp_path: Path) -> None:
    old, new = sides(tmp_path, *NAMES)
    found(old, "hidden_check", sensitive=True, **dict.fromkeys(NAMES, 0.0))
    found(new, "hidden_check", sensitive=True, **{name: float(n < 14) for n, name in enumerate(NAMES)})
    made = compared(tmp_path)
    assert made.changes == ()
    assert [(a.name, a.change, a.number) for a in made.aggregates] == [
        ("hidden_check", "not found -> found", 14),
    ]  # fmt: skip
    assert "zq" not in repr(made)


def test_a_check_that_is_sensitive_on_one_side_is_sensitive(tmp_path: Path) -> None:
    old, new = sides(tmp_path, *NAMES)
    found(old, "late_check", **dict.fromkeys(NAMES, 0.0))
    found(new, "late_check", sensitive=True, **dict.fromkeys(NAMES, 1.0))
    made = compared(tmp_path)
    assert (made.changes, made.aggregates[0].number) == ((), 30)


def test_few_and_none_look_the_same(tmp_path: Path) -> None:
    old, new = sides(tmp_path, *NAMES)
    for side in (old, new):
        found(side, "hidden_check", sensitive=True, **dict.fromkeys(NAMES, 0.0))
    none = compared(tmp_path)
    found(new, "hidden_check", sensitive=True, **{name: float(n < 9) for n, name in enumerate(NAMES)})
    few = compared(tmp_path)
    assert few.aggregates == none.aggregates
    assert (few.aggregates[0].change, few.aggregates[0].number) == ("any change", "<10")


def test_a_small_cell_beside_a_large_one_is_hidden_with_it(tmp_path: Path) -> None:
    old, new = sides(tmp_path, *NAMES)
    found(old, "hidden_check", sensitive=True, **{name: float(n < 3) for n, name in enumerate(NAMES)})
    found(new, "hidden_check", sensitive=True, **{name: float(n >= 3) for n, name in enumerate(NAMES)})
    assert [(a.change, a.number) for a in compared(tmp_path).aggregates] == [
        ("found -> not found", "<10"), ("not found -> found", "withheld"),
    ]  # fmt: skip


def test_decisions_of_a_control_that_rests_on_a_sensitive_check_are_only_counted(tmp_path: Path) -> None:
    old, new = sides(tmp_path, *NAMES, "open", "named")
    found(old, "hidden_check", sensitive=True, named=0)
    found(new, "hidden_check", sensitive=True, named=0)
    missing = ("block", "broken: a licence is stated")
    for side, changed in ((old, ("allow", None)), (new, missing)):
        decided(
            side, "gate", open=changed, **dict.fromkeys(NAMES[:12], changed), named=("block", f"broken: {SENSITIVE}")
        )
        decided(side, "naming_gate", open=changed, named=("block", "broken: a rule (hidden_check = 1)"))
        decided(side, "open_gate", open=changed, named=("allow", "its parent is a/hidden_check-v1"))
    made = compared(tmp_path)
    assert changes(made) == [("open", "open_gate", "allow", "block")]
    assert [(a.name, a.change, a.number) for a in made.aggregates if a.name != "hidden_check"] == [
        ("gate", "allow -> block", 13), ("naming_gate", "any change", "<10"),
    ]  # fmt: skip
    assert "zq" not in repr(made)
    assert [(one.condition, one.told, one.others) for one in made.occurring] == [("new-block", 1, True)]


def test_a_sensitive_rule_that_is_no_longer_broken_is_as_sensitive(tmp_path: Path) -> None:
    old, new = sides(tmp_path, "zq")
    decided(old, "gate", zq=("block", f"broken: {SENSITIVE}"))
    decided(new, "gate", zq=("allow", None))
    made = compared(tmp_path)
    assert (made.changes, made.occurring) == ((), ())
    assert made.exit_code(["new-block", "new-unknown"]) == 0


def test_what_is_decided_for_the_first_time_counts_where_it_does_not_allow(tmp_path: Path) -> None:
    old = holding(tmp_path / "old", a={}, b={"hub_id": "1"})
    new = holding(tmp_path / "new", a={}, c={}, d={}, e={})
    decided(old, "gate", a=("unknown", None), b=("block", None))
    decided(new, "gate", a=("block", None), c=("block", None), d=("unknown", None), e=("allow", None))
    made = compared(tmp_path)
    assert [row for row in changes(made) if row[1] == "gate"] == [
        ("a", "gate", "unknown", "block"), ("c", "gate", None, "block"), ("d", "gate", None, "unknown"),
    ]  # fmt: skip
    assert [(one.condition, one.told) for one in made.occurring] == [("new-block", 2), ("new-unknown", 1)]


def test_what_one_side_lacks_is_said_and_never_passes(tmp_path: Path) -> None:
    old, _ = sides(tmp_path, "a")
    neither = compared(tmp_path)
    assert [one.what for one in neither.unknown] == ["findings: none on either side", "decisions: none on either side"]
    assert (neither.exit_code([]), neither.exit_code(["new-block"]), neither.exit_code(["gone"])) == (0, 2, 0)
    found(old, "open_check", a=0)
    decided(old, "gate", a=("allow", None))
    made = compared(tmp_path)
    assert [one.what.partition(":")[2] for one in made.unknown] == [f" none on {tmp_path / 'new'}"] * 2
    assert (made.exit_code([]), made.exit_code(["new-unknown"]), made.exit_code(["parent-change"])) == (2, 2, 0)


def test_a_check_or_control_of_one_side_is_said(tmp_path: Path) -> None:
    old, new = sides(tmp_path, "a")
    for side, mine in ((old, "first"), (new, "second")):
        found(side, "open_check", a=0)
        found(side, f"{mine}_check", a=0)
        decided(side, "gate", a=("allow", None))
        decided(side, f"{mine}_control", a=("block", None))
    made = compared(tmp_path)
    assert [one.what for one in made.unknown] == [
        f"findings of first_check: only on {tmp_path / 'old'}", f"findings of second_check: only on {tmp_path / 'new'}",
        f"decisions of first_control: only on {tmp_path / 'old'}",
        f"decisions of second_control: only on {tmp_path / 'new'}",
    ]  # fmt: skip
    assert (made.changes, made.exit_code(["new-block"])) == ((), 2)


def test_decisions_older_than_what_was_collected_do_not_pass(tmp_path: Path) -> None:
    old, new = sides(tmp_path, "a")
    for side in (old, new):
        decided(side, "gate", a=("allow", None))
        found(side, "open_check", a=float(side is new))
    fresh = compared(tmp_path)
    assert (changes(fresh), fresh.exit_code(["new-block"])) == ([("a", "open_check", "not found", "found")], 0)
    later = {"ref": "hf:model:a/a", "hub": "huggingface", "kind": "model", "observed": "2026-02-01", "gone": False}
    add(new, "collect", "dump", "artifacts", [later])
    made = compared(tmp_path)
    assert [one.what for one in made.unknown][-1] == f"decisions of gate: made before the newest collection of {tmp_path / 'new'}"  # fmt: skip
    assert changes(made) == []
    assert made.exit_code(["new-block"]) == 2
    assert made.exit_code([]) == 2
