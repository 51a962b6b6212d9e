from __future__ import annotations

import math
import sys
from pathlib import Path

import pytest

from headgate.errors import BadInput
from headgate.texts.chinese_judge import QUESTION, VERDICTS, load
from tests.language_model import save

pytest.importorskip("transformers")
LETTERS = QUESTION + "不安全今天气很好"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save(tmp_path_factory.mktemp("model"), LETTERS)


def test_losses_are_the_mean_loss_of_the_verdict_after_the_question(folder: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    judge = load(folder)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForCausalLM.from_pretrained(folder)
    for text in ("今天天气很好", "天"):
        question = QUESTION.format(text=text)
        by_hand = []
        for verdict in VERDICTS:
            ids = tokenizer(question + verdict, return_tensors="pt").input_ids
            assert ids.shape[1] == len(question + verdict)  # a token a character
            with torch.no_grad():
                chances = torch.log_softmax(model(ids).logits[0].double(), dim=-1)
            start = len(question)
            by_hand.append(-sum(float(chances[n - 1, ids[0, n]]) for n in range(start, ids.shape[1])) / len(verdict))
        assert judge.losses(text) == pytest.approx(by_hand, abs=1e-5)


def test_answers_are_greedy_and_the_same_every_time(folder: Path) -> None:
    judge = load(folder, tokens=5)
    first = judge.answer("今天天气很好")
    assert first == load(folder, tokens=5).answer("今天天气很好")
    assert len(first.replace(" ", "").replace("<unk>", "")) <= 5
    assert all(math.isfinite(loss) for loss in judge.losses(""))


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"no config\.json"):
        load(tmp_path)
    (tmp_path / "config.json").write_text("{}", encoding="utf-8")
    (tmp_path / "model.safetensors").write_bytes(b"no model")
    with pytest.raises(BadInput, match="cannot be loaded"):
        load(tmp_path)
    assert "torch" in sys.modules


def test_a_lone_surrogate_is_no_fault(folder: Path) -> None:
    judge = load(folder, tokens=3)
    assert judge.answer("天\ud800") == judge.answer("天?")
    assert judge.losses("天\ud800") == judge.losses("天?")
