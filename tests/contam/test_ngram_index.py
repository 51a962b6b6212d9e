"""The index on disk: exact, sorted, made again after a kill, and refused where it is damaged."""

from __future__ import annotations

from collections import Counter
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headgate.contam import ngram_index
from headgate.contam.bench_grams import numbers_for, of_items
from headgate.contam.ngram_index import build, opened
from headgate.contam.token_ids import FIRST, Kept
from headgate.errors import BadInput
from headgate.shapes import Batch


def batch(texts: list[str]) -> Batch:
    return Batch([sha256(text.encode()).hexdigest() for text in texts], texts)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.sampled_from("abcd"), max_size=12), max_size=5), st.integers(1, 3), st.integers(0, 2))
def test_it_counts_every_n_gram(
    tmp_path_factory: pytest.TempPathFactory, docs: list[list[str]], n: int, more: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ngram_index, "CHUNK", 5)
        patch.setattr(ngram_index, "PART", 4)
        folder = tmp_path_factory.mktemp("x") / "index"
        index = build(folder, [batch([" ".join(doc) for doc in docs])], n=n, kept=Kept(), source="s")
        ids = numbers_for(docs, index.numbers("abcd"), FIRST + index.words)
        grams = of_items(docs, n + more, ids)
        found = Counter(g for part, _ in index.places(grams) for g in part.tolist())
    truth = Counter(tuple(doc[k : k + n + more]) for doc in docs for k in range(len(doc) - n - more + 1))
    names = {ids[word]: word for word in ids}
    assert {
        tuple(names[t] for t in grams.tokens[at : at + n + more].tolist()): found[g]
        for g, at in enumerate(grams.at.tolist())
    } == dict(truth)
    entries = np.fromfile(folder / "grams.u64", np.uint64)
    for start, end in zip(index.parts, index.parts[1:], strict=False):
        assert (np.diff(entries[start:end].astype(object)) > 0).all()


def test_a_build_that_was_cut_off_leaves_nothing_that_counts(tmp_path: Path) -> None:
    def broken() -> object:
        yield batch(["a b c"])
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build(tmp_path / "index", broken(), n=2, kept=Kept(), source="s")  # type: ignore[arg-type]
    assert not (tmp_path / "index").exists()
    index = build(tmp_path / "index", [batch(["a b"])], n=2, kept=Kept(), source="s")
    assert (index.size, index.documents, index.words) == (4, 1, 2)
    assert opened(tmp_path / "index") == index
    assert [path.name for path in tmp_path.iterdir()] == ["index"]


def test_what_is_no_index_is_told_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="is no index of n-grams"):
        opened(tmp_path)
    (tmp_path / "index.json").write_text('{"n": 3}')
    with pytest.raises(BadInput, match="is no index of n-grams"):
        opened(tmp_path)


def test_an_empty_corpus_is_an_index_of_nothing(tmp_path: Path) -> None:
    index = build(tmp_path / "index", [], n=2, kept=Kept(), source="s")
    assert [part for part, _ in index.places(of_items([["a", "b"]], 2, {"a": 2, "b": 3})) if part.size] == []


def test_words_with_lone_surrogates_come_back(tmp_path: Path) -> None:
    corpus = [Batch(["aa" * 32], ["a \ud800 b"])]
    index = build(tmp_path / "i", corpus, n=1, kept=Kept(punctuation=True), source="s")
    assert index.numbers(["a", "\ud800", "b", "c"]) == {"a": 2, "\ud800": 3, "b": 4}
