from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headgate.bom import words
from headgate.plain import plain


@given(st.text(max_size=400), st.integers(2, 50))
def test_a_line_is_short_and_safe(text: str, width: int) -> None:
    made = words.line(text, width)
    assert len(made) <= width
    assert made == plain(made, width)
    assert "\n" not in made


@pytest.mark.parametrize(
    ("card", "told"),
    [
        (None, None),
        ("", None),
        ("---\nlicense: mit\n---\n# Title\n\n<img src='x'>\n\nThis model was trained to tell\ncats from dogs in photographs.\n\nMore.",
         "This model was trained to tell cats from dogs in photographs."),
        ("---\nlicense: mit\nextra_gated_prompt: a long text that never ends because the card was cut", None),
        ("Too short.", None),
        ("![badge](https://x/y)\n\nSee [the base model](https://huggingface.co/a/b), of which this is a fine-tuned copy.",
         "See the base model, of which this is a fine-tuned copy."),
        ("<!-- This is a comment that is long enough to be a paragraph. -->\n| a | b |\n```python x = 1 and some more words```", None),
    ],
)  # fmt: skip
def test_summary(card: str | None, told: str | None) -> None:
    assert words.summary(card) == told


@given(st.text(max_size=3000))
def test_a_summary_is_one_safe_line(card: str) -> None:
    told = words.summary(card)
    assert told is None or (len(told) <= 500 and told == plain(told, 500))


@pytest.mark.parametrize(
    ("text", "good"),
    [("https://example.org/LICENSE.md", True), ("http://example.org", True), ("javascript:alert(1)", False),
     ("https://example.org/a b", False), ("https://example.org/%zz", False), ("https://example.org/%20", True),
     ("LICENSE", False), (None, False), ("https://user@example.org/", False), ("https://example.org/\n", False)],
)  # fmt: skip
def test_address(text: str | None, good: bool) -> None:
    assert words.address(text) == (text if good else None)


def test_pages_and_papers() -> None:
    assert words.page("huggingface", "dataset", "a/b") == "https://huggingface.co/datasets/a/b"
    assert words.page("civitai", "model", "a/b") is None
    assert words.papers(("arxiv:2307.09288v2", "arxiv:2307.09288", "arxiv:x", "en")) == [
        "https://arxiv.org/abs/2307.09288"
    ]


def test_formats_of_a_task() -> None:
    assert words.formats("visual-question-answering") == (("image", "text"), ("text",))
    assert words.formats("LORA") == ((), ())
