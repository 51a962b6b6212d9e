from __future__ import annotations

from pathlib import Path

import numpy as np

from headgate import labels
from headgate.labels import Label
from headgate.learn import lineage as lineages
from headgate.learn import seeds
from tests.build import collect, model


def test_people_outweigh_the_rule_and_disputes_count_for_nothing(tmp_path: Path) -> None:
    ws, _ = collect(
        tmp_path / "w", [model(f"a/{n}") for n in ("one-uncensored", "two-uncensored", "plain", "drawn", "torn")]
    )
    m = "hf:model:a/"
    labels.add(ws, [
        Label(m + "two-uncensored", "uncensored", "no", "ann", "adjudication"),
        Label(m + "plain", "uncensored", "yes", "ann", "seed"),
        Label(m + "drawn", "uncensored", "no", "ann", "review", chance=0.25),
        Label(m + "drawn", "uncensored", "no", "bob", "review", chance=0.25),
        Label(m + "torn", "uncensored", "yes", "ann", "review", chance=0.5),
        Label(m + "torn", "uncensored", "no", "bob", "review", chance=0.5),
        Label(m + "one-uncensored", "another", "no", "ann", "seed"),
        Label(m + "gone", "uncensored", "yes", "ann", "seed"),
    ])  # fmt: skip
    lineage = lineages.load(ws.db)
    found = seeds.load(ws.db, lineage, "uncensored")
    at = dict(ws.db.execute(f"SELECT split_part(ref, '/', 2), id FROM {lineage.table}").fetchall())
    names = ("one-uncensored", "two-uncensored", "plain", "drawn", "torn")
    assert [found.yes[at[n]] for n in names] == [1, 0, 1, 0, 0]
    assert [bool(found.no[at[n]]) for n in names] == [False, True, False, True, False]
    assert [bool(found.ruled[at[n]]) for n in names] == [True, False, False, False, False]
    assert [bool(found.reviewed[at[n]]) for n in names] == [False, False, False, True, False]
    assert found.chance[at["drawn"]] == 0.25


def test_a_contested_label_is_no_seed(tmp_path: Path) -> None:
    ws, _ = collect(tmp_path / "w", [model("a/plain"), model("a/other")])
    labels.add(ws, [Label("hf:model:a/plain", "uncensored", "yes", "ann"), Label("hf:model:a/other", "uncensored", "yes", "ann"),
                    Label("hf:model:a/plain", "uncensored", "contested", "maker", "appeal", "made for a study")])  # fmt: skip
    lineage = lineages.load(ws.db)
    assert seeds.load(ws.db, lineage, "uncensored").yes.sum() == 1


def test_without_labels_the_rule_alone_speaks(tmp_path: Path) -> None:
    ws, _ = collect(tmp_path / "w", [model("a/x-uncensored"), model("a/y")])
    found = seeds.load(ws.db, lineages.load(ws.db), "uncensored")
    assert found.yes.sum() == found.ruled.sum() == 1
    assert not found.no.any()
    assert np.isnan(found.chance).all()
    assert not found.reviewed.any()
