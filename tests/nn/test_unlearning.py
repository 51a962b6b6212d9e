from __future__ import annotations

import numpy as np
import pytest
import torch

from headgate.errors import UsageError
from headgate.nn.adapters import CLASSES, class_losses
from headgate.nn.unlearning import PATIENCE, Pair, unlearn, utility
from headgate.repair.shapes import Adapter, Behaviour, ForgetSet, Subject
from tests.forgetting import point_subject, with_role


@pytest.fixture(scope="module")
def points() -> Subject:
    return point_subject()


def parts(subject: Subject) -> tuple[ForgetSet, Behaviour]:
    """The points of class 2 as what should go."""
    from headgate.repair.examples import take

    out = subject.train.y == 2
    ids = tuple(one for one, gone in zip(subject.train.ids, out, strict=True) if gone)
    return ForgetSet(ids, "asked for"), Behaviour("validation", take(subject.train, out), take(subject.train, ~out))


def ascend(model: torch.nn.Module, bad: Pair, good: Pair) -> torch.Tensor:
    return -class_losses(model, *bad).mean() - class_losses(model, *good).mean()


def keep(model: torch.nn.Module, bad: Pair, good: Pair) -> torch.Tensor:
    return class_losses(model, *good).mean() - 0.1 * class_losses(model, *bad).clamp(max=5).mean()


def test_it_goes_down_the_objective_and_leaves_the_source_alone(points: Subject) -> None:
    forget, behaviour = parts(points)
    before = {name: one.clone() for name, one in points.model.state_dict().items()}
    made = unlearn(points, forget, behaviour, keep, rate=1e-2, epochs=6, batch=10)
    assert all(torch.equal(one, before[name]) for name, one in points.model.state_dict().items())
    assert not made.collapsed
    assert [one.step for one in made.steps] == [1, 2, 3, 4, 5, 6]
    assert CLASSES.outcomes(made.model, behaviour.queries).mean() < 0.1
    assert utility(points, made.model, behaviour) > 0.95
    assert made.steps[-1].forget == pytest.approx(float(CLASSES.losses(made.model, behaviour.queries).mean()), rel=1e-5)
    assert made.steps[-1].utility == utility(points, made.model, behaviour)
    again = unlearn(points, forget, behaviour, keep, rate=1e-2, epochs=6, batch=10)
    assert all(torch.equal(one, made.model.state_dict()[name]) for name, one in again.model.state_dict().items())


def test_what_collapses_comes_back_as_the_last_state_over_the_floor(points: Subject) -> None:
    forget, behaviour = parts(points)
    made = unlearn(points, forget, behaviour, ascend, rate=1e-2, epochs=40, batch=10, floor=0.9)
    assert made.collapsed
    assert made.steps[-1].utility < 0.9
    assert len(made.steps) < 40
    assert [one.utility < 0.9 for one in made.steps][-PATIENCE:] == [True] * PATIENCE
    kept = utility(points, made.model, behaviour)
    assert kept >= 0.9 * utility(points, points.model, behaviour)
    # it was not thrown back to nothing: the forget items are less likely than they were
    assert (
        CLASSES.losses(made.model, behaviour.queries).mean()
        > 2 * CLASSES.losses(points.model, behaviour.queries).mean()
    )
    assert f"of {len(made.steps)} passes" in made.note


def test_a_dip_that_comes_back_is_no_collapse(points: Subject) -> None:
    forget, behaviour = parts(points)
    calls = 0

    def dipping(model: torch.nn.Module, bad: Pair, good: Pair) -> torch.Tensor:
        nonlocal calls
        calls += 1
        if calls in (6, 10):  # from within the second pass to within the third all is called class 2
            with torch.no_grad():
                model[-1].bias[2] += 1_000 if calls == 6 else -1_000
        return keep(model, bad, good)

    made = unlearn(points, forget, behaviour, dipping, rate=1e-3, epochs=4, batch=10, floor=0.9)
    assert [one.utility < 0.9 for one in made.steps] == [False, True, False, False]
    assert not made.collapsed
    assert utility(points, made.model, behaviour) >= 0.9


def test_losses_that_are_no_numbers_end_it(points: Subject) -> None:
    forget, behaviour = parts(points)

    def broken(model: torch.nn.Module, bad: Pair, good: Pair) -> torch.Tensor:
        return class_losses(model, *good).mean() * float("nan")

    made = unlearn(points, forget, behaviour, broken, rate=1e-2, epochs=5, batch=10)
    assert made.collapsed
    assert len(made.steps) == 1
    assert "after 0 of" in made.note
    for name, one in points.model.state_dict().items():
        assert torch.equal(one, made.model.state_dict()[name])


def test_it_refuses_the_proof_part_and_models_without_gradients(points: Subject) -> None:
    forget, behaviour = parts(points)
    with pytest.raises(UsageError, match="proof part"):
        unlearn(points, forget, with_role(behaviour, "proof"), keep, rate=1e-2, epochs=1)
    flat = Adapter("trees", CLASSES.outcomes, CLASSES.losses, CLASSES.features, CLASSES.clone)
    with pytest.raises(UsageError, match="of kind trees, without gradients"):
        unlearn(Subject("forest", points.model, points.train, flat), forget, behaviour, keep, rate=1e-2, epochs=1)
    assert np.isfinite(CLASSES.losses(points.model, points.train)).all()


@pytest.mark.parametrize(
    "wrong",
    [{"epochs": 0}, {"batch": 0}, {"rate": 0.0}, {"rate": float("nan")}, {"floor": float("nan")}, {"floor": 2.0}],
)
def test_settings_that_train_nothing_are_refused(points: Subject, wrong: dict[str, float]) -> None:
    forget, behaviour = parts(points)
    with pytest.raises(UsageError, match=rf"{next(iter(wrong))} .* out of range"):
        unlearn(points, forget, behaviour, keep, **{"rate": 1e-2, "epochs": 1, **wrong})  # type: ignore[arg-type]


def test_without_a_floor_too_no_model_comes_back_whose_weights_or_running_means_are_no_numbers() -> None:
    from dataclasses import replace

    subject = point_subject()
    layers = torch.nn.Sequential(torch.nn.BatchNorm1d(2), subject.model).eval()
    normed = replace(subject, model=layers)
    forget, behaviour = parts(normed)

    def broken(model: torch.nn.Module, bad: Pair, good: Pair) -> torch.Tensor:
        loss = keep(model, bad, good)
        model.get_submodule("0").running_var = torch.full((2,), float("nan"))
        return loss

    made = unlearn(normed, forget, behaviour, broken, rate=1e-3, epochs=1, batch=10, floor=0.0)
    assert made.collapsed
    assert all(bool(torch.isfinite(one).all()) for one in made.model.state_dict().values())
