from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from headgate.drift import generate
from headgate.drift.prompts import Prompts
from headgate.errors import BadInput, UsageError
from headgate.model_folders import causal
from tests.language_model import save

ASKED = Prompts(("p", "q", "r"), ("s", "s", "t"), ("ab", "abcabcabc", "c a"))
TEMPLATE = "{% for m in messages %}[{{ m['content'] }}]{% endfor %}{% if add_generation_prompt %}>{% endif %}"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save(tmp_path_factory.mktemp("models") / "tiny", "abcdefgh []>", seed=1)


def alone(folder: Path, text: str, tokens: int) -> str:
    """The likeliest tokens one after the other, each from the whole sequence: no cache, no padding."""
    import torch

    tokeniser, model = causal(folder)
    row = tokeniser(text)["input_ids"]
    start = len(row)
    for _ in range(tokens):
        row = [*row, int(model(torch.tensor([row])).logits[0, -1].argmax())]
        if row[-1] == tokeniser.eos_token_id:
            break
    return str(tokeniser.decode(row[start:], skip_special_tokens=True)).strip()


def test_what_a_batch_says_is_what_each_prompt_says_alone(folder: Path) -> None:
    found = generate.generated(folder, ASKED, samples=1, tokens=6, temperature=0)
    assert list(found.texts) == [alone(folder, text, 6) for text in ASKED.texts]
    assert len(set(found.texts)) > 1
    assert (list(found.ids), list(found.subsets), found.unanswered) == (["p", "q", "r"], ["s", "s", "t"], 0)
    assert found.ref.startswith("file:sha256:")


def test_samples_are_several_and_the_seed_decides(folder: Path) -> None:
    one, again, other = (generate.generated(folder, ASKED, samples=3, tokens=8, seed=seed) for seed in (1, 1, 2**65))
    assert one == again
    assert list(one.texts) != list(other.texts)
    assert list(zip(one.ids, one.samples, strict=True))[:4] == [("p", "0"), ("p", "1"), ("p", "2"), ("q", "0")]
    assert len(set(one.texts)) > 3
    assert all(len(text) <= 2 * 8 for text in one.texts)  # at most so many tokens, with blanks between


def test_the_chat_template_writes_its_own_special_tokens(folder: Path, tmp_path: Path) -> None:
    tokeniser, _ = causal(folder)
    tokeniser.chat_template = TEMPLATE
    bare = tokeniser("ab")["input_ids"]
    assert generate._ids(tokeniser, "ab", "auto") == tokeniser("[ab]>")["input_ids"]
    assert generate._ids(tokeniser, "ab", "none") == bare


@pytest.mark.parametrize(
    "template",
    [
        "{{ raise_exception(messages[0]['content']) }}",
        "{{ messages[5].content }}",
        "{% for",
        "{{ ''.__class__.__mro__ }}",
    ],
)
def test_a_chat_template_that_fails_is_one_line_without_the_prompt(folder: Path, tmp_path: Path, template: str) -> None:
    copy = shutil.copytree(folder, tmp_path / "model")
    (copy / "chat_template.jinja").write_text(template, encoding="utf-8")
    asked = Prompts(("p",), ("s",), ("secretword",))
    with pytest.raises(BadInput, match="--template none") as caught:
        generate.generated(copy, asked, samples=1, tokens=2)
    assert caught.value.__suppress_context__
    assert "secretword" not in str(caught.value)
    assert len(generate.generated(copy, asked, samples=1, tokens=2, template="none").texts) == 1


def test_sampling_that_the_folder_suggests_is_left_aside_and_its_ends_are_kept(folder: Path) -> None:
    tokeniser, model = causal(folder)
    rows = [tokeniser("abc")["input_ids"]]

    def said(samples: int, temperature: float) -> list[str]:
        return generate.answered(model, tokeniser, rows, samples=samples, tokens=8, temperature=temperature, seed=0)

    free = said(8, 1.0)
    model.generation_config.top_k, model.generation_config.do_sample, model.generation_config.temperature = (
        1,
        True,
        0.01,
    )
    assert said(8, 1.0) == free
    assert len(set(free)) > 1
    greedy = generate.answered(model, tokeniser, rows, samples=1, tokens=8, temperature=0, seed=0)[0].split()
    model.generation_config.eos_token_id = [int(tokeniser.convert_tokens_to_ids(greedy[0]))]
    assert said(1, 0) == [""]


def test_prompts_that_do_not_fit_are_counted(folder: Path) -> None:
    asked = Prompts(("short", "long"), ("s", "s"), ("ab", "ab" * 2048))
    found = generate.generated(folder, asked, samples=1, tokens=4)
    assert (list(found.ids), found.unanswered) == (["short"], 1)


@pytest.mark.parametrize("wrong", [{"samples": 0}, {"tokens": 0}, {"temperature": -1.0}, {"temperature": 0.0}])
def test_settings_that_make_no_sample_are_refused(folder: Path, wrong: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="cannot be drawn"):
        generate.generated(folder, ASKED, **wrong)


def test_a_folder_without_safetensors_is_refused(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(BadInput, match="no safetensors"):
        generate.generated(tmp_path, ASKED)
