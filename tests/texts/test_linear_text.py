"""Scores by hand, and the same scores in any company."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headgate.texts import linear_text
from headgate.texts.linear_text import classes, log_odds, places, probabilities
from tests.text_models import model

TWO = model({"blorf": [8, -2], "kind": [-4, 4]}, ("bad", "good"), scale=0.5)


def test_a_score_is_the_sum_over_the_root_of_the_number() -> None:
    scores = log_odds(TWO, ["Blorf, you kind of Blorf!", "nothing here"])
    root = math.sqrt(5)
    assert scores[0].tolist() == pytest.approx([(8 - 4 + 8) * 0.5 / root, (-2 + 4 - 2) * 0.5 / root])
    assert scores[1].tolist() == [0, 0]


def test_a_text_without_words_is_not_told() -> None:
    scores = log_odds(TWO, ["", "...", "kind"])
    assert np.isnan(scores[:2]).all()
    assert not np.isnan(scores[2]).any()
    assert classes(TWO, scores).tolist() == [-1, -1, 1]
    assert log_odds(TWO, []).shape == (0, 2)


@given(st.lists(st.text(alphabet="blorf kind 我们.", max_size=40), max_size=12), st.integers(1, 12))
def test_company_does_not_change_a_score(texts: list[str], passage: int) -> None:
    together = log_odds(TWO, texts, passage=passage)
    alone = [log_odds(TWO, [text], passage=passage)[0] for text in texts]
    assert together.tobytes() == np.array(alone, np.float32).reshape(-1, 2).tobytes()


def test_groups_do_not_change_a_score(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [f"blorf {'kind ' * n}" for n in range(50)]
    whole = log_odds(TWO, texts)
    monkeypatch.setattr(linear_text, "_TOGETHER", 100)
    assert log_odds(TWO, texts).tobytes() == whole.tobytes()


def test_the_worst_passage_counts() -> None:
    long = "kind " * 20 + "blorf"  # 105 characters: the sixth passage of 20 holds the last word alone
    assert log_odds(TWO, [long])[0, 0] < 0
    assert log_odds(TWO, [long], passage=20)[0].tolist() == pytest.approx([4, 4 * 0.5 * 4 / 2])
    assert log_odds(TWO, [long, "kind"], passage=20)[1, 0] == -2


@given(st.text(alphabet="blorf kind.", max_size=200), st.integers(1, 9), st.integers(1, 40))
def test_a_long_text_is_scored_by_parts_as_a_whole(text: str, passage: int, together: int) -> None:
    whole = log_odds(TWO, [text], passage=passage)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(linear_text, "_TOGETHER", together)
        assert log_odds(TWO, [text, "kind"], passage=passage)[:1].tobytes() == whole.tobytes()


def test_every_kind_of_ngram_has_its_places() -> None:
    found, owner, of_text = places(["ab", "b a c"], ("w1", "w2", "c2"), 20)
    assert owner.tolist() == [0, 1, 1, 1, 1, 1, 0, 1, 1, 1, 1]
    assert len(set(found.tolist())) == 11  # "ab" as a word is another n-gram than as two characters
    assert of_text.tolist() == [0, 1]


def test_probabilities_are_logistic() -> None:
    assert probabilities(np.array([0.0, math.log(3), -1e9], np.float32)).tolist() == pytest.approx([0.5, 0.75, 0])


def test_offsets_move_the_choice() -> None:
    moved = linear_text.Model(**{**{n: getattr(TWO, n) for n in TWO.__slots__}, "offset": np.array([9, 0], np.float32)})
    scores = log_odds(TWO, ["kind"])
    assert (classes(TWO, scores)[0], classes(moved, scores)[0]) == (1, 0)
