"""`screen dependencies`: planted errors are found, and the rules of a real package index are those that SQL finds."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb
import numpy as np
import pytest

from headgate.errors import UsageError
from headgate.screen.dependencies import screen
from headgate.shapes import Finding, Floats, Screened
from tests.tables_of import apt_index, csv_columns, items_of


def read(screened: Screened) -> tuple[list[str], Floats, list[str | None], dict[str, Finding]]:
    """Ids, scores (headline first, then axes), evidence and findings."""
    ids: list[str] = []
    rows, said = [], list[str | None]()
    for part, scores in screened.parts:
        ids.extend(part)
        rows.append(np.column_stack([scores.score, scores.axes]))
        said.extend(scores.evidence or [None] * len(part))
    assert not callable(screened.findings)
    return ids, np.concatenate(rows), said, {one.axis: one for one in screened.findings}


@pytest.fixture
def planted() -> dict[str, Sequence[object]]:
    """200 rows: a town decides its land but in two, one of them misspelt; two copies, and one but for its number."""
    towns = ["Ayville", "Bostad", "Cyburg", "Dorf"]
    lands = ["Norland", "Sudland", "Norland", "Estland"]
    rng = np.random.default_rng(3)
    rows = [[n, towns[n % 4], lands[n % 4], int(rng.integers(0, 50)), int(rng.integers(0, 50))] for n in range(200)]
    rows[50][2] = "Norlnad"
    rows[61][2] = "Norland"
    rows[120] = list(rows[8])
    rows[121] = list(rows[9])
    rows[140] = [140, *rows[12][1:]]
    return {name: [row[n] for row in rows] for n, name in enumerate(["number", "town", "land", "x", "y"])}


def test_what_was_planted(planted: dict[str, Sequence[object]], tmp_path: Path) -> None:
    ids, scores, said, found = read(screen(items_of(planted, tmp_path), most_left=2))
    assert len(ids) == 200
    assert ids[120] == ids[8]
    assert np.flatnonzero(scores[:, 0]).tolist() == [50, 61]
    assert said[50] == "breaks town -> land (misspelt? compare row 2)"
    assert said[61] == "breaks town -> land"
    assert said[62] is None
    assert np.flatnonzero(scores[:, 1]).tolist() == [50]
    assert np.flatnonzero(scores[:, 2]).tolist() == [120, 121]
    assert 140 in np.flatnonzero(scores[:, 3])
    assert (found[""].value, found[""].n) == (2 / 200, 200)
    assert "town -> land (2 rows break it)" in found["near"].evidence
    assert (found["typo"].value, found["duplicate"].value) == (1 / 200, 2 / 200)
    low, high = found["duplicate"].low, found["duplicate"].high
    assert low is not None
    assert high is not None
    # Wilson, 2 of 200
    assert (low, high) == pytest.approx((0.002747, 0.035722), abs=1e-5)
    assert "number (" in found["near_duplicate"].evidence


def test_batches_do_not_matter(planted: dict[str, Sequence[object]], tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    one, other = (read(screen(items_of(planted, tmp_path / name, size))) for name, size in (("a", 1), ("b", 1000)))
    assert one[0] == other[0]
    assert (one[1] == other[1]).all()
    assert one[2:] == other[2:]


def test_why(planted: dict[str, Sequence[object]], tmp_path: Path) -> None:
    screened = screen(items_of(planted, tmp_path), why="town -> land")
    assert screened.axes == ("typo", "duplicate", "near_duplicate", "why")
    _, scores, _, found = read(screened)
    assert np.flatnonzero(scores[:, 4]).tolist() == [50, 61]
    assert found["why"].value == 2 / 200


def test_no_values_leave(planted: dict[str, Sequence[object]], tmp_path: Path) -> None:
    _, _, said, found = read(screen(items_of(planted, tmp_path), why="town -> x"))
    shown = " ".join([*filter(None, said), *(one.evidence for one in found.values())])
    assert not [name for name in ("Ayville", "Norland", "Norlnad") if name in shown]


def test_nothing_to_read(tmp_path: Path) -> None:
    screened = screen(items_of({}, tmp_path))
    assert list(screened.parts) == []
    assert {one.axis: one.value for one in screened.findings if one.axis not in {"exact", "near"}} == {  # type: ignore[union-attr]
        "": None, "typo": None, "duplicate": None, "near_duplicate": None
    }  # fmt: skip


@pytest.mark.parametrize("flags", [{"error": 0.5}, {"error": -0.1}, {"most_left": 7}, {"most": 0}, {"why": "a"}])
def test_flags_it_refuses(flags: dict[str, object], tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        screen(items_of({"a": [1], "b": [2]}, tmp_path), **flags)  # type: ignore[arg-type]


def test_german_credit(data: Path, tmp_path: Path) -> None:
    _, scores, _, found = read(screen(items_of(csv_columns(data / "fairness" / "german.csv"), tmp_path, 100)))
    assert found["exact"].value == 206
    assert "0 more than chance" in found["exact"].evidence
    assert not scores[:, :3].any()


def test_adult_repeats_24_rows(data: Path, tmp_path: Path) -> None:
    names = ["age", "workclass", "fnlwgt", "education", "education-num", *"fghijklmno"]
    columns = csv_columns(data / "fairness" / "adult-train.csv", names)
    _, scores, _, found = read(screen(items_of(columns, tmp_path, 5000), most_left=2))
    assert found["exact"].evidence.endswith(
        "2 more than chance: education -> education-num; education-num -> education"
    )
    assert scores[:, 2].sum() == len(columns["age"]) - len(set(zip(*columns.values(), strict=True))) == 24


def test_the_package_index_of_apt_against_sql(tmp_path: Path) -> None:
    columns = apt_index()
    flags = {"most_left": 2, "error": 0.01, "why": "Source, Version -> Maintainer"}
    screened = screen(items_of(columns, tmp_path, 5000), **flags)  # type: ignore[arg-type]
    _, scores, said, found = read(screened)
    with (tmp_path / "index.tsv").open("w") as file:
        for row in zip(*columns.values(), strict=True):
            file.write("\t".join("" if value is None else str(value) for value in row) + "\n")
    db = duckdb.connect()
    names = list(columns)
    db.execute(
        "CREATE TABLE t AS SELECT row_number() OVER () - 1 AS place, * FROM "
        "read_csv($path, delim = '\t', header = false, all_varchar = true, quote = '', names = $names, nullstr = '')",
        {"path": str(tmp_path / "index.tsv"), "names": names},
    )

    def breaking(left: list[str], right: str) -> int:
        by = ", ".join(f'"{name}"' for name in left) or "0"
        [[count]] = db.execute(
            f'SELECT sum(rows_) - sum(most) FROM (SELECT sum(c) AS rows_, max(c) AS most FROM (SELECT {by}, "{right}", '
            f"count(*) AS c FROM t GROUP BY ALL) GROUP BY {by})"
        ).fetchall()
        return int(count)

    # Every dependency that is shown, and how many rows break it.
    checked = 0
    for axis in ("exact", "near"):
        for shown in found[axis].evidence.split(": ", 1)[1].split("; "):
            rule, _, broken = shown.partition(" (")
            left, right = rule.split(" -> ")
            assert breaking(left.split(", "), right) == (int(broken.split()[0].replace(",", "")) if broken else 0)
            checked += 1
    assert checked >= 5
    asked = breaking(["Source", "Version"], "Maintainer")
    assert scores[:, 4].sum() == asked
    assert found["why"].value == pytest.approx(asked / len(columns["Package"]))
    # A version of a source is one maintainer's work, but for few.
    assert 0 < asked < 0.01 * len(columns["Package"])
    first = next(n for n, one in enumerate(said) if one)
    assert scores[first, 0] > 0
