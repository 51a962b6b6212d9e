"""Why an artifact keeps not what it inherits, in words: the licence, its clause, the path, and who broke it first."""

from __future__ import annotations

from itertools import count
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from headgate.graph import Ints
from headgate.licences import duties as algebra
from headgate.licences.duties import ASKS, UNKNOWN, Duty
from headgate.licences.inherit import Inherited, Walk
from headgate.licences.judging import BROKEN, GRAVITY, OPEN, Grades, Verdicts, outcomes
from headgate.shapes import Db

LONGEST = 8  # steps of a path that are shown

Texts: TypeAlias = npt.NDArray[np.object_]


def reasons(db: Db, given: Inherited, verdicts: Verdicts, combined: dict[int, tuple[Duty, ...]]) -> tuple[Ints, Texts]:
    """The nodes that keep not all they inherit, and for each the words, the clause and the path that say so."""
    # All texts grow together, one step of their paths at a time: millions of them are told.
    refs = np.array(
        [row[0] for row in db.execute(f"SELECT ref FROM {given.graph.nodes} ORDER BY id").fetchall()], object
    )
    table = outcomes(given)
    nodes: list[Ints] = []
    texts: list[Texts] = []
    for walk in given.walks:
        told = np.flatnonzero((verdicts.grade >= OPEN) & np.isin(verdicts.duty, walk.duties)).astype(np.int32)
        if len(told):
            nodes.append(told)
            head, tail = _words(given, verdicts, told)
            texts.append(head + _paths(given, walk, told, verdicts, table, refs) + tail)
    for place, duties in combined.items():
        nodes.append(np.array([place], np.int32))
        said = "; ".join(f"{duty.licence}: {ASKS[duty.asks]}" for duty in duties)
        texts.append(np.array([f"no licence can keep all of: {said}"], object))
    if not nodes:
        return np.empty(0, np.int32), np.empty(0, object)
    node, text = np.concatenate(nodes), np.concatenate(texts)
    # of what cannot be combined the last text says so
    kept = len(node) - 1 - np.unique(node[::-1], return_index=True)[1]
    return node[kept], text[kept]


def _words(given: Inherited, verdicts: Verdicts, nodes: Ints) -> tuple[Texts, Texts]:
    # What is said before and after the path, made for each different case once.
    case = np.stack([given.holds[nodes], verdicts.duty[nodes], verdicts.broken[nodes]], axis=1)
    cases, which = np.unique(case, axis=0, return_inverse=True)
    found = [(given.sets[holds], given.duties[place], broken) for holds, place, broken in cases.tolist()]
    head = np.array([_head(*one) for one in found], object)
    tail = np.array([_lost(duty, stated) for stated, duty, _ in found], object)
    return head[which.ravel()], tail[which.ravel()]


def _head(stated: tuple[str, ...] | None, duty: Duty, broken: int) -> str:
    if duty == UNKNOWN:
        return "not known what a licence upstream asks; path: this"
    says = "has a licence nobody knows" if stated is None else f"says {', '.join(stated)}" if stated else "states none"
    also = [words for asks, words in ASKS.items() if broken >> GRAVITY[asks] & 1 and asks != duty.asks]
    verb = "but" if broken else "and it is not clear whether that keeps what"
    more = f"; also: {', '.join(also)}" if also else ""
    return f"the artifact {says}, {verb} {duty.licence} upstream asks: {algebra.clause(duty)}{more}; path: this"


def _paths(given: Inherited, walk: Walk, nodes: Ints, verdicts: Verdicts, table: Grades, refs: Texts) -> Texts:
    # The way up to the origin of each duty, and the artifact nearest the origin that broke it first.
    size, duty = given.graph.size, verdicts.duty[nodes]
    arrow = np.array([f" <-{name}- " for name in given.graph.relations], object)
    text, first = np.full(len(nodes), "", object), np.full(len(nodes), -1, np.int32)
    state, going = nodes + size, np.arange(len(nodes))
    for step in count():
        edge = walk.edge[np.searchsorted(walk.states, state[going])]
        going, edge = going[edge >= 0], edge[edge >= 0]
        if not len(going):
            break
        if step:  # the artifact itself aside, and never the origin, which has no edge behind it
            above = state[going] % size
            begun = table[given.holds[above], duty[going]] == BROKEN
            first[going[begun]] = above[begun]
        if step < LONGEST:
            text[going] += arrow[given.relation[edge] % len(arrow)] + refs[given.begin[edge] % size]
        elif step == LONGEST:
            text[going] += " and further up"
        state[going] = given.begin[edge]
    broke = np.flatnonzero((first >= 0) & (verdicts.grade[nodes] == BROKEN))
    text[broke] += "; first dropped at " + refs[first[broke]]
    return text


def _lost(duty: Duty, stated: tuple[str, ...] | None) -> str:
    if duty.asks != "use_restrictions":
        return ""
    named = set().union(*(algebra.restricted(licence) for licence in stated or ()))
    lost = sorted(algebra.restricted(duty.licence) - named)
    return f"; uses not named here: {', '.join(lost)}" if lost else ""
