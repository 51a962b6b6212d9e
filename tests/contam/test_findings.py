"""What a search says of the dataset, with numbers worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from headgate.contam.benchmark import Benchmark, Results
from headgate.contam.findings import gains, planted, shares
from headgate.contam.plant import Planted
from headgate.contam.scores import Matches
from headgate.contam.search import Found


def found(longest: list[float], common: int = 0) -> Found:
    scores = np.full((len(longest), 4), 0.25, np.float32)
    scores[:, 0] = longest
    scores[np.isnan(scores[:, 0])] = np.nan
    nothing = np.zeros(len(longest), np.int64)
    matches = Matches(scores, nothing, nothing, nothing, np.arange(len(longest)) < common)
    return Found(matches, [None] * len(longest), 12, 3456)


def bench(files: list[str], unread: int = 0) -> Benchmark:
    return Benchmark([str(k) for k in range(len(files))], ["t"] * len(files), files, unread)


def test_shares_of_each_score_and_file() -> None:
    made = shares(
        bench(["x/Big One.csv", "x/Big One.csv", "y.csv", "y.csv"], 3), found([1, 0.5, 0.49, np.nan], 2), 0.5, 9
    )
    by = {one.axis: one for one in made}
    assert [*by] == ["", "token_match", "ngram_match", "token_extend", "file.big_one", "file.y"]
    assert (by[""].value, by[""].n) == (pytest.approx(2 / 3), 3)
    assert by[""].low == pytest.approx(0.2077, abs=1e-4)  # Wilson, 2 of 3
    assert by[""].evidence == (
        "2 of 3 items: longest_match of 0.5 or more in 12 texts of 3,456 words; 1 items too short to tell; "
        "3 places of the benchmark unreadable; 2 items have n-grams in more than 9 places"
    )
    assert (by["token_match"].value, by["file.big_one"].value, by["file.y"].value) == (0, 1, 0)
    assert by["file.y"].n == 1
    made = shares(bench(["arc/test.csv", "mmlu/test.csv", "考.csv", "卷.csv"]), found([1, 0, 1, 0]), 0.5, 9)
    files = {one.axis: one.value for one in made if one.axis.startswith("file.")}
    assert files == {"file.arc_test_csv": 1, "file.mmlu_test_csv": 0, "file.csv_3": 0, "file.csv_4": 1}


def test_one_file_needs_no_share_of_its_own_and_no_item_has_none() -> None:
    made = shares(bench(["a.csv"]), found([np.nan]), 0.5, 9)
    assert [one.axis for one in made] == ["", "token_match", "ngram_match", "token_extend"]
    assert (made[0].value, made[0].n) == (None, 0)
    assert made[0].evidence.startswith("no item has enough words")


def test_planted_copies() -> None:
    made = planted([Planted(0.0, 20, 20, 1.0), Planted(0.1, 20, 7, 0.4)])
    assert (made.axis, made.value, made.high, made.n) == ("planted", 1, 1, 20)
    assert made.low == pytest.approx(0.8389, abs=1e-4)  # Wilson, 20 of 20
    assert made.evidence == "planted copies found, by share of words replaced: 0%: 20 of 20, 10%: 7 of 20"
    assert planted([]).value is None


def test_gains_of_one_and_of_several_models() -> None:
    scores = [1.0] * 20 + [0.0] * 60
    right = np.array([1.0] * 20 + [0.0] * 60)
    made = gains(Results({"Some/Model": right}, None), found(scores).matches, 0)
    assert [one.axis for one in made] == ["gain"]
    assert made[0].value == pytest.approx(0.25)
    assert made[0].n == 80
    assert "20 items contaminated, 60 clean" in made[0].evidence
    both = gains(Results({"b": right, "Some/Model": right[::-1]}, np.arange(80.0)), found(scores).matches, 0)
    assert [one.axis for one in both] == ["gain.some_model", "gain.b"]
    assert "among like difficulty" in both[1].evidence
    assert gains(Results({"m": right}, None), found([0.0] * 80).matches, 0)[0].value is None
    alike = gains(Results({"模型": right, "模型二": right, "b": right}, None), found(scores).matches, 0)
    assert [one.axis for one in alike] == ["gain.b", "gain.unnamed_2", "gain.unnamed_3"]
