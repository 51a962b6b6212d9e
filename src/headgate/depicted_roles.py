"""What the outputs of each role depict, tested against its reference shares."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from headgate.depicted_counts import Depicted
from headgate.evidence import representation
from headgate.evidence.group_gaps import holm
from headgate.evidence.representation import Floats, Tested


class Role(NamedTuple):
    """One role: outputs and prompts, what it was tested for, distance and its bounds."""

    name: str
    outputs: int
    prompts: int
    tested: Tested
    adjusted: float
    size: float
    distance: float
    low: float
    high: float


def roles(shown: Depicted, shares: Floats, seed: int) -> list[Role]:
    """Each role of `shown`, by name: `shares` (prompts, k) are its reference; p-values are corrected for all roles."""
    found, member = np.unique(np.array(shown.roles), return_inverse=True)
    names: list[str] = found.tolist()
    sums = [shown.counts[member == n].sum(0) for n in range(len(names))]
    refs = [shares[member == n][0] for n in range(len(names))]
    tested = [representation.compare(seen, ref, seed=seed) for seen, ref in zip(sums, refs, strict=True)]
    adjusted = holm([one.p for one in tested])
    return [
        Role(name, int(seen.sum()), int((member == n).sum()), test, float(p), representation.effect_size(seen, ref),
              representation.total_variation(seen / seen.sum(), ref), *representation.variation_bounds(seen, ref))
        for n, (name, seen, ref, test, p) in enumerate(zip(names, sums, refs, tested, adjusted, strict=True))
    ]  # fmt: skip
