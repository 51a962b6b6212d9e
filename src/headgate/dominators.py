"""Dominators: the nodes that every path from a root must pass.

The iterative algorithm of K. D. Cooper, T. J. Harvey and K. Kennedy, "A Simple, Fast Dominance
Algorithm" (Rice University, TR-06-33870, 2001). It works on any directed graph, cycles included.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

Number = TypeVar("Number", int, float)


def immediate(children: Sequence[Sequence[int]], root: int) -> tuple[list[int], list[int]]:
    """The immediate dominator of each node and the nodes reached, in reverse postorder from `root`.

    `children[i]` are the nodes that edges from `i` lead to. The root dominates itself; a node that
    cannot be reached has -1.
    """
    order = _reverse_postorder(children, root)
    place = [-1] * len(children)
    for number, node in enumerate(order):
        place[node] = number
    parents: list[list[int]] = [[] for _ in order]  # by place, as places
    for number, node in enumerate(order):
        for child in children[node]:
            parents[place[child]].append(number)
    found = [-1] * len(order)
    found[0] = 0
    changed = True
    while changed:
        changed = False
        for number in range(1, len(order)):
            new = -1
            for parent in parents[number]:
                if found[parent] >= 0:
                    new = parent if new < 0 else _meet(found, parent, new)
            if found[number] != new:
                found[number] = new
                changed = True
    result = [-1] * len(children)
    for number, node in enumerate(order):
        result[node] = order[found[number]]
    return result, order


def totals(above: Sequence[int], order: Sequence[int], weights: Sequence[Number]) -> list[Number]:
    """For each node, the sum of `weights` over all nodes it dominates, itself included.

    `above` and `order` are what `immediate` gave.
    """
    summed = list(weights)
    for node in reversed(order[1:]):
        summed[above[node]] += summed[node]
    return summed


def _meet(found: list[int], one: int, other: int) -> int:
    while one != other:
        while one > other:
            one = found[one]
        while other > one:
            other = found[other]
    return one


def _reverse_postorder(children: Sequence[Sequence[int]], root: int) -> list[int]:
    seen = {root}
    finished: list[int] = []
    path = [(root, iter(children[root]))]
    while path:
        node, rest = path[-1]
        for child in rest:
            if child not in seen:
                seen.add(child)
                path.append((child, iter(children[child])))
                break
        else:
            finished.append(node)
            path.pop()
    finished.reverse()
    return finished
