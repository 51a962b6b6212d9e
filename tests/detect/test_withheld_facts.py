from __future__ import annotations

from pathlib import Path

import pytest

from headgate.disclosure.answers import ask
from headgate.disclosure.questions import load
from tests.build import collect, findings, model
from tests.disclosure_labels import confusion

CHECK = "withheld_facts"
# GPT-4 Technical Report, arXiv 2303.08774, section 2
GPT4 = (
    "Given both the competitive landscape and the safety implications of large-scale models like GPT-4, this report "
    "contains no further details about the architecture (including model size), hardware, training compute, dataset "
    "construction, training method, or similar."
)
FACTS = ["architecture", "model_size", "hardware", "compute", "dataset", "training_method"]


def answers(card: str) -> dict[str, str]:
    return {one.item: one.answer for one in ask(card, load(CHECK)) if one.answer != "silent"}


def test_the_passage_withholds_all_six_with_its_reason() -> None:
    given = ask(GPT4, load(CHECK))
    assert [(one.item, one.answer) for one in given] == [(fact, "withheld") for fact in FACTS]
    assert {one.quote for one in given} == {GPT4}
    assert all(one.because.startswith("Given both the competitive landscape and the safety") for one in given)


@pytest.mark.parametrize(
    ("card", "told"),
    [
        # PaLM 2 Technical Report, arXiv 2305.10403
        ("Further details of model size and architecture are withheld from external publication.",
         {"architecture": "withheld", "model_size": "withheld"}),
        ("We have not disclosed the number of parameters.", {"model_size": "withheld"}),
        ("The training dataset is not publicly available due to privacy concerns.", {"dataset": "withheld"}),
        ("The parameter count is undisclosed.", {"model_size": "withheld"}),
        ("We can't share details about the training procedure.", {"training_method": "withheld"}),
        ("A 7B parameters model trained on proprietary data.", {"model_size": "given", "dataset": "withheld"}),
        ("We do not release the training data, but it is a decoder-only transformer of 7B parameters.",
         {"architecture": "given", "model_size": "given", "dataset": "withheld"}),
        ("It outperforms proprietary models on several datasets.", {}),
        ("The dataset is not balanced.", {}),
        ("This model does not share data with third parties.", {}),
        ("It was not fine-tuned with RLHF.", {}),
        ("Needs 2 H100 for inference.", {}),
        ("It was trained on 8 A100 GPUs for 30 hours.", {"hardware": "given", "compute": "given"}),
        ("Fine-tuned from Llama-2-7b with LoRA on the GSM8K dataset.",
         {"architecture": "given", "model_size": "given", "dataset": "given", "training_method": "given"}),
        ("This is a fine-tuned version of [x/phi-2](https://hf.co/x/phi-2) on an unknown dataset.", {"architecture": "given"}),
        ("Training data: [More Information Needed]", {}),
    ],
)  # fmt: skip
def test_given_withheld_and_silent(card: str, told: dict[str, str]) -> None:
    assert answers(card) == told


def test_silence_is_never_withholding(tmp_path: Path) -> None:
    ws, _ = collect(tmp_path / "w", [
        model("a/gpt4", card=GPT4), model("a/silent", card="Hello."), model("a/some", card="The parameter count is undisclosed."),
    ])  # fmt: skip
    collect(tmp_path / "w", [{"id": "a/d", "author": "a", "description": GPT4}], "dataset")
    told = findings(ws, CHECK)
    assert {ref: value for ref, (value, _) in told.items()} == {
        "hf:model:a/gpt4": 6, "hf:model:a/silent": 0, "hf:model:a/some": 1,
    }  # fmt: skip
    assert (
        told["hf:model:a/silent"][1] == "silent: architecture, model size, hardware, compute, dataset, training method"
    )
    assert told["hf:model:a/some"][1] == (
        "model size: withheld “The parameter count is undisclosed.”; "
        "silent: architecture, hardware, compute, dataset, training method"
    )
    assert told["hf:model:a/gpt4"][1].count("because “Given both the competitive landscape") == 6


def test_against_labels(data: Path) -> None:
    assert confusion(data, CHECK, held_out=True) == {
        "architecture": (23, 1, 1),
        "model_size": (13, 0, 0),
        "hardware": (0, 0, 0),
        "compute": (0, 0, 0),
        "dataset": (6, 0, 2),
        "training_method": (17, 0, 0),
    }
    assert confusion(data, CHECK, held_out=False) == {
        "architecture": (54, 0, 0),
        "model_size": (31, 1, 1),
        "hardware": (4, 0, 0),
        "compute": (1, 0, 0),
        "dataset": (15, 0, 1),
        "training_method": (42, 0, 0),
    }
