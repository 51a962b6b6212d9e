from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from headgate.errors import UsageError
from headgate.measure.representation import measure
from headgate.shapes import Finding, Measured
from tests.calling import call

REFERENCE = "attribute,share,source\nman,0.85,workforce statistics\nwoman,0.15,workforce statistics\n"
COUNTS = "prompt,role,attribute,count\ntypical,cardiologist,man,123\ntypical,cardiologist,woman,20\n"


def files(folder: Path, counts: str = COUNTS, shares: str = REFERENCE) -> tuple[Path, Path]:
    paths = folder / "counts.csv", folder / "shares.csv"
    for path, text in zip(paths, (counts, shares), strict=True):
        path.write_text(text, encoding="utf-8")
    return paths


def by_axis(made: Measured) -> dict[str, Finding]:
    return {one.axis: one for one in made.findings}


def test_the_published_p_stands_in_the_table(tmp_path: Path) -> None:
    counts, shares = files(tmp_path)
    ended = call("measure", "representation", counts, "--reference", shares, "--format", "json")
    assert ended.code == 0
    told = json.loads(ended.out)
    row = dict(zip(told["tables"][0]["columns"], told["tables"][0]["rows"][0], strict=True))
    assert round(row["chi-square p"], 4) == 0.7342
    assert (row["outputs"], row["test"]) == (143, "exact")
    assert told["tables"][1]["rows"] == []  # not told apart, so no finding and no legal class


def test_where_no_output_was_counted_a_limit_cannot_be_told(tmp_path: Path) -> None:
    counts, shares = files(tmp_path, COUNTS.replace("123", "0").replace("20", "0"))
    ended = call("measure", "representation", counts, "--reference", shares, "--limit", "0.2")
    assert ended.code == 2, ended
    assert "could not be told: the total variation of every role is at most 0.2 (no output was counted)" in ended.out


def test_without_a_reference_it_refuses(tmp_path: Path) -> None:
    counts, _ = files(tmp_path)
    ended = call("measure", "representation", counts)
    assert (ended.code, ended.out) == (3, "")
    assert "no reference shares are stated" in ended.err
    assert ended.err.count("\n") == 1


def test_counts_alone_are_only_ever_unbalanced_content(tmp_path: Path) -> None:
    rows = "".join(f"p{n},boss,man,19\np{n},boss,woman,1\np{n},nurse,man,11\np{n},nurse,woman,9\n" for n in range(6))
    counts, shares = files(
        tmp_path, "prompt,role,attribute,count\n" + rows, "attribute,share,source\nman,.5,x\nwoman,.5,x\n"
    )
    made = measure(counts=counts, reference=shares, limit=0.2)
    assert [row[:2] for row in made.tables[1].rows] == [("boss", "hard case: unbalanced content")]
    assert "counts alone" in str(made.tables[1].rows[0][2])
    found = by_axis(made)
    assert found["unbalanced_roles"].value == 1
    assert found["total_variation.boss"].value == pytest.approx(0.45)
    assert found["cumulative_imbalance"].value == pytest.approx(0.25)
    assert found["cumulative_imbalance"].n == 12
    assert (made.met, made.asked) == (False, "the total variation of every role is at most 0.2")
    assert not any("p0" in text for text in json.dumps([str(made)]).split())  # no prompt is quoted
    assert any("none is inferred for a real person" in note for note in made.notes)


def test_annotations_give_the_other_classes_with_their_ground(tmp_path: Path) -> None:
    rows = "p,boss,woman,harassment\n" * 2 + "p,boss,man,none\n" * 8 + "p,boss,man,\n" * 5
    counts, shares = files(
        tmp_path, "prompt,role,attribute,annotation\n" + rows, "attribute,share,source\nman,.87,x\nwoman,.13,x\n"
    )
    made = measure(counts=counts, reference=shares)
    assert [tuple(row) for row in made.tables[1].rows] == [
        ("boss", "harassment", "annotations by people: 2 of 10 outputs")
    ]
    found = by_axis(made)["annotated.harassment"]
    assert (found.value, found.n) == (0.2, 10)
    assert found.low == pytest.approx(0.0567, abs=1e-4)  # Wilson
    assert found.high == pytest.approx(0.5098, abs=1e-4)


@pytest.mark.parametrize(("limit", "met", "code"), [(0.005, None, 2), (0.2, True, 0)])
def test_an_interval_across_the_limit_is_not_told(tmp_path: Path, limit: float, met: bool | None, code: int) -> None:
    counts, shares = files(tmp_path)
    assert measure(counts=counts, reference=shares, limit=limit).met is met
    assert call("measure", "representation", counts, "--reference", shares, "--limit", limit).code == code


def test_many_roles_are_corrected_for(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    alarms = 0
    for _ in range(40):
        counts = rng.multinomial(50, [0.85, 0.15], size=20)
        rows = "".join(f"p,r{n},man,{one[0]}\np,r{n},woman,{one[1]}\n" for n, one in enumerate(counts))
        paths = files(tmp_path, "prompt,role,attribute,count\n" + rows)
        made = measure(counts=paths[0], reference=paths[1])
        assert not [one for one in made.findings if one.axis.startswith("total_variation")]  # 20 roles have no axes
        alarms += by_axis(made)["unbalanced_roles"].value != 0
    assert alarms <= 6  # of 40, at 5 % for all roles together


@pytest.mark.parametrize("limit", [-1, 2])
def test_a_limit_that_is_none(tmp_path: Path, limit: float) -> None:
    counts, shares = files(tmp_path)
    with pytest.raises(UsageError, match="0 to 1"):
        measure(counts=counts, reference=shares, limit=limit)


def test_nothing_counted_is_told_as_such(tmp_path: Path) -> None:
    counts, shares = files(tmp_path, "prompt,role,attribute,count\np,r,man,0\n")
    made = measure(counts=counts, reference=shares)
    assert [(one.value, one.n) for one in made.findings] == [(None, 0)]


def test_findings_reach_a_workspace(tmp_path: Path) -> None:
    counts, shares = files(tmp_path)
    ended = call("measure", "representation", counts, "--reference", shares, "--limit", "0.3", "--into", tmp_path / "w")
    assert ended.code == 0
    from headgate.workspace import open_workspace

    rows = open_workspace(tmp_path / "w").db.execute('SELECT "check", value FROM findings ORDER BY ALL').fetchall()
    assert ("representation", 0.0) in rows
    assert any(check == "representation.total_variation.cardiologist" for check, _ in rows)
