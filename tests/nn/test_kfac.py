import numpy as np
import torch

from headgate.nn import kfac, layer_gradients
from headgate.nn.adapters import class_losses, squared_losses
from headgate.nn.causal import answer_losses, mean_losses
from headgate.nn.networks import convolutional, perceptron
from headgate.repair.examples import examples
from tests.tiny_causal import pictures, tiny_causal


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
    model, items = tiny_causal()
    first, again, other = (kfac.fit(model, answer_losses, items, "causal", seed=seed) for seed in (0, 0, 1))
    assert all(torch.equal(one.squares, again[name].squares) for name, one in first.items())
    assert any(not torch.equal(one.squares, other[name].squares) for name, one in first.items())


def spoken():
    """A tiny language model, and twelve items whose answers differ in length, some of them padded."""
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(0)
    model = LlamaForCausalLM(
        LlamaConfig(vocab_size=12, hidden_size=8, intermediate_size=8, num_hidden_layers=1, num_attention_heads=2,
                    bos_token_id=0, eos_token_id=1, tie_word_embeddings=False)
    )  # fmt: skip
    model.lm_head.weight.data *= 20  # else all answers are as likely
    draw = np.random.default_rng(0)
    x, y = draw.integers(2, 12, (12, 9)), np.full((12, 9), -100)
    for n, length in enumerate(draw.integers(4, 10, 12)):
        x[n, length:], y[n, 2:length] = 1, x[n, 2:length]
    return model.eval(), examples(x, y)


def test_padding_and_batches_of_a_causal_model_change_nothing(monkeypatch):
    model, items = spoken()
    wide = examples(*(np.pad(one, ((0, 0), (0, 7)), constant_values=n) for one, n in ((items.x, 1), (items.y, -100))))
    first, padded = (kfac.fit(model, mean_losses, one, "causal") for one in (items, wide))
    monkeypatch.setattr(layer_gradients, "_BATCH", 1)  # no item is then as wide as another
    single = kfac.fit(model, mean_losses, items, "causal")
    for name, basis in first.items():
        torch.testing.assert_close(dense(basis), dense(padded[name]), atol=1e-6, rtol=1e-3)
        torch.testing.assert_close(dense(basis), dense(single[name]), atol=1e-6, rtol=1e-3)


def test_the_curvature_of_a_causal_model_is_that_of_the_mean_loss_of_a_token():
    model, items = spoken()
    asked = items.y[:, 1:] != -100
    with torch.no_grad():
        out = model(input_ids=torch.as_tensor(items.x), output_hidden_states=True)
    chance, seen = out.logits[:, :-1].softmax(-1).numpy(), out.hidden_states[-1][:, :-1].numpy()
    each = (1 - (chance**2).sum(-1)) * (seen**2).sum(-1) * asked / asked.sum(1, keepdims=True)
    drawn = [
        float(kfac.fit(model, mean_losses, items, "causal", seed=seed)["lm_head"].squares.sum()) for seed in range(60)
    ]
    assert abs(np.mean(drawn) / each.sum(1).mean() - 1) < 0.1
