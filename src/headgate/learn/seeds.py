"""What is known to begin with: labels of people where there are any, else the plain keyword rule on names and tags."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from headgate.learn.lineage import Flags, Floats, Lineage, places
from headgate.shapes import Db


@dataclass(frozen=True, slots=True)
class Seeds:
    """One entry a node: `yes` is 1 where a label or the rule says so, `no` where people said that it is not so.

    `ruled` marks those of which only the rule speaks. `chance` is the probability with which an item that
    people reviewed was drawn, NaN where it was not drawn at random.
    """

    yes: Floats
    no: Flags
    ruled: Flags
    chance: npt.NDArray[np.float64]

    @property
    def reviewed(self) -> Flags:
        """Nodes of which people said yes or no after a draw at random."""
        return np.isfinite(self.chance) & (self.no | ((self.yes > 0) & ~self.ruled))


def load(db: Db, lineage: Lineage, question: str) -> Seeds:
    """Seeds for `question`: people outweigh the rule; disputed, unsure and contested labels count for nothing."""
    from headgate import labels

    yes, no = lineage.says.copy(), np.zeros(lineage.size, bool)
    ruled = lineage.says.copy()
    chance = np.full(lineage.size, np.nan)
    rows = labels.current(db, question).fetchall()
    at = places(db, lineage, [row[0] for row in rows]) if rows else np.empty(0, np.int32)
    for node, (_, verdict, basis, _, contested, drawn) in zip(at.tolist(), rows, strict=True):
        if node < 0 or basis == "rule":
            continue
        ruled[node] = False
        yes[node], no[node] = verdict == "yes" and not contested, verdict == "no" and not contested
        chance[node] = drawn if drawn else np.nan
    return Seeds(yes.astype(np.float32), no, ruled, chance)
