"""`screen selection_ledger`: three filters over real texts add up, and a planted dialect that loses more is flagged."""

from __future__ import annotations

import json
import sysconfig
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from headgate.errors import UsageError
from headgate.screen.selection_ledger import screen
from headgate.shapes import Finding, Screened
from tests.tables_of import items_of

Records = list[dict[str, Any]]
FILTERS = ("short", "copies", "blocklist")
TOML = """
[[stage]]
name = "short"
purpose = "heuristic"
kept = "1.jsonl"
[[stage]]
name = "copies"
purpose = "deduplication"
kept = "2.jsonl"
[[stage]]
name = "blocklist"
purpose = "toxic-explicit"
kept = "3.jsonl"
"""


def read(screened: Screened) -> tuple[np.ndarray, np.ndarray, list[str | None], dict[str, Finding]]:
    parts = [scores for _, scores in screened.parts]
    assert not callable(screened.findings)
    said = [one for scores in parts for one in scores.evidence or ()]
    found = {one.axis: one for one in screened.findings}
    assert len(found) == len(screened.findings)
    return np.concatenate([one.score for one in parts]), np.concatenate([one.axes for one in parts]), said, found


def paragraphs() -> Records:
    """Paragraphs of the files of Python's own library: real texts, with copies; its packages are the groups."""
    library = Path(sysconfig.get_path("stdlib"))
    records: Records = []
    for package in ("asyncio", "email", "json", "unittest", "xml", "http"):
        for path in sorted((library / package).rglob("*.py")):
            for number, text in enumerate(path.read_text(encoding="utf-8").split("\n\n")):
                records.append(
                    {"id": f"{package}/{path.name}/{number}/{len(records)}", "text": text, "package": package}
                )
    return records


def filtered(records: Records, folder: Path) -> tuple[list[Records], Path]:
    """What each of three filters keeps, written beside the list of stages."""
    seen: set[str] = set()
    first = [one for one in records if len(one["text"]) >= 60]
    second = [one for one in first if one["text"] not in seen and not seen.add(one["text"])]  # type: ignore[func-returns-value]
    third = [one for one in second if "error" not in one["text"].lower()]
    for number, kept in enumerate((first, second, third), 1):
        # another order, and a column that the filter adds
        lines = (json.dumps({**one, "score": number}) for one in reversed(kept))
        (folder / f"{number}.jsonl").write_text("".join(f"{line}\n" for line in lines))
    (folder / "stages.toml").write_text(TOML)
    return [first, second, third], folder / "stages.toml"


def columns_of(records: Records) -> dict[str, list[object]]:
    return {name: [one[name] for one in records] for name in records[0]}


def test_three_filters_over_real_texts(tmp_path: Path) -> None:
    records = paragraphs()
    kept, stages = filtered(records, tmp_path)
    assert len(records) > len(kept[0]) > len(kept[1]) > len(kept[2]) > 1000
    items = items_of(columns_of(records), tmp_path, 500)
    score, axes, said, found = read(screen(items, stages=stages, key="id", group="package"))
    ids = [{one["id"] for one in records}, *({one["id"] for one in each} for each in kept)]
    # Each removed document was removed by exactly one filter, which is the one that has it in and not out.
    assert (np.nansum(axes, axis=1) == score).all()
    for n, record in enumerate(records):
        by = next(
            (place for place in range(3) if record["id"] in ids[place] and record["id"] not in ids[place + 1]), None
        )
        assert score[n] == (by is not None)
        if by is not None:
            assert axes[n, by] == 1
            assert np.isnan(axes[n, by + 1 :]).all()
            assert (axes[n, :by] == 0).all()
        assert said[n] == (
            None if by is None else f"removed by {FILTERS[by]} ({('heuristic', 'deduplication', 'toxic-explicit')[by]})"
        )
    # Counts add up exactly, of all and of each group.
    sizes = [len(records), *map(len, kept)]
    for place, name in enumerate(FILTERS):
        assert found[name].n == sizes[place]
        assert (
            f"{sizes[place]:,} in, {sizes[place] - sizes[place + 1]:,} removed, {sizes[place + 1]:,} left"
            in found[name].evidence
        )
    assert found[""].evidence == f"{sizes[0]:,} in, {sizes[0] - sizes[3]:,} removed, {sizes[3]:,} left"
    for package, count in Counter(one["package"] for one in records).items():
        left = sum(one["package"] == package for one in kept[2])
        assert found[f"group.{package}"].n == count
        assert found[f"group.{package}"].value == pytest.approx((count - left) / count)
        assert found[f"group.{package}"].evidence.endswith(f"{left:,} left")


def test_whole_rows_as_keys(tmp_path: Path) -> None:
    records = [{"id": n, "text": f"t{n % 7}"} for n in range(20)]
    (tmp_path / "1.jsonl").write_text("".join(json.dumps(one) + "\n" for one in records[:12]))
    (tmp_path / "stages.toml").write_text('[[stage]]\nname = "a"\nkept = "1.jsonl"\n')
    score, *_ = read(screen(items_of(columns_of(records), tmp_path), stages=tmp_path / "stages.toml"))
    assert score.tolist() == [0] * 12 + [1] * 8


def test_a_dialect_that_loses_more_is_flagged(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    dialect = rng.choice(["north", "south", "east", "west"], 4000, p=[0.5, 0.3, 0.15, 0.05])
    quality = np.where(rng.random(4000) < np.where(dialect == "east", 0.25, 0.1), "quality", "")
    removed = np.where(rng.random(4000) < 0.1, "length", quality)
    columns = {"id": list(range(4000)), "dialect": dialect.tolist(), "by": removed.tolist()}
    (tmp_path / "stages.toml").write_text(
        '[[stage]]\nname = "length"\npurpose = "heuristic"\n[[stage]]\nname = "quality"\npurpose = "data-quality"\n'
    )
    _, _, _, found = read(
        screen(items_of(columns, tmp_path), stages=tmp_path / "stages.toml", removed_by="by", group="dialect")
    )
    assert found["quality.gap"].evidence.startswith("more removed: east ")
    assert "more removed: east " in found["gap"].evidence
    low, high = found["quality.gap"].low, found["quality.gap"].high
    assert low is not None
    assert high is not None
    assert 0 < low < 0.15 < high
    assert "more removed" not in found["length.gap"].evidence


def test_no_false_flag_at_the_level(tmp_path: Path) -> None:
    flagged = 0
    for seed in range(100):
        rng = np.random.default_rng(seed)
        columns = {
            "g": rng.choice(list("abcdef"), 600).tolist(),
            "by": rng.choice(["", "x", "y", "z"], 600, p=[0.7, 0.1, 0.1, 0.1]).tolist(),
        }
        screened = screen(items_of(columns, tmp_path, 600), removed_by="by", group="g", least_gap=0.0)
        assert not callable(screened.findings)
        flagged += any(" removed: " in one.evidence for one in screened.findings if one.axis.endswith("gap"))
    # 5 are allowed for on average; 11 or more would come by chance in 1 of 100
    assert flagged <= 10


def test_a_column_of_filters_whose_order_nobody_knows(tmp_path: Path) -> None:
    columns = {"by": ["b", None, "a", "", "b"], "g": [1, 1, 2, 2, None]}
    screened = screen(items_of(columns, tmp_path), removed_by="by", group="g")
    assert screened.axes == ("a", "b")
    score, axes, said, found = read(screened)
    assert score.tolist() == [1, 0, 1, 0, 1]
    assert np.isnan(axes[0]).tolist() == [True, False]
    assert said[2] == "removed by a (undeclared)"
    assert (found["b"].value, found["b"].n) == (0.4, 5)
    assert "order of filters is not known" in found["b"].evidence
    assert found["group.None"].n == 1


def test_calls_it_refuses(tmp_path: Path) -> None:
    items = items_of({"by": ["a", "b"], "id": [1, 2]}, tmp_path)
    (tmp_path / "stages.toml").write_text('[[stage]]\nname = "a"\n')
    stages = tmp_path / "stages.toml"
    for flags, said in (
        ({}, "nothing says what was removed"),
        ({"stages": stages}, "stage 'a' names no file in kept"),
        ({"removed_by": "no"}, "there is no column 'no'. There are by, id"),
        ({"stages": stages, "removed_by": "by"}, "names the filter 'b', which --stages does not have"),
        ({"removed_by": "by", "group": "no"}, "there is no column 'no'. There are by, id"),
    ):
        with pytest.raises(UsageError, match=said.replace("[", "\\[")):
            screen(items, **flags)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="names 100 filters, over 60"):
        screen(items_of({"by": list(range(100))}, tmp_path), removed_by="by")


def test_nothing_went_in(tmp_path: Path) -> None:
    screened = screen(items_of({}, tmp_path), removed_by="by", group="g")
    assert list(screened.parts) == []
    assert not callable(screened.findings)
    assert screened.findings[0].value is None


def test_filters_do_not_depend_on_where_they_are_first_named(tmp_path: Path) -> None:
    column = ["b-b", None, "a", float("nan"), "b b", "", "a"]
    made = [read(screen(items_of({"by": some}, tmp_path, size=2), removed_by="by")) for some in (column, column[::-1])]
    assert list(made[0][3]) == ["", "a", "b_b", "b_b_2"]
    for one in made:
        assert [one[3][axis].value for axis in ("", "a", "b_b", "b_b_2")] == pytest.approx([4 / 7, 2 / 7, 1 / 7, 1 / 7])
        assert "b b " in one[3]["b_b"].evidence
    assert np.array_equal(made[0][1], made[1][1][::-1], equal_nan=True)
    assert [np.nanargmax(made[0][1][n]) for n in (2, 4, 0)] == [0, 1, 2]


def test_groups_with_long_names_stay_apart(tmp_path: Path) -> None:
    names = [f"{'long ' * 20}{n % 2}" for n in range(80)]
    by = ["x" if n % 2 else None for n in range(80)]
    found = read(screen(items_of({"by": by, "g": names}, tmp_path, size=9), removed_by="by", group="g"))[3]
    groups = [one for axis, one in found.items() if axis.startswith("group.")]
    assert sorted(one.value for one in groups) == [0, 1]
    assert found["gap"].value == 1
