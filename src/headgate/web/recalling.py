"""A recall for a page: `headgate.recall` over the index, cut to what a page shows, with all that it cuts counted.

A large family takes seconds and hundreds of megabytes, so one is worked out at a time, and what is kept of it is what
the page shows.
"""

from __future__ import annotations

import threading
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from headgate import checks, fixes, graph, labels, recall_notice, refs
from headgate.errors import BadInput, HeadgateError, UsageError
from headgate.graph import HOW, Graph
from headgate.label_text import shown
from headgate.plain import plain
from headgate.recall import FixReach, Kin, Recall, recall
from headgate.recall_facts import Lever
from headgate.recall_notice import Evidence
from headgate.shapes import Db
from headgate.web import hidden
from headgate.web.hidden import WITHHELD
from headgate.web.snapshot import Snapshot
from headgate.workspace import Workspace

ROWS = 30  # of a list of kin
HOLDERS = 50
LARGEST = 300_000  # ancestors and descendants; of a larger family only the reach of a fix is worked out
SMALL = 5_000  # of them for whom a table of their own is worth it
PATIENCE = 30.0  # seconds to wait for recalls that others asked for
WAYS = ("any", "declared", "read")
_TURN = threading.Lock()
_NUMBERS = "SELECT id FROM shelf.node_names WHERE hash = hash(?)"
_NODE = "SELECT id, ref, withheld FROM shelf.nodes WHERE id = ? AND folded = ?"
_EDGES = """
SELECT parent_node, child_node, (list_position($kinds, relation) - 1)::INTEGER AS relation,
       (list_position($ranks, how) - 1)::INTEGER AS how
FROM shelf.links WHERE list_contains($how, how) AND confidence >= $least
AND ($relations IS NULL OR list_contains($relations, relation)) ORDER BY ALL
"""
_EVIDENCE = """
SELECT f."check", coalesce(f.evidence, 'no words'), strftime(try_strptime(left(f.run, 8), '%Y%m%d'), '%Y-%m-%d')
FROM shelf.findings AS f SEMI JOIN shelf.flags AS l ON l.id = f.id AND l."check" = f."check"
WHERE f.id = $id ORDER BY 1
"""


_PERSONS = (
    "SELECT node, author, hub FROM shelf.artifacts WHERE depicts_person AND node IS NOT NULL AND author IS NOT NULL"
)


@dataclass(frozen=True, slots=True)
class Asked:
    """Which links a recall follows: `how` well known at least, how sure, and of which relations (none: of all)."""

    how: str = "any"
    min_confidence: float = 0.0
    relation: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Generation:
    """Artifacts that are `generation` steps away: how many a fix reaches, and why not the others."""

    generation: int
    number: int
    reached: int
    copied: int
    retrain: int
    behind: int


@dataclass(frozen=True, slots=True)
class Cut:
    """What is kept of a recall: `made` with its lists cut, what may be named of it, and counts of what was cut.

    `totals` counts ancestors, descendants and holders; `inferred` those that inference alone leads to; `relations` by
    how each was last reached, for ancestors and descendants.
    """

    made: Recall
    node: int | None
    withheld: bool
    may: frozenset[str]
    evidence: tuple[Evidence, ...]
    generations: tuple[Generation, ...]
    depths: dict[str, dict[int, int]]
    totals: dict[str, int]
    inferred: dict[str, int]
    relations: dict[str, tuple[tuple[str, int], ...]]
    whole: bool

    def tell(self, ref: str) -> str:
        """`ref` if a page may name it, else 'withheld'."""
        return ref if ref in self.may else WITHHELD


def known(snapshot: Snapshot, db: Db, name: str) -> tuple[str, int | None, bool]:
    """Ref, node and whether it must not be named, of what `name` names; raises `UsageError` or `BadInput`."""
    ref = str(refs.parse(name))
    folded = ref.lower() if ref.startswith("hf:") else ref
    for (number,) in db.execute(_NUMBERS, [folded]).fetchall():
        for node, spelled, withheld in db.execute(_NODE, [number, folded]).fetchall():
            return str(spelled), int(node), bool(withheld)
    try:
        number, ref = snapshot.find(db, ref)
    except BadInput as error:
        msg = f"{plain(ref)} is not in this workspace and no link names it. Search the catalogue for it, or collect it."
        raise BadInput(msg) from error
    person = db.execute("SELECT depicts_person FROM shelf.artifacts WHERE id = ?", [number]).fetchall()[0][0]
    return ref, None, bool(person)


def read(snapshot: Snapshot, name: str, asked: Asked) -> Cut:
    """The recall of what `name` names, over the links that are `asked` for.

    Raises `UsageError` for what is no ref or no relation, `BadInput` for what nobody knows, `HeadgateError` where
    others wait already.
    """
    db = snapshot.cursor()
    ref, node, withheld = known(snapshot, db, name)
    if unknown := set(asked.relation) - set(snapshot.graph.relations) - set(fixes.relation_kinds()):
        msg = f"no relation {plain(min(unknown), 40)!r}. There are {', '.join(fixes.relation_kinds())}."
        raise UsageError(msg)

    def in_turn() -> Cut:
        if not _TURN.acquire(timeout=PATIENCE):
            msg = "other recalls of large families are being worked out. Ask again in a minute."
            raise HeadgateError(msg)
        try:  # whoever waited for the same finds it made
            return snapshot.kept.once(("recall", ref, asked), lambda: _read(snapshot, db, ref, node, withheld, asked))
        finally:
            _TURN.release()

    return _with_appeals(snapshot, db, asked, snapshot.kept.once(("recall in turn", ref, asked), in_turn))


def _read(snapshot: Snapshot, db: Db, ref: str, node: int | None, withheld: bool, asked: Asked) -> Cut:
    lineage = _lineage(snapshot, db, asked)
    generations, far = _generations(lineage, node)
    whole = far <= LARGEST
    ws, near = _near(snapshot, lineage, node) if far <= SMALL else (snapshot.indexed(), lineage)
    made = recall(ws, ref, graph=near) if whole else _reach_alone(ref, generations)
    made.contested = []
    made.levers = _named_levers(db, lineage, node, made.levers)
    sides = {"ancestors": made.ancestors, "descendants": made.descendants}
    totals = {side: len(kin) for side, kin in sides.items()} | {"holders": len(made.levers)}
    if not whole:
        totals["descendants"] = made.fixes[0].downstream
    cut = replace(
        made, ancestors=_spread(made.ancestors), descendants=_spread(made.descendants), levers=made.levers[:HOLDERS],
    )  # fmt: skip
    letter = recall_notice.foremost(made.descendants)
    cut.descendants += [one for one in letter if one not in cut.descendants]
    number = snapshot.find(db, ref)[0] if made.status != "named only" else None
    evidence = [] if number is None or withheld else db.execute(_EVIDENCE, {"id": number}).fetchall()
    may = hidden.nameable(db, [*_named(cut), *(one for row in evidence for one in hidden.refs_in(row[1]))])
    found = tuple(Evidence(row[0], shown(hidden.masked(row[1], may), 400), row[2] or "") for row in evidence)
    return Cut(
        cut, node, withheld, frozenset(may), found, generations,
        {side: dict(Counter(one.depth for one in kin)) for side, kin in sides.items()}, totals,
        {side: sum(one.known == "inferred" for one in kin) for side, kin in sides.items()},
        {side: tuple(Counter(one.relation for one in kin).most_common()) for side, kin in sides.items()}, whole,
    )  # fmt: skip


def _named_levers(db: Db, lineage: Graph, node: int | None, levers: list[Lever]) -> list[Lever]:
    """`levers` without what depicts real persons, whose accounts would be named by it; hubs keep their counts."""
    persons = db.execute(_PERSONS).fetchall() if node is not None else []
    if node is None or not persons:
        return levers
    below, above = (graph.depths(index, [node]) > 0 for index in (lineage.down, lineage.up))
    sides = ((0, above), (1, below))
    held = Counter((author, hub, side) for at, author, hub in persons for side, inside in sides if inside[at])
    told = [
        one if one.role == "hub" else one._replace(
            upstream=max(0, one.upstream - held[one.holder, one.hub, 0]),
            downstream=max(0, one.downstream - held[one.holder, one.hub, 1]))
        for one in levers
    ]  # fmt: skip
    return [one for one in told if one.here or one.upstream or one.downstream]


def _near(snapshot: Snapshot, lineage: Graph, node: int | None) -> tuple[Workspace, Graph]:
    """The index with no nodes and artifacts but those of this recall: their refs are not looked for among millions."""
    ws = snapshot.indexed()
    if node is None:
        return ws, lineage
    kin = (graph.depths(lineage.down, [node]) >= 0) | (graph.depths(lineage.up, [node]) >= 0)
    columns = ", ".join(f'"{row[0]}"' for row in ws.db.execute("DESCRIBE empty.artifacts").fetchall())
    ws.db.register("kin", {"id": np.flatnonzero(kin).astype(np.int32)})
    ws.db.execute("CREATE OR REPLACE TEMP TABLE near_nodes AS SELECT * FROM shelf.nodes SEMI JOIN kin USING (id)")
    ws.db.unregister("kin")
    ws.db.execute(
        f"CREATE OR REPLACE TEMP TABLE artifacts AS SELECT {columns} "
        "FROM shelf.artifacts WHERE id IN (SELECT artifact FROM near_nodes) AND gone_since IS NULL"
    )
    return ws, replace(lineage, nodes="near_nodes")


def _lineage(snapshot: Snapshot, db: Db, asked: Asked) -> Graph:
    """The lineage over the links asked for, with the nodes of the index."""
    if asked == Asked():
        return snapshot.graph
    whole = snapshot.graph
    weakest = HOW.index("inferred" if asked.how == "any" else asked.how)
    columns = db.execute(_EDGES, {
        "kinds": list(whole.relations), "ranks": list(HOW), "how": list(HOW[weakest:]), "least": asked.min_confidence,
        "relations": list(asked.relation) or None,
    }).fetchnumpy()  # fmt: skip
    parent, child, relation, how = (
        np.asarray(columns[c], np.int32) for c in ("parent_node", "child_node", "relation", "how")
    )
    return graph.build(whole.size, parent, child, relation, how, whole.relations, whole.nodes)


def _generations(lineage: Graph, node: int | None) -> tuple[tuple[Generation, ...], int]:
    """The descendants of `node` by steps with the reach of a fix, and how many ancestors and descendants it has."""
    if node is None:
        return (), 0
    part, nodes = graph.part(lineage, graph.depths(lineage.down, [node]) >= 0)
    own = int(np.searchsorted(nodes, node))
    depth, fix = graph.depths(part.down, [own]), fixes.fix(part, own, own)
    state = np.select([fix.fixed, fix.copied, fix.retrain], [0, 1, 2], 3)
    table = np.bincount(depth * 4 + state, minlength=4 * (int(depth.max()) + 1)).reshape(-1, 4)[1:]
    above = int((graph.depths(lineage.up, [node]) > 0).sum())
    made = tuple(Generation(step, sum(row), *row) for step, row in enumerate(table.tolist(), 1))
    return made, part.size - 1 + above


def _reach_alone(ref: str, generations: Sequence[Generation]) -> Recall:
    sums = [
        sum(getattr(one, name) for one in generations) for name in ("number", "reached", "copied", "retrain", "behind")
    ]
    return Recall(ref, "present", None, None, None, "not stated", [], 0, fixes=[FixReach(ref, "recalled", True, *sums)])


def _spread(kin: Sequence[Kin]) -> list[Kin]:
    """The first of each generation, so many that `ROWS` are shown in all."""
    groups: dict[int, list[Kin]] = defaultdict(list)
    for one in kin:
        groups[one.depth].append(one)
    left, taken = ROWS, []
    for place, (_, group) in enumerate(sorted(groups.items(), key=lambda pair: len(pair[1]))):
        fair = min(len(group), max(1, left // (len(groups) - place)), left)
        taken += group[:fair]
        left -= fair
    chosen = {id(one) for one in taken}
    return [one for one in kin if id(one) in chosen]


def _named(made: Recall) -> list[str]:
    """Every ref that the page of `made` may want to name."""
    kin = (*made.ancestors, *made.descendants)
    points = [one.ref for one in (*made.dominators, *made.choke_points)] + [one.ref for one in made.fixes]
    parts = (part for one in made.troubles for text in one.examples for part in parts_of(text))
    return [made.ref, *(one.ref for one in kin), *(one.via for one in kin), *points, *parts]


def parts_of(example: str) -> list[str]:
    """The refs in an example of a trouble, such as a <-> b or a of b."""
    return [part for pair in example.split(" <-> ") for part in pair.split(" of ")]


def _with_appeals(snapshot: Snapshot, db: Db, asked: Asked, cut: Cut) -> Cut:
    """`cut` with the appeals that are open now: all about the recalled one, and those of its kin as recall has them."""
    found = [] if cut.withheld else labels.appeals(Workspace(snapshot.path, db, None))
    if not found:
        return cut
    # a check is sensitive as soon as one row is marked so, and such rows are not in the index
    told: set[str] = snapshot.kept.once("open checks", lambda: checks.open_checks(snapshot.workspace().db))
    found = [one if one.check in told else one._replace(check=None) for one in found]
    kin = _kin_among(snapshot, db, asked, cut, {one.ref for one in found if one.check})
    contested = [one for one in found if one.ref == cut.made.ref or (one.ref in kin and one.check)][:ROWS]
    may = cut.may | hidden.nameable(db, [one.ref for one in contested])
    return replace(cut, made=replace(cut.made, contested=contested), may=frozenset(may))


def _kin_among(snapshot: Snapshot, db: Db, asked: Asked, cut: Cut, among: set[str]) -> set[str]:
    nodes = {ref: graph.find(db, snapshot.graph, ref) for ref in among}
    if cut.node is None or not any(node is not None for node in nodes.values()):
        return set()
    lineage = _lineage(snapshot, db, asked)
    near = (graph.depths(lineage.down, [cut.node]) > 0) | (graph.depths(lineage.up, [cut.node]) > 0)
    return {ref for ref, node in nodes.items() if node is not None and near[node]}
