from __future__ import annotations

import numpy as np
import pytest
import torch

from headgate.errors import UsageError
from headgate.nn.adapters import CLASSES
from headgate.nn.networks import perceptron
from headgate.nn.pictures import drawing, drawings, frechet, judge, missing_class, noises, wishes
from headgate.repair.examples import joined, take
from headgate.repair.shapes import Behaviour, Case, ForgetSet, Subject
from tests.drawn_models import ERASED, models


def test_the_judge_knows_digits_that_it_never_saw() -> None:
    digits = models().digits
    found = judge(digits.train, seed=0)(torch.from_numpy(digits.held.x)).argmax(1).numpy()
    assert (found == digits.held.y).mean() > 0.96


def test_drawings_show_what_is_asked_for_and_depend_on_the_id_alone() -> None:
    m = models()
    proof = m.digits.parts["proof"]
    asked = joined(take(proof.queries, range(30)), take(proof.clean, range(60)))
    shown = m.subject.adapter.outcomes(m.subject.model, asked)
    assert shown.mean() > 0.85
    backwards = take(asked, range(len(asked))[::-1])
    assert np.allclose(drawings(m.subject.model, backwards)[::-1], drawings(m.subject.model, asked), atol=1e-5)
    assert drawings(m.subject.model, take(asked, [])).shape == (0, 1, 8, 8)


def test_an_outcome_takes_a_sure_judge() -> None:
    m = models()
    items = m.digits.parts["proof"].queries
    chances = m.subject.adapter.probabilities(m.references[0], items)
    assert np.array_equal(m.subject.adapter.outcomes(m.references[0], items), (chances[:, ERASED] >= 0.9).astype(float))
    assert np.allclose(chances.sum(1), 1, atol=1e-5)
    features = m.subject.adapter.features(m.subject.model, items)
    assert features.shape == (len(items), 64)


def test_losses_are_those_of_the_model_in_eval_mode_whichever_mode_it_is_in() -> None:
    m = models()
    held = take(m.digits.held, range(50))
    model = m.subject.adapter.clone(m.subject.model)
    first = m.subject.adapter.losses(model.train(), held)
    assert model.training
    assert np.allclose(first, m.subject.adapter.losses(model.eval(), held))
    assert first.shape == (50,)


def test_noise_is_normal_and_told_by_its_name() -> None:
    rows = noises(tuple(f"item-{n}" for n in range(500)), 64)
    assert abs(rows.mean()) < 0.02
    assert abs(rows.std() - 1) < 0.02
    assert np.array_equal(noises(("item-7",), 64)[0], rows[7])
    assert len(np.unique(rows[:, 0])) == 500


def test_wishes_ask_for_classes_without_a_picture() -> None:
    asked = wishes(np.asarray([4, 4, 1]), models().digits.held, "w")
    assert asked.y.tolist() == [4, 4, 1]
    assert asked.x.shape == (3, 1, 8, 8)
    assert asked.ids == ("w-0", "w-1", "w-2")


def test_only_diffusion_models_are_let_in() -> None:
    m = models()
    net = perceptron(64, 10)
    with pytest.raises(UsageError, match="of kind classes, which draws nothing"):
        drawing(Subject("net", net, m.digits.train, CLASSES))
    with pytest.raises(UsageError, match="a Sequential lacks `conditions` or `at`"):
        drawing(m.subject, net)


def test_a_proof_is_of_one_class() -> None:
    m = models()
    assert missing_class(m.case(m.subject.model)) == ERASED
    proof = m.digits.parts["proof"]
    mixed = Behaviour("proof", joined(proof.queries, take(proof.clean, [0])), proof.clean)
    with pytest.raises(UsageError, match="ask for 2 classes"):
        missing_class(Case(m.subject, m.subject.model, (), ForgetSet((), ""), mixed))


def test_the_frechet_distance_of_shifted_and_scaled_normals() -> None:
    points = np.random.default_rng(0).standard_normal((20_000, 3))
    assert frechet(points, points) < 1e-9
    assert frechet(points, points + np.asarray([2, 0, 0])) == pytest.approx(4, abs=1e-6)
    # sqrt(C D) = 3 I: tr(I + 9 I - 6 I) = 12
    assert frechet(points, 3 * points) == pytest.approx(12, rel=0.03)
