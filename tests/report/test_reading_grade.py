from __future__ import annotations

import pytest

from headgate.report.reading_grade import grade, syllables


@pytest.mark.parametrize(
    ("word", "number"),
    [("cat", 1), ("model", 2), ("licence", 2), ("the", 1), ("made", 1), ("table", 2), ("agreement", 3), ("asked", 1),
     ("stated", 2), ("regulator", 4), ("see", 1), ("determination", 5)],
)  # fmt: skip
def test_syllables(word: str, number: int) -> None:
    assert syllables(word) == number


def test_the_formula_by_hand() -> None:
    # 6 words, 1 sentence, 6 syllables: 0.39 * 6 + 11.8 * 1 - 15.59
    assert grade("The cat sat on the mat.") == pytest.approx(-1.45)
    # 4 words in 2 sentences, 8 syllables
    assert grade("Model table. Model table.") == pytest.approx(0.39 * 2 + 11.8 * 2 - 15.59)


def test_lines_are_sentences_and_nothing_is_nothing() -> None:
    assert grade("Model table\nModel table") == grade("Model table. Model table.")
    assert grade("") == grade("12, 34!") == 0


def test_long_words_and_long_sentences_are_harder() -> None:
    simple = "We saw the card. It names no rule."
    formal = "The absence of a determination signifies neither compliance nor the contrary in this examination."
    assert grade(formal) > grade(simple) + 8
