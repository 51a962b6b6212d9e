"""The words, the clause and the path of evidence."""

from __future__ import annotations

from pathlib import Path

from headgate.licences.inherit import inherited
from headgate.licences.judging import at_odds, judge
from headgate.licences.reasons import LONGEST, reasons
from tests.chains import hub


def texts(path: Path, models: dict[str, object]) -> dict[str, str]:
    ws = hub(path, models)  # type: ignore[arg-type]
    given = inherited(ws.db)
    verdicts = judge(given)
    nodes, found = reasons(ws.db, given, verdicts, at_odds(given, verdicts))
    refs = [row[0] for row in ws.db.execute(f"SELECT ref FROM {given.graph.nodes} ORDER BY id").fetchall()]
    assert len(set(nodes.tolist())) == len(nodes)
    return {refs[node]: text for node, text in zip(nodes.tolist(), found.tolist(), strict=True)}


def test_licence_clause_path_and_the_first_who_dropped_it(tmp_path: Path) -> None:
    found = texts(tmp_path / "w", {
        "a/n": ("cc-by-nc-4.0", []), "b/kept": ("cc-by-nc-4.0", [("finetune", "a/n")]),
        "c/lost": ("mit", [("merge", "b/kept")]), "d/copy": ("apache-2.0", [("quantized", "c/lost")]),
    })  # fmt: skip
    text = found["hf:model:d/copy"]
    assert text.startswith("the artifact says Apache-2.0, but CC-BY-NC-4.0 upstream asks: ")
    # the nearest of the two artifacts under that licence
    assert "; path: this <-quantized- hf:model:c/lost <-merge- hf:model:b/kept; " in text
    assert text.endswith("first dropped at hf:model:c/lost")
    assert "first dropped" not in found["hf:model:c/lost"]
    assert "hf:model:b/kept" not in found


def test_what_is_not_known_names_where(tmp_path: Path) -> None:
    found = texts(tmp_path / "w", {"b/x": ("mit", [("finetune", "gone/base")]), "c/y": ("mit", [("adapter", "b/x")])})
    assert found == {
        "hf:model:b/x": "not known what a licence upstream asks; path: this <-finetune- hf:model:gone/base",
        "hf:model:c/y": "not known what a licence upstream asks; path: this <-adapter- hf:model:b/x <-finetune- "
        "hf:model:gone/base",
    }  # fmt: skip


def test_a_licence_that_is_not_known_here_is_told(tmp_path: Path) -> None:
    found = texts(tmp_path / "w", {
        "a/l": ("gemma", []), "b/other": ("other", [("finetune", "a/l")]), "b/none": (None, [("finetune", "a/l")]),
    })  # fmt: skip
    assert found["hf:model:b/other"].startswith(
        "the artifact has a licence nobody knows, and it is not clear whether that keeps"
    )
    assert found["hf:model:b/none"].startswith("the artifact states none, and it is not clear")


def test_parents_that_cannot_be_combined(tmp_path: Path) -> None:
    found = texts(tmp_path / "w", {
        "a/g": ("gpl-3.0", []), "b/n": ("cc-by-nc-4.0", []), "d/x": ("other", [("merge", "a/g"), ("merge", "b/n")]),
    })  # fmt: skip
    assert found["hf:model:d/x"].startswith("no licence can keep all of: ")
    assert "GPL-3.0-only" in found["hf:model:d/x"]


def test_a_long_path_is_cut(tmp_path: Path) -> None:
    models = {"u0/m": ("cc-by-nc-4.0", [])}
    models |= {f"u{n}/m": ("mit", [("finetune", f"u{n - 1}/m")]) for n in range(1, 14)}
    text = texts(tmp_path / "w", models)["hf:model:u13/m"]
    assert text.count(" <-finetune- ") == LONGEST
    assert text.endswith("and further up; first dropped at hf:model:u1/m")
