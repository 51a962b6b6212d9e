"""The ten licences that most declare, and how many more there are."""

from __future__ import annotations

from pathlib import Path

from headgate import workspace
from headgate.report.summary import summarise
from tests.report_workspace import artifact, put


def test_the_ten_most_declared(tmp_path: Path) -> None:
    ws = workspace.open_workspace(tmp_path / "hub", create=True)
    rows = [artifact("hf:model:a/both", licences=["l0", "l1"], has_card=True)]
    rows += [artifact(f"hf:model:a/{n}", licences=[f"l{n:02d}"], has_card=True) for n in range(12)]
    rows += [artifact("hf:model:a/twice", licences=["l0"], has_card=True), artifact("hf:model:a/none", has_card=True)]
    put(ws, "collect", "dump", "artifacts", rows)
    (row,) = summarise(ws).licences
    assert (row.count, row.declared, row.not_stated) == (15, 14, 1)
    assert (row.top[0].licence, row.top[0].share.found, row.top[0].share.of) == ("l0", 2, 14)
    assert (len(row.top), row.others) == (10, 4)
    assert (row.omission.found, row.omission.of) == (1, 15)
