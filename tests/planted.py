"""A workspace with a planted population: tables as collection and linking would have made them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from headgate import workspace
from headgate.learn.lineage import RELATIONS
from headgate.synthetic.population import FAMILIES, PLAIN, Population, plant
from headgate.workspace import Workspace, open_workspace

_ARTIFACTS = """
SELECT CASE WHEN id < $models THEN 'hf:model:' ELSE 'hf:dataset:' END || 'u' || author || '/' || name AS ref,
       'huggingface' AS hub, CASE WHEN id < $models THEN 'model' ELSE 'dataset' END AS kind,
       'u' || author || '/' || name AS name, 'u' || author AS author, TIMESTAMP '2026-01-01' AS observed,
       TIMESTAMP '2022-01-01' + to_days((id::BIGINT * 1000 // $models)::INTEGER) AS created,
       []::VARCHAR[] AS tags, 'text-generation' AS pipeline, false AS gone, $run AS run
FROM planted
"""
_EDGES = """
SELECT c.ref AS child, p.ref AS parent, $relations[l.relation + 1] AS relation, 'declared' AS how,
       l.weight AS confidence, 'planted' AS method, $run AS run
FROM links AS l JOIN refs AS c ON c.id = l.child JOIN refs AS p ON p.id = l.parent
"""


def write(path: Path, models: int, seed: int, **given: float) -> tuple[Workspace, Population, list[str]]:
    """The workspace at `path` with `plant(models, seed)`, and the ref of each node."""
    population = plant(models, seed, **given)
    line = population.lineage
    ws = open_workspace(path, create=True)
    fill(ws, population)
    rows = ws.db.execute("SELECT id, ref FROM refs ORDER BY id").fetchall()
    assert len(rows) == line.size
    return ws, population, [row[1] for row in rows]


def fill(ws: Workspace, population: Population) -> None:
    """Write the tables; the temporary table refs(id, ref) of the connection tells which node is which."""
    line, models = population.lineage, len(population.words)
    columns = {
        "id": np.arange(line.size, dtype=np.int32), "author": line.author, "says": population.says,
        **{name: np.concatenate([population.words[:, i], np.full(line.size - models, -1, np.int32)]) for i, name in
           enumerate(("family", "plain", "hint"))},
    }  # fmt: skip
    ws.db.execute(
        "CREATE OR REPLACE TEMP TABLE planted AS SELECT id, author, 'fam' || chr(97 + family // 26) || chr(97 + family % 26) "
        f"|| '-w' || chr(97 + (plain - {FAMILIES}) // 676) || chr(97 + (plain - {FAMILIES}) // 26 % 26) || "
        f"chr(97 + (plain - {FAMILIES}) % 26) || CASE WHEN hint >= 0 THEN '-hint' || chr(97 + (hint - {FAMILIES + PLAIN})) "
        "ELSE '' END || CASE WHEN says THEN '-uncensored' ELSE '' END || '-' || id AS name FROM columns WHERE family >= 0 "
        "UNION ALL SELECT id, author, 'data-' || id FROM columns WHERE family < 0"
    )
    assert columns
    collected = workspace.new_run(ws, "collect", "planted", {})
    collected.hub, collected.kind, collected.complete = "huggingface", "model", False
    bound = {"models": models, "run": collected.id}
    workspace.write_part(ws, collected, "artifacts", ws.db.sql(_ARTIFACTS, params=bound))
    workspace.finish(ws, collected)
    ws.db.execute(
        "CREATE OR REPLACE TEMP TABLE refs AS SELECT id, CASE WHEN id < $models THEN 'hf:model:' ELSE 'hf:dataset:' END "
        "|| 'u' || author || '/' || name AS ref FROM planted", {"models": models}
    )  # fmt: skip
    links = {"child": line.child, "parent": line.parent, "relation": line.relation, "weight": line.weight}
    linked = workspace.new_run(ws, "link", "planted", {})
    assert links
    bound = {"relations": list(RELATIONS), "run": linked.id}
    workspace.write_part(ws, linked, "edges", ws.db.sql(_EDGES, params=bound))
    workspace.finish(ws, linked)
