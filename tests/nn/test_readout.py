from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from headgate.errors import UsageError
from headgate.nn.networks import perceptron
from headgate.nn.readout import ranks
from headgate.repair.examples import examples


class Told(torch.nn.Module):
    """Two layers that show what they are told to, whatever the input: scores of 5 words at each of 3 places."""

    def __init__(self, layers: list[list[list[float]]], head: torch.Tensor | None = None) -> None:
        super().__init__()
        self.layers = torch.tensor(layers)
        self.head = torch.nn.Linear(5, 5, bias=False)
        self.head.weight.data = torch.eye(5) if head is None else head

    def get_output_embeddings(self) -> torch.nn.Module:
        return self.head

    def forward(self, input_ids: torch.Tensor, output_hidden_states: bool) -> SimpleNamespace:
        assert output_hidden_states
        return SimpleNamespace(
            hidden_states=[one[: input_ids.shape[1]].repeat(len(input_ids), 1, 1) for one in self.layers]
        )


EARLY = [[0.0, 9.0, 1.0, 2.0, 3.0], [4.0, 3.0, 2.0, 1.0, 0.0], [1.0, 1.0, 1.0, 1.0, 1.0]]
LATE = [[5.0, 4.0, 3.0, 2.0, 1.0], [0.0, 0.0, 0.0, 0.0, 0.0], [1.0, 1.0, 1.0, 1.0, 1.0]]


def test_the_rank_of_each_token_asked_is_read_one_place_before_it() -> None:
    items = examples(np.array([[0, 3, 1]]), np.array([[-100, 3, 1]]))
    # word 3 at the first place: behind 9 and 3, then behind 5, 4, 3; word 1 at the second: behind 4, then equal to all
    assert ranks(Told([EARLY, LATE]), items, Told([EARLY, LATE])).tolist() == [[2, 1], [3, 4]]


def test_tokens_stand_in_the_order_of_items_and_places() -> None:
    items = examples(np.zeros((2, 3), int), np.array([[-100, 1, -100], [-100, 0, 4]]))
    assert ranks(Told([EARLY, LATE]), items, Told([EARLY, LATE])).tolist() == [[0, 4, 4], [1, 0, 4]]


def test_another_model_s_output_layer_reads_too() -> None:
    turned = torch.eye(5)[[1, 2, 3, 4, 0]]  # its word n is what word n + 1 was
    items = examples(np.array([[0, 0, 0]]), np.array([[-100, 0, -100]]))
    assert ranks(Told([EARLY, LATE]), items, Told([EARLY, LATE], turned)).tolist() == [[0], [1]]


def test_scores_that_are_no_numbers_rank_last() -> None:
    broken = Told([[[float("nan")] * 5] * 3])
    items = examples(np.array([[0, 0, 0]]), np.array([[-100, 0, -100]]))
    assert ranks(broken, items, broken).tolist() == [[5]]


def test_the_last_layer_of_a_real_model_is_its_answer_and_the_others_pass_its_norm() -> None:
    from headgate.nn.tiny_llama import tiny_llama

    model = tiny_llama(30, width=16, layers=2, heads=2, length=16, seed=3)
    items = examples(np.array([[1, 2, 3, 4, 0]]), np.array([[-100, -100, 3, 4, -100]]))
    with torch.no_grad():
        out = model(input_ids=torch.tensor([[1, 2, 3, 4]]), output_hidden_states=True)
        middle = model.lm_head(model.model.norm(out.hidden_states[1]))
    found = ranks(model, items, model)
    assert found.shape == (3, 2)
    for row, scores in ((2, out.logits), (1, middle)):
        expected = [int((scores[0, place] > scores[0, place, word]).sum()) for place, word in ((1, 3), (2, 4))]
        assert found[row].tolist() == expected


def test_models_without_layers_to_read_are_refused() -> None:
    items = examples(np.array([[0, 0, 0]]), np.array([[-100, 0, -100]]))
    with pytest.raises(UsageError, match="Sequential shows no output layer"):
        ranks(Told([EARLY]), items, perceptron(3, 5))
    with pytest.raises(UsageError, match="no hidden states"):
        ranks(Told([]), items, Told([]))


def test_a_model_that_is_being_trained_is_read_and_asked_as_in_use_and_left_so() -> None:
    from transformers import LlamaConfig, LlamaForCausalLM

    from headgate.nn.answering import answers
    from headgate.nn.sampling import answered

    class Numbers:
        eos_token_id = None

        def decode(self, tokens: list[int], **_: bool) -> str:
            return str(tokens)

    torch.manual_seed(0)
    model = LlamaForCausalLM(LlamaConfig(
        vocab_size=30, hidden_size=16, intermediate_size=16, num_hidden_layers=2, num_attention_heads=2,
        attention_dropout=0.9, bos_token_id=None, eos_token_id=None, pad_token_id=0,
    ))  # fmt: skip
    for one in model.parameters():
        one.data *= 5
    x = np.random.default_rng(0).integers(2, 30, (20, 10))
    y = np.where(np.arange(10) < 5, -100, x)
    items, prompts = examples(x, y), list(x[:, :5])
    found = [
        (ranks(one, items, one).tolist(), answered(one, prompts, 5).tolist(), answers(one, Numbers(), items))
        for one in (model.eval(), model.train())
    ]
    assert found[0] == found[1]
    assert model.training
