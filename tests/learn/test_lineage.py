from __future__ import annotations

from pathlib import Path

import numpy as np

from headgate import run
from headgate.learn import lineage as lineages
from headgate.learn.lineage import RELATIONS
from headgate.shapes import Db
from tests.build import collect, model
from tests.lineages import lineage


def made(path: Path) -> Db:
    ws, _ = collect(path / "w", [
        model("a/base", downloads=100, likes=3, createdAt="2020-01-11T00:00:00.000Z"),
        model("b/Base-uncensored", tags=["base_model:finetune:a/base", "dataset:d/data"]),
        model("b/quiet-GGUF", tags=["base_model:quantized:B/base-Uncensored", "abliterated"]),
        model("c/far", tags=["base_model:adapter:gone/away", "base_model:finetune:c/far"]),
    ])  # fmt: skip
    collect(path / "w", [{"id": "d/data", "author": "d", "tags": []}], "dataset")
    run.run_stage(ws, "link")
    return ws.db


def nodes_of(db: Db, found: lineages.Lineage) -> dict[str, int]:
    return {ref: node for node, ref in db.execute(f"SELECT id, ref FROM {found.table}").fetchall()}


def test_every_artifact_and_every_named_parent_is_one_node(tmp_path: Path) -> None:
    db = made(tmp_path)
    found = lineages.load(db)
    at = nodes_of(db, found)
    assert set(at) == {"hf:model:a/base", "hf:model:b/Base-uncensored", "hf:model:b/quiet-GGUF", "hf:model:c/far",
                       "hf:model:gone/away", "hf:dataset:d/data"}  # fmt: skip
    assert found.size == 6
    assert [found.model[at[r]] for r in ("hf:model:a/base", "hf:model:gone/away", "hf:dataset:d/data")] == [1, 0, 0]
    assert {ref for ref, node in at.items() if found.says[node]} == {
        "hf:model:b/Base-uncensored",
        "hf:model:b/quiet-GGUF",
    }
    links = {(c, p, RELATIONS[r]) for c, p, r in zip(found.child, found.parent, found.relation, strict=True)}
    assert links == {
        (at["hf:model:b/Base-uncensored"], at["hf:model:a/base"], "finetune"),
        (at["hf:model:b/Base-uncensored"], at["hf:dataset:d/data"], "trained_on"),
        (at["hf:model:b/quiet-GGUF"], at["hf:model:b/Base-uncensored"], "quantized"),
        (at["hf:model:c/far"], at["hf:model:gone/away"], "adapter"),  # a link to itself is left out
    }
    assert found.weight.dtype == np.float32
    assert (found.weight > 0).all()


def test_accounts_are_shared_by_their_artifacts_only(tmp_path: Path) -> None:
    db = made(tmp_path)
    found = lineages.load(db)
    at = nodes_of(db, found)
    author = found.author
    assert author[at["hf:model:b/Base-uncensored"]] == author[at["hf:model:b/quiet-GGUF"]]
    assert len(set(author.tolist())) == 5  # a, b, c, d and the one of whom nobody knows whose it is


def test_numbers_are_logs_and_days_and_nan_where_not_known(tmp_path: Path) -> None:
    db = made(tmp_path)
    found = lineages.load(db)
    at = nodes_of(db, found)
    downloads, likes, days, tags = found.numbers[at["hf:model:a/base"]]
    assert np.allclose([downloads, likes, days, tags], [np.log(101), np.log(4), 10, 0])
    assert np.isnan(found.numbers[at["hf:model:gone/away"]]).all()
    assert found.created.tolist().count(10) == 1


def test_components_follow_descent_and_not_data(tmp_path: Path) -> None:
    db = made(tmp_path)
    found = lineages.load(db)
    at, component = nodes_of(db, found), lineages.components(found)
    family = {component[at[f"hf:model:{name}"]] for name in ("a/base", "b/Base-uncensored", "b/quiet-GGUF")}
    assert len(family) == 1
    assert component[at["hf:dataset:d/data"]] not in family
    assert component[at["hf:model:c/far"]] == component[at["hf:model:gone/away"]]


def test_places_are_found_whatever_the_case_and_minus_one_is_unknown(tmp_path: Path) -> None:
    db = made(tmp_path)
    found = lineages.load(db)
    at = nodes_of(db, found)
    refs = ["hf:model:B/BASE-UNCENSORED", "hf:model:no/body", "hf:model:a/base", "hf:model:a/base"]
    expected = [at["hf:model:b/Base-uncensored"], -1, at["hf:model:a/base"], at["hf:model:a/base"]]
    assert lineages.places(db, found, refs).tolist() == expected
    hubs = lineages.hubs(db, found)
    assert len(set(hubs.tolist())) == 1
    lineages.drop(db, found)
    assert not db.execute("SELECT 1 FROM duckdb_tables() WHERE table_name = ?", [found.table]).fetchall()


def test_an_empty_workspace_has_no_nodes(tmp_path: Path) -> None:
    ws, _ = collect(tmp_path / "w", [model("a/only")])
    found = lineages.load(ws.db)
    assert (found.size, len(found.child)) == (1, 0)


def test_accounts_spelled_differently_are_one(tmp_path: Path) -> None:
    ws, _ = collect(tmp_path / "w", [model("Org/one", author="Org"), model("org/two", author="org"), model("x/three")])
    found = lineages.load(ws.db)
    at = nodes_of(ws.db, found)
    assert found.author[at["hf:model:Org/one"]] == found.author[at["hf:model:org/two"]]
    assert len(set(found.author.tolist())) == 2


def test_a_node_is_called_as_its_artifact_is(tmp_path: Path) -> None:
    ws, _ = collect(tmp_path / "w", [model("org/base"), model("b/child", tags=["base_model:finetune:ORG/Base"])])
    run.run_stage(ws, "link")
    assert set(nodes_of(ws.db, lineages.load(ws.db))) == {"hf:model:org/base", "hf:model:b/child"}


def test_links_of_no_confidence_are_none(tmp_path: Path) -> None:
    links = [("b", "a", 0.0), ("c", "a", float("nan")), ("d", "a", 0.5)]
    artifacts = {f"hf:model:x/{one}": {} for one in "abcd"}
    edges = [{"child": f"hf:model:x/{c}", "parent": f"hf:model:x/{p}", "confidence": sure} for c, p, sure in links]
    assert lineages.load(lineage(tmp_path / "w", artifacts, edges).db).weight.tolist() == [0.5]
