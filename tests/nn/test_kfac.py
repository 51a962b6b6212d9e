import numpy as np
import torch

from headgate.nn import kfac, layer_gradients
from headgate.nn.adapters import class_losses, squared_losses
from headgate.nn.causal import answer_losses
from headgate.nn.networks import convolutional, perceptron
from headgate.repair.examples import examples


def pictures(n=11, seed=0):
    generator = np.random.default_rng(seed)
    return examples(generator.random((n, 1, 8, 8), dtype=np.float32), generator.integers(0, 4, n))


def dense(basis):
    """The curvature that a basis stands for, as one matrix over (out, d + 1) in a row."""
    turn = torch.kron(basis.outputs, basis.inputs)
    return turn @ torch.diag(basis.squares.flatten()) @ turn.T


def test_one_linear_layer_of_squared_losses_is_exact():
    generator = np.random.default_rng(0)
    x = generator.normal(size=(40, 3)).astype(np.float32)
    items, model = examples(x, generator.normal(size=(40, 2))), perceptron(3, 2, hidden=())
    basis = kfac.fit(model, squared_losses, items, "regression")["1"]
    ones = np.concatenate([x, np.ones((40, 1))], 1)
    curvature = np.kron(np.eye(2), ones.T @ ones / 40)  # whatever the weights and answers are
    np.testing.assert_allclose(dense(basis).numpy(), curvature, atol=1e-5)
    gradient = torch.randn(2, 4, generator=torch.Generator().manual_seed(0))
    damped = curvature + 0.2 * np.trace(curvature) / 8 * np.eye(8)
    expected = np.linalg.solve(damped, gradient.flatten().numpy()).reshape(2, 4)
    np.testing.assert_allclose(basis.solved(gradient, 0.2).numpy(), expected, atol=1e-4)
    sampled = kfac.fit(model, squared_losses, items, "regression", answers="sampled")["1"]
    assert abs(float(sampled.squares.sum() / basis.squares.sum()) - 1) < 0.5


def test_one_datum_is_exact():
    items, model = pictures(1), perceptron(64, 3, hidden=())
    basis = kfac.fit(model, class_losses, items, "classes")["1"]
    chance = model(torch.as_tensor(items.x)).softmax(1)[0].detach().numpy().astype(float)
    given = np.append(items.x.flatten(), 1.0)
    curvature = np.kron(np.diag(chance) - np.outer(chance, chance), np.outer(given, given))
    np.testing.assert_allclose(dense(basis).numpy(), curvature, atol=2e-5)


def test_as_given_it_is_the_second_moment_of_the_gradients_themselves():
    items, model = pictures(1), convolutional((1, 8, 8), 4, widths=(3,), hidden=5)
    fitted = kfac.fit(model, class_losses, items, "classes", answers="given")
    own = layer_gradients.each(model, class_losses, items, fitted)
    for name, basis in fitted.items():
        torch.testing.assert_close(basis.squares, basis.rotated(own[name][0]).square())
    rows = torch.cat([basis.rotated(own[name]).square().flatten(1) / basis.damped(0.1).flatten()
                      for name, basis in fitted.items()], 1)  # fmt: skip
    torch.testing.assert_close(kfac.own(model, class_losses, items, fitted, 0.1), rows.sum(1))


def test_chunks_change_nothing(monkeypatch):
    items, model = pictures(), convolutional((1, 8, 8), 4, widths=(3,), hidden=5)
    first = kfac.fit(model, class_losses, items, "classes")
    own = kfac.own(model, class_losses, items, first, 0.1)
    monkeypatch.setattr(layer_gradients, "ROOM", 100)
    monkeypatch.setattr(layer_gradients, "_BATCH", 4)
    again = kfac.fit(model, class_losses, items, "classes")
    for name, one in first.items():
        torch.testing.assert_close(dense(one), dense(again[name]), atol=1e-5, rtol=1e-3)
    torch.testing.assert_close(kfac.own(model, class_losses, items, first, 0.1), own)


def test_answers_of_a_causal_model_are_drawn_and_the_same_of_the_same_seed():
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(0)
    model = LlamaForCausalLM(
        LlamaConfig(vocab_size=30, hidden_size=8, intermediate_size=8, num_hidden_layers=1, num_attention_heads=2,
                    bos_token_id=0, eos_token_id=1)
    )  # fmt: skip
    x = np.random.default_rng(0).integers(2, 30, (5, 7))
    y = x.copy()
    y[:, :3] = -100
    items = examples(x, y)
    first, again, other = (kfac.fit(model, answer_losses, items, "causal", seed=seed) for seed in (0, 0, 1))
    assert all(torch.equal(one.squares, again[name].squares) for name, one in first.items())
    assert any(not torch.equal(one.squares, other[name].squares) for name, one in first.items())
