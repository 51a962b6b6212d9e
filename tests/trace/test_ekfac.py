from functools import cache

import numpy as np
import pytest
import torch
from scipy.stats import spearmanr

from headgate.errors import UsageError
from headgate.nn import gradients, kfac, layer_gradients
from headgate.nn.adapters import CLASSES, REGRESSION, class_losses, squared_losses
from headgate.nn.networks import perceptron
from headgate.nn.threads import fitting
from headgate.nn.training import train
from headgate.repair.examples import examples, take
from headgate.repair.shapes import Behaviour, Subject
from headgate.trace.ekfac import trace
from tests.repairing import digits_subject

DAMPING = 0.1


def asked(items, role="query"):
    return Behaviour(role, items, items)


def flat(model, losses, items):
    return torch.cat(list(gradients.rows(model, losses, items, gradients.weights(model)))).numpy().astype(float)


def test_a_linear_model_of_squared_losses_as_the_inverse_of_its_hessian_has_it():
    generator = np.random.default_rng(0)
    x = generator.normal(size=(60, 4)).astype(np.float32)
    items = examples(x[:50], generator.normal(size=(50, 2)).astype(np.float32))
    queries = examples(x[50:], generator.normal(size=(10, 2)).astype(np.float32))
    model = perceptron(4, 2, hidden=())
    ones = np.concatenate([items.x, np.ones((50, 1))], 1).astype(float)
    # weights first, bias last, as torch lists them
    moment = ones.T @ ones / 50
    block = np.zeros((10, 10))
    order = np.array([[0, 1, 2, 3, 8], [4, 5, 6, 7, 9]])
    for places in order:
        block[np.ix_(places, places)] = moment
    inverse = np.linalg.inv(block + DAMPING * np.trace(block) / 10 * np.eye(10))
    rows, query = flat(model, squared_losses, items), flat(model, squared_losses, queries).mean(0)
    here = Subject("linear", model, items, REGRESSION)
    found = trace(here, asked(queries), damping=DAMPING, relative=False).score
    np.testing.assert_allclose(found, rows @ inverse @ query, rtol=1e-3, atol=1e-5)
    itself = np.einsum("ni,ij,nj->n", rows, inverse, rows)
    relative = trace(here, asked(queries), damping=DAMPING).score
    np.testing.assert_allclose(relative, rows @ inverse @ query / np.sqrt(itself), rtol=1e-3, atol=1e-5)


@cache
def small(seed=0):
    """Digits 0 to 2 by eight directions in a perceptron of 99 parameters, and what was held out."""
    from sklearn.datasets import load_digits

    x, y = load_digits(n_class=3, return_X_y=True)
    x = (x - x.mean(0)) / 16
    x = (x @ np.linalg.svd(x, full_matrices=False)[2][:8].T).astype(np.float32)
    order = np.random.default_rng(0).permutation(len(x))
    items, held = examples(x[order[:400]], y[order[:400]]), examples(x[order[400:]], y[order[400:]])
    model = perceptron(8, 3, hidden=(8,), seed=seed)
    train(model, items, class_losses, epochs=15, rate=1e-2, seed=seed)
    assert sum(one.numel() for one in model.parameters()) == 99
    return Subject("small", model, items, CLASSES), held


def curvatures(model, items):
    """The Gauss-Newton matrix and the Hessian of the mean loss over all parameters, without a factor or a layer."""
    at = gradients.weights(model)
    start, x, y = torch.cat([one.flatten() for one in at.values()]), torch.as_tensor(items.x), torch.as_tensor(items.y)

    def logits(weights):
        parts = weights.split([one.numel() for one in at.values()])
        here = {name: part.view_as(one) for (name, one), part in zip(at.items(), parts, strict=True)}
        return torch.func.functional_call(model, here, (x,))

    slopes = torch.autograd.functional.jacobian(logits, start).double()
    chance = logits(start).softmax(1).double()
    inner = torch.diag_embed(chance) - chance[:, :, None] * chance[:, None, :]
    gauss = torch.einsum("nkp,nkl,nlq->pq", slopes, inner, slopes) / len(x)
    hessian = torch.autograd.functional.hessian(lambda w: torch.nn.functional.cross_entropy(logits(w), y), start)
    return gauss.detach().numpy(), hessian.double().numpy()


def correlations(seed=0):
    """Mean rank correlation over twenty queries with the exact inverse damped alike: (Gauss-Newton, layer by layer,
    Hessian) of EK-FAC, and (Gauss-Newton) of the plain dot product, which has no curvature at all."""
    here, held = small(seed)
    queries, layers = take(held, np.arange(20)), (np.arange(72), np.arange(72, 99))
    rows, asks = flat(here.model, class_losses, here.train), flat(here.model, class_losses, queries)
    ours = np.stack([trace(here, asked(take(queries, [n])), damping=DAMPING, relative=False).score for n in range(20)])
    with fitting(here.model):
        gauss, hessian = curvatures(here.model, here.train)
    apart = np.zeros_like(gauss)
    for one in layers:
        apart[np.ix_(one, one)] = gauss[np.ix_(one, one)]
    floor = np.concatenate([np.full(len(one), DAMPING * gauss[one, one].mean()) for one in layers])

    def agreement(scores, matrix):
        exact = asks @ np.linalg.solve(matrix + np.diag(floor), rows.T)
        return float(np.mean([spearmanr(a, b).statistic for a, b in zip(scores, exact, strict=True)]))

    return [*(agreement(ours, one) for one in (gauss, apart, hessian)), agreement(asks @ rows.T, gauss)]


def test_it_ranks_nearer_to_the_exact_inverse_of_99_parameters_than_without_curvature():
    gauss, apart, hessian, plain = correlations()
    assert gauss > plain + 0.2
    assert hessian > plain + 0.2
    assert apart > gauss  # what it leaves out is between layers
    assert apart > 0.65


def test_queries_together_are_the_mean_of_queries_one_by_one():
    here, held = small()
    queries = take(held, np.arange(5))
    for relative in (False, True):
        single = [trace(here, asked(take(queries, [n])), relative=relative).score for n in range(5)]
        together = trace(here, asked(queries), relative=relative).score
        np.testing.assert_allclose(together, np.mean(single, axis=0), rtol=1e-3, atol=1e-5)
    bases = kfac.fit(here.model, class_losses, here.train, "classes")
    slopes = layer_gradients.each(here.model, class_losses, queries, bases)
    ways = {name: one.solved(slopes[name], DAMPING) for name, one in bases.items()}
    batched = sum(layer_gradients.along(here.model, class_losses, here.train, ways).values())
    single = [trace(here, asked(take(queries, [n])), relative=False).score for n in range(5)]
    np.testing.assert_allclose(batched.numpy(), np.transpose(single), rtol=1e-3, atol=1e-4)


def test_the_loss_moves_as_foretold_when_an_item_weighs_less():
    """One linear layer of squared losses, solved anew without each item."""
    generator = np.random.default_rng(1)
    x = np.concatenate([generator.normal(size=(320, 3)), np.ones((320, 1))], 1)
    y = x @ [1.0, -2.0, 0.5, 3.0] + generator.normal(size=320)
    weights = np.linalg.lstsq(x[:300], y[:300])[0]
    model = perceptron(3, 1, hidden=())
    model[1].load_state_dict({"weight": torch.tensor(weights[None, :3]), "bias": torch.tensor(weights[3:])})
    items, queries = examples(x[:300, :3], y[:300]), examples(x[300:, :3], y[300:])
    found = trace(Subject("line", model, items, REGRESSION), asked(queries), damping=1e-6, relative=False).score

    def loss(kept):
        again = np.linalg.lstsq(x[:300][kept], y[:300][kept])[0]
        return ((x[300:] @ again - y[300:]) ** 2).mean() / 2

    change = [loss(np.arange(300) != n) - loss(np.arange(300) >= 0) for n in range(300)]
    assert np.corrcoef(found / 300, change)[0, 1] > 0.99
    assert np.polyfit(found / 300, change, 1)[0] == pytest.approx(1, abs=0.1)  # above 0: it supported the answer


def test_patched_digits_stand_first_and_sampling_repeats():
    here, planted = digits_subject()
    bad = np.isin(here.train.ids, planted.bad)
    found = trace(here, planted.parts["query"], answers="sampled")
    assert bad[np.argsort(-found.score)[: bad.sum()]].mean() > 0.9  # 0.05 by chance
    np.testing.assert_array_equal(found.score, trace(here, planted.parts["query"], answers="sampled").score)
    assert not np.array_equal(found.score, trace(here, planted.parts["query"], answers="sampled", seed=1).score)
    assert found.note.startswith("the model, by self-influence; influence by layer: 0 ")
    shares = [int(one.split("%")[0].split()[-1]) for one in found.note.split("layer: ")[1].split(", ")]
    assert sum(shares) == pytest.approx(100, abs=2)
    early = trace(here, planted.parts["query"], answers="sampled", checkpoint=0)
    assert early.note.startswith("checkpoint 0, ")
    assert not np.array_equal(found.score, early.score)


def test_refusals():
    here, held = small()
    for settings in ({"damping": 0.0}, {"checkpoint": 0}, {"checkpoint": -2}):
        with pytest.raises(UsageError, match="damping above 0 and a checkpoint that there is"):
            trace(here, asked(held), **settings)
    with pytest.raises(UsageError, match="the proof part"):
        trace(here, asked(held, "proof"))
