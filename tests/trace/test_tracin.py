import numpy as np
import pytest
import torch
from torch import nn

from headgate.errors import UsageError
from headgate.nn.adapters import CLASSES, REGRESSION
from headgate.repair.examples import examples, take
from headgate.repair.shapes import Behaviour, Checkpoint, Subject
from headgate.trace.tracin import trace
from tests.repairing import digits_subject


def line(weight, bias):
    model = nn.Sequential(nn.Linear(1, 1))
    model.load_state_dict({"0.weight": torch.tensor([[weight]]), "0.bias": torch.tensor([bias])})
    return model


def numbers(*pairs):
    x, y = np.array(pairs).T
    return examples(x[:, None], y)


# of y = w x + b the gradient of half the squared error is (w x + b - y) (x, 1)
TRAIN = numbers((1.0, 0.0), (2.0, 0.0), (0.0, 5.0))
QUERIES = numbers((1.0, 3.0), (-1.0, 0.0))


def subject(*kept, train=TRAIN):
    return Subject("line", line(1.0, 0.0), train, REGRESSION, kept)


def behaviour(role="query", queries=QUERIES):
    return Behaviour(role, queries, queries)


def test_the_sum_over_checkpoints_as_worked_out_by_hand():
    kept = Checkpoint(line(1.0, 0.0), 0.5), Checkpoint(line(0.0, 1.0), 2.0)
    found = trace(subject(*kept), behaviour())
    # at (1, 0): items (1, 1), (4, 2), (0, -5); queries (-2, -2) and (1, -1), their mean (-0.5, -1.5)
    # at (0, 1): items (1, 1), (2, 1), (0, -4); queries (-2, -2) and (-1, 1), their mean (-1.5, -0.5)
    np.testing.assert_allclose(found.score, [0.5 * -2 + 2 * -2, 0.5 * -5 + 2 * -3.5, 0.5 * 7.5 + 2 * 2], rtol=1e-6)
    assert found.note == "2 checkpoints, all layers"
    np.testing.assert_allclose(trace(subject(*kept), behaviour(), first=1).score, [-1, -2.5, 3.75], rtol=1e-6)


def test_cosines_lie_within_the_rates():
    kept = Checkpoint(line(1.0, 0.0), 0.5), Checkpoint(line(0.0, 1.0), 2.0)
    one = behaviour(queries=take(QUERIES, [0]))
    found = trace(subject(*kept), one, cosine=True).score
    # the query's gradient points to (-1, -1) at both
    cosines = np.array([[-2, -6 / np.sqrt(20), 5 / 5], [-2, -3 / np.sqrt(5), 1]]) / np.sqrt(2)
    cosines[:, 0] = -1
    np.testing.assert_allclose(found, [0.5, 2.0] @ cosines, rtol=1e-6)


def test_without_checkpoints_it_is_the_model_alone_and_says_so():
    found = trace(subject(), behaviour())
    np.testing.assert_allclose(found.score, [-2, -5, 7.5], rtol=1e-6)
    assert found.note.startswith("no checkpoints were kept")


def test_a_step_on_an_item_above_zero_lowers_the_loss_of_the_unwanted_answer():
    kept, planted = digits_subject()
    queries = planted.parts["query"]
    early = kept.checkpoints[0].model
    score = trace(kept, queries, first=1).score
    before = CLASSES.losses(early, queries.queries).mean()
    for place, way in ((score.argmax(), -1), (score.argmin(), 1)):
        model, item = CLASSES.clone(early), take(kept.train, [place])
        loss = CLASSES.item_losses(model, torch.as_tensor(item.x), torch.as_tensor(item.y)).sum()
        rate = 1e-5
        with torch.no_grad():
            for one, slope in zip(model.parameters(), torch.autograd.grad(loss, list(model.parameters())), strict=True):
                one -= rate * slope
        change = CLASSES.losses(model, queries.queries).mean() - before
        assert np.sign(change) == way
        expected = -rate * score[place] / kept.checkpoints[0].rate
        assert change == pytest.approx(expected, rel=0.1)


def test_patched_digits_stand_first():
    kept, planted = digits_subject()
    bad = np.isin(kept.train.ids, planted.bad)
    for layers in ("all", "last"):
        first = np.argsort(-trace(kept, planted.parts["query"], layers=layers, first=1).score)[: bad.sum()]
        assert bad[first].mean() > 0.6  # 0.05 by chance
    assert trace(kept, planted.parts["query"], layers="last").note == "5 checkpoints, last layers"


def test_refusals():
    with pytest.raises(UsageError, match="trace was given the proof part"):
        trace(subject(), behaviour("proof"))
    with pytest.raises(UsageError, match="first is -1"):
        trace(subject(), behaviour(), first=-1)


def test_answers_of_any_length_are_those_of_steps_of_training():
    """Of a language model, whose items are trained on by their loss a token: one small step on each."""
    from headgate.nn.causal import CAUSAL, mean_losses
    from headgate.nn.tiny_llama import tiny_llama

    draw = np.random.default_rng(0)
    x, y = draw.integers(2, 20, (8, 12)), np.full((8, 12), -100)
    for n in range(8):
        y[n, 2 : 4 + n] = x[n, 2 : 4 + n]
    items, model = examples(x, y), tiny_llama(20, width=8, layers=1, heads=2, length=16)
    queries = take(items, [1, 6])
    score = trace(Subject("words", model, items, CAUSAL), Behaviour("query", queries, queries)).score

    def loss(one):
        return mean_losses(one, *(torch.as_tensor(part) for part in (queries.x, queries.y))).mean()

    changes = []
    for n in range(8):
        moved = CAUSAL.clone(model).double()
        before = float(loss(moved).detach())
        own = mean_losses(moved, torch.as_tensor(x[n : n + 1]), torch.as_tensor(y[n : n + 1])).sum()
        with torch.no_grad():
            for one, slope in zip(moved.parameters(), torch.autograd.grad(own, list(moved.parameters())), strict=True):
                one -= 1e-5 * slope
            changes.append((before - float(loss(moved))) / 1e-5)
    np.testing.assert_allclose(score, changes, rtol=1e-2, atol=1e-3)
