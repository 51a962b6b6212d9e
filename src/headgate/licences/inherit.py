"""Which duties each artifact inherits over typed lineage, from whom, and on which path.

A duty goes down every edge that passes it on (`data/licence_inheritance.csv`), whatever the artifacts between
state: leaving a licence out of a card ends nothing. One thing ends a duty: its holder stating other terms, that is
an edge between two artifacts of the same account whose child states a licence of its own.

Each duty is walked breadth first from every artifact that has it, so each artifact gets its nearest origin. A node
is two states, so that the holder's rule can be kept: what it asks itself (and what artifacts of the same account
hand on to one that states nothing), and what it inherits from others.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from headgate import graph as lineage
from headgate import tables
from headgate.graph import Flags, Graph, Ints, Rows
from headgate.licences import stated
from headgate.licences.duties import UNKNOWN, Duty, duties
from headgate.shapes import Db

YES, UNCLEAR, NO = 2, 1, 0
_ONE_WORK = ("copy", "renamed", "version_of")  # the relations whose rows may say `carries`
_WORDS = {"yes": YES, "unclear": UNCLEAR, "no": NO, "carries": NO}


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
    `begin` and `relation` say, for each place in an edge list of states, where it begins and its relation, a place in
    `graph.relations` modulo their number.
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
    word = _table().get((relation, asks)) or _table().get((relation, "*"))
    return _WORDS[word] if word else UNCLEAR


def carries(relation: str, asks: str) -> bool:
    """Whether an edge of `relation` leads to the same work, which asks `asks` as well and does not break it."""
    return _table().get((relation, asks)) == "carries"


@cache
def _table() -> dict[tuple[str, str], str]:
    return {(row["relation"], row["asks"]): row["inherits"] for row in tables.rows("licence_inheritance.csv")}


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
    # What a person verified counts first, then what is declared, then what a text was found to be. An account is one
    # of its hub; what was never collected has none, since what it is made of is as unknown as its licence.
    rows = db.execute(
        f"SELECT n.id, dense_rank() OVER (ORDER BY s.known) - 1 AS holds, "
        f"CASE WHEN account IS NULL THEN 0 ELSE dense_rank() OVER (ORDER BY account) END AS account, s.known "
        f"FROM (SELECT id, folded, hub_account(folded) AS named FROM {graph.nodes}) AS n LEFT JOIN ({_KNOWN}) AS s "
        f"ON s.folded = n.folded, LATERAL (SELECT CASE WHEN s.folded IS NOT NULL THEN "
        f"split_part(n.folded, ':', 1) || ':' || coalesce(n.named, s.author) END AS account) ORDER BY n.id"
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
    # stays the same account's own where the child states nothing. Relations are told apart by what is known of the
    # edge: as they are, guessed from names, and (third) between two that may be one work, whose duties are its own.
    parent, child, kinds = graph.parent, graph.child, len(graph.relations)
    relation = graph.relation + np.where(graph.how == 0, kinds, 0).astype(np.int32)
    same = (account[parent] == account[child]) & (account[parent] > 0)
    own = same & ~states_own[child]
    one = np.array([name in _ONE_WORK for name in graph.relations], bool)[graph.relation]
    one &= ~(same & states_own[child]) & (graph.how > 0)
    begin = np.concatenate([parent + graph.size, parent[~same], parent[own], parent[one]])
    end = np.concatenate([child + graph.size, child[~same] + graph.size, child[own], child[one]])
    return begin, end, np.concatenate([relation, relation[~same], relation[own], graph.relation[one] + 2 * kinds])


def _walks(
    graph: Graph, index: Rows, begin: Ints, relation: Ints, found: list[Duty], has: Flags, holds: Ints
) -> list[Walk]:  # fmt: skip
    # Duties of one licence that the same edges pass on are walked together. A copy of a work keeps `no derivatives`; a
    # copy of its derivative does not, so that what has been passed on once goes on as any duty does.
    together: dict[tuple[str, tuple[int, ...], tuple[int, ...]], list[int]] = {}
    for place, duty in enumerate(found):
        carried = tuple(YES if carries(name, duty.asks) else NO for name in graph.relations)
        pattern = _pattern(graph, duty.asks) + carried
        after = (_pattern(graph, "*") if duty.asks == "no_derivatives" else pattern[: -len(carried)]) + carried
        together.setdefault((duty.licence, pattern, after), []).append(place)
    walker = _Walker(index, begin, relation, np.full(2 * graph.size, -1, np.int32), np.empty(2 * graph.size, np.int32))
    return [
        _walk(walker, tuple(places), np.array([pattern, after], np.int8).reshape(2, -1),
              np.flatnonzero(has[holds, places[0]]).astype(np.int32))
        for (_, pattern, after), places in together.items()
    ]  # fmt: skip


def _pattern(graph: Graph, asks: str) -> tuple[int, ...]:
    # what rests on a guess is never sure
    sure = tuple(passes(name, asks) for name in graph.relations)
    return sure + tuple(min(one, UNCLEAR) for one in sure)


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
    surely = _twice(walker, origins, first == YES, later == YES)
    states = _twice(walker, surely, first != NO, later != NO)
    order = np.argsort(states)
    whole = (first == later).all()  # then what is sure comes first
    sure = np.arange(len(states)) < len(surely) if whole else np.isin(states, surely, assume_unique=True)
    states, sure = states[order], sure[order]
    walk = Walk(places, states, sure, walker.steps[states], walker.edge[states])
    walker.steps[states] = -1
    return walk


def _twice(walker: _Walker, begin: Ints, first: Flags, later: Flags) -> Ints:
    # What is reached by `first`, and from what has inherited by `later`.
    reached = _spread(walker, begin, first)
    if (first == later).all():
        return reached
    inherits = reached >= len(walker.steps) // 2
    return np.concatenate([reached[~inherits], _spread(walker, reached[inherits], later)])


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
