"""The artifacts of a workspace and their typed, confidence-weighted links as arrays, for the detectors that learn."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from headgate.disguises import disguised
from headgate.keywords import UNCENSORED
from headgate.shapes import Db

Ints: TypeAlias = npt.NDArray[np.int32]
Floats: TypeAlias = npt.NDArray[np.float32]
Flags: TypeAlias = npt.NDArray[np.bool_]

# Relations that say nearly the same of a child are read together.
GROUPS = {
    "finetune": "finetune", "adapter": "adapter", "merge": "merge", "quantized": "quantized", "unlearned": "finetune",
    "trained_on": "trained_on", "copy": "same", "version_of": "same", "renamed": "same",
}  # fmt: skip
RELATIONS = ("finetune", "adapter", "merge", "quantized", "same", "trained_on")
NAMES = "SELECT split_part(name, '/', -1) AS text FROM artifacts WHERE kind = 'model' AND name IS NOT NULL"
_serial = count()


@dataclass(frozen=True, slots=True)
class Lineage:
    """`size` nodes: every artifact, and every parent of which only a ref is known.

    `table` names the table nodes(id, folded, ref) of the connection. `model` marks models that were
    collected, `says` those whose name or tags carry a keyword of the plain rule, `author` numbers the
    accounts (a node of which none is known has one of its own). `numbers` holds log downloads, log likes,
    days since 2020 and tags, NaN where not known. Edge i goes from `child[i]` to `parent[i]`;
    `relation` holds places in `RELATIONS`, `weight` the confidence from 0 to 1.
    """

    table: str
    size: int
    model: Flags
    says: Flags
    author: Ints
    created: Floats
    numbers: Floats
    child: Ints
    parent: Ints
    relation: Ints
    weight: Floats


_NODES = """
CREATE TEMP TABLE {table} AS
SELECT (row_number() OVER (ORDER BY folded) - 1)::INTEGER AS id, folded,
       coalesce(min(ref) FILTER (kind IS NOT NULL), min(ref)) AS ref,  -- as the artifact is spelled
       min(lower(author)) AS author, bool_or(kind = 'model') AS model, bool_or(kind = 'model' AND says) AS says,
       max(downloads) AS downloads, max(likes) AS likes, min(created) AS created, max(tags) AS tags
FROM (
    SELECT folded(ref) AS folded, ref, author, kind, downloads, likes, created, len(tags) AS tags,
           regexp_matches(lower(split_part(name, '/', -1)), $words) OR d.found IS NOT NULL
               OR len(list_filter(coalesce(tags, []),
                                  lambda t: NOT contains(t, ':') AND regexp_matches(lower(t), $words))) > 0 AS says
    FROM artifacts LEFT JOIN disguised AS d ON d.text = split_part(name, '/', -1)
    UNION ALL BY NAME SELECT folded(parent) AS folded, parent AS ref FROM edges
    UNION ALL BY NAME SELECT folded(child) AS folded, child AS ref FROM edges
) GROUP BY folded
"""


def load(db: Db) -> Lineage:
    """Read `artifacts` and `edges`; the table of nodes stays in the connection for the words and the refs."""
    table = f"learn_nodes_{next(_serial)}"
    disguised(db, NAMES, UNCENSORED)
    db.execute(_NODES.format(table=table), {"words": UNCENSORED})
    found = db.execute(
        f"SELECT coalesce(model, false) AS model, coalesce(says, false) AS says, "
        f"coalesce((dense_rank() OVER (ORDER BY author))::INTEGER, 0) * (author IS NOT NULL)::INTEGER AS author, "
        f"ln(1 + CASE WHEN downloads >= 0 THEN downloads END)::FLOAT AS downloads, "
        f"ln(1 + CASE WHEN likes >= 0 THEN likes END)::FLOAT AS likes, "
        f"((epoch(created) - epoch(DATE '2020-01-01')) / 86400)::FLOAT AS created, tags::FLOAT AS tags "
        f"FROM {table} ORDER BY id"
    ).fetchnumpy()
    size = len(found["model"])
    numbers = np.column_stack([_nan(found[name]) for name in ("downloads", "likes", "created", "tags")])
    edges = db.execute(
        f"SELECT c.id AS child, p.id AS parent, list_position($kinds, g.kind) - 1 AS relation, "
        f"max(e.confidence)::FLOAT AS weight FROM edges AS e "
        f"JOIN (SELECT unnest($relations) AS relation, unnest($groups) AS kind) AS g ON g.relation = e.relation "
        f"JOIN {table} AS c ON c.folded = folded(e.child) JOIN {table} AS p ON p.folded = folded(e.parent) "
        f"WHERE c.id <> p.id AND e.confidence > 0 AND NOT isnan(e.confidence) GROUP BY ALL ORDER BY ALL",
        {"kinds": list(RELATIONS), "relations": list(GROUPS), "groups": list(GROUPS.values())},
    ).fetchnumpy()
    child, parent, relation = (np.asarray(edges[c], np.int32) for c in ("child", "parent", "relation"))
    return Lineage(
        table, size, np.asarray(found["model"], bool), np.asarray(found["says"], bool),
        _own(np.asarray(found["author"], np.int32)),
        numbers[:, 2], numbers, child, parent, relation, np.asarray(edges["weight"], np.float32),
    )  # fmt: skip


def drop(db: Db, lineage: Lineage) -> None:
    """Remove the table of nodes of `lineage`."""
    db.execute(f"DROP TABLE IF EXISTS {lineage.table}")


def components(lineage: Lineage) -> Ints:
    """The lineage component of each node: what any chain of links but trained_on connects.

    A popular dataset would join nearly everything into one; accounts have a split of their own.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    shape = (lineage.size, lineage.size)
    lines = lineage.relation != RELATIONS.index("trained_on")
    child, parent = lineage.child[lines], lineage.parent[lines]
    links = coo_array((np.ones(len(child), bool), (child, parent)), shape=shape)
    return np.asarray(connected_components(links, directed=False)[1], np.int32)


def places(db: Db, lineage: Lineage, refs: list[str]) -> Ints:
    """The node of each of `refs`, -1 where there is none."""
    rows = db.execute(
        f"SELECT coalesce(n.id, -1) AS id FROM (SELECT folded(unnest($refs)) AS folded, "
        f"generate_subscripts($refs, 1) AS place) AS r LEFT JOIN {lineage.table} AS n USING (folded) ORDER BY place",
        {"refs": refs},
    ).fetchnumpy()
    return np.asarray(rows["id"], np.int32)


def _nan(column: object) -> Floats:
    return np.asarray(np.ma.filled(np.ma.asarray(column).astype(np.float32), np.nan), np.float32)


def _own(known: Ints) -> Ints:
    unknown = np.flatnonzero(known == 0)
    known[unknown] = known.max(initial=0) + 1 + np.arange(len(unknown))
    return np.unique(known, return_inverse=True)[1].astype(np.int32)


def hubs(db: Db, lineage: Lineage) -> Ints:
    """A number for the hub of each node, by its ref."""
    rows = db.execute(
        f"SELECT dense_rank() OVER (ORDER BY split_part(ref, ':', 1)) AS hub FROM {lineage.table} ORDER BY id"
    ).fetchnumpy()
    return np.asarray(rows["hub"], np.int32)
