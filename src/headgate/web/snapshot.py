"""What the pages see: one state of a workspace, held still while they read it and replaced when its tables change."""

from __future__ import annotations

import json
import sys
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from headgate import graph as graphs
from headgate.errors import BadInput, HeadgateError
from headgate.evidence.intervals import WITHHELD
from headgate.graph import Graph
from headgate.plain import plain
from headgate.refs import parse
from headgate.shapes import Db
from headgate.web import columns, index
from headgate.workspace import OBSERVED, Workspace, open_workspace, quoted

MEMORY = "256MB"  # that DuckDB may hold; the server's own arrays and code come on top
EVERY = 2.0  # seconds between two looks at the workspace
CALM = 5.0  # seconds without a change before the index is made anew
DEFAULT = "default policy"  # as reports call the one that ships
KEPT = 512  # answers kept for those who ask the same
T = TypeVar("T")
PATIENCE = 120.0  # seconds after which it is made anew even while changes go on
# The index answers for these; the other views read Parquet.
_VIEWS = """
CREATE OR REPLACE VIEW artifacts AS SELECT {artifacts} FROM shelf.artifacts WHERE gone_since IS NULL;
CREATE OR REPLACE VIEW edges AS SELECT {edges} FROM shelf.links;
CREATE OR REPLACE VIEW findings AS SELECT {findings} FROM shelf.findings;
CREATE OR REPLACE VIEW decisions AS SELECT {decisions} FROM shelf.decisions;
"""


class Kept:
    """The answers to what was asked most recently, for those who ask the same."""

    def __init__(self) -> None:
        self._held: OrderedDict[object, Any] = OrderedDict()
        self._lock = threading.Lock()

    def once(self, asked: object, make: Callable[[], T]) -> T:
        """What `make` gives for `asked`, made if it was not asked a short while ago."""
        with self._lock:
            if asked in self._held:
                self._held.move_to_end(asked)
                found: T = self._held[asked]
                return found
        made = make()
        with self._lock:
            self._held[asked] = made
            while len(self._held) > KEPT:
                self._held.popitem(last=False)
        return made


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """A workspace as it is shown: read the index through `cursor`, everything else through `workspace`.

    `key` names the state, `summary` is the report's JSON, `graph` the lineage whose nodes are in shelf.nodes.
    """

    path: Path
    key: str
    signature: object
    root: Workspace
    graph: Graph
    summary: dict[str, Any]
    made: datetime
    kept: Kept = field(default_factory=Kept)

    def cursor(self) -> Db:
        """A connection for one request: `shelf.*` is the index, and artifacts, edges, findings, decisions read it.

        Findings of sensitive checks are in none of them.
        """
        return self.root.db.cursor()

    def indexed(self) -> Workspace:
        """The workspace for functions that take one, over the index: no sensitive finding, cards cut."""
        return Workspace(self.path, self.cursor(), None)

    def workspace(self) -> Workspace:
        """The workspace over Parquet, as it is this moment: all findings, so show no item of a sensitive check."""
        return open_workspace(self.path)

    def find(self, db: Db, name: str) -> tuple[int, str]:
        """Id and ref of the artifact that `name` names, in any form that `refs.parse` reads.

        Raises `UsageError` where it is no ref, `BadInput` where the workspace holds none of that name.
        """
        ref = str(parse(name))
        folded = ref.lower() if ref.startswith("hf:") else ref
        # one by one: a join reads all ids of the hub, a known id only the rows around it
        held = db.execute("SELECT id FROM shelf.names WHERE hash = hash($folded)", {"folded": folded}).fetchall()
        sql = "SELECT id, ref FROM shelf.artifacts WHERE id = $id AND folded = $folded"
        found = [row for (one,) in held for row in db.execute(sql, {"id": one, "folded": folded}).fetchall()]
        found.sort(key=lambda row: row[1] != ref)
        if not found:
            msg = f"{plain(ref)} is not in this workspace. Search for it in the catalogue, or collect it."
            raise BadInput(msg)
        return int(found[0][0]), str(found[0][1])


def take(path: Path, before: Snapshot | None = None) -> Snapshot:
    """The workspace at `path` as it is now; where its tables are those of `before` its arrays are used again.

    Raises `UsageError` where there is none, `WorkspaceError` where it cannot be read.
    """
    if before is None:
        open_workspace(path).db.close()  # before minutes are spent on its index
    seen, wanted = signature(path), index.key(path)
    folder = index.made(path)
    ws = open_workspace(path)
    ws.db.execute(f"SET memory_limit = '{MEMORY}'")
    ws.db.execute(f"ATTACH {quoted(folder / 'index.duckdb')} AS shelf (READ_ONLY)")
    told = {
        table: ", ".join(f'"{row[0]}"' for row in ws.db.execute(f"DESCRIBE empty.{table}").fetchall())
        for table in (*OBSERVED, "edges", "findings", "decisions")
    }
    ws.db.execute(_VIEWS.format(**told))
    if before and before.key == wanted:
        return Snapshot(path, wanted, seen, ws, before.graph, before.summary, before.made, before.kept)
    summary = json.loads((folder / "summary.json").read_bytes())
    summary["controls"] = [_told(control) for control in summary["controls"]]
    new = Snapshot(path, wanted, seen, ws, _graph(ws.db), summary, datetime.now(UTC))
    columns.of(new)  # before the first reader waits for them
    return new


def _told(control: dict[str, Any]) -> dict[str, Any]:
    """What readers may know of the decisions of a control, and not where on this machine its policy lies.

    A policy can be made so that its counts tell what a sensitive check found of one artifact; readers can make one.
    """
    made_here = control["sensitive"] and control["policy"] != DEFAULT
    hidden = dict.fromkeys(("allow", "block", "unknown"), WITHHELD) if made_here else {}
    return control | {"policy": Path(control["policy"]).name} | hidden


def _graph(db: Db) -> Graph:
    """The lineage of the index as arrays."""
    size = int(db.execute("SELECT count(*) FROM shelf.nodes").fetchall()[0][0])
    kinds = [row[0] for row in db.execute("SELECT DISTINCT relation FROM shelf.links ORDER BY 1").fetchall()]
    columns = db.execute(
        "SELECT parent_node, child_node, (list_position($kinds, relation) - 1)::INTEGER AS relation, "
        "(list_position($ranks, how) - 1)::INTEGER AS how FROM shelf.links ORDER BY ALL",
        {"kinds": kinds, "ranks": list(graphs.HOW)},
    ).fetchnumpy()
    names = ("parent_node", "child_node", "relation", "how")
    parent, child, relation, how = (np.asarray(columns[name], np.int32) for name in names)
    return graphs.build(size, parent, child, relation, how, kinds, "shelf.nodes")


def signature(path: Path) -> object:
    """Something that is different after a run of the workspace at `path` has begun, moved on or ended."""
    return frozenset((file.name, file.stat().st_mtime_ns) for file in (path / "runs").glob("[!.]*.json"))


class Watch:
    """Keeps `current` the newest state of a workspace; a page that has begun keeps the one it began with."""

    def __init__(self, path: Path) -> None:
        self.current = take(path)
        self.behind = False  # the tables have changed, and the new index is not there yet
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="watch", daemon=True)

    def start(self) -> None:
        """Look for changes from now on."""
        self._thread.start()

    def stop(self) -> None:
        """Look no more."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout=2 * EVERY)

    def look(self) -> None:
        """Take the workspace anew if it is not as it was; an error is told, and the older state stays."""
        try:
            self.current = take(self.current.path, self.current)
            self.behind = False
        except HeadgateError as error:
            sys.stderr.write(f"note: the pages stay as they are: {plain(error, 500)}\n")

    def _follow(self) -> None:
        changed_since, last, seen = 0.0, 0.0, self.current.signature
        while not self._stop.wait(EVERY):
            now, found = time.monotonic(), signature(self.current.path)
            if found == self.current.signature:
                continue
            if found != seen:
                seen, last = found, now
                changed_since = changed_since or now
            same_tables = _key(self.current.path) == self.current.key
            self.behind = not same_tables
            if same_tables or now - last >= CALM or now - changed_since >= PATIENCE:
                self.look()
                changed_since = 0.0


def _key(path: Path) -> str:
    try:
        return index.key(path)
    except HeadgateError:
        return ""
