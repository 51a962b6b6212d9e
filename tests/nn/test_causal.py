from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from headgate.nn.causal import CAUSAL, answer_losses, asked_width, lengths, mean_losses, token_losses
from headgate.repair.examples import take
from headgate.repair.shapes import Examples
from tests.facts import known


def by_hand(model: torch.nn.Module, items: Examples, n: int) -> list[float]:
    """The log-likelihood of each token asked, from the model's logits of the whole row, one at a time."""
    with torch.no_grad():
        logits = model(input_ids=torch.as_tensor(items.x[n : n + 1])).logits[0].double()
    chances = logits.log_softmax(-1)
    return [float(chances[place - 1, token]) for place, token in enumerate(items.y[n]) if token != -100]


def test_outcomes_are_the_probability_a_token() -> None:
    subject = known().subject
    some = take(subject.train, [0, 5, 19])
    expected = [np.exp(np.mean(by_hand(subject.model, some, n))) for n in range(3)]
    assert CAUSAL.outcomes(subject.model, some) == pytest.approx(expected, rel=1e-4)
    assert CAUSAL.losses(subject.model, some) == pytest.approx(
        [-sum(by_hand(subject.model, some, n)) for n in range(3)], rel=1e-3
    )


def test_what_stands_on_the_right_changes_nothing() -> None:
    subject = known().subject
    x, y = (torch.as_tensor(one[:3]) for one in (subject.train.x, subject.train.y))
    wide = torch.cat([x, torch.full((3, 40), 5)], 1), torch.cat([y, torch.full((3, 40), -100)], 1)
    with torch.no_grad():
        found = token_losses(subject.model, *wide)
        assert found.shape == (3, wide[0].shape[1] - 1)
        assert torch.allclose(found[:, : x.shape[1] - 1], token_losses(subject.model, x, y), atol=1e-5)
        assert not found[:, x.shape[1] - 1 :].any()
        assert torch.allclose(
            mean_losses(subject.model, *wide) * lengths(wide[1]), answer_losses(subject.model, x, y), atol=1e-4
        )


def test_the_width_is_that_of_the_last_token_asked() -> None:
    y = torch.full((2, 9), -100)
    assert asked_width(y) == 9
    y[1, 4] = 3
    assert asked_width(y) == 5
    assert torch.func.vmap(lambda one: torch.tensor(0) * asked_width(one[None]) + one.sum())(y).shape == (2,)


def test_losses_have_gradients_and_lengths() -> None:
    subject = known().subject
    x, y = (torch.as_tensor(one[:2]) for one in (subject.train.x, subject.train.y))
    assert lengths(y).tolist() == (subject.train.y[:2] != -100).sum(1).tolist()
    assert lengths(torch.tensor([3, 4])).tolist() == [1, 1]
    model = CAUSAL.clone(subject.model)
    answer_losses(model, x, y).sum().backward()
    assert all(one.grad is not None and one.grad.isfinite().all() for one in model.parameters())


def test_features_are_of_the_answer_alone() -> None:
    subject = known().subject
    one = take(subject.train, [0])
    found = CAUSAL.features(subject.model, one)
    with torch.no_grad():
        hidden = subject.model(input_ids=torch.as_tensor(one.x), output_hidden_states=True).hidden_states[-1][0].numpy()
    assert found == pytest.approx(hidden[one.y[0] != -100].mean(0)[None], abs=1e-5)


def test_saved_weights_load_again(tmp_path: Path) -> None:
    from transformers import LlamaForCausalLM

    subject = known().subject
    assert CAUSAL.save is not None
    CAUSAL.save(subject.model, tmp_path)
    assert not list(tmp_path.glob("*.bin"))
    again = LlamaForCausalLM.from_pretrained(tmp_path).eval()
    assert CAUSAL.outcomes(again, subject.train) == pytest.approx(CAUSAL.outcomes(subject.model, subject.train))
