"""Front matter is hostile text: it gives JSON values or one clear line."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headgate import cards
from headgate.errors import BadInput

CARD = '---\nlicense: Apache-2.0\nbase_model:\n  - maker/parent\ntags: [a, "a tag"]\ndate: 2024-05-01\n---\n# A card\n---\n'
BOMB = "---\na0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12)) + "---\n"  # fmt: skip
MERGES = "---\na0: &a0 {k: v}\n" + "".join(
    f"a{n}: &a{n}\n  <<: [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12)) + "---\n"  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [BOMB, MERGES, "---\na: &a [*a]\n---\n", "---\n- a\n- b\n---\n", "---\nplain\n---\n", "---\na: b: c\n---\n",
     "---\nx: " + "[" * 90_000 + "\n---\n", "---\nx: " + "{a: " * 40_000 + "\n---\n", "---\n" + "- " * 90_000 + "\n---\n",
     "---\nx: !!python/object/apply:os.system ['true']\n---\n", "---\nx: " + "y" * 200_001 + "\n---\n", "---\nx: \x00\n---\n",
     "---\nx: 2024-13-77\n---\n", "---\nx: " + "9" * 5_000 + "\n---\n", f"---\nx: [{'a, ' * 60_000}]\n---\n",
     "---\n? [a, b]\n: c\n---\n"],
)  # fmt: skip
def test_hostile_front_matter(text: str) -> None:
    started = time.monotonic()
    with pytest.raises(BadInput) as caught:
        cards.front_matter(text)
    assert len(str(caught.value).splitlines()) == 1
    assert time.monotonic() - started < 5


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (CARD, {"license": "Apache-2.0", "base_model": ["maker/parent"], "date": "2024-05-01", "tags": ["a", "a tag"]}),
        ("---\r\nlicense: mit\r\n---\r\ntext", {"license": "mit"}),
        ("\ufeff---\nlicense: mit\n---", {"license": "mit"}),
        ("---\nlanguage: no\n1: &x [.nan, .inf, 1.5, ~]\nagain: *x\n---\n",
         {"language": False, "1": [None, None, 1.5, None], "again": [None, None, 1.5, None]}),
        ("---\nnever closed\n", {}), ("---\n---\n", {}), ("# Title\n---\nlicense: mit\n---\n", {}), ("", {}),
    ],
)  # fmt: skip
def test_front_matter(text: str, expected: dict[str, object]) -> None:
    assert cards.front_matter(text) == expected


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet=st.sampled_from(list("ab:-[]{}&*!|>?%@`\"'#,<~. \n\t0129é\x85\ud800")), max_size=60))
def test_any_front_matter_gives_json_or_bad_input(text: str) -> None:
    try:
        found = cards.front_matter(f"---\n{text}\n---\n")
    except BadInput:
        return
    json.dumps(found, allow_nan=False)
