"""What a fix at one node of a lineage reaches, and what it does not.

A fix reaches a child only along relations that load the parent or are the same artifact
(`data/relations.csv`). Who copied the weights keeps what was in them; who was trained on a dataset keeps
what was learnt. An artifact that also got the harm another way is not fixed by one of its parents.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from headgate import graph as graphs
from headgate.graph import Flags, Graph, Ints

_RELATIONS = Path(__file__).parent / "data" / "relations.csv"


class RelationKind(NamedTuple):
    """What a relation means for a fix: what it `carries`, and whether a fix at the parent `reaches` the child."""

    carries: str
    reaches: bool
    meaning: str


@dataclass(frozen=True, slots=True)
class Fix:
    """Reach of a fix: flags over the nodes of the region.

    `downstream` are the descendants of the fixed node, `fixed` those the fix reaches; of the others
    `copied` have copied weights, `retrain` only data, and the rest lie behind such a one or another way in.
    """

    downstream: Flags
    fixed: Flags
    copied: Flags
    retrain: Flags


@cache
def relation_kinds() -> dict[str, RelationKind]:
    """The rows of `data/relations.csv` by relation."""
    with _RELATIONS.open(encoding="utf-8", newline="") as file:
        return {
            row["relation"]: RelationKind(row["carries"], row["fix_reaches_child"] == "yes", row["meaning"])
            for row in csv.DictReader(file)
        }


def kind_of(relation: str) -> RelationKind:
    """What `relation` means; one that has no row is taken to copy weights, so that nothing seems fixed."""
    return relation_kinds().get(relation, RelationKind("weights_copied", False, "not described"))


def fix(region: Graph, source: int, at: int) -> Fix:
    """Reach of a fix at the node `at` of `region`, where the harm comes from its node `source`.

    `region` holds `source` and its descendants, no others.
    """
    kinds = [kind_of(relation) for relation in region.relations]
    carries = np.array([kind.carries for kind in kinds])[region.relation] if kinds else np.array([], str)
    reaches = np.array([kind.reaches for kind in kinds], bool)[region.relation]
    copied = _ends(region, carries == "weights_copied")
    retrain = _ends(region, carries == "data_only") & ~copied
    fixed_node = np.zeros(region.size, bool)
    fixed_node[at] = True
    begin = _ends(region, ~reaches)
    begin[source] = True
    begin[at] = False
    still = graphs.depths(region.down, np.flatnonzero(begin).tolist(), blocked=fixed_node) >= 0
    downstream = graphs.depths(region.down, [at]) > 0
    return Fix(downstream, downstream & ~still, downstream & copied, downstream & retrain)


def _ends(region: Graph, chosen: Flags | Ints) -> Flags:
    ends = np.zeros(region.size, bool)
    ends[region.child[chosen]] = True
    return ends
