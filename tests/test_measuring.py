from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from headgate import catalog, measuring, runs
from headgate.errors import BadInput
from headgate.shapes import Finding, Measured
from headgate.workspace import open_workspace

MADE = Measured("file:sha256:" + "a" * 64, (Finding("recall", 0.1, 0.0, 0.2, 40, "a 0.6, b 0.5"),))


def table(folder: Path, name: str = "t.csv") -> Path:
    # group a: 3 of 4 positives are found; group b: 1 of 4
    rows = [(1, 1, "a")] * 3 + [(1, 0, "a")] + [(1, 1, "b")] + [(1, 0, "b")] * 3 + [(0, 0, "a"), (0, 0, "b")]
    path = folder / name
    path.write_text("label,decision,group\n" + "".join(f"{y},{d},{g}\n" for y, d, g in rows), encoding="utf-8")
    return path


def test_findings_and_the_answer_are_written_of_the_artifact_that_is_named(tmp_path: Path) -> None:
    ws = open_workspace(tmp_path / "w", create=True)
    method = catalog.find("measure", "group_fairness")
    made, ref, run = measuring.measure(method, into=ws, ref="org/m", table=table(tmp_path), limit=0.1, draws=200)
    assert ref == "hf:model:org/m"
    assert run is not None
    assert (run.subject, run.status) == (ref, "done")
    assert run.inputs == {"measured": made.ref.removeprefix("file:sha256:")}
    rows = ws.db.execute('SELECT "check", value, n FROM findings WHERE subject = ?', [ref]).fetchall()
    assert ("group_fairness.recall", 0.5, 10) in rows
    assert next(row for row in rows if row[0] == "group_fairness")[1] in (1.0, None)


def test_without_a_workspace_nothing_is_written(tmp_path: Path) -> None:
    path = table(tmp_path)
    made, ref, run = measuring.measure(catalog.find("measure", "group_fairness"), table=path, draws=50)
    assert run is None
    assert ref == made.ref
    assert sorted(one.name for one in tmp_path.iterdir()) == ["t.csv"]


def test_a_measurement_of_another_artifact_does_not_replace_one(tmp_path: Path) -> None:
    ws = open_workspace(tmp_path / "w", create=True)
    method = catalog.find("measure", "group_fairness")
    for ref in ("org/m", "org/n", "org/m"):
        measuring.measure(method, into=ws, ref=ref, table=table(tmp_path), draws=50)
    count = "SELECT subject, count(*) FROM findings WHERE \"check\" = 'group_fairness.recall' GROUP BY 1 ORDER BY 1"
    assert ws.db.execute(count).fetchall() == [("hf:model:org/m", 1), ("hf:model:org/n", 1)]


def test_a_run_that_fails_is_recorded_as_failed(tmp_path: Path) -> None:
    ws = open_workspace(tmp_path / "w", create=True)
    with pytest.raises(BadInput, match="is no file"):
        measuring.measure(catalog.find("measure", "group_fairness"), into=ws, table=tmp_path / "none.csv")
    assert [one.status for one in runs.read_all(tmp_path / "w")] == ["failed"]


@pytest.mark.parametrize(("asked", "met", "code"), [("", None, 0), ("x", True, 0), ("x", False, 1), ("x", None, 2)])
def test_the_answer_is_the_exit_code(asked: str, met: bool | None, code: int) -> None:
    assert measuring.exit_code(replace(MADE, asked=asked, met=met)) == code
