"""Both ways of searching agree with a matcher that tries every pair of places."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from headgate.contam import ngram_index, token_ids
from headgate.contam import search as contam_search
from headgate.contam.scores import Counting
from headgate.contam.search import Setting, in_index, in_stream
from headgate.contam.token_ids import Kept
from headgate.errors import BadInput, UsageError
from headgate.shapes import Batch


def batch(texts: list[str]) -> Batch:
    return Batch([sha256(text.encode()).hexdigest() for text in texts], texts, rows=list(range(len(texts))))


def brute(corpus: list[str], item: str, *, n: int, least: int, budget: int) -> list[float] | None:
    """The four scores by definition, word lists only."""
    x = item.split()
    docs = [doc.split() for doc in corpus]
    if len(x) < n:
        return None
    counts = Counter(tuple(d[i : i + n]) for d in docs for i in range(len(d) - n + 1))
    hit = [counts[tuple(x[i : i + n])] >= least for i in range(len(x) - n + 1)]
    tokens = {i + k for i, one in enumerate(hit) if one for k in range(n)}
    longest, inside = 0, set()
    for d in docs:
        for shift in range(-len(x), len(d)):
            same = [0 <= i + shift < len(d) and x[i] == d[i + shift] for i in range(len(x))]
            there = [0 <= i + shift < len(d) for i in range(len(x))]
            for a in range(len(x)):
                for b in range(a + n - 1, len(x)):
                    if not (same[a] and same[b] and all(there[a : b + 1])) or same[a : b + 1].count(False) > budget:
                        continue
                    if any(all(same[i : i + n]) and hit[i] for i in range(a, b - n + 2)):
                        longest = max(longest, b - a + 1)
                        inside |= set(range(a, b + 1))
    return [longest / len(x), len(tokens) / len(x), sum(hit) / len(hit), len(inside) / len(x)]


words = st.lists(st.sampled_from("abc"), max_size=14).map(" ".join)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(corpus=st.lists(words, max_size=4), items=st.lists(words, min_size=1, max_size=3), n=st.integers(1, 4),
       least=st.integers(1, 3), budget=st.integers(0, 3), clash=st.booleans(), small=st.booleans())  # fmt: skip
@example(
    corpus=["b a b b"], items=["a b b a b b"], n=1, least=1, budget=2, clash=False, small=True
)  # a tie in the item
def test_both_ways_equal_brute_force(
    corpus: list[str], items: list[str], n: int, least: int, budget: int, clash: bool, small: bool,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:  # fmt: skip
    expected = [brute(corpus, item, n=n, least=least, budget=budget) or [np.nan] * 4 for item in items]
    setting = Setting(n, counting=Counting(least, budget))
    with pytest.MonkeyPatch.context() as patch:
        if clash:  # every n-gram has the same hash
            patch.setattr(token_ids, "window_hashes", lambda t, k: np.full(max(0, len(t) - k + 1), 7, np.uint64))
        if small:
            patch.setattr(contam_search, "BLOCK", 5)
            patch.setattr(ngram_index, "CHUNK", 4)
            patch.setattr(ngram_index, "PART", 3)
        streamed = in_stream(lambda: [batch(corpus)], items, setting)
        folder = tmp_path_factory.mktemp("i") / "index"
        indexed = in_index(folder, "here", lambda: [batch(corpus)], items, setting)
    np.testing.assert_allclose(streamed.matches.scores, np.array(expected), atol=1e-6)
    for field in ("scores", "length", "here", "at", "common"):
        np.testing.assert_array_equal(getattr(streamed.matches, field), getattr(indexed.matches, field))
    assert streamed.where == indexed.where
    assert (streamed.documents, streamed.tokens) == (indexed.documents, indexed.tokens)
    assert streamed.tokens == sum(len(doc.split()) for doc in corpus)


def test_an_n_gram_that_is_rarer_than_asked_does_not_count() -> None:
    corpus = [batch(["a b c d", "a b c d", "e f g h"])]
    setting = Setting(4, counting=Counting(least_count=2))
    made = in_stream(lambda: corpus, ["a b c d", "e f g h"], setting).matches.scores
    assert made.tolist() == [[1, 1, 1, 1], [0, 0, 0, 0]]


def test_it_says_where(tmp_path: Path) -> None:
    corpus = [Batch(["aa" * 32], ["x y"], rows=[3], file="one.jsonl"),
              Batch(["bb" * 32, "cc" * 32], ["z", "p Q, r s"], rows=[0, 9], file="two.jsonl")]  # fmt: skip
    for made in (
        in_stream(lambda: corpus, ["q r s", "n o t"], Setting(3)),
        in_index(tmp_path / "i", "s", lambda: corpus, ["q r s", "n o t"], Setting(3)),
    ):
        assert made.where == [("cc" * 32, "two.jsonl", 9, 1), None]
        assert (made.documents, made.tokens) == (3, 7)


def test_an_index_is_used_again_for_larger_n_but_not_for_other_data(tmp_path: Path) -> None:
    corpus, folder = [batch(["a b c d e f"])], tmp_path / "index"
    in_index(folder, "here", lambda: corpus, ["a b c"], Setting(3))

    def never() -> list[Batch]:
        raise AssertionError

    def only_the_first() -> Iterator[Batch]:
        yield corpus[0]
        raise AssertionError

    again = in_index(folder, "here", only_the_first, ["b c d e x", "b c d x e"], Setting(4))
    assert again.matches.scores[:, 0].tolist() == pytest.approx([4 / 5, 0])
    with pytest.raises(UsageError, match="index of 3-grams and cannot answer for n 2"):
        in_index(folder, "here", only_the_first, ["a b c"], Setting(2))
    with pytest.raises(BadInput, match="indexes other data"):
        in_index(folder, "there", never, ["a b c"], Setting(3))
    with pytest.raises(BadInput, match="other switches"):
        in_index(folder, "here", never, ["a b c"], Setting(3, Kept(case=True)))
    # the same file, and so the same source, but another of its columns
    with pytest.raises(BadInput, match="another column"):
        in_index(folder, "here", lambda: [batch(["g h i"])], ["a b c"], Setting(3))
