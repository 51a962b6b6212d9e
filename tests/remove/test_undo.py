from __future__ import annotations

import copy

import numpy as np
import pytest
import torch
from torch.nn import functional

from headgate.errors import UsageError
from headgate.nn.adapters import CLASSES, REGRESSION, class_losses
from headgate.nn.causal import CAUSAL
from headgate.nn.networks import convolutional, perceptron
from headgate.nn.relearn import relearn
from headgate.nn.training import train
from headgate.remove.undo import distilling, remove
from headgate.repair.examples import examples, take
from headgate.repair.shapes import Behaviour, ForgetSet, Subject
from headgate.synthetic.digits import poisoned
from tests.facts import FORGOTTEN, known

SETTINGS = {"batch": 4, "suppress_rate": 3e-3, "rate": 5e-3, "epochs": 40, "alpha": 0.4, "floor": 0.85}


def probability(subject: Subject, model: object, start: int, stop: int) -> float:
    return float(CAUSAL.outcomes(model, take(subject.train, np.arange(start, stop))).mean())


def test_relearning_one_person_brings_the_other_back_less_than_in_the_source() -> None:
    given = known()
    subject, cut = given.subject, 4 * FORGOTTEN
    before = copy.deepcopy(subject.model.state_dict())
    found = remove(subject, given.forget, given.parts["validation"], **SETTINGS)
    assert all(torch.equal(one, before[name]) for name, one in subject.model.state_dict().items())
    assert not found.collapsed
    assert found.note == ""
    assert probability(subject, found.model, 0, cut) < 0.3
    assert probability(subject, found.model, cut, 20) > 0.85 * probability(subject, subject.model, cut, 20)
    after = [
        probability(subject, relearn(subject, one, take(subject.train, np.arange(4)), steps=20, batch=4), 4, 8)
        for one in (subject.model, found.model)
    ]
    assert after[1] < 0.3
    assert after[0] > 0.9


def test_the_same_seed_gives_the_same_weights_and_nothing_is_suppressed_on_request() -> None:
    given = known()
    few = {**SETTINGS, "epochs": 1, "suppression": "none"}
    first, same, other = (
        remove(given.subject, given.forget, given.parts["validation"], **few, seed=seed) for seed in (1, 1, 2)
    )
    states = [one.model.state_dict() for one in (first, same, other)]
    assert all(torch.equal(one, states[1][name]) for name, one in states[0].items())
    assert not all(torch.equal(one, states[2][name]) for name, one in states[0].items())
    assert len(first.steps) == 1  # and with suppression, its passes too
    assert (
        len(remove(given.subject, given.forget, given.parts["validation"], **{**few, "suppression": "npo"}).steps) > 1
    )


def test_noise_alone_collapses_and_says_so() -> None:
    given = known()
    found = remove(given.subject, given.forget, given.parts["validation"], alpha=1.0, epochs=1, suppress_epochs=1)
    assert found.collapsed
    assert "distil longer" in found.note


def test_a_classifier_forgets_its_patch() -> None:
    planted = poisoned(0)
    model = convolutional((1, 8, 8), 10)
    train(model, planted.train, class_losses, epochs=12, rate=5e-3)
    part = planted.parts["validation"]
    assert CLASSES.outcomes(model, part.queries).mean() > 0.5
    found = remove(
        Subject("digits", model, planted.train, CLASSES), ForgetSet(planted.bad, "planted", 1.0), part,
        suppression="none", alpha=0.6, epochs=4, rate=5e-3, batch=64,
    )  # fmt: skip
    assert not found.collapsed
    assert CLASSES.outcomes(found.model, part.queries).mean() < 0.2


def test_the_divergence_is_that_of_the_definition() -> None:
    given = known()
    x, y = (torch.as_tensor(one[:3]) for one in (given.subject.train.x, given.subject.train.y))
    with torch.no_grad():
        found = distilling(given.subject.model, "causal")(given.retrained, x, y)
        same = distilling(given.retrained, "causal")(given.retrained, x, y)
        wanted, ours = (model(input_ids=x).logits.log_softmax(-1) for model in (given.subject.model, given.retrained))
    for n in range(3):
        places = (y[n] != -100).nonzero()[:, 0] - 1
        each = [functional.kl_div(ours[n, one], wanted[n, one], log_target=True, reduction="sum") for one in places]
        assert float(found[n]) == pytest.approx(float(sum(each)) / len(places), rel=1e-4)
    assert same.tolist() == pytest.approx([0, 0, 0], abs=1e-6)
    nets = [perceptron(4, 3, seed=seed) for seed in (0, 1)]
    points = torch.randn(5, 4, generator=torch.Generator().manual_seed(0))
    expected = functional.kl_div(
        nets[1](points).log_softmax(-1), nets[0](points).log_softmax(-1), log_target=True, reduction="none"
    ).sum(-1)
    assert torch.allclose(distilling(nets[0], "classes")(nets[1], points, torch.zeros(5)), expected, atol=1e-6)


@pytest.mark.parametrize(("kind", "alpha"), [("regression", 0.4), ("classes", 1.5), ("classes", -0.1)])
def test_what_it_cannot_work_with_is_one_line(kind: str, alpha: float) -> None:
    items = examples(np.zeros((6, 4), np.float32), np.zeros(6, np.int64), ids=list("abcdef"))
    adapter = CLASSES if kind == "classes" else REGRESSION
    subject = Subject("s", perceptron(4, 2), items, adapter)
    with pytest.raises(UsageError, match=rf"undo was given a subject of kind {kind} and alpha {alpha:g}"):
        remove(subject, ForgetSet(("a",), ""), Behaviour("validation", items, items), alpha=alpha)


def test_the_proof_part_is_closed() -> None:
    given = known()
    with pytest.raises(UsageError, match="remove was given the proof part"):
        remove(given.subject, given.forget, given.parts["proof"])


def test_a_model_without_numbers_counts_as_collapsed() -> None:
    given = known()
    for kind in ("causal", "classes"):
        subject, forget, part = given.subject, given.forget, given.parts["validation"]
        if kind == "classes":
            items = examples(np.eye(4, dtype=np.float32), np.zeros(4, np.int64), ids=list("abcd"))
            subject = Subject("s", perceptron(4, 3), items, CLASSES)
            forget, part = ForgetSet(("a",), ""), Behaviour("validation", items, items)
        found = remove(subject, forget, part, suppression="none", alpha=0.0, epochs=2, rate=1e36, batch=1, floor=0.1)
        assert found.collapsed, kind


def test_a_source_that_is_being_trained_is_left_so() -> None:
    items = examples(np.eye(4, dtype=np.float32), np.arange(4), ids=list("abcd"))
    model = perceptron(4, 4).train()
    settings = {"suppression": "none", "epochs": 1}
    remove(
        Subject("s", model, items, CLASSES), ForgetSet(("a",), ""), Behaviour("validation", items, items), **settings
    )
    assert all(one.training for one in model.modules())
