from __future__ import annotations

from pathlib import Path

import numpy as np

from headgate import labels, run
from headgate.labels import Label
from headgate.learn import lineage as lineages
from headgate.learn import operators, seeds
from headgate.learn.explain import explanations
from tests.build import collect, model


def test_reasons_name_the_path_the_seeds_and_the_account(tmp_path: Path) -> None:
    ws, _ = collect(tmp_path / "w", [
        model("a/x-uncensored"),
        model("b/child", tags=["base_model:finetune:a/x-uncensored"]),
        model("b/copy", tags=["base_model:quantized:b/child"]),
        model("b/other"),
        model("c/parent"),
        model("d/loud-uncensored", tags=["base_model:finetune:c/parent"]),
        model("e/alone"),
    ])  # fmt: skip
    labels.add(ws, [Label("hf:model:b/other", "uncensored", "yes", "ann")])
    run.run_stage(ws, "link")
    lineage = lineages.load(ws.db)
    known = seeds.load(ws.db, lineage, "uncensored")
    names = dict(ws.db.execute(f"SELECT id, split_part(ref, ':', 3) FROM {lineage.table}").fetchall())
    nodes = np.arange(lineage.size, dtype=np.int32)
    said = {names[node]: text for node, text in explanations(ws.db, lineage, operators.build(lineage), known, nodes)}
    assert said["b/copy"] == (
        "path: quantised copy of hf:model:b/child > fine-tune of hf:model:a/x-uncensored, a seed by name; "
        "seeds: hf:model:a/x-uncensored 100%; account: 1 of 2 others are seeds"
    )
    # no seed among what it descends from: the nearest one either way is said to be near, not on its path
    assert said["c/parent"].startswith("near: source of the fine-tune hf:model:d/loud-uncensored, a seed by name")
    assert said["a/x-uncensored"] == "its own name says so (not used for its score)"
    assert (
        said["b/other"] == "no seed near: its words and numbers alone"
    )  # the next labeller must not read the first's yes
    assert said["e/alone"] == "no seed near: its words and numbers alone"
