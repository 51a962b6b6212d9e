from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headgate.errors import UsageError
from headgate.screen.deobfuscate import screen
from headgate.shapes import Batch, Scores


def scored(*texts: str, words: Path | None = None) -> tuple[Scores, dict[str, int]]:
    screener = screen(words=words)
    return screener.score(Batch([""] * len(texts), list(texts))), {axis: n for n, axis in enumerate(screener.axes)}


def test_score_is_the_share_of_characters_that_are_disguised() -> None:
    scores, at = scored(
        "plain words only",
        "good qu3stion",  # 8 of 12 characters
        "ab\u200bcd",  # 1 of 5
        "the chlidren are here",  # 8 of 18, but misspelt only
        "薇信",  # all
    )
    assert scores.score.tolist() == pytest.approx([0, 8 / 12, 1 / 5, 0, 1])
    assert scores.axes[1, at["leet"]] == pytest.approx(8 / 12)
    assert scores.axes[2, at["invisible"]] == pytest.approx(1 / 5)
    assert scores.axes[3, at["misspelt"]] == pytest.approx(8 / 18)
    assert scores.axes[4, at["chinese_homophone"]] == 1
    readable = scores.axes[:, at["readable"]]
    assert np.isnan(readable[[0, 2, 4]]).all()
    assert readable[[1, 3]].tolist() == [1, 1]


def test_evidence_names_characters_and_never_the_word() -> None:
    scores, _ = scored("plain", "good qu3stion and m0unt4in", "a qu\u0435stion", "q u e s t i o n", "ab\u200bcd")
    assert list(scores.evidence or []) == [
        None, "leet 2 (3>e, 0>o, 4>a)", "homoglyph 1 (U+0435>e)", "spaced 1", "invisible 1 (U+200B)",
    ]  # fmt: skip


def test_words_of_a_file_count_as_ordinary(tmp_path: Path) -> None:
    path = tmp_path / "words.txt"
    path.write_text("Frobnicator\n", encoding="utf-8")
    assert scored("the frobn1cator", words=path)[0].score[0] == pytest.approx(11 / 14)
    assert scored("the frobn1cator")[0].score[0] == 0
    with pytest.raises(UsageError, match="one word a line"):
        screen(words=tmp_path / "none.txt")


def test_empty_texts_and_batches_are_scored() -> None:
    scores, at = scored("", "   ", "\u200b")
    assert scores.score.tolist() == [0, 0, 1]
    empty, _ = scored()
    assert empty.axes.shape == (0, len(at))


@given(st.lists(st.text(alphabet="ab3 \u0435\u200b薇信-*0", max_size=20), min_size=1, max_size=6))
def test_a_text_has_the_same_scores_in_every_batch(texts: list[str]) -> None:
    together, _ = scored(*texts)
    assert ((together.score >= 0) & (together.score <= 1)).all()
    for n, text in enumerate(texts):
        alone, _ = scored(text)
        assert alone.score[0] == together.score[n]
        assert np.array_equal(alone.axes[0], together.axes[n], equal_nan=True)
