from __future__ import annotations

import re
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from headgate import recall_notice
from headgate.recall import Recall, recall
from headgate.recall_notice import Evidence
from tests.lineages import lineage

BASE = "hf:model:org/base"
EVIL = "x` ](http://evil.example/a) **bold** @someone <script>\n# head\n\u202e www.evil.example/b |"


def family(path: Path) -> Recall:
    ws = lineage(
        path,
        {BASE: {"author": "org"}, "hf:model:a/tuned": {"author": "a"}, "hf:model:b/lora": {"author": "b"},
         "hf:model:c/small": {"author": "c"}},
        [{"child": "hf:model:a/tuned", "parent": BASE}, {"child": "hf:model:b/lora", "parent": BASE, "relation": "adapter"},
         {"child": "hf:model:c/small", "parent": "hf:model:a/tuned", "relation": "quantized"}],
    )  # fmt: skip
    return recall(ws, BASE)


def test_a_letter_says_who_what_how_far_and_how_to_appeal(tmp_path: Path) -> None:
    found = [Evidence("licence_conflict", "the artifact says MIT", "2026-11-02")]
    text = recall_notice.notice(family(tmp_path / "w"), found, day="2026-11-21")
    assert text.startswith("# Notice about `hf:model:org/base`\n\nWritten `2026-11-21`")
    assert "- `org`, author on `huggingface`: holds this artifact" in text
    assert "- `huggingface`, hub on `huggingface`: holds this artifact, 3 downstream" in text
    assert "- `licence_conflict`, looked `2026-11-02`: `the artifact says MIT`" in text
    assert "3 artifacts are known to derive from it. A correction here reaches 1 of them." in text
    assert "- 2 copied the weights and keep what was in them, whatever happens here" in text
    assert "- `hf:model:c/small`: `quantized` of `hf:model:a/tuned`, `declared`; copied the weights" in text
    assert "- As hub of something named here: put it behind a gate, label it, or remove it." in text
    assert "Answer with `hf:model:org/base`, the name of the check" in text
    # those that a correction does not reach come first
    assert text.index("a/tuned`: ") < text.index("b/lora`: ")


def test_what_is_hidden_is_not_named_and_still_counted(tmp_path: Path) -> None:
    text = recall_notice.notice(family(tmp_path / "w"), day="2026-11-21", hidden={"hf:model:a/tuned"})
    assert "a/tuned" not in text
    assert "`quantized` of one that is withheld" in text
    assert "and 1 more" in text


def test_nothing_of_a_hub_is_markup(tmp_path: Path) -> None:
    made = family(tmp_path / "w")
    made.levers = [one._replace(holder=EVIL) for one in made.levers]
    made.descendants = [
        one._replace(ref=f"hf:model:{EVIL}", via=EVIL, relation=EVIL, how=EVIL) for one in made.descendants
    ]
    text = recall_notice.notice(made, [Evidence(EVIL, EVIL, EVIL)], day="2026-11-21")
    assert "http" not in text
    assert "www." not in text
    assert "\u202e" not in text
    outside = re.sub(r"`[^`\n]*`", "", text)
    assert "`" not in outside
    for mark in ("evil", "bold", "@", "<", "[", "script"):
        assert mark not in outside
    assert [line for line in text.splitlines() if line.startswith("# ")] == ["# Notice about `hf:model:org/base`"]


@given(st.text())
@settings(max_examples=200)
def test_any_text_is_one_code_span(text: str) -> None:
    span = recall_notice.code(text)
    assert span.startswith("`")
    assert span.endswith("`")
    assert span.count("`") == 2
    assert len(span) > 2
    assert not re.search(r"[\n\r\t\\]|//", span)


def test_lists_that_were_cut_say_how_many_more(tmp_path: Path) -> None:
    made = family(tmp_path / "w")
    made.levers = made.levers * 20
    text = recall_notice.notice(made, day="2026-11-21", holders=123)
    assert f"- and {123 - recall_notice.HOLDERS} more who hold artifacts of this family" in text
