"""A hub of any size: load a synthetic dump, link it, walk it, and do the same with pandas and networkx.

    python bench/hub.py --models 300000
    python bench/hub.py --models 3000000 --folder scratch --keep

The dump has the shape of the Hugging Face Hub's list of models: 45 % of the models name parents, which
are chosen by preferential attachment (a random earlier model or a parent of one), chains up to 16
deep, 5 % of the children are merges, 8 % of the models name datasets, 2 % have a card. Ours and the peer
run in processes of their own so that each peak of memory (VmHWM) is its own. Counts must agree, or it ends in error.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

DEEPEST = 16
LINKS = ("finetune", "adapter", "quantized", "merge", "trained_on")
# What one side calls a step, and the other.
ROWS = [
    ("read the dump", ["collect dump"], ["read"]),
    ("edges from tags", ["link declared_base", "link trained_on"], ["edges"]),
    ("graph", ["load graph"], ["build graph"]),
    ("descendants of the largest family", ["descendants"], ["descendants"]),
    ("ancestors of the deepest model", ["ancestors"], ["ancestors"]),
    ("depth below all roots", ["all roots"], ["all roots"]),
    ("weak components", ["components"], ["components"]),
]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", type=int, default=3_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--skip-peers", action="store_true")
    parser.add_argument("--folder", type=Path, help="where to work [default: a temporary folder]")
    parser.add_argument("--keep", action="store_true", help="leave the dump and the workspace there")
    parser.add_argument("--part", choices=[*PARTS], help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.part:
        PARTS[given.part](given)
        return
    folder = given.folder or Path(tempfile.mkdtemp(prefix="headgate-hub-"))
    folder.mkdir(parents=True, exist_ok=True)
    try:
        results = {part: _apart(part, given, folder) for part in PARTS if part != "peer" or not given.skip_peers}
        if not given.skip_peers:
            _compare(results["ours"], results["peer"])
    finally:
        if not given.keep:
            shutil.rmtree(folder)


def _apart(part: str, given: argparse.Namespace, folder: Path) -> dict[str, Any]:
    command = [sys.executable, __file__, "--part", part, "--folder", str(folder), "--seed", str(given.seed)]
    print(f"\n== {part}, {given.models:,} models", flush=True)
    subprocess.run([*command, "--models", str(given.models)], check=True)
    return json.loads((folder / f"{part}.json").read_text())


def _compare(ours: dict[str, Any], peer: dict[str, Any]) -> None:
    assert ours["counts"] == peer["counts"], f"counts differ: {ours['counts']} and {peer['counts']}"
    print("\n== side by side (seconds); the counts of both agree")
    total = [0.0, 0.0]
    for title, left, right in ROWS:
        pair = sum(ours["seconds"][s] for s in left), sum(peer["seconds"][s] for s in right)
        if title != "read the dump":
            total = [total[0] + pair[0], total[1] + pair[1]]
        _row(title, *pair)
    _row("link and walk (all but reading)", *total)
    print(f"{'peak memory, GB':36} {ours['peak_gb']:9.2f} {peer['peak_gb']:9.2f}")


def _row(title: str, left: float, right: float) -> None:
    print(f"{title:36} {left:9.3f} {right:9.3f} {right / max(left, 1e-6):8.1f} x")


class Steps:
    """Seconds of each step, and the counts that both sides must agree on."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.counts: dict[str, Any] = {}

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time what is done inside and print it."""
        begun = time.perf_counter()
        yield
        self.seconds[name] = time.perf_counter() - begun
        print(f"{name:36} {self.seconds[name]:9.3f} s   peak so far {peak_gb():5.2f} GB", flush=True)

    def save(self, path: Path) -> None:
        """Write seconds, counts and the peak of memory for the process that compares."""
        print(self.counts)
        text = json.dumps({"seconds": self.seconds, "counts": self.counts, "peak_gb": peak_gb()})
        path.write_text(text)


def peak_gb() -> float:
    """The largest resident size of this process until now, in 10^9 bytes."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) * 1024 / 1e9


# ---- the dump


def make(given: argparse.Namespace) -> None:
    import duckdb

    steps = Steps()
    random = np.random.default_rng(given.seed)
    with steps.step("draw the lineage"):
        child, parent, depth = lineage(random, given.models)
        kinds = np.array(["finetune", "adapter", "quantized"])[random.choice(3, given.models, p=[0.41, 0.33, 0.26])]
    number = given.models
    with steps.step("write the dump"):
        db = duckdb.connect(config={"preserve_insertion_order": False})
        db.execute("SET temp_directory = ?", [str(given.folder / ".tmp")])
        several = np.bincount(child, minlength=number) > 1
        db.register("edge_columns", {"child": child, "parent": parent})
        db.register("model_columns", {
            "i": np.arange(number), "account": (random.zipf(1.6, number) % (number // 5 + 1)).astype(np.int64),
            "downloads": (random.zipf(1.5, number) % 10_000_000).astype(np.int64), "merged": several,
            "kind": np.searchsorted(np.array(["adapter", "finetune", "quantized"]), kinds).astype(np.int64),
            "dataset": np.where(random.random(number) < 0.08, random.zipf(1.4, number) % (number // 5 + 1), -1),
            "other": np.where(random.random(number) < 0.3, random.zipf(1.4, number) % (number // 5 + 1), -1),
            "card": random.random(number) < 0.02,
        })  # fmt: skip
        db.execute(_DUMP.replace("$path", f"'{given.folder / 'dump.jsonl.zst'}'"))
    print(f"{len(child):,} edges, {np.mean(np.bincount(child, minlength=number) > 0):.1%} of the models name parents, "
          f"deepest {depth.max()}, dump {(given.folder / 'dump.jsonl.zst').stat().st_size / 1e6:,.0f} MB")  # fmt: skip
    steps.save(given.folder / "dump.json")


_DUMP = """
COPY (
WITH models AS (
    SELECT *, 'account-' || account AS author, 'account-' || account || '/model-' || i ||
        CASE i % 4 WHEN 0 THEN '-Instruct' WHEN 1 THEN '-7B' ELSE '' END AS id,
        CASE WHEN merged THEN 'merge' ELSE ['adapter', 'finetune', 'quantized'][kind + 1] END AS relation
    FROM model_columns
),
parents AS (
    SELECT e.child, list(['base_model:' || p.id, 'base_model:' || c.relation || ':' || p.id]) AS tags,
           list(p.id) AS bases
    FROM edge_columns AS e JOIN models AS p ON p.i = e.parent JOIN models AS c ON c.i = e.child GROUP BY e.child
)
SELECT md5(m.id)[:24] AS _id, m.id AS id, m.id AS modelId, m.author, md5(m.id || 'sha') AS sha,
    (TIMESTAMP '2022-03-02' + INTERVAL (m.i * 1600 // (SELECT count(*) FROM models)) DAY)::VARCHAR AS createdAt,
    '2026-11-01T00:00:00.000Z' AS lastModified, false AS private, false AS gated, m.downloads, m.downloads // 900 AS likes,
    ['text-generation', 'text-to-image', 'automatic-speech-recognition', NULL][m.i % 4 + 1] AS pipeline_tag,
    CASE m.relation WHEN 'adapter' THEN 'peft' WHEN 'quantized' THEN 'gguf' ELSE 'transformers' END AS library_name,
    list_filter(list_concat(
        ['transformers', 'safetensors', ['llama', 'qwen2', 'mistral', 'bert'][m.i % 4 + 1], 'arxiv:' || (2000 + m.i % 500) || '.0' || (1000 + m.i % 9000),
         CASE WHEN m.i % 5 < 2 THEN 'license:' || ['apache-2.0', 'mit', 'other'][m.i % 3 + 1] END,
         CASE WHEN m.dataset >= 0 THEN 'dataset:owner-' || m.dataset % 997 || '/data-' || m.dataset END,
         CASE WHEN m.dataset >= 0 AND m.other >= 0 AND m.other <> m.dataset THEN 'dataset:owner-' || m.other % 997 || '/data-' || m.other END,
         'endpoints_compatible', 'region:us'],
        coalesce(flatten(p.tags), [])), lambda t: t IS NOT NULL) AS tags,
    CASE WHEN m.card THEN {'license': 'apache-2.0', 'base_model': p.bases} END AS cardData,
    CASE WHEN m.card THEN '# ' || m.id || repeat(' This model was trained for tests.', 20) END AS card
FROM models AS m LEFT JOIN parents AS p ON p.child = m.i
) TO $path (FORMAT json, COMPRESSION zstd)
"""  # noqa: E501


def lineage(random: np.random.Generator, number: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Edges child, parent of `number` models and the depth of each: earlier models are parents of later ones."""
    first = np.full(number, -1, np.int64)
    depth = np.zeros(number, np.int64)
    extra_child: list[np.ndarray] = []
    extra_parent: list[np.ndarray] = []
    begin = min(64, number)
    while begin < number:  # whoever comes in one block chooses among those before it
        end = min(begin + begin // 4 + 1, number)
        new = np.arange(begin, end)
        derived = new[random.random(len(new)) < 0.45]
        chosen = _choose(random, first, depth, begin, len(derived))
        chosen = np.where(depth[chosen] >= DEEPEST, first[chosen], chosen)
        first[derived], depth[derived] = chosen, depth[chosen] + 1
        merged = derived[random.random(len(derived)) < 0.05]
        for _ in range(2):
            other = _choose(random, first, depth, begin, len(merged))
            fits = (depth[other] < DEEPEST) & (other != first[merged])
            extra_child.append(merged[fits])
            extra_parent.append(other[fits])
            np.maximum.at(depth, merged[fits], depth[other[fits]] + 1)
            merged = merged[random.random(len(merged)) < 0.3]
        begin = end
    derived = np.flatnonzero(first >= 0)
    pairs = np.stack([np.concatenate([derived, *extra_child]), np.concatenate([first[derived], *extra_parent])])
    pairs = np.unique(pairs, axis=1)
    return pairs[0], pairs[1], depth


def _choose(random: np.random.Generator, first: np.ndarray, depth: np.ndarray, below: int, number: int) -> np.ndarray:
    """Copying model: a random earlier model or a parent of one; some go on a long chain, many take a famous model."""
    drawn = random.integers(0, below, (6, number))
    chosen = drawn[0]
    copies = (random.random(number) < 0.7) & (first[chosen] >= 0)
    longest = drawn[depth[drawn].argmax(axis=0), np.arange(number)]
    famous = (random.zipf(1.3, number) - 1) % min(below, 500)
    grown = np.where(random.random(number) < 0.15, longest, np.where(copies, first[chosen], chosen))
    return np.where(random.random(number) < 0.35, famous, grown)


# ---- ours


def ours(given: argparse.Namespace) -> None:
    from headgate import catalog, graph, run, workspace

    steps = Steps()
    ws = workspace.open_workspace(given.folder / "hub.headgate", create=True)
    with steps.step("collect dump"):
        run.collect(ws, "dump", path=given.folder / "dump.jsonl.zst")
    for method in catalog.methods("link"):
        with steps.step(f"link {method.name}"):
            run.run_method(ws, "link", method.name)
    with steps.step("load graph"):
        loaded = graph.load(ws.db, how="declared", relations=LINKS)
    names = lambda node: ws.db.execute(f"SELECT ref FROM {loaded.nodes} WHERE id = ?", [node]).fetchall()[0][0]  # noqa: E731
    models = db_ids(ws.db, loaded.nodes)
    degrees = np.diff(loaded.down.starts)[models]
    top = min(names(int(n)) for n in models[degrees == degrees.max()])
    start = graph.find(ws.db, loaded, top)
    with steps.step("descendants"):
        found = int((graph.depths(loaded.down, [start]) > 0).sum())
    roots = np.flatnonzero(np.diff(loaded.up.starts) == 0)
    with steps.step("all roots"):
        depth = graph.depths(loaded.down, roots)
        layers = np.bincount(depth[depth >= 0]).tolist()
    deepest = min(names(int(n)) for n in np.flatnonzero(depth == depth.max()))
    with steps.step("ancestors"):
        above = int((graph.depths(loaded.up, [graph.find(ws.db, loaded, deepest)]) > 0).sum())
    with steps.step("components"):
        number, label = graph.components(loaded)
        largest = int(np.bincount(label).max())
    _warm_recall(steps, ws, loaded, top, deepest)
    pairs = len(np.unique(loaded.parent.astype(np.int64) * loaded.size + loaded.child))
    _count(steps, loaded.size, pairs, top, found, deepest, above, layers, number, largest)
    steps.save(given.folder / "ours.json")


def db_ids(db: Any, nodes: str) -> np.ndarray:
    return db.execute(f"SELECT id FROM {nodes} WHERE starts_with(ref, 'hf:model:')").fetchnumpy()["id"]


def _warm_recall(steps: Steps, ws: Any, loaded: Any, top: str, deepest: str) -> None:
    from headgate.recall import recall

    recall(ws, deepest, graph=loaded)
    for name, ref in (("recall of the deepest model, warm", deepest), ("recall of the largest family, warm", top)):
        with steps.step(name):
            recall(ws, ref, graph=loaded)


def _count(steps: Steps, *values: Any) -> None:
    names = ("nodes", "edges", "largest family", "descendants", "deepest model", "ancestors", "layers", "components",
             "largest component")  # fmt: skip
    steps.counts = dict(zip(names, values, strict=True))


# ---- the peer


def peer(given: argparse.Namespace) -> None:
    import networkx as nx
    import pandas as pd

    steps = Steps()
    with steps.step("read"):
        chunks = pd.read_json(given.folder / "dump.jsonl.zst", lines=True, chunksize=50_000, compression="zstd")
        frame = pd.concat([chunk[["id", "tags"]] for chunk in chunks], ignore_index=True)
    with steps.step("edges"):
        tags = frame.explode("tags")
        bases = tags["tags"].str.extract(r"^base_model:(?:finetune|adapter|quantized|merge):(.+)$")[0]
        data = tags["tags"].str.extract(r"^dataset:(.+)$")[0]
        parts = [
            pd.DataFrame({"parent": f"hf:{kind}:" + parent.dropna(), "child": "hf:model:" + tags["id"][parent.notna()]})
            for kind, parent in (("model", bases), ("dataset", data))
        ]
        edges = pd.concat(parts, ignore_index=True)
    with steps.step("build graph"):
        graph = nx.from_pandas_edgelist(edges, "parent", "child", create_using=nx.DiGraph)
    degrees = {node: degree for node, degree in graph.out_degree() if node.startswith("hf:model:")}
    most = max(degrees.values())
    top = min(node for node, degree in degrees.items() if degree == most)
    with steps.step("descendants"):
        found = len(nx.descendants(graph, top))
    roots = [node for node, degree in graph.in_degree() if degree == 0]
    with steps.step("all roots"):
        by_depth = list(nx.bfs_layers(graph, roots))
    deepest = min(by_depth[-1])
    layers = [len(layer) for layer in by_depth]
    with steps.step("ancestors"):
        above = len(nx.ancestors(graph, deepest))
    with steps.step("components"):
        sizes = [len(part) for part in nx.weakly_connected_components(graph)]
    _count(steps, len(graph), graph.size(), top, found, deepest, above, layers, len(sizes), max(sizes))
    steps.save(given.folder / "peer.json")


PARTS: dict[str, Callable[[argparse.Namespace], None]] = {"dump": make, "ours": ours, "peer": peer}

if __name__ == "__main__":
    main()
