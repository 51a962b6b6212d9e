"""Which duties each artifact inherits over typed lineage, from whom, and on which path.

A duty goes down every edge that passes it on (`data/licence_inheritance.csv`), whatever the artifacts between
state: leaving a licence out of a card ends nothing. One thing ends a duty: its holder stating other terms, that is
an edge between two artifacts of the same account whose child states a licence of its own.

Each duty is walked breadth first from every artifact that has it, so each artifact gets its nearest origin. A node
is two states, so that the holder's rule can be kept: what it asks itself (and what artifacts of the same account
hand on to one that states nothing), and what it inherits from others.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from headgate import graph as lineage
from headgate.graph import Flags, Graph, Ints, Rows
from headgate.licences import stated
from headgate.licences.duties import UNKNOWN, Duty, duties
from headgate.shapes import Db

YES, UNCLEAR, NO = 2, 1, 0
_TABLE = Path(__file__).parents[1] / "data" / "licence_inheritance.csv"
_WORDS = {"yes": YES, "unclear": UNCLEAR, "no": NO}


@dataclass(frozen=True, slots=True)
class Walk:
    """Where duties of one kind reach: sorted `states`, whether surely, and the place of the edge each was reached by.

    A state is a node (its own duties) or node + size (what it inherits). `edge` is -1 at an origin.
    """

    duties: tuple[int, ...]
    states: Ints
    sure: Flags
    steps: Ints
    edge: Ints


@dataclass(frozen=True, slots=True)
class Inherited:
    """The `walks` of all `duties` over `graph`.

    `sets` are the different sets of licences: None not known, () none stated; `holds[node]` is a place in it.
    `begin` and `relation` say, for each place in an edge list of states, where it begins and its relation.
    """

    graph: Graph
    sets: tuple[tuple[str, ...] | None, ...]
    holds: Ints
    duties: tuple[Duty, ...]
    walks: tuple[Walk, ...]
    begin: Ints
    relation: Ints


@cache
def passes(relation: str, asks: str) -> int:
    """YES, UNCLEAR or NO: whether an edge of `relation` passes the duty `asks` on; a relation not listed is unclear."""
    rows = _rows()
    return rows.get((relation, asks), rows.get((relation, "*"), UNCLEAR))


@cache
def _rows() -> dict[tuple[str, str], int]:
    with _TABLE.open(encoding="utf-8", newline="") as file:
        return {(row["relation"], row["asks"]): _WORDS[row["inherits"]] for row in csv.DictReader(file)}


def inherited(db: Db, *, data: bool = True) -> Inherited:
    """Walk every duty of every stated licence down `edges`, those to training data aside where `data` is false.

    `graph.drop` removes the table of nodes it makes.
    """
    stated.make_table(db)
    kinds = [row[0] for row in db.execute("SELECT DISTINCT relation FROM edges").fetchall()]
    graph = lineage.load(db, relations=[kind for kind in kinds if data or kind != "trained_on"] or ["none"])
    sets, holds, account = _stated(db, graph)
    asked = [(UNKNOWN,) if not one else tuple(dict.fromkeys(d for lic in one for d in duties(lic))) for one in sets]
    found = sorted({duty for one in asked for duty in one})
    has = np.zeros((len(sets), len(found)), bool)
    for place, one in enumerate(asked):
        has[place, [found.index(duty) for duty in one]] = True
    begin, end, relation = _states(graph, account, np.array([bool(one) for one in sets], bool)[holds])
    index = lineage.rows(2 * graph.size, begin, end)
    begin, relation = begin[index.order], relation[index.order]
    walks = tuple(_walks(graph, index, begin, relation, found, has, holds))
    return Inherited(graph, sets, holds, tuple(found), walks, begin, relation)


def _stated(db: Db, graph: Graph) -> tuple[tuple[tuple[str, ...] | None, ...], Ints, Ints]:
    # What a person verified counts first, then what is declared, then what a text was found to be.
    rows = db.execute(
        f"SELECT n.id, dense_rank() OVER (ORDER BY s.known) - 1 AS holds, "
        f"CASE WHEN account IS NULL THEN 0 ELSE dense_rank() OVER (ORDER BY account) END AS account, s.known "
        f"FROM (SELECT id, folded, hub_account(folded) AS named FROM {graph.nodes}) AS n LEFT JOIN ({_KNOWN}) AS s "
        f"ON s.folded = n.folded, LATERAL (SELECT coalesce(s.author, n.named) AS account) ORDER BY n.id"
    ).fetchnumpy()
    holds = np.asarray(rows["holds"], np.int32)
    known = np.ma.asarray(rows["known"])[np.unique(holds, return_index=True)[1]]
    gone = np.ma.getmaskarray(known).tolist()
    sets = tuple(None if none else tuple(text.split()) for text, none in zip(known.tolist(), gone, strict=True))
    return sets, holds, np.asarray(rows["account"], np.int32)


_KNOWN = """
SELECT folded(s.ref) AS folded, min(lower(a.author)) AS author, max(CASE
    WHEN len(s.verified) > 0 THEN list_aggregate(list_sort(s.verified), 'string_agg', ' ')
    WHEN len(s.declared) > 0 THEN list_aggregate(list_sort(s.declared), 'string_agg', ' ')
    WHEN len(s.detected) > 0 THEN list_aggregate(list_sort(s.detected), 'string_agg', ' ')
    WHEN s.declared IS NOT NULL AND a.has_card THEN '' END) AS known
FROM stated_licences AS s JOIN artifacts AS a ON a.ref = s.ref GROUP BY ALL
"""


def _states(graph: Graph, account: Ints, states_own: Flags) -> tuple[Ints, Ints, Ints]:
    # Every edge hands on what was inherited; what the parent itself asks goes to another account as inherited, and
    # stays the same account's own where the child states nothing.
    parent, child, relation = graph.parent, graph.child, graph.relation
    same = (account[parent] == account[child]) & (account[parent] > 0)
    own = same & ~states_own[child]
    begin = np.concatenate([parent + graph.size, parent[~same], parent[own]])
    end = np.concatenate([child + graph.size, child[~same] + graph.size, child[own]])
    return begin, end, np.concatenate([relation, relation[~same], relation[own]])


def _walks(
    graph: Graph, index: Rows, begin: Ints, relation: Ints, found: list[Duty], has: Flags, holds: Ints
) -> list[Walk]:  # fmt: skip
    # Duties of one licence that the same edges pass on are walked together. A copy of a work keeps `no derivatives`; a
    # copy of its derivative does not, so that what has been passed on once goes on as any duty does.
    together: dict[tuple[str, tuple[int, ...], tuple[int, ...]], list[int]] = {}
    for place, duty in enumerate(found):
        pattern = tuple(passes(name, duty.asks) for name in graph.relations)
        after = tuple(passes(name, "*") for name in graph.relations) if duty.asks == "no_derivatives" else pattern
        together.setdefault((duty.licence, pattern, after), []).append(place)
    walker = _Walker(index, begin, relation, np.full(2 * graph.size, -1, np.int32), np.empty(2 * graph.size, np.int32))
    return [
        _walk(walker, tuple(places), np.array([pattern, after], np.int8).reshape(2, -1),
              np.flatnonzero(has[holds, places[0]]).astype(np.int32))
        for (_, pattern, after), places in together.items()
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Walker:
    index: Rows
    begin: Ints
    relation: Ints
    steps: Ints  # scratch, -1 everywhere between walks
    edge: Ints  # scratch


def _walk(walker: _Walker, places: tuple[int, ...], passing: npt.NDArray[np.int8], origins: Ints) -> Walk:
    # `passing` holds what each relation passes on from an origin, and from what has inherited already.
    walker.steps[origins], walker.edge[origins] = 0, -1
    first, later = passing
    surely = _spread(walker, origins, first == YES)
    surely = np.concatenate([origins, _spread(walker, surely[len(origins) :], later == YES)])
    perhaps = _spread(walker, surely, first != NO)
    perhaps = _spread(walker, perhaps[len(origins) :], later != NO)[len(surely) - len(origins) :]
    states = np.concatenate([surely, perhaps])
    order = np.argsort(states)
    states, sure = states[order], (np.arange(len(states)) < len(surely))[order]
    walk = Walk(places, states, sure, walker.steps[states], walker.edge[states])
    walker.steps[states] = -1
    return walk


def _spread(walker: _Walker, begin: Ints, passing: Flags) -> Ints:
    # All states reached from `begin` (which come first) over edges whose relation is `passing`, nearest first.
    front, reached = begin, [begin]
    while len(front):
        places = lineage.edges_of(walker.index, front)
        places = places[passing[walker.relation[places]]]
        places = places[walker.steps[walker.index.ends[places]] < 0]
        front, first = np.unique(walker.index.ends[places], return_index=True)
        walker.edge[front] = places[first]
        walker.steps[front] = walker.steps[walker.begin[places[first]]] + 1
        reached.append(front)
    return np.concatenate(reached)
