from __future__ import annotations

from pathlib import Path

import pytest

from headgate.errors import BadInput, UsageError
from headgate.measure.spillover import measure
from tests.calling import call


def table(folder: Path, rows: list[tuple[str, ...]], columns: str = "ring,style,before,after") -> Path:
    path = folder / "answers.csv"
    path.write_text("\n".join([columns, *(",".join(row) for row in rows)]) + "\n", encoding="utf-8")
    return path


def rows() -> list[tuple[str, ...]]:
    """9 of 10 direct, 12 of 20 indirect and 1 of 50 control answers changed."""
    made = []
    for ring, changed, of in (("direct", 9, 10), ("indirect", 12, 20), ("control", 1, 50)):
        for n in range(of):
            style = "authority" if n % 2 else "plain"
            made.append((ring, style, "Blue  lake", "red" if n < changed else "blue lake"))
    return made


def test_rings_radius_and_styles(tmp_path: Path) -> None:
    made = measure(table=table(tmp_path, rows()), style="style")
    assert [(one.axis, one.value, one.n) for one in made.findings] == [
        ("direct", 0.9, 10), ("indirect", 0.6, 20), ("control", 0.02, 50)
    ]  # fmt: skip
    assert "9 of 10 answers changed, +0.880 over the control" in made.findings[0].evidence
    assert made.notes == ("side-effect radius: indirect",)
    assert ("authority", "indirect", 6, 10, 0.6) in made.tables[0].rows
    assert made.asked == ""


@pytest.mark.parametrize(("limit", "met"), [(0.05, False), (0.5, None), (0.95, True)])
def test_a_limit_is_of_the_farther_rings(tmp_path: Path, limit: float, met: bool | None) -> None:
    assert measure(table=table(tmp_path, rows()), order="direct,indirect,control", limit=limit).met is met


def test_a_ring_of_which_nothing_was_asked_does_not_pass(tmp_path: Path) -> None:
    made = measure(table=table(tmp_path, rows()), limit=0.95)
    assert made.met is None
    assert made.because.endswith("nothing was asked of peripheral, see --order")
    assert measure(table=table(tmp_path, rows()), limit=0.05).met is False


def test_what_nobody_answered_is_not_unchanged(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="row 81: before and after are empty"):
        measure(table=table(tmp_path, [*rows(), ("control", "plain", "", " ")]), limit=0.95)


def test_a_limit_without_a_control_cannot_be_told(tmp_path: Path) -> None:
    made = measure(table=table(tmp_path, [row for row in rows() if row[0] != "control"]), limit=0.5)
    assert made.met is None


def test_right_answers_lost_and_won_are_paired(tmp_path: Path) -> None:
    answers = [("control", "a", "b", "a")] * 6 + [("control", "b", "a", "a")] * 2 + [("direct", "a", "a", "a")] * 2
    made = measure(table=table(tmp_path, answers, "ring,before,after,right"), right="right")
    lost = next(one for one in made.findings if one.axis == "control.lost")
    assert lost.value == pytest.approx(4 / 8)
    assert lost.evidence == "6 right answers lost and 2 won of 8"


def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="the rings far are not among near, control"):
        measure(table=table(tmp_path, [("far", "a", "b"), ("near", "a", "b")], "ring,before,after"),
                order="near,control")  # fmt: skip
    with pytest.raises(UsageError, match="no column ring"):
        measure(table=table(tmp_path, [("a", "b")], "before,after"))
    with pytest.raises(UsageError, match="a limit of -1"):
        measure(table=table(tmp_path, rows()), limit=-1)
    with pytest.raises(BadInput, match="is no file"):
        measure(table=tmp_path / "none.csv")


def test_no_answer_leaves(tmp_path: Path) -> None:
    done = call("measure", "spillover", table(tmp_path, rows()), "--style", "style", "--into", tmp_path / "w")
    assert done.code == 0, done
    assert "red" not in done.out.lower().replace("measured", "")
    assert "lake" not in done.out.lower()


def test_an_edit_of_a_tiny_model_spreads_to_who_lives_there_and_not_to_all(tmp_path: Path) -> None:
    pytest.importorskip("transformers", reason="the extra models is not installed")
    from tests.edited_facts import edited

    made = measure(table=table(tmp_path, edited(1, 1, 8), "ring,style,before,after"))
    share = {one.axis: one.value for one in made.findings}
    assert share["direct"] == 1
    assert share["indirect"] > share["control"]  # type: ignore[operator]
    assert share["control"] < 0.15  # type: ignore[operator]
