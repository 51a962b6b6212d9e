"""The ledger of removals: stage lists that are read or refused, and each document counted once."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headgate.errors import UsageError
from headgate.selection.ledger import Ledger, Stage, attributed, axis_of, read_stages
from headgate.tables import rows


def keys(*values: int) -> np.ndarray:
    return np.array(values, np.uint64)


def test_by_hand() -> None:
    # 7 is there three times; the second stage keeps one of two that the first left
    removed_by, appeared = attributed(keys(7, 5, 7, 9, 7, 8), [keys(8, 7, 9, 7), keys(7, 8)])
    assert removed_by.tolist() == [-1, 0, 1, 1, 0, -1]
    assert appeared == [0, 0]


def test_what_comes_out_of_nowhere_is_told_and_saves_nobody() -> None:
    # 3 was never there, 1 comes back after it was removed, 2 is doubled
    removed_by, appeared = attributed(keys(1, 2), [keys(2, 3), keys(1, 2, 2)])
    assert removed_by.tolist() == [0, -1]
    assert appeared == [1, 2]


def test_nothing_in_or_out() -> None:
    assert attributed(keys(), [keys(1)])[1] == [1]
    removed_by, appeared = attributed(keys(1, 2), [keys(), keys()])
    assert (removed_by.tolist(), appeared) == ([0, 0], [0, 0])
    assert attributed(keys(1), [])[0].tolist() == [-1]


@given(st.lists(st.integers(0, 6), max_size=30), st.data())
def test_counts_add_up(documents: list[int], data: st.DataObject) -> None:
    left, kept = documents, []
    for _ in range(3):
        left = [one for one in data.draw(st.permutations(left)) if data.draw(st.booleans())]
        kept.append(left)
    removed_by, appeared = attributed(keys(*documents), [keys(*one) for one in kept])
    assert appeared == [0, 0, 0]
    before = Counter(documents)
    for stage, out in enumerate(kept):
        gone = Counter(one for one, by in zip(documents, removed_by.tolist(), strict=True) if by == stage)
        assert before - gone == Counter(out)
        before = Counter(out)
    assert Counter(one for one, by in zip(documents, removed_by.tolist(), strict=True) if by < 0) == before


def test_who_entered() -> None:
    ledger = Ledger(np.array([-1, 0, 1, 2]), [], [], ordered=True)
    assert [ledger.entered(stage).tolist() for stage in range(3)] == [
        [True, True, True, True], [True, False, True, True], [True, False, False, True]
    ]  # fmt: skip
    assert Ledger(np.array([-1, 0]), [], [], ordered=False).entered(1).all()


def test_stages_are_read(tmp_path: Path) -> None:
    file = tmp_path / "stages.toml"
    file.write_text(
        '[[stage]]\nname = "English only"\npurpose = "language-filtering"\nkept = "out/a.jsonl"\n[[stage]]\nname = "gap"\n'
    )
    assert read_stages(file) == [
        Stage("English only", "english_only", "language-filtering", tmp_path / "out/a.jsonl"),
        Stage("gap", "gap_2", "undeclared", None),
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "has 0 stages; give 1 to 60"),
        ("stage = 1", "has a stage that is no table"),
        ("[[stage]]\npurpose = 'mixing'", "needs the text 'name'"),
        ("[[stage]]\nname = 'a'\npurpose = 'vibes'", "has purpose = 'vibes'; choose language-filtering or heuristic"),
        ("[[stage]]\nname = 'a'\nkeep = 'b'", "does not know the field 'keep'"),
        ("[[stage]]\nname = 'a'\n[[stage]]\nname = 'a'", "stage 2 has the name 'a' of another one"),
        ("[[stage]\n", "is not TOML"),
        ("[[stage]]\nname = 'a'\n" * 1 + "[other]\n", "does not know the field 'other'"),
    ],
)
def test_stages_it_refuses(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "stages.toml").write_text(text)
    with pytest.raises(UsageError, match=r"stages\.toml") as raised:
        read_stages(tmp_path / "stages.toml")
    assert said in str(raised.value)


def test_no_file_of_stages(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no list of stages at .*Write a \[\[stage\]\]"):
        read_stages(tmp_path / "none.toml")


def test_names_of_axes() -> None:
    assert axis_of("Toxic / explicit (v2)", []) == "toxic_explicit_v2"
    assert axis_of("语言", []) == "stage"
    assert axis_of("A b", [Stage("a-b", "a_b", "other", None)]) == "a_b_2"


def test_purposes_are_those_of_the_survey() -> None:
    table = rows("selection_purposes.csv")
    assert [row["section"] for row in table] == [f"3.{n}" for n in range(1, 9)] + ["", ""]
    assert len({row["purpose"] for row in table}) == len(table)
