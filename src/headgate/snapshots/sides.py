"""The two sides of a comparison of lineage graphs: workspaces at a date, read only, or sketches."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from headgate import catalog, graph
from headgate.errors import WorkspaceError
from headgate.graph import Graph
from headgate.plain import plain
from headgate.shapes import Db
from headgate.snapshots import attributes, sketches
from headgate.snapshots.distributions import Floats
from headgate.snapshots.sketches import Shape, Sketch
from headgate.workspace import Workspace, open_workspace, refresh

ADDED = ("artifacts", "edges", "components", "families")
_VALUES = {
    "licence": "SELECT unnest(licences) AS value FROM artifacts",
    "kind": "SELECT kind AS value FROM artifacts",
    "family": "SELECT coalesce(base_family, lower(base_models[1])) AS value FROM artifacts",
    "pipeline": "SELECT pipeline AS value FROM artifacts",
    "library": "SELECT library AS value FROM artifacts",
}


@dataclass(frozen=True, slots=True)
class Side:
    """One side: shapes of its graph, counts of its values by attribute, and its schema and graph unless a sketch."""

    shapes: dict[str, Shape]
    counts: dict[str, dict[str, int]]
    schema: str = ""
    sketch: Sketch | None = None
    lineage: Graph | None = None


@dataclass(frozen=True, slots=True)
class Adds:
    """How many of the second's artifacts, edges, components and families the first lacks: name -> (new, of)."""

    counts: dict[str, tuple[int, int]]


@contextmanager
def opened(paths: list[Path]) -> Iterator[Db]:
    """A connection to read workspaces in, checked to be there; it writes to none of them. Raises `UsageError`."""
    for path in paths:
        open_workspace(path).db.close()
    with TemporaryDirectory(prefix="headgate-") as folder:
        db = open_workspace(paths[0]).db if paths else open_workspace(folder, create=True).db
        # what does not fit into memory spills here, and not into somebody's workspace
        db.execute("SET temp_directory = ?", [str(Path(folder) / "spill")])
        try:
            yield db
        finally:
            db.close()


def read(db: Db, schema: str, path: Path, as_of: datetime | None, *, seed: int = 0) -> Side:
    """The workspace at `path` as it was known on `as_of`, in the schema `schema` of `db`.

    Stored edges are taken, or links made in memory where a date is given or none are stored. Raises `WorkspaceError`
    where it holds nothing.
    """
    db.execute(f"CREATE SCHEMA {schema}")
    db.execute(f"SET search_path = '{schema},main'")  # main has the macros
    refresh(Workspace(path, db, as_of))
    if not _one(db, "SELECT count(*) FROM artifacts"):
        msg = f"no artifacts in {plain(path)} at that date. Collect some, or name another date."
        raise WorkspaceError(msg)
    if as_of is not None or not _one(db, "SELECT count(*) FROM edges"):
        _link(db)
    db.execute(
        "CREATE TABLE lineage AS SELECT DISTINCT folded(child) AS child, folded(parent) AS parent, relation FROM edges"
    )
    built = graph.load(db)
    counts = {name: _counts(db, sql) for name, sql in _VALUES.items()}
    db.execute("DROP TABLE IF EXISTS temp.edges")
    shapes = sketches.shapes(built.parent, built.child, built.relation, built.relations, seed=seed)
    return Side(shapes, counts, schema, lineage=built)


def given(path: Path) -> Side:
    """The side behind the sketch file at `path`. Raises `BadInput`."""
    sketch = sketches.read(path)
    return Side(sketch.shapes, {}, sketch=sketch)


def sketched(side: Side, secret: bytes) -> Sketch:
    """What `side` may give to somebody else: numbers of at least 10 nodes or artifacts each."""
    if side.sketch is not None:
        return side.sketch
    buckets = {name: attributes.bucketed(counts, name, secret) for name, counts in side.counts.items()}
    return Sketch(sketches.private(side.shapes), buckets)


def alike(first: Side, second: Side, secret: bytes) -> tuple[Side, Side]:
    """Both sides as coarse as the coarser one: where one is a sketch, both are."""
    if first.sketch is None and second.sketch is None:
        return first, second
    both = (replace(one, sketch=sketched(one, secret)) for one in (first, second))
    made = [replace(one, shapes=one.sketch.shapes) for one in both if one.sketch is not None]
    return made[0], made[1]


def counts_of(first: Side, second: Side, attribute: str) -> tuple[Floats, Floats]:
    """Counts of the values of `attribute` on both sides, over the same values, or over the same buckets of them."""
    if first.sketch is not None and second.sketch is not None:
        return first.sketch.buckets[attribute], second.sketch.buckets[attribute]
    return attributes.aligned(first.counts[attribute], second.counts[attribute])


def adds(db: Db, first: Side, second: Side) -> Adds | None:
    """What `second` has that `first` lacks, by refs; None where one is a sketch, which holds none."""
    if first.lineage is None or second.lineage is None:
        return None
    refs = f"(SELECT DISTINCT folded(ref) AS ref FROM {second.schema}.artifacts)"
    known = f"(SELECT folded(ref) AS ref FROM {first.schema}.artifacts)"
    links, old = f"{second.schema}.lineage", f"{first.schema}.lineage"
    found = {
        "artifacts": (_new(db, refs, known, "ref"), _one(db, f"SELECT count(*) FROM {refs}")),
        "edges": (_new(db, links, old, "child, parent, relation"), _one(db, f"SELECT count(*) FROM {links}")),
    }
    return Adds(found | _parts(db, first.lineage, first.schema, second.lineage, second.schema))


def _new(db: Db, rows: str, known: str, columns: str) -> int:
    return _one(db, f"SELECT count(*) FROM {rows} ANTI JOIN {known} USING ({columns})")


def _parts(db: Db, old: Graph, older: str, lineage: Graph, newer: str) -> dict[str, tuple[int, int]]:
    """Components none of whose nodes the first has, and families whose root it does not have."""
    if not lineage.size:
        return {"components": (0, 0), "families": (0, 0)}
    rows = db.execute(
        f"SELECT o.folded IS NOT NULL AS known FROM {newer}.{lineage.nodes} AS n "
        f"LEFT JOIN {older}.{old.nodes} AS o ON o.folded = n.folded ORDER BY n.id"
    ).fetchnumpy()
    seen = np.asarray(rows["known"], bool)
    number, label = graph.components(lineage)
    touched = np.bincount(label[seen], minlength=number) > 0
    root = (np.diff(lineage.up.starts) == 0) & (np.diff(lineage.down.starts) > 0)
    return {
        "components": (int((~touched).sum()), number),
        "families": (int((root & ~seen).sum()), int(root.sum())),
    }


def _link(db: Db) -> None:
    db.execute("CREATE OR REPLACE TEMP TABLE edges AS FROM empty.edges")
    for method in catalog.methods("link"):
        rows = catalog.load(method)(db)
        rows.project(f"*, '{method.name}' AS method, 'in memory' AS run").create_view("stamped", replace=True)
        db.execute("INSERT INTO temp.edges BY NAME FROM stamped")


def _counts(db: Db, sql: str) -> dict[str, int]:
    rows = db.execute(f"SELECT value, count(*) FROM ({sql}) WHERE value IS NOT NULL GROUP BY value").fetchall()
    return {str(value): int(count) for value, count in rows}


def _one(db: Db, sql: str) -> int:
    return int(db.execute(sql).fetchall()[0][0])
