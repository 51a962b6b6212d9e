from __future__ import annotations

import numpy as np
import pytest
import torch

from headgate.errors import UsageError
from headgate.nn.condition_search import Asked, exemplar_aims, misfit, search, teacher_aims
from headgate.nn.diffusion import Diffusion, inward
from headgate.nn.pictures import drawings, wishes
from headgate.repair.examples import parted
from tests.drawn_models import ERASED, models


def exemplars() -> torch.Tensor:
    m = models()
    return inward(torch.from_numpy(parted(m.digits.train, m.digits.forget)[0].x))


def test_the_gradient_of_the_misfit_is_what_differences_say() -> None:
    model = Diffusion(seed=3).double().eval()
    noisy, level, wanted = exemplar_aims(exemplars())(torch.Generator().manual_seed(0))
    noisy, wanted = noisy.double(), wanted.double()
    condition = torch.randn(2, 16, dtype=torch.float64, requires_grad=True)
    (gradient,) = torch.autograd.grad(misfit(model, condition, noisy, level, wanted).sum(), condition)
    step = 1e-6
    for row, column in ((0, 0), (0, 7), (1, 3), (1, 15)):
        nudge = torch.zeros_like(condition)
        nudge[row, column] = step
        with torch.no_grad():
            up, down = (misfit(model, condition + way * nudge, noisy, level, wanted).sum() for way in (1, -1))
        assert torch.isclose((up - down) / (2 * step), gradient[row, column], rtol=1e-4, atol=1e-9)
    assert torch.autograd.gradcheck(lambda c: misfit(model, c, noisy[:4], level[:4], wanted[:4]), condition)


def test_the_misfit_of_several_conditions_is_that_of_each() -> None:
    model = models().subject.model
    aim = exemplar_aims(exemplars())(torch.Generator().manual_seed(1))
    table = model.conditions.weight.detach()[:3]
    together = misfit(model, table, *aim)
    each = torch.cat([misfit(model, table[n : n + 1], *aim) for n in range(3)])
    assert torch.allclose(together, each, rtol=1e-5)
    by_label = (model(aim[0], aim[1], torch.full_like(aim[1], 2)) - aim[2]).square().mean()
    assert torch.isclose(together[2], by_label, rtol=1e-5)


def test_a_search_finds_the_class_that_the_model_knows_and_repeats_itself() -> None:
    m = models()
    model = m.subject.adapter.clone(m.subject.model)
    before = {name: one.clone() for name, one in model.state_dict().items()}
    start, found = search(model, exemplar_aims(exemplars()), budgets=(0, 100), seed=1)
    (again,) = search(model, exemplar_aims(exemplars()), budgets=(100,), seed=1)
    proof = m.digits.parts["proof"].queries
    assert m.subject.adapter.outcomes(start, proof).mean() < 0.5
    assert m.subject.adapter.outcomes(found, proof).mean() > 0.7
    assert torch.equal(found.condition, again.condition)
    assert all(torch.equal(one, before[name]) for name, one in model.state_dict().items())


def test_a_condition_stays_within_the_ball_of_the_table() -> None:
    model = models().subject.model
    (found,) = search(model, exemplar_aims(exemplars()), budgets=(20,), rate=5.0)
    longest = model.conditions.weight.norm(dim=1).max()
    assert found.condition.norm() <= longest * 1.0001


def test_a_teacher_is_aimed_at_for_its_class() -> None:
    m = models()
    noisy, level, wanted = teacher_aims(m.subject.model, 5, exemplars())(torch.Generator().manual_seed(0))
    assert torch.equal(wanted, m.subject.model(noisy, level, torch.full_like(level, 5)).detach())
    assert not wanted.requires_grad


def test_a_model_that_is_asked_by_a_row_of_its_table_draws_that_class() -> None:
    model = models().subject.model
    asked = Asked(model, model.conditions.weight[ERASED])
    zeros, threes = (wishes(np.full(5, y), models().digits.held, "same") for y in (0, ERASED))
    assert np.allclose(drawings(asked, zeros), drawings(model, threes), atol=1e-6)


def test_no_search_at_all_is_refused() -> None:
    model = models().subject.model
    for wrong in ({"starts": 0}, {"budgets": (-1,)}, {"rate": float("nan")}):
        with pytest.raises(UsageError, match="is none"):
            search(model, exemplar_aims(exemplars()), **{"budgets": (1,), **wrong})  # type: ignore[arg-type]
