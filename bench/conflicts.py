"""Licence conflicts of a whole hub, beside the same walk with networkx.

    python bench/conflicts.py --models 100000               # both sides, which must agree on every model
    python bench/conflicts.py --models 3000000 --skip-peer

The hub is planted (`headgate.synthetic.population`): roots have licences with about the frequencies of real hubs, a
child keeps its parent's in four of five cases. The peer walks the ancestors of each model with networkx, one state
for what an account asks itself and one for what it inherits, and asks the same algebra of duties.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from headgate import workspace
from headgate.detect import licence_conflict
from headgate.learn.lineage import RELATIONS
from headgate.synthetic.population import plant
from headgate.workspace import Workspace, open_workspace

LICENCES = (
    "apache-2.0", "mit", "other", "llama3.1", "llama2", "creativeml-openrail-m", "gemma", "cc-by-nc-4.0", "gpl-3.0",
    "cc-by-nc-nd-4.0", "cc-by-sa-4.0", "openrail", "",
)  # fmt: skip
SHARES = np.array([0.30, 0.13, 0.08, 0.07, 0.06, 0.06, 0.04, 0.04, 0.01, 0.005, 0.005, 0.02, 0.18])
NAMES = {"same": "copy"}  # relations of the planted population that edges call otherwise


def main() -> None:
    given = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    given.add_argument("--models", type=int, default=100_000)
    given.add_argument("--skip-peer", action="store_true")
    given.add_argument("--peer", type=Path, help=argparse.SUPPRESS)
    asked = given.parse_args()
    if asked.peer:
        peer(asked.peer)
        return
    with tempfile.TemporaryDirectory() as folder:
        ws = hub(Path(folder) / "w", asked.models)
        began = time.perf_counter()
        found = licence_conflict.detect(ws.db)
        found.create("found")
        ours = time.perf_counter() - began
        counts = ws.db.execute("SELECT value, count(*) FROM found GROUP BY value ORDER BY value").fetchall()
        print(f"{asked.models:,} models: {dict(counts)} (1 conflict, 0 none, None not clear)")
        print(
            f"headgate  {ours:8.1f} s  {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.1f} GB at its peak"
        )
        if not asked.skip_peer:
            ws.db.execute(f"COPY (SELECT subject, value FROM found) TO '{folder}/found.parquet'")
            done = subprocess.run(
                [sys.executable, __file__, "--peer", f"{folder}/w"], capture_output=True, text=True, check=True
            )
            told = json.loads(done.stdout)
            values = dict(ws.db.execute("SELECT subject, value FROM found").fetchall())
            assert values == told["values"], "the two sides differ"
            print(f"networkx  {told['seconds']:8.1f} s  {told['gigabytes']:.1f} GB; every value agrees")
            print(f"ratio     {told['seconds'] / ours:8.1f}")


def hub(path: Path, models: int) -> Workspace:
    """A workspace with `models` models, their licences and their edges."""
    population = plant(models, 1)
    line = population.lineage
    rng = np.random.default_rng(1)
    licence = rng.choice(len(LICENCES), line.size, p=SHARES)
    keeps = rng.random(line.size) < 0.8
    order = np.argsort(line.child, kind="stable")
    for child, parent in zip(line.child[order].tolist(), line.parent[order].tolist(), strict=True):
        if keeps[child] and parent < child:  # parents of models come before them
            licence[child] = licence[parent]
    ws = open_workspace(path, create=True)
    columns = {"id": np.arange(line.size), "author": line.author, "licence": licence}
    links = {"child": line.child, "parent": line.parent, "relation": line.relation}
    names = [NAMES.get(name, name) for name in RELATIONS]
    run = workspace.new_run(ws, "collect", "planted", {})
    run.hub, run.kind, run.complete = "huggingface", "model", False
    kind = f"CASE WHEN id < {models} THEN 'model' ELSE 'dataset' END"
    artifacts = ws.db.sql(
        f"SELECT 'hf:' || {kind} || ':u' || author || '/m' || id AS ref, 'huggingface' AS hub, {kind} AS kind, "
        f"'u' || author || '/m' || id AS name, 'u' || author AS author, TIMESTAMP '2026-01-01' AS observed, "
        f"list_filter([$licences[licence + 1]], lambda x: x <> '') AS licences, 'card' AS licence_source, "
        f"true AS has_card, false AS gone, $run AS run FROM columns",
        params={"licences": list(LICENCES), "run": run.id},
    )
    assert columns
    workspace.write_part(ws, run, "artifacts", artifacts)
    workspace.finish(ws, run)
    ref = (
        "'hf:' || CASE WHEN {0} < "
        + str(models)
        + " THEN 'model' ELSE 'dataset' END || ':u' || {1}.author || '/m' || {0}"
    )
    linked = workspace.new_run(ws, "link", "planted", {})
    edges = ws.db.sql(
        f"SELECT {ref.format('child', 'c')} AS child, {ref.format('parent', 'p')} AS parent, "
        f"$names[relation + 1] AS relation, 'declared' AS how, 1.0 AS confidence, 'planted' AS method, $run AS run "
        f"FROM links JOIN columns AS c ON c.id = child JOIN columns AS p ON p.id = parent",
        params={"names": names, "run": linked.id},
    )
    assert links
    workspace.write_part(ws, linked, "edges", edges)
    workspace.finish(ws, linked)
    return ws


def peer(path: Path) -> None:
    """The same verdicts with networkx."""
    from headgate.licences.resolve import resolve
    from tests.licence_oracle import verdicts

    ws = open_workspace(path)
    rows = ws.db.execute("SELECT ref, author, licences FROM artifacts").fetchall()
    edges = ws.db.execute("SELECT child, parent, relation FROM edges").fetchall()
    began = time.perf_counter()
    known = {ref: (author, tuple(i for text in stated for i in resolve(text))) for ref, author, stated in rows}
    values = verdicts(known, edges)
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    json.dump({"seconds": time.perf_counter() - began, "gigabytes": used, "values": values}, sys.stdout)


if __name__ == "__main__":
    main()
