"""The worst that each artifact makes of what it inherits, and parents that exclude one another."""

from __future__ import annotations

from pathlib import Path

from headgate.licences.duties import ASKS
from headgate.licences.inherit import Inherited, inherited
from headgate.licences.judging import BROKEN, KEPT, OPEN, Verdicts, at_odds, judge
from headgate.workspace import Workspace
from tests.chains import hub


def told(ws: Workspace, given: Inherited, verdicts: Verdicts) -> dict[str, tuple[int, str, set[str]]]:
    """ref -> grade, the duty that says so, everything broken."""
    refs = [row[0] for row in ws.db.execute(f"SELECT ref FROM {given.graph.nodes} ORDER BY id").fetchall()]
    return {
        ref: (
            int(verdicts.grade[node]), given.duties[verdicts.duty[node]].asks if verdicts.duty[node] >= 0 else "",
            {asks for place, asks in enumerate(ASKS) if verdicts.broken[node] >> place & 1},
        )
        for node, ref in enumerate(refs)
    }  # fmt: skip


MODELS = {
    "a/l": ("llama2", []), "b/n": ("cc-by-nc-4.0", []), "c/o": ("other", []),
    "d/plain": ("apache-2.0", [("merge", "a/l"), ("merge", "b/n")]),
    "d/kept": ("llama2", [("finetune", "a/l")]),
    "d/open": ("llama2", [("merge", "a/l"), ("merge", "c/o")]),
    "d/root": ("mit", []),
}  # fmt: skip


def test_the_gravest_broken_duty_is_reported_and_all_are_listed(tmp_path: Path) -> None:
    ws = hub(tmp_path / "w", MODELS)
    given = inherited(ws.db)
    found = told(ws, given, judge(given))
    assert found["hf:model:d/plain"] == (
        BROKEN, "non_commercial", {"non_commercial", "same_agreement", "use_restrictions", "threshold"},
    )  # fmt: skip
    assert found["hf:model:d/kept"][0] == KEPT
    assert found["hf:model:d/open"] == (OPEN, "unknown", set())
    assert found["hf:model:a/l"] == (-1, "", set())


def test_only_the_duties_asked_for_are_judged(tmp_path: Path) -> None:
    ws = hub(tmp_path / "w", MODELS)
    given = inherited(ws.db)
    found = told(ws, given, judge(given, ("use_restrictions",)))
    assert found["hf:model:d/plain"] == (BROKEN, "use_restrictions", {"use_restrictions"})
    assert found["hf:model:d/open"] == (KEPT, "use_restrictions", set())


def test_parents_that_exclude_one_another_are_a_conflict_whatever_the_child_is(tmp_path: Path) -> None:
    models = {
        "a/g": ("gpl-3.0", []), "b/n": ("cc-by-nc-4.0", []), "c/m": ("mit", []),
        "d/x": ("other", [("merge", "a/g"), ("merge", "b/n")]), "d/y": ("other", [("merge", "a/g"), ("merge", "c/m")]),
        "d/z": (None, [("finetune", "d/x")]),
    }  # fmt: skip
    ws = hub(tmp_path / "w", models)
    given = inherited(ws.db)
    refs = [row[0] for row in ws.db.execute(f"SELECT ref FROM {given.graph.nodes} ORDER BY id").fetchall()]
    found = {refs[node]: {duty.licence for duty in duties} for node, duties in at_odds(given, judge(given)).items()}
    assert set(found) == {"hf:model:d/x", "hf:model:d/z"}
    assert all(licences == {"GPL-3.0-only", "CC-BY-NC-4.0"} for licences in found.values())
