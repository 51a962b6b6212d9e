import numpy as np
import pytest
import torch
from torch import nn

from headgate.errors import UsageError
from headgate.nn.adapters import CLASSES, REGRESSION
from headgate.nn.causal import CAUSAL
from headgate.repair.examples import examples
from headgate.repair.shapes import Behaviour, Checkpoint, Subject
from headgate.trace.vog import trace
from tests.repairing import digits_subject


class Bent(nn.Module):
    """f(x) = w tanh(v x): two parameters."""

    def __init__(self, v, w):
        super().__init__()
        self.v, self.w = nn.Parameter(torch.tensor(v)), nn.Parameter(torch.tensor(w))

    def forward(self, x):
        return self.w * torch.tanh(self.v * x)


def behaviour(items, role="query"):
    return Behaviour(role, items, items)


def test_it_is_the_finite_difference_spread_of_a_model_of_two_parameters():
    at = [(0.5, 1.0), (1.0, 2.0), (-0.3, 4.0)]
    x = np.linspace(-2, 2, 9)
    items = examples(x[:, None], np.zeros(9))
    kept = tuple(Checkpoint(Bent(*one), 1.0) for one in at)
    found = trace(Subject("bent", kept[-1].model, items, REGRESSION, kept), behaviour(items), by_class=False)
    step = 1e-5
    slopes = [(w * np.tanh(v * (x + step)) - w * np.tanh(v * (x - step))) / (2 * step) for v, w in at]
    np.testing.assert_allclose(found.score, np.std(slopes, axis=0), rtol=1e-5)
    fewer = trace(Subject("bent", kept[-1].model, items, REGRESSION, kept), behaviour(items), first=2, by_class=False)
    np.testing.assert_allclose(fewer.score, np.std(slopes[:2], axis=0), rtol=1e-5)


class Given(nn.Module):
    """Logits of three classes: the input times a row each, squared."""

    def __init__(self, scale):
        super().__init__()
        self.rows = nn.Parameter(scale * torch.tensor([[1.0, 0.0], [0.0, 3.0], [2.0, 2.0]]))

    def forward(self, x):
        return (x**2) @ self.rows.T


def test_the_logit_of_the_given_class_its_mean_over_inputs_and_its_place_in_the_class():
    items = examples(np.array([[1.0, 5.0], [2.0, 5.0], [6.0, 5.0], [0.5, 1.0]], np.float32), np.array([0, 0, 0, 1]))
    kept = Checkpoint(Given(1.0), 1.0), Checkpoint(Given(3.0), 1.0)
    here = Subject("given", kept[1].model, items, CLASSES, kept)
    # class 0: slope (2 x, 0) times 1 and 3, spread 2 x of the one input that counts; class 1: (0, 6 x) likewise
    plain = np.array([2.0, 4.0, 12.0, 6.0])
    np.testing.assert_allclose(trace(here, behaviour(items), by_class=False).score, plain, rtol=1e-6)
    expected = [*((plain[:3] - 6) / plain[:3].std()), 0.0]
    np.testing.assert_allclose(trace(here, behaviour(items)).score, expected, rtol=1e-6)


def test_padding_of_a_language_model_changes_nothing():
    from transformers import LlamaConfig, LlamaForCausalLM

    def model(seed):
        torch.manual_seed(seed)
        config = LlamaConfig(vocab_size=30, hidden_size=8, intermediate_size=8, num_hidden_layers=1,
                             num_attention_heads=2, bos_token_id=0, eos_token_id=1)  # fmt: skip
        return LlamaForCausalLM(config)

    x = np.random.default_rng(0).integers(2, 30, (4, 6))
    y = x.copy()
    y[:, :2] = -100
    kept = tuple(Checkpoint(model(seed), 1.0) for seed in range(3))
    wide = np.full((4, 3), -100)

    def score(x, y):
        items = examples(x, y)
        found = trace(Subject("lm", kept[-1].model, items, CAUSAL, kept), behaviour(items), by_class=False).score
        assert found.std() > 0
        return found

    padded = score(np.concatenate([x, np.zeros((4, 3), int)], 1), np.concatenate([y, wide], 1))
    np.testing.assert_allclose(score(x, y), padded, rtol=1e-4)


def test_the_behaviour_is_not_looked_at():
    kept, planted = digits_subject()
    one, other = (trace(kept, planted.parts[role]) for role in ("query", "validation"))
    np.testing.assert_array_equal(one.score, other.score)
    assert "without the behaviour" in one.note
    for here in (kept.train.y == n for n in range(10)):
        assert one.score[here].mean() == pytest.approx(0, abs=1e-9)
        assert one.score[here].std() == pytest.approx(1)


def test_refusals():
    items = examples(np.zeros((2, 1)), np.zeros(2))
    one = Subject("bent", Bent(1.0, 1.0), items, REGRESSION, (Checkpoint(Bent(1.0, 1.0), 1.0),))
    with pytest.raises(UsageError, match="VoG has 1 checkpoints of bent"):
        trace(one, behaviour(items))
    with pytest.raises(UsageError, match="the proof part"):
        trace(one, behaviour(items, "proof"))
