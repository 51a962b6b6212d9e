from __future__ import annotations

import pytest

from headgate.errors import BadInput
from headgate.legal_classes import CLASSES, NO_LAW, label, read


def test_the_three_classes_of_the_paper() -> None:
    assert set(CLASSES.values()) == {"discriminatory content", "harassment", "hard case"}
    hard = {word for word, kind in CLASSES.items() if kind == "hard case"}
    assert hard == {"unbalanced content", "stereotype", "misclassification"}
    assert "no" in NO_LAW


@pytest.mark.parametrize(
    ("text", "word"),
    [("Harassment", "harassment"), ("harmful_stereotypes", "stereotype"), (" none ", None), ("", None),
     ("discriminatory", "discriminatory content"), ("unbalanced", "unbalanced content")],
)  # fmt: skip
def test_annotations_as_people_write_them(text: str, word: str | None) -> None:
    assert read(text) == word


def test_other_words_are_refused_in_one_line() -> None:
    with pytest.raises(BadInput, match=r"'ill\W*egal' is no class") as error:
        read("ill\negal")
    assert "\n" not in str(error.value)


def test_a_label_names_its_class() -> None:
    assert label("stereotype") == "hard case: stereotype"
    assert label("harassment") == "harassment"
