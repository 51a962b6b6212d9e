"""Why a node was scored so: the shortest chain of links to a seed, and the seeds that weigh most around it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from headgate.graph import edges_of, rows
from headgate.learn.lineage import RELATIONS, Flags, Floats, Ints, Lineage
from headgate.learn.operators import Operators

FARTHEST = 4  # links from a seed; beyond that a chain says nothing
_CHUNK = 500  # nodes whose neighbourhoods are multiplied out at once
_DOWN = {"finetune": "fine-tune", "adapter": "adapter", "merge": "merge", "quantized": "quantised copy",
         "same": "copy or version", "trained_on": "trained on"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Chains:
    """For each node: its steps to the nearest seed (-1: none within reach, 0: a seed itself), the next node on
    the way there, and the edge taken, negative (-1 - place) where it leads from a parent to its child.
    """

    steps: Ints
    towards: Ints
    edge: Ints


def nearest(lineage: Lineage, seeds: Flags, *, either: bool, farthest: int = FARTHEST) -> Chains:
    """Breadth-first from all `seeds` at once: to what descends from them, or over links in `either` direction."""
    places = np.arange(len(lineage.child), dtype=np.int32)
    begin, end, over = lineage.parent, lineage.child, places
    if either:
        begin, end = np.concatenate([begin, lineage.child]), np.concatenate([end, lineage.parent])
        over = np.concatenate([places, -1 - places])
    index = rows(lineage.size, begin, end)
    steps = np.full(lineage.size, -1, np.int32)
    towards, edge = np.full(lineage.size, -1, np.int32), np.zeros(lineage.size, np.int32)
    front = np.flatnonzero(seeds).astype(np.int32)
    steps[front] = 0
    for step in range(1, farthest + 1):
        place = edges_of(index, front)
        reached = index.ends[place]
        fresh = np.flatnonzero(steps[reached] < 0)
        reached, first = np.unique(reached[fresh], return_index=True)
        taken = index.order[place[fresh[first]]]
        steps[reached], towards[reached], edge[reached] = step, begin[taken], over[taken]
        front = reached.astype(np.int32)
    return Chains(steps, towards, edge)


def chain(lineage: Lineage, found: Chains, node: int) -> list[tuple[str, int]]:
    """The way from `node` to its nearest seed: what each link says of the node before it, and where it leads."""
    way = []
    while found.steps[node] > 0:
        edge, node = int(found.edge[node]), int(found.towards[node])
        kind = RELATIONS[lineage.relation[edge if edge >= 0 else -1 - edge]]
        words = _DOWN[kind] if kind == "trained_on" else f"{_DOWN[kind]} of"
        if edge < 0:
            words = "data of" if kind == "trained_on" else f"source of the {_DOWN[kind]}"
        way.append((words, node))
    return way


def drivers(operators: Operators, seeds: Floats, nodes: Ints, most: int = 3) -> list[list[tuple[int, float]]]:
    """For each of `nodes`, the seeds within two links that weigh most, each with its share of all such weight.

    Weights are those with which a seed's label reaches the node when means are taken over parents, children and
    parents' children; accounts are left out: there every seed of the account weighs the same.
    """
    around = ((operators.up["all"] + operators.down["all"]) * np.float32(0.5)).tocsr()
    known = np.flatnonzero(seeds > 0)
    to_seeds = around[:, known].tocsr()
    found: list[list[tuple[int, float]]] = []
    for begin in range(0, len(nodes), _CHUNK):
        part = around[nodes[begin : begin + _CHUNK]]
        weights = (part[:, known] + part @ to_seeds).tocsr()
        for row, node in enumerate(nodes[begin : begin + _CHUNK].tolist()):
            columns = known[weights.indices[weights.indptr[row] : weights.indptr[row + 1]]]
            values = weights.data[weights.indptr[row] : weights.indptr[row + 1]]
            columns, values = columns[columns != node], values[columns != node]
            top = np.lexsort((columns, -values))[:most]
            total = float(values.sum())
            found.append([(int(columns[i]), float(values[i]) / total) for i in top])
    return found
