"""Planted copies: all verbatim ones are found, and fewer the more words are replaced."""

from __future__ import annotations

import random
from collections.abc import Sequence
from functools import partial

from headgate.contam.plant import REPLACED, planted
from headgate.contam.search import Batches, Found, Setting, in_stream
from headgate.contam.token_ids import Kept
from headgate.shapes import Batch


def texts(seed: int, many: int, words: int) -> list[str]:
    rng = random.Random(seed)
    return [" ".join(f"w{rng.randrange(5000)}" for _ in range(words)) for _ in range(many)]


def run(setting: Setting) -> dict[float, tuple[int, float]]:
    hosts, items = texts(1, 30, 80), texts(2, 25, 40)
    search = partial(in_stream, setting=setting)
    made = planted(lambda: [Batch([""] * 30, hosts)], items, search, kept=Kept(), threshold=0.5)
    assert [one.replaced for one in made] == list(REPLACED)
    assert {one.planted for one in made} == {25}
    return {one.replaced: (one.found, one.score) for one in made}


def test_scores_fall_with_the_share_of_words_replaced() -> None:
    made = run(Setting(8))
    assert made[0.0] == (25, 1.0)
    scores = [score for _, score in made.values()]
    assert scores == sorted(scores, reverse=True)
    assert made[0.05][0] == 25  # two words of forty, four may differ
    assert made[0.4][0] == 0  # sixteen of forty: no eight in a row


def test_larger_n_misses_more() -> None:
    found = [sum(run(Setting(n))[share][0] for share in REPLACED) for n in (5, 8, 13, 30)]
    assert found == sorted(found, reverse=True)
    assert found[0] > found[-1]


def test_nothing_to_plant_or_nowhere_to() -> None:
    def never(batches: Batches, items: Sequence[str]) -> Found:
        raise AssertionError

    assert planted(lambda: [Batch(["a"], ["word"])], [], never, kept=Kept(), threshold=0.5) == []
    assert planted(lambda: [Batch(["a"], [""])], ["x"], never, kept=Kept(), threshold=0.5) == []
