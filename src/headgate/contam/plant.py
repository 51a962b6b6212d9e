"""A test of the search on the data at hand: copies of benchmark items are planted between real texts, and looked for.

Items that the corpus does not have are taken, a share of their words is replaced by other words of the corpus, and each
is set into the middle of a text of the corpus. The same search then reads the planted texts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice

import numpy as np

from headgate.contam import token_ids
from headgate.contam.search import Batches, Found
from headgate.contam.token_ids import Kept
from headgate.shapes import Batch

REPLACED = (0.0, 0.05, 0.1, 0.2, 0.4)  # shares of an item's words
HOSTS = 200  # texts of the corpus that copies are set into
LONGEST = 2000  # words of a host

Search = Callable[[Batches, Sequence[str]], Found]


@dataclass(frozen=True, slots=True)
class Planted:
    """Of copies with this share of words replaced: how many were planted, were found, and scored on average."""

    replaced: float
    planted: int
    found: int
    score: float


def planted(
    batches: Batches, items: Sequence[str], search: Search, *, kept: Kept, threshold: float, seed: int = 0
) -> list[Planted]:
    """How many copies of `items` are found at `threshold` of the headline score, by share of words replaced."""
    rng = np.random.default_rng(seed)
    split = token_ids.splitter(kept)
    hosts = _hosts(batches, split)
    spare = [word for host in hosts for word in host]
    if not items or not spare:
        return []
    made: list[Planted] = []
    for share in REPLACED:
        edited = [_edited(split(item), share, spare, rng) for item in items]
        texts = [_set_into(hosts[k % len(hosts)], words) for k, words in enumerate(edited)]
        batch = Batch([sha256(text.encode("utf-8", "surrogatepass")).hexdigest() for text in texts], texts)
        scores = search(lambda batch=batch: [batch], items).matches.scores[:, 0]  # type: ignore[misc]
        found = int((scores >= np.float32(threshold)).sum())
        made.append(Planted(share, len(items), found, float(np.nanmean(scores))))
    return made


def _hosts(batches: Batches, split: token_ids.Split) -> list[list[str]]:
    texts = (text for batch in batches() for text in batch.texts)
    return [words for text in islice(texts, HOSTS) if (words := split(text[: 20 * LONGEST])[:LONGEST])]


def _edited(words: list[str], share: float, spare: list[str], rng: np.random.Generator) -> list[str]:
    """`words` with this share of them replaced, each by another word; the first and last stay where most do."""
    words = list(words)
    for at in rng.choice(len(words), round(share * len(words)), replace=False).tolist():
        others = (spare[k] for k in rng.integers(0, len(spare), 20).tolist())
        words[at] = next((other for other in others if other != words[at]), words[at] + "x")
    return words


def _set_into(host: list[str], item: list[str]) -> str:
    middle = len(host) // 2
    return " ".join([*host[:middle], *item, *host[middle:]])
