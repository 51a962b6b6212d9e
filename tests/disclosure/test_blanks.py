from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headgate.disclosure.blanks import LONGEST, blanked, lowered


@pytest.mark.parametrize(
    "card",
    [
        "---\nlicense: mit\nconsent: yes\n---\n", "---\nlicense: mit\n---\n\n---\ntags:\n- consent\n---\n",
        "---\nextra_gated_prompt: consent of all\nand it was cut", "```python\nconsent = 1\n```\n", "~~~\nconsent\n",
        "<!-- consent -->", "<!-- consent", "https://example.org/consent", "@misc{consent, title={consent}}",
    ],
)  # fmt: skip
def test_what_is_no_prose_is_blank(card: str) -> None:
    assert "consent" not in blanked(card)
    assert len(blanked(card)) == len(card)


def test_what_is_left_stays_where_it_was() -> None:
    card = (
        "---\na: b\n---\nOne `two` **three** [four](https://a.b) five\n```\nsix\n```\nseven @misc{eight} <b>nine</b>\n"
    )
    text = blanked(card)
    assert text.split() == ["One", "two", "three", "four", "five", "seven", "nine"]
    assert all(card[text.index(word) : text.index(word) + len(word)] == word for word in text.split())


def test_placeholders_leave_a_mark() -> None:
    for card in ("[More Information Needed]", "Needs more information", "TODO", "TBD", "Paper: N/A", "{{ card }}",
                 "[mention data sources]", "[Specify License]"):  # fmt: skip
        assert blanked(card).count("\x1f") == 1
    assert "\x1f" not in blanked("a\x1fb [link] none of it")


def test_only_the_beginning_is_read() -> None:
    assert len(blanked("a " * LONGEST)) == LONGEST


@given(st.text(max_size=200))
def test_lower_case_keeps_places(text: str) -> None:
    lower = lowered(text)
    assert len(lower) == len(text)
    assert all(new in (old, old.lower()) for old, new in zip(text, lower, strict=True) if old.isascii())


def test_lower_case_that_is_longer_stays() -> None:
    assert lowered("\u0130X") == "\u0130x"
