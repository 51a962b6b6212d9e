"""An age band of the diabetes table forgotten, beside fine-tuning; and a class of digits."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import torch
from sklearn.datasets import load_diabetes

from headgate.errors import UsageError
from headgate.nn.adapters import REGRESSION, over, squared_losses
from headgate.nn.causal import CAUSAL
from headgate.nn.networks import perceptron
from headgate.nn.training import train
from headgate.remove import finetune
from headgate.remove.blindspot import amnesiac, apart, fresh, remove, watched
from headgate.repair.examples import among, examples, parted, take
from headgate.repair.shapes import Behaviour, Examples, ForgetSet, Subject
from tests.erasing import class_subject


@cache
def age_band(seed: int) -> tuple[Subject, ForgetSet, Behaviour, torch.nn.Module]:
    """A regressor of 300 rows, its youngest fifth to forget, validation rows, and the model retrained without them."""
    x, y = load_diabetes(return_X_y=True)
    x, y = (x / x.std(0)).astype(np.float32), ((y - y.mean()) / y.std()).astype(np.float32)
    young = x[:, 0] < np.quantile(x[:, 0], 0.2)
    order = np.random.default_rng(seed).permutation(len(x))
    items = examples(x[order], y[order], ids=[f"row-{n}" for n in order])
    rows, held = take(items, np.arange(300)), take(items, np.arange(300, 442))
    band = young[order]

    def retrain(kept: Examples, again: int) -> torch.nn.Module:
        model = perceptron(10, 1, hidden=(64, 64), seed=again)
        train(model, kept, squared_losses, epochs=60, rate=5e-3, seed=again)
        return model

    forget = ForgetSet(tuple(one for one, out in zip(rows.ids, band[:300], strict=True) if out), "an age band")
    subject = Subject("diabetes", retrain(rows, seed), rows, REGRESSION, (), retrain)
    behaviour = Behaviour("validation", take(held, band[300:]), take(held, ~band[300:]))
    return subject, forget, behaviour, retrain(parted(rows, forget)[1], seed + 100)


def distance(one: torch.nn.Module, other: torch.nn.Module, items: Examples) -> float:
    gave, told = (over(model, items, lambda x, _, model=model: model(x).flatten()) for model in (one, other))
    return float(np.abs(gave - told).mean())


def test_outputs_come_nearer_to_the_retrained_model_than_by_fine_tuning() -> None:
    wins = 0
    for seed in range(5):
        subject, forget, behaviour, gold = age_band(seed)
        out = parted(subject.train, forget)[0]
        blind = remove(subject, forget, behaviour, brief=20, epochs=10, seed=seed)
        plain = finetune.remove(subject, forget, behaviour, epochs=30, seed=seed)  # as many passes
        wins += distance(blind.model, gold, out) < distance(plain.model, gold, out)
        assert not blind.collapsed
    assert wins >= 4


def test_a_class_is_forgotten_too_and_the_others_stay() -> None:
    subject, forget, parts = class_subject(0)
    made = remove(subject, forget, parts["validation"], seed=0)
    outcomes, proof = subject.adapter.outcomes, parts["proof"]
    assert outcomes(made.model, proof.queries).mean() <= 0.1
    assert outcomes(made.model, proof.clean).mean() >= outcomes(subject.model, proof.clean).mean() - 0.05


def test_the_gaussian_variant_trains_on_labels_drawn_from_those_kept() -> None:
    subject, forget, behaviour, _ = age_band(0)
    made = remove(subject, forget, behaviour, variant="gaussian", epochs=2)
    assert made.note.startswith("forget losses are of the labels drawn")
    drawn, out = amnesiac(subject.train, forget, 0), among(subject.train, forget.ids)
    kept = subject.train.y[~out]
    assert (drawn.y[~out] == kept).all()
    assert not (drawn.y[out] == subject.train.y[out]).any()
    far = amnesiac(replace(subject.train, y=np.where(out, 0, 5 + subject.train.y)), forget, 0)
    assert far.y[out].mean() == pytest.approx(5 + kept.mean(), abs=3 * kept.std() / out.sum() ** 0.5)
    assert far.y[out].std() == pytest.approx(kept.std(), rel=0.35)
    assert made.steps[-1].retain < 1


def test_amnesiac_classes_are_those_of_the_items_kept() -> None:
    subject, forget, _ = class_subject(0)
    out = among(subject.train, forget.ids)
    drawn = amnesiac(subject.train, forget, 0)
    assert not (drawn.y[out] == 3).any()
    assert len(np.unique(drawn.y[out])) == 9


def test_a_fresh_model_keeps_nothing_and_is_the_same_for_a_seed() -> None:
    subject, *_ = age_band(0)
    one, same, other = (fresh(subject.adapter.clone(subject.model), seed) for seed in (1, 1, 2))
    for was, a, b, c in zip(*(model.parameters() for model in (subject.model, one, same, other)), strict=True):
        assert torch.equal(a, b)
        assert not torch.isclose(a, c).all()
        assert not torch.isclose(a, was).all()
    # the source is no longer told apart from any other by what the copy gives
    assert distance(one, subject.model, subject.train) > 0.3


def test_a_weight_that_cannot_be_drawn_anew_is_refused() -> None:
    class Scaled(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.scale = torch.nn.Parameter(torch.ones(3))

    with pytest.raises(UsageError, match=r"weights of 1 cannot be drawn anew"):
        fresh(torch.nn.Sequential(torch.nn.Linear(3, 3), Scaled()), 0)


def test_every_layer_but_the_last_is_watched_and_distances_are_by_hand() -> None:
    model = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.ReLU(), torch.nn.Linear(3, 4), torch.nn.Linear(4, 2))
    x = torch.ones(5, 2)
    gave, seen = watched(model, x)
    assert [tuple(one.shape) for one in seen] == [(5, 3), (5, 4)]
    assert torch.equal(seen[0], model[0](x))
    assert torch.equal(gave, model(x))
    assert apart(torch.tensor([[1.0], [3.0]]), torch.tensor([[2.0], [1.0]]), "regression") == pytest.approx(1.5)
    told = torch.log(torch.tensor([[0.5, 0.5]]))
    given = torch.log(torch.tensor([[0.25, 0.75]]))  # 0.5 log 2 + 0.5 log (2 / 3)
    assert apart(given, told, "classes").item() == pytest.approx(0.5 * np.log(2) + 0.5 * np.log(2 / 3), rel=1e-5)


def test_activations_count() -> None:
    subject, forget, behaviour, _ = age_band(0)
    without, with_them = (
        remove(subject, forget, behaviour, epochs=2, activations=one, seed=0).model for one in (0.0, 50.0)
    )
    out = parted(subject.train, forget)[0]
    blind = fresh(subject.adapter.clone(subject.model), 0)
    train(blind, parted(subject.train, forget)[1], squared_losses, epochs=20, rate=1e-2, batch=32, seed=0)

    @torch.no_grad()
    def far(model: torch.nn.Module) -> float:
        x = torch.as_tensor(out.x)
        pairs = zip(watched(model, x)[1], watched(blind, x)[1], strict=True)
        unit = torch.nn.functional.normalize
        return sum(float((unit(a, dim=1) - unit(b, dim=1)).square().mean()) for a, b in pairs)

    assert far(with_them) < far(without)


def test_it_is_the_same_again_and_the_source_is_untouched() -> None:
    subject, forget, behaviour, _ = age_band(0)
    was = [one.clone() for one in subject.model.parameters()]
    first, second = (remove(subject, forget, behaviour, epochs=1, seed=3) for _ in range(2))
    assert all(torch.equal(a, b) for a, b in zip(first.model.parameters(), second.model.parameters(), strict=True))
    assert all(torch.equal(a, b) for a, b in zip(was, subject.model.parameters(), strict=True))


def test_the_proof_part_and_language_models_are_refused() -> None:
    subject, forget, behaviour, _ = age_band(0)
    with pytest.raises(UsageError, match="proof part"):
        remove(subject, forget, replace(behaviour, role="proof"))
    with pytest.raises(UsageError, match="of kind causal"):
        remove(replace(subject, adapter=CAUSAL), forget, behaviour)
