"""The whole method: planted copies, a model that memorises, both ways of searching, and what it says."""

from __future__ import annotations

import csv
import json
import random
from collections import Counter, defaultdict
from hashlib import sha256
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from headgate.errors import UsageError
from headgate.screen.contamination import screen
from headgate.shapes import Batch, Finding, Items


def sha(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def texts(seed: int, many: int, words: int) -> list[str]:
    rng = random.Random(seed)
    return [" ".join(f"w{int(rng.paretovariate(0.6))}" for _ in range(words)) for _ in range(many)]


def items_of(corpus: list[str], tmp_path: Path) -> Items:
    (tmp_path / "scratch").mkdir(exist_ok=True)
    ids = [sha(text) for text in corpus]
    halves = [slice(0, len(corpus) // 2), slice(len(corpus) // 2, None)]
    made = [Batch(ids[h], corpus[h], rows=list(range(len(corpus)))[h], file="c.jsonl") for h in halves]
    return Items(lambda: iter(made), tmp_path / "scratch", tmp_path / "data", "file:sha256:aa")


def run(
    corpus: list[str], benchmark: list[str], tmp_path: Path, **flags: Any
) -> tuple[dict[str, list[float]], dict[str, Finding], dict[str, str | None]]:
    path = tmp_path / "bench.jsonl"
    path.write_text("".join(json.dumps({"text": text}) + "\n" for text in benchmark))
    made = screen(items_of(corpus, tmp_path), benchmark=path, **flags)
    assert made.axes == ("longest_match", "token_match", "ngram_match", "token_extend")
    scores: dict[str, list[float]] = {}
    evidence: dict[str, str | None] = {}
    for ids, part in made.parts:
        assert part.score.dtype == part.axes.dtype == np.float32
        np.testing.assert_array_equal(part.score, part.axes[:, 0])
        scores |= dict(zip(ids, part.axes.tolist(), strict=True))
        assert part.evidence is not None
        evidence |= dict(zip(ids, part.evidence, strict=True))
    found = made.findings() if callable(made.findings) else made.findings
    return scores, {one.axis: one for one in found}, evidence


@pytest.mark.parametrize("indexed", [False, True])
def test_planted_copies_score_less_the_more_they_are_edited(indexed: bool, tmp_path: Path) -> None:
    rng = random.Random(0)
    bench, corpus = texts(1, 30, 60), texts(2, 100, 100)
    order = rng.sample(range(60), 60)
    for edits in range(0, 30, 3):
        words = bench[edits].split()
        for at in order[:edits]:
            words[at] = f"other{at}"
        corpus[edits + 7] = f"{corpus[edits + 7]} {' '.join(words).upper()}, {corpus[edits + 8]}"
    flags = {"index": tmp_path / "index"} if indexed else {}
    scores, found, evidence = run(corpus, bench, tmp_path, skip_budget=0, **flags)
    for axis in range(4):
        falling = [scores[sha(bench[edits])][axis] for edits in range(0, 30, 3)]
        assert falling == sorted(falling, reverse=True)
        assert falling[0] == 1
        assert falling[-1] < 0.3
    assert evidence[sha(bench[0])] == (f"its words 0-59 are words 100-159 of c.jsonl:7, item {sha(corpus[7])[:16]}")
    assert evidence[sha(bench[1])] is None
    assert found[""].n == 30
    assert found["planted"].value == 1
    assert found["planted"].n == 20


def test_both_ways_say_the_same(tmp_path: Path) -> None:
    bench, corpus = texts(1, 20, 30), [*texts(2, 50, 60), *texts(1, 9, 30)]
    streamed = run(corpus, bench, tmp_path)
    indexed = run(corpus, bench, tmp_path, index=tmp_path / "index")
    again = run(corpus, bench, tmp_path, index=tmp_path / "index")
    assert streamed == indexed == again
    assert streamed[1][""].value == pytest.approx(9 / 20)
    assert list((tmp_path / "scratch").iterdir()) == []


def test_a_model_that_memorises_gains_by_true_contamination_only(tmp_path: Path) -> None:
    """An 8-gram model made from the corpus finishes each item; what it gains is known from how it was planted."""
    bench = texts(1, 400, 24)
    corpus = [*texts(2, 300, 100), *bench[:120]]
    after: defaultdict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
    for text in corpus:
        words = text.split()
        for k in range(len(words)):
            for order in range(8):
                if k >= order:
                    after[tuple(words[k - order : k])][words[k]] += 1
    right = []
    for text in bench:
        *before, last = text.split()
        context = next(c for order in range(7, -1, -1) if (c := tuple(before[len(before) - order :])) in after)
        right.append(float(after[context].most_common(1)[0][0] == last))
    true = np.mean(right) - np.mean(right[120:])
    assert true > 0.1
    shuffled = np.random.default_rng(0).permutation(right).tolist()
    path = tmp_path / "results.jsonl"
    path.write_text("".join(
        json.dumps({"item": sha(text), "memory": mine, "shuffled": other}) + "\n"
        for text, mine, other in zip(bench, right, shuffled, strict=True)
    ))  # fmt: skip
    _, found, _ = run(corpus, bench, tmp_path, scores=path, plant=0)
    gain, null = found["gain.memory"], found["gain.shuffled"]
    assert gain.value == pytest.approx(true, abs=1e-6)
    assert gain.low is not None
    assert gain.low > 0.05
    assert "p 0.000999 " in gain.evidence  # none of 1,000 shuffles
    assert null.low is not None
    assert null.high is not None
    assert null.low < 0 < null.high
    assert float(null.evidence.split(", p ")[1].split()[0]) > 0.05
    assert abs(float(null.evidence.rsplit("held out ", 1)[1])) < 0.06  # three times the error of one shuffle
    assert "planted" not in found


def test_larger_n_misses_more(tmp_path: Path) -> None:
    rng = random.Random(0)
    bench = texts(1, 60, 40)
    edited = [" ".join(word if rng.random() > 0.08 else "edited" for word in text.split()) for text in bench]
    corpus = [*texts(2, 100, 80), *edited]
    found = [run(corpus, bench, tmp_path, n=n, plant=0)[1][""].value or 0 for n in (5, 8, 13, 20, 30)]
    assert found == sorted(found, reverse=True)
    assert found[0] > 0.9
    assert found[-1] < 0.3


def test_switches_reach_the_words(tmp_path: Path) -> None:
    corpus, bench = ["One, two. Three? Four! Ｆive"], ["one two three four five"]
    ident = sha(bench[0])
    plain = {"n": 2, "skip_budget": 0, "plant": 0}
    assert run(corpus, bench, tmp_path, **plain)[0][ident][0] == 1
    assert run(corpus, bench, tmp_path, **plain, keep_case=True)[0][ident][0] == 0
    assert run(corpus, bench, tmp_path, **plain, keep_punctuation=True)[0][ident][0] == 0
    assert run(corpus, bench, tmp_path, **plain, keep_width=True)[0][ident][0] == pytest.approx(4 / 5)


@pytest.mark.parametrize(
    ("flags", "why"),
    [
        ({"benchmark": None}, "no benchmark. Name"),
        ({"benchmark": Path("nowhere.jsonl")}, "no benchmark nowhere.jsonl"),
        ({"n": 0}, "--n 0 is too small. Give 1"),
        ({"skip_budget": -1}, "--skip-budget -1 is too small. Give 0"),
        ({"threshold": 0.0}, "threshold 0.0 is no share"),
        ({"threshold": 1.5}, "threshold 1.5 is no share"),
    ],
)
def test_wrong_calls_are_refused(flags: dict[str, Any], why: str, tmp_path: Path) -> None:
    given = {"benchmark": Path(__file__), **flags}
    with pytest.raises(UsageError, match=why):
        screen(items_of(list(chain(["a"])), tmp_path), **given)


def test_real_comments_are_found_in_their_edited_pair(data: Path, tmp_path: Path) -> None:
    """The makers of the data swapped identity terms in real comments; each row of one file is an edit of the other."""
    folder = data / "content" / "wiki_bias"
    if not folder.is_dir():
        pytest.skip(f"no {folder}")
    with (folder / "toxicity_fuzzed_testset.csv").open(encoding="utf-8", newline="") as lines:
        edited = {row["rev_id"]: row["comment"] for row in csv.DictReader(lines)}
    with (folder / "toxicity_nonfuzzed_testset.csv").open(encoding="utf-8", newline="") as lines:
        clean = {row["rev_id"]: row["comment"] for row in csv.DictReader(lines)}
    scores, found, evidence = run(list(edited.values()), list(clean.values()), tmp_path, plant=0)
    assert found[""].value is not None
    assert found[""].value > 0.96
    own = [
        (evidence[sha(text)] or "").endswith(sha(edited[name])[:16])
        for name, text in clean.items()
        if scores[sha(text)][0] >= 0.5
    ]
    assert len(own) > 1300
    assert np.mean(own) > 0.99
