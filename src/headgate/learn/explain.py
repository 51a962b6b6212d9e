"""The reasons behind a score in words: the chain to the nearest seed, the seeds that weigh most, the account."""

from __future__ import annotations

import numpy as np

from headgate.learn.lineage import Ints, Lineage
from headgate.learn.operators import Operators
from headgate.learn.paths import chain, drivers, nearest
from headgate.learn.seeds import Seeds
from headgate.shapes import Db


def explanations(
    db: Db, lineage: Lineage, linked: Operators, known: Seeds, nodes: Ints, kind: str = "all"
) -> list[tuple[int, str]]:
    """What speaks for the score by features of `kind` of each of `nodes`, as one line a node.

    What people said of a node itself is left out: the next labeller must not read it.
    """
    is_seed = known.yes > 0
    above, near = nearest(lineage, is_seed, either=False), nearest(lineage, is_seed, either=True)
    heavy = drivers(linked, known.yes, nodes)
    of_account = np.bincount(linked.author, is_seed, len(linked.published))
    ways = [chain(lineage, above, node) or chain(lineage, near, node) for node in nodes.tolist()]
    wanted = {node for way in ways for _, node in way} | {node for top in heavy for node, _ in top}
    ref = _refs(db, lineage, wanted)
    alone = "no seed near: " + ("its words and numbers alone" if kind == "all" else "what it is linked to")
    said = []
    for node, way, top in zip(nodes.tolist(), ways, heavy, strict=True):
        parts = ["its own name says so (not used for its score)"] if known.ruled[node] else []
        if way:
            last = "name" if known.ruled[way[-1][1]] else "label"
            named = "path" if above.steps[node] > 0 else "near"
            parts.append(f"{named}: " + " > ".join(f"{words} {ref[to]}" for words, to in way) + f", a seed by {last}")
        if top:
            parts.append("seeds: " + ", ".join(f"{ref[seed]} {share:.0%}" for seed, share in top))
        account = int(linked.author[node])
        others, marked = int(linked.published[account]) - 1, int(of_account[account] - is_seed[node])
        if marked:
            parts.append(f"account: {marked} of {others} others are seeds")
        said.append((node, "; ".join(parts) or alone))
    return said


def _refs(db: Db, lineage: Lineage, nodes: set[int]) -> dict[int, str]:
    rows = db.execute(
        f"SELECT id, ref FROM {lineage.table} WHERE id IN (SELECT unnest($ids::INTEGER[]))", {"ids": sorted(nodes)}
    )
    return {int(row[0]): row[1] for row in rows.fetchall()}
