from __future__ import annotations

import pytest

from headgate.errors import BadInput
from headgate.reading.columns import kind_of, kinds_of, pick
from headgate.shapes import Columns


def test_the_usual_names_are_tried_in_their_order() -> None:
    kinds = {"comment": "text", "Tweet": "text", "messages": "chat", "label": "other"}
    assert pick(Columns(), kinds).text == "Tweet"
    assert pick(Columns(), {"label": "text", "messages": "chat"}).text == "messages"
    assert pick(Columns(text="label"), kinds).text == "label"


def test_a_column_of_numbers_called_text_is_no_text() -> None:
    assert pick(Columns(), {"text": "other", "body": "text"}).text == "body"


def test_what_is_there_is_named_where_nothing_fits() -> None:
    with pytest.raises(BadInput, match=r"name it with --text. Its columns are: a, b\.$"):
        pick(Columns(), {"a": "text", "b": "other"})
    with pytest.raises(BadInput, match=r"no column 'c'. Its columns are: a\.$"):
        pick(Columns(text="c"), {"a": "text"})
    with pytest.raises(BadInput, match=r"--image"):
        pick(Columns("images"), {"text": "text"})
    with pytest.raises(BadInput, match=r"and 5 more\.$"):
        pick(Columns(), {f"c{n}\n": "text" for n in range(25)})


def test_pairs_and_tables_need_no_text() -> None:
    assert pick(Columns("table"), {"a": "other"}).text is None
    both = pick(Columns("pairs"), {"caption": "text", "jpg": "image"})
    assert (both.text, both.image) == ("caption", "jpg")
    assert pick(Columns("table"), {"jpg": "image"}).image is None


@pytest.mark.parametrize(
    ("value", "kind"),
    [("a", "text"), (b"a", "image"), ({"bytes": b"a", "path": None}, "image"), ({"bytes": None}, "other"), (["a"], "chat"),
     ([{"role": "user"}], "chat"), ([1], "other"), ([], "other"), (1, "other"), (None, "other")],
)  # fmt: skip
def test_kinds_of_values(value: object, kind: str) -> None:
    assert kind_of(value) == kind


def test_the_first_value_that_tells_counts() -> None:
    assert kinds_of([{"a": None}, {"a": "x", "b": 1}]) == {"a": "text", "b": "other"}
