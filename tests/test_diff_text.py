from __future__ import annotations

import json

from headgate.diff_shapes import KINDS, Aggregate, Change, Diff, Occurs, Unknown
from headgate.diff_text import render

HOSTILE = "hf:model:a/\x1b[31m|<b>`x"
MADE = Diff(
    "old.headgate", "new.headgate", dict.fromkeys(KINDS, 0) | {"new": 3, "licence": 1, "decision": 2},
    (Change("new", "hf:model:a/b", "model", None, None), Change("licence", HOSTILE, None, "mit", "other"),
     Change("decision", "hf:model:a/c", "release_gate", "allow", "block"),
     Change("decision", "hf:model:a/d", "release_gate", None, "block")),
    (Aggregate("hidden_check", "any change", "<10"),),
    (Unknown("findings of x: only on old.headgate", (), whole=True),
     Unknown("decisions of y: only on old.headgate", ("new-block", "new-unknown"), whole=True),
     Unknown("decisions: none on either side", ("new-block", "new-unknown"), whole=False)),
    (Occurs("licence-change", 1), Occurs("new-block", 2, others=True)),
)  # fmt: skip


def test_text_lists_each_kind_and_what_is_more() -> None:
    lines = render(MADE, "table").splitlines()
    assert lines[0] == "From old.headgate to new.headgate"
    assert lines[2] == "Changes: 3 new, 1 licence, 2 decision."
    assert lines[3:6] == [  # what makes the exit code 2, and what does not
        "COULD NOT TELL: findings of x: only on old.headgate.", "COULD NOT TELL: decisions of y: only on old.headgate.",
        "Not compared: decisions: none on either side.",
    ]  # fmt: skip
    assert lines[lines.index("New (3)") + 1 :][:4] == [
        "  ref           kind", "  hf:model:a/b  model", "", "2 more; --limit shows more of them.",
    ]  # fmt: skip
    assert "  hf:model:a/d  release_gate  not decided  block" in lines
    assert lines[-2:] == ["  of            change      subjects", "  hidden_check  any change  <10"]


def test_what_is_asked_for_is_judged_and_the_rest_is_only_noted() -> None:
    lines = render(MADE, "table", ["new-block"]).splitlines()
    assert lines[3:7] == [
        "FAILS new-block: 2 listed; others only counted, as a sensitive rule has a part in them.",
        "COULD NOT TELL: decisions of y: only on old.headgate.",
        "COULD NOT TELL: decisions: none on either side.", "Not compared: findings of x: only on old.headgate.",
    ]  # fmt: skip


def test_hub_text_is_harmless() -> None:
    assert "\x1b" not in render(MADE, "table")
    text = render(MADE, "md")
    assert "\x1b" not in text
    assert "<b>" not in text
    assert "| hf:model:a/\N{REPLACEMENT CHARACTER}\\[31m\\|\\<b\\>\\`x | mit | other |" in text
    assert "\x1b" not in render(MADE, "json")


def test_json_has_all_of_it_and_the_exit_code() -> None:
    made = json.loads(render(MADE, "json", ["gone"]))
    assert (made["truncated"], made["exit_code"], made["fail_on"]) == (True, 0, ["gone"])
    assert made["changes"][1] == {"kind": "licence", "ref": HOSTILE, "detail": None, "was": "mit", "now": "other"}
    assert made["aggregates"] == [{"name": "hidden_check", "change": "any change", "number": "<10"}]


def test_nothing_changed_is_said() -> None:
    same = Diff("a", "b", dict.fromkeys(KINDS, 0), (), (), (), ())
    assert render(same, "table") == "From a to b\n\nNo change that may be listed."
    assert json.loads(render(same, "json"))["truncated"] is False
