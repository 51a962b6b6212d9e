"""Which duties reach which artifact, how surely, and from how far."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from headgate import graph as lineage
from headgate.licences.duties import UNKNOWN, Duty
from headgate.licences.inherit import NO, UNCLEAR, YES, Inherited, inherited, passes
from headgate.workspace import Workspace
from tests.chains import hub

NC = Duty("CC-BY-NC-4.0", "non_commercial")


def reached(ws: Workspace, given: Inherited, duty: Duty) -> dict[str, tuple[bool, int]]:
    """ref -> whether surely, steps, of what inherits `duty`."""
    place = given.duties.index(duty)
    (walk,) = [one for one in given.walks if place in one.duties]
    refs = [row[0] for row in ws.db.execute(f"SELECT ref FROM {given.graph.nodes} ORDER BY id").fetchall()]
    return {
        refs[state - given.graph.size]: (bool(sure), int(steps))
        for state, sure, steps in zip(walk.states, walk.sure, walk.steps, strict=True)
        if state >= given.graph.size
    }


@pytest.mark.parametrize(
    ("relation", "asks", "how"),
    [
        ("finetune", "share_alike", YES), ("merge", "no_derivatives", YES), ("quantized", "no_derivatives", UNCLEAR),
        ("copy", "no_derivatives", NO), ("copy", "share_alike", YES), ("adapter", "use_restrictions", YES),
        ("adapter", "no_redistribution", NO), ("trained_on", "non_commercial", UNCLEAR),
        ("trained_on", "no_redistribution", NO), ("base_family", "same_agreement", UNCLEAR),
        ("a relation nobody listed", "share_alike", UNCLEAR),
    ],
)  # fmt: skip
def test_what_each_relation_passes_on(relation: str, asks: str, how: int) -> None:
    assert passes(relation, asks) == how


def test_every_relation_of_the_schema_is_listed() -> None:
    import csv

    table = Path(lineage.__file__).parent / "data"
    with (table / "relations.csv").open() as known, (table / "licence_inheritance.csv").open() as listed:
        everything = {row["relation"] for row in csv.DictReader(listed) if row["asks"] == "*"}
        assert {row["relation"] for row in csv.DictReader(known)} == everything


def test_a_duty_goes_down_every_step_whatever_is_stated_between(tmp_path: Path) -> None:
    models = {
        "a/n": ("cc-by-nc-4.0", []), "b/x": ("mit", [("finetune", "a/n")]), "c/y": (None, [("merge", "b/x")]),
        "d/z": ("mit", [("trained_on", "e/none"), ("quantized", "c/y")]),
    }  # fmt: skip
    ws = hub(tmp_path / "w", models)
    found = reached(ws, inherited(ws.db), NC)
    assert found == {"hf:model:b/x": (True, 1), "hf:model:c/y": (True, 2), "hf:model:d/z": (True, 3)}


def test_data_makes_it_unclear_and_what_follows_stays_unclear(tmp_path: Path) -> None:
    models = {"b/x": ("mit", [("trained_on", "a/d")]), "c/y": ("mit", [("finetune", "b/x")])}
    ws = hub(tmp_path / "w", models, {"a/d": "cc-by-nc-4.0"})
    assert reached(ws, inherited(ws.db), NC) == {"hf:model:b/x": (False, 1), "hf:model:c/y": (False, 2)}
    assert NC not in inherited(ws.db, data=False).duties


def test_a_sure_way_counts_over_a_nearer_unclear_one(tmp_path: Path) -> None:
    models = {
        "a/n": ("cc-by-nc-4.0", []), "b/x": ("mit", [("finetune", "a/n")]),
        "c/y": ("mit", [("finetune", "b/x"), ("base_family", "a/n")]),
    }  # fmt: skip
    ws = hub(tmp_path / "w", models)
    assert reached(ws, inherited(ws.db), NC)["hf:model:c/y"] == (True, 2)


def test_a_holder_s_own_new_licence_ends_only_its_own_duties(tmp_path: Path) -> None:
    models = {
        "a/n": ("cc-by-nc-4.0", []), "A/relicensed": ("mit", [("finetune", "a/n")]),
        "a/silent": (None, [("finetune", "a/n")]), "b/one": ("mit", [("finetune", "A/relicensed")]),
        "b/two": ("mit", [("finetune", "a/silent")]), "b/three": ("mit", [("finetune", "b/two")]),
    }  # fmt: skip
    ws = hub(tmp_path / "w", models)
    assert reached(ws, inherited(ws.db), NC) == {"hf:model:b/two": (True, 2), "hf:model:b/three": (True, 3)}


def test_what_nobody_collected_asks_what_nobody_knows(tmp_path: Path) -> None:
    ws = hub(tmp_path / "w", {"b/x": ("mit", [("finetune", "gone/base")])})
    assert reached(ws, inherited(ws.db), UNKNOWN) == {"hf:model:b/x": (True, 1)}


def test_without_edges_nothing_is_inherited(tmp_path: Path) -> None:
    given = inherited(hub(tmp_path / "w", {"a/x": ("mit", [])}).db)
    assert (given.walks, len(given.holds)) == ((), 0)


def test_an_account_is_one_of_its_hub(tmp_path: Path) -> None:
    from tests.build import collect, model

    records = [model("maker/n", tags=["license:cc-by-nc-4.0"], cardData={"license": "cc-by-nc-4.0"})]
    collect(tmp_path / "w", records)
    thief = {"id": 7, "name": "x", "type": "Checkpoint", "creator": {"username": "Maker"}, "modelVersions": []}
    ws, _ = collect(tmp_path / "w", [thief], "civitai")
    ws.db.execute(
        "CREATE OR REPLACE TEMP VIEW edges AS SELECT 'civitai:model:7' AS child, 'hf:model:maker/n' AS parent, "
        "'copy' AS relation, 'read' AS how, 1.0 AS confidence, '' AS evidence"
    )
    assert reached(ws, inherited(ws.db), NC) == {"civitai:model:7": (True, 1)}


def test_a_guess_from_a_name_is_never_sure(tmp_path: Path) -> None:
    ws = hub(tmp_path / "w", {"a/n": ("cc-by-nc-4.0", []), "b/x": ("mit", [])})
    ws.db.execute(
        "CREATE OR REPLACE TEMP VIEW edges AS SELECT 'hf:model:b/x' AS child, 'hf:model:a/n' AS parent, "
        "'quantized' AS relation, 'inferred' AS how, 0.6 AS confidence, '' AS evidence"
    )
    assert reached(ws, inherited(ws.db), NC) == {"hf:model:b/x": (False, 1)}


def test_what_is_made_of_a_copy_derives_from_the_work(tmp_path: Path) -> None:
    ws = hub(tmp_path / "w", {"a/d": ("cc-by-nd-4.0", []), "b/x": ("mit", []), "c/y": ("mit", [("finetune", "b/x")])})
    ws.db.execute(
        "CREATE OR REPLACE TEMP VIEW edges AS SELECT 'hf:model:b/x' AS child, 'hf:model:a/d' AS parent, "
        "'copy' AS relation, 'read' AS how, 1.0 AS confidence UNION ALL "
        "SELECT 'hf:model:c/y', 'hf:model:b/x', 'finetune', 'declared', 1.0"
    )
    found = reached(ws, inherited(ws.db), Duty("CC-BY-ND-4.0", "no_derivatives"))
    assert found == {"hf:model:c/y": (True, 2)}


def test_a_holder_s_own_copy_under_other_terms_ends_them(tmp_path: Path) -> None:
    ws = hub(tmp_path / "w", {"a/d": ("cc-by-nd-4.0", []), "a/x": ("mit", []), "c/y": ("mit", [])})
    ws.db.execute(
        "CREATE OR REPLACE TEMP VIEW edges AS SELECT 'hf:model:a/x' AS child, 'hf:model:a/d' AS parent, "
        "'copy' AS relation, 'read' AS how, 1.0 AS confidence UNION ALL "
        "SELECT 'hf:model:c/y', 'hf:model:a/x', 'finetune', 'declared', 1.0"
    )
    assert reached(ws, inherited(ws.db), Duty("CC-BY-ND-4.0", "no_derivatives")) == {}


def test_an_own_parent_that_nobody_collected_stays_unknown(tmp_path: Path) -> None:
    ws = hub(tmp_path / "w", {"b/x": ("mit", [("finetune", "b/private")])})
    assert reached(ws, inherited(ws.db), UNKNOWN) == {"hf:model:b/x": (True, 1)}


def test_steps_are_the_fewest_and_states_are_sorted(tmp_path: Path) -> None:
    models = {
        "a/n": ("cc-by-nc-4.0", []), "b/x": ("mit", [("finetune", "a/n")]),
        "c/y": ("mit", [("merge", "b/x"), ("merge", "a/n")]),
    }  # fmt: skip
    ws = hub(tmp_path / "w", models)
    given = inherited(ws.db)
    assert reached(ws, given, NC)["hf:model:c/y"] == (True, 1)
    assert all(np.all(np.diff(walk.states) > 0) for walk in given.walks)
