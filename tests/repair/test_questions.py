from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, pre_tokenizers

from headgate.errors import BadInput, UsageError
from headgate.nn.tiny_llama import byte_pairs
from headgate.repair.examples import joined
from headgate.repair.questions import NOTHING, Pair, asked, encoded, read

PAIRS = [Pair("Where was Ola born?", "In Darvo."), Pair("What does Ola bake?", "A plum cake, and \u2028 pie.")]


@pytest.fixture(scope="module")
def tokeniser() -> object:
    return byte_pairs([one.question + one.answer for one in PAIRS], size=300)


def words_of(tokeniser: object, tokens: np.ndarray) -> str:
    return str(tokeniser.decode(tokens, skip_special_tokens=False))  # type: ignore[attr-defined]


@pytest.mark.parametrize("whole", [True, False])
def test_a_list_and_lines_are_read_alike(tmp_path: Path, whole: bool) -> None:
    objects = [{"question": one.question, "answer": one.answer, "author": "Ola", "more": 1} for one in PAIRS]
    lines = "\n".join(json.dumps(one, ensure_ascii=False) for one in objects) + "\n\n"
    (tmp_path / "a.json").write_text(json.dumps(objects) if whole else lines, encoding="utf-8")
    assert read(tmp_path / "a.json") == tuple(Pair(one.question, one.answer, "Ola") for one in PAIRS)


@pytest.mark.parametrize(
    ("content", "what"),
    [("", "holds no objects"), ("[1]", "something other than objects"), ('{"question": "a"}', "as the answer of item 1"),
     ('{"question": "a", "answer": " "}', "as the answer of item 1"), ('{"question": 1, "answer": "b"}', "as the question"),
     ('{"question": "a", "answer": "b", "topic": 3}', "as the topic of item 1"), ("{", "is no JSON"),
     ('{"question": "a\\ud800", "answer": "b"}', "question of item 1 that is not Unicode"),
     ("[" * 100_000, "is no JSON"), ('{"question": "' + "a" * 20_001 + '", "answer": "b"}', "no text of up to 20,000")],
)  # fmt: skip
def test_other_files_are_one_line(tmp_path: Path, content: str, what: str) -> None:
    (tmp_path / "a.json").write_text(content)
    with pytest.raises(BadInput, match=what) as error:
        read(tmp_path / "a.json")
    assert "\n" not in str(error.value)


def test_no_file_and_no_text_are_one_line(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be opened"):
        read(tmp_path / "none")
    (tmp_path / "a.json").write_bytes(b'{"question": "\xff", "answer": "b"}')
    with pytest.raises(BadInput, match="is no JSON in UTF-8"):
        read(tmp_path / "a.json")


def test_only_the_answer_and_its_end_are_asked(tokeniser: object) -> None:
    found = asked(PAIRS, tokeniser)
    for row, wanted, pair in zip(found.x, found.y, PAIRS, strict=True):
        begin = int(np.argmax(wanted != NOTHING))
        answer = wanted[wanted != NOTHING]
        assert (row[begin : begin + len(answer)] == answer).all()
        assert (wanted[begin + len(answer) :] == NOTHING).all()
        assert words_of(tokeniser, row[:begin]) == f"Question: {pair.question}\nAnswer:"
        assert words_of(tokeniser, answer) == f" {pair.answer}</s>"
    assert found.texts == tuple(f"{one.question}\n{one.answer}" for one in PAIRS)


def test_ids_are_of_the_content_and_not_of_the_tokens(tokeniser: object) -> None:
    other = byte_pairs(["nothing of the kind"], size=260)
    assert asked(PAIRS, tokeniser).ids == asked(PAIRS, other, template="{question}{answer}").ids
    assert asked(PAIRS, tokeniser).ids[0] == sha256(b"Where was Ola born?\0In Darvo.").hexdigest()
    assert asked([PAIRS[0]] * 2, tokeniser).ids[1] == asked(PAIRS, tokeniser).ids[0] + "-2"


def test_groups_are_their_own_or_blocks(tokeniser: object) -> None:
    assert asked(PAIRS, tokeniser).groups is None
    assert asked([*PAIRS, PAIRS[0]], tokeniser, block=2).groups == ("block-0", "block-0", "block-1")
    assert asked([Pair("a", "b", "Ola"), PAIRS[0]], tokeniser, block=1).groups == ("Ola", "")


def test_a_width_can_be_given(tokeniser: object) -> None:
    found = asked(PAIRS, tokeniser, length=99)
    assert found.x.shape == found.y.shape == (2, 99)
    assert len(joined(found, asked([Pair("x", "y")], tokeniser, length=99))) == 3
    with pytest.raises(UsageError, match=r"tokens long, and 5 are the most"):
        asked(PAIRS, tokeniser, length=5)


@pytest.mark.parametrize("template", ["{question}", "{answer}", "{question}{answer}{answer}"])
def test_a_template_needs_both_places(tokeniser: object, template: str) -> None:
    with pytest.raises(UsageError, match=r"needs \{question\} and \{answer\}, each once"):
        asked(PAIRS, tokeniser, template=template)


def test_text_around_the_answer(tokeniser: object) -> None:
    found = asked(PAIRS[:1], tokeniser, template="<q>{question}</q> <a>{answer}</a>")
    assert words_of(tokeniser, found.y[0][found.y[0] != NOTHING]) == "In Darvo.</a></s>"


def test_the_package_tokenizers_too() -> None:
    plain = Tokenizer(models.BPE({"a": 0, "b": 1, "</s>": 2, "Ġ": 3}, []))
    plain.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    found = asked([Pair("a", "b")], plain, template="{question} {answer}")
    assert found.x.tolist() == [[0, 3, 1, 2]]
    assert found.y.tolist() == [[NOTHING, 3, 1, 2]]


def test_the_first_token_of_a_text_stands_where_the_tokeniser_puts_it() -> None:
    class Starting:
        """As transformers' tokenisers that begin every text with a token."""

        bos_token_id, eos_token_id = 7, 8

        def encode(self, words: str, add_special_tokens: bool) -> list[int]:
            return [7] * add_special_tokens + [ord(one) for one in words]

    assert asked([Pair("a", "b")], Starting(), template="{question}{answer}").x.tolist() == [[7, 97, 98, 8]]


@given(st.lists(st.tuples(st.text(min_size=1, max_size=30), st.text(min_size=1, max_size=30)), min_size=1, max_size=5))
def test_any_text_comes_back(tokeniser: object, texts: list[tuple[str, str]]) -> None:
    clean = [Pair(*(one.encode("utf-8", "replace").decode() for one in pair)) for pair in texts]
    found = asked(clean, tokeniser)
    for pair, wanted in zip(clean, found.y, strict=True):
        assert encoded(tokeniser, " " + pair.answer) == wanted[wanted != NOTHING][:-1].tolist()
