"""Features of every node: its own words' score and numbers, and both, with the seeds, from around it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from headgate.learn.lineage import RELATIONS, Floats, Lineage
from headgate.learn.operators import Operators, author_mean, others, sibling_mean

_LOW, _HIGH = -8, 4  # a score of words beyond these says no more
_UNKNOWN = -1.0  # of a number: below all that occur, so that trees can tell it apart
# A column is "seeds" if labels reach it, "words" if scores of words around do, "own" otherwise.
OWN = ("own words", "downloads", "likes", "created", "tags")
_COUNTS = ("parents", "children", "published")


def names() -> list[str]:
    """What each column of `features` holds: what is propagated, then from where."""
    typed = [f"{what} {way} {kind}" for kind in RELATIONS for way in ("up", "down") for what in ("seeds", "words")]
    around = ("up all", "down all", "up up", "down down", "siblings", "account", "accounts of parents",
              "accounts of children")  # fmt: skip
    return [
        *OWN,
        *_COUNTS,
        *typed,
        *(f"{what} {where}" for where in around for what in ("seeds", "words")),
        "seeds spread",
        "seeds walk",
    ]


def features(
    lineage: Lineage, operators: Operators, seeds: Floats, words: Floats, spread: npt.NDArray[np.float32]
) -> npt.NDArray[np.float32]:
    """Features of every node, one row a node in the order of `names`.

    `seeds` is 1 for a known case, `words` the score of a node's own words (a log-odds), `spread` what labels of others
    come to over any number of links (two columns, see `models.spread`). No label of a node
    reaches its own row.
    """
    clipped = np.clip(words, _LOW, _HIGH).astype(np.float32) - np.float32(_LOW)  # 0 where nothing is known
    clipped[~lineage.model] = 0
    published = operators.published[operators.author]
    columns = [words, *np.nan_to_num(lineage.numbers, nan=_UNKNOWN).T, operators.parents, operators.children, published]
    pair = np.column_stack([seeds, clipped]).astype(np.float32)
    for kind in RELATIONS:
        columns += [*(operators.up[kind] @ pair).T, *(operators.down[kind] @ pair).T]
    up, down = operators.up["all"], operators.down["all"]
    first_up, first_down = up @ pair, down @ pair
    account = np.column_stack([author_mean(operators, column) for column in pair.T])
    columns += [*first_up.T, *first_down.T]
    for means, back in ((up @ first_up, "up up"), (down @ first_down, "down down")):
        columns += [others(operators, back, *both) for both in zip(means.T, pair.T, strict=True)]
    columns += [sibling_mean(operators, column) for column in pair.T]
    columns += [*account.T]
    for means, back in ((up @ account, "up account"), (down @ account, "down account")):
        columns += [others(operators, back, *both) for both in zip(means.T, pair.T, strict=True)]
    columns += [*spread.T]
    out = np.empty((lineage.size, len(columns)), np.float32)
    for place, column in enumerate(columns):
        out[:, place] = column
    return out


def chosen(kind: str) -> list[int]:
    """Places of the columns of `kind`: all, graph (nothing of the node's own words or numbers) or seeds."""
    listed = names()
    if kind == "all":
        return list(range(len(listed)))
    wanted = ("seeds", *_COUNTS) if kind == "seeds" else ("seeds", "words", *_COUNTS)
    return [place for place, name in enumerate(listed) if name.startswith(wanted)]
