"""Small lineages as arrays, made without a workspace."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from headgate.learn.lineage import RELATIONS, Lineage


def lineage(
    size: int, links: Sequence[tuple[int, int, str] | tuple[int, int, str, float]], accounts: Sequence[int] | None = None,
    says: Sequence[int] = (),
) -> Lineage:  # fmt: skip
    """`links` are child, parent, relation and, if not 1, confidence."""
    author = np.arange(size) if accounts is None else np.asarray(accounts)
    numbers = np.full((size, 4), np.nan, np.float32)
    return Lineage(
        "", size, np.ones(size, bool), np.isin(np.arange(size), says), author.astype(np.int32), numbers[:, 2], numbers,
        np.array([link[0] for link in links], np.int32), np.array([link[1] for link in links], np.int32),
        np.array([RELATIONS.index(link[2]) for link in links], np.int32),
        np.array([link[3] if len(link) > 3 else 1 for link in links], np.float32),
    )  # fmt: skip
