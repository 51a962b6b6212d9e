from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from headgate.plain import csv_cell, harmless, markdown, plain


def test_escapes_and_overrides_are_shown_as_replacement() -> None:
    assert plain("\x1b[31mred\x1b[0m") == "\ufffd[31mred\ufffd[0m"
    assert plain("a\u202etxt.exe\x00") == "a\ufffdtxt.exe\ufffd"
    assert plain("line\nbreak\r") == "line\ufffdbreak\ufffd"


def test_long_text_is_cut_with_an_ellipsis() -> None:
    assert plain("x" * 10**6, 10) == "x" * 9 + "…"
    assert plain("x" * 10, 10) == "x" * 10


@given(st.text(st.characters(codec=None, exclude_categories=[])))
def test_nothing_that_steers_a_terminal_is_left(text: str) -> None:
    shown = plain(text)
    assert len(shown) <= 200
    assert not any(unicodedata.category(c) in {"Cc", "Cs", "Zl", "Zp"} for c in shown)
    assert not any(
        unicodedata.bidirectional(c) in {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "PDI"} for c in shown
    )


@given(st.text())
def test_no_cell_starts_a_formula(text: str) -> None:
    assert not csv_cell(text).startswith(("=", "+", "-", "@", "\t", "\r"))


def test_nothing_in_a_cell_of_a_markdown_table_is_markup() -> None:
    assert markdown("a|b <i>*c*</i> [d](e) `f` _g_ ~h~ #1 &amp; \\") == (
        "a\\|b \\<i\\>\\*c\\*\\</i\\> \\[d\\](e) \\`f\\` \\_g\\_ \\~h\\~ \\#1 \\&amp; \\\\"
    )
    assert markdown("hf:model:org/name") == "hf:model:org/name"


def test_harmless_text_keeps_its_lines_and_nothing_is_cut() -> None:
    assert harmless("a\tb\r\nc" + "d" * 9_999) == "a\tb\r\nc" + "d" * 9_999
    assert harmless("\x1b[2J\u202egpj.exe\x00\u200b\ud800") == "\ufffd[2J\ufffdgpj.exe\ufffd\ufffd\ufffd"
