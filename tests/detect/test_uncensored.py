from __future__ import annotations

from pathlib import Path

import numpy as np

from headgate import run
from tests.build import collect, findings, model
from tests.planted import write


def test_finds_what_was_planted_by_lineage_words_and_accounts(tmp_path: Path) -> None:
    ws, population, refs = write(tmp_path / "w", 2_000, 1, begins=0.04)
    run.run_method(ws, "detect", "uncensored")
    rows = ws.db.execute("SELECT subject, value, sensitive, harm FROM findings WHERE value IS NOT NULL").fetchall()
    assert {row[2:] for row in rows} == {(True, "use")}
    stated = dict(row[:2] for row in rows)
    truth = {ref: bool(t) for ref, t in zip(refs, population.truth, strict=True)}
    top = sorted(stated, key=lambda ref: -stated[ref])[:80]
    assert np.mean([truth[ref] for ref in top]) > 0.6
    assert all(0 <= value <= 1 for value in stated.values())


def test_a_hub_with_hardly_a_seed_is_no_error(tmp_path: Path) -> None:
    ws, _ = collect(tmp_path / "w", [model("a/x-uncensored"), model("b/y")])
    found = findings(ws, "uncensored")
    assert set(found.values()) == {(None, "1 seeds, fewer than 20: review some, or import labels")}
