from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headgate.policy import Policy, Rule
from headgate.web.dry_run_rules import Standing, hidden, sensitive
from tests.lineages import lineage


@pytest.mark.parametrize(
    ("cells", "shown"),
    [
        ([123, 45, 0], [120, 40, 0]),
        ([123, 9, 0], ["withheld", "<10", 0]),
        ([3, 2, 1], ["withheld"] * 3),
        ([0, 0, 0], [0, 0, 0]),
    ],
)
def test_small_cells_are_hidden_and_the_others_in_tens(cells: list[int], shown: list[object]) -> None:
    assert hidden(cells) == shown


@given(st.lists(st.integers(0, 40), min_size=3, max_size=3))
def test_no_cell_tells_a_small_one_with_the_total(cells: list[int]) -> None:
    shown = hidden(cells)
    total = sum(cells)
    for cell, told in zip(cells, shown, strict=True):
        if 0 < cell < 10:
            # every count from 1 to 9 that is as well possible with what is shown, or nothing is shown at all
            rest = [one for one in shown if one is not told]
            assert told in ("<10", "withheld")
            assert total < 10 or "withheld" in rest or any(isinstance(one, str) for one in rest) or told == "withheld"


def test_two_rules_that_differ_in_one_artifact_of_a_kind_say_the_same(tmp_path: Path) -> None:
    artifacts = {f"hf:model:org/m{n}": {} for n in range(40)} | {"hf:dataset:org/alone": {"kind": "dataset"}}
    findings = [
        {"subject": ref, "check": "uncensored_name", "value": n / 41, "sensitive": True}
        for n, ref in enumerate(sorted(artifacts, reverse=True))
    ]
    db = lineage(tmp_path / "w", artifacts, findings=findings).db

    def told(kinds: tuple[str, ...], most: float) -> tuple[object, ...]:
        rule = Rule("r", "uncensored_name", most, None, "unknown", "block", kinds, sensitive=True)
        found = sensitive(db, Standing(rule, Policy("p", (rule,)), "same"), datetime(2026, 1, 1))
        return found.of, found.kept, found.broken, found.unknown

    for step in range(42):
        assert told(("model",), step / 42) == told(("model", "dataset"), step / 42)
    assert told(("model",), 0.5) == (40, 20, 10, 0)  # 21 and 19
    assert told(("dataset",), 0.5) == (1, "withheld", "withheld", "withheld")
