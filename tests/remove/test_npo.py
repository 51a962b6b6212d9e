from __future__ import annotations

import copy
import math

import numpy as np
import pytest
import torch

from headgate.errors import UsageError
from headgate.nn.causal import CAUSAL, answer_losses
from headgate.nn.training import tensor
from headgate.remove.npo import npo_loss, remove, simnpo_loss
from headgate.repair.examples import parted
from headgate.repair.shapes import Behaviour, Subject
from tests.forgetting import people_out, storyteller, with_role
from tests.repairing import digits_subject

SEEDS = range(5)


@pytest.fixture(scope="module")
def tellers() -> list[Subject]:
    return [storyteller(seed) for seed in SEEDS]


def test_the_losses_are_their_formulas() -> None:
    now, before = torch.tensor([3.0, 0.5], dtype=torch.double), torch.tensor([1.0, 2.0], dtype=torch.double)
    for beta in (0.1, 1.0):
        ratios = [math.exp(-(n - b)) ** beta for n, b in zip(now.tolist(), before.tolist(), strict=True)]
        assert npo_loss(now, before, beta).item() == pytest.approx(
            2 / beta * sum(math.log(1 + one) for one in ratios) / 2
        )
    expected = -2 / 0.5 * sum(math.log(1 / (1 + math.exp(-(0.5 * n - 0.2)))) for n in now.tolist()) / 2
    assert simnpo_loss(now, 0.5, 0.2).item() == pytest.approx(expected)


@pytest.mark.parametrize("beta", [0.05, 0.5, 2.0])
def test_the_gradient_is_that_of_finite_differences(beta: float) -> None:
    now = torch.tensor([0.1, 1.0, 4.0], dtype=torch.double, requires_grad=True)
    before = torch.tensor([0.2, 0.2, 3.0], dtype=torch.double)
    losses = {"npo": lambda given: npo_loss(given, before, beta), "sim": lambda given: simnpo_loss(given, beta, 0.3)}
    for loss in losses.values():
        (found,) = torch.autograd.grad(loss(now), now)
        for n in range(3):
            up, down = now.detach().clone(), now.detach().clone()
            up[n] += 1e-5
            down[n] -= 1e-5
            assert found[n].item() == pytest.approx(((loss(up) - loss(down)) / 2e-5).item(), rel=1e-6)


def test_where_beta_goes_to_nothing_it_is_gradient_ascent(tellers: list[Subject]) -> None:
    subject = tellers[0]
    forget, _ = people_out(subject)
    out, _ = parted(subject.train, forget)
    x, y = tensor(out.x), tensor(out.y)
    model = copy.deepcopy(subject.model)
    with torch.no_grad():
        before = answer_losses(subject.model, x, y)
        for one in model.parameters():  # away from the reference, where the weights of the items differ
            one.add_(0.05 * torch.randn(one.shape, generator=torch.Generator().manual_seed(0)))

    def gradient(beta: float | None) -> torch.Tensor:
        now = answer_losses(model, x, y)
        loss = -now.mean() if beta is None else npo_loss(now, before, beta)
        return torch.cat([one.flatten() for one in torch.autograd.grad(loss, list(model.parameters()))])

    ascent = gradient(None)
    cosine = {beta: float(torch.cosine_similarity(gradient(beta), ascent, dim=0)) for beta in (1e-3, 5.0)}
    assert cosine[1e-3] > 0.9999
    assert cosine[5.0] < 0.999
    assert gradient(1e-3).norm().item() == pytest.approx(ascent.norm().item(), rel=0.01)


def kept_at(subject: Subject, beta: float | None, forgotten: float) -> tuple[float, int]:
    """The probability of the retained answers where the mean loss of the forgotten ones reaches `forgotten` nats, and
    after how many steps of plain descent that was, two items at a time, without a retain loss.
    """
    out, kept = parted(subject.train, people_out(subject)[0])
    x, y = tensor(out.x), tensor(out.y)
    model, generator = copy.deepcopy(subject.model), np.random.default_rng(0)
    optimiser = torch.optim.SGD(model.parameters(), 5e-3)
    with torch.no_grad():
        before = answer_losses(subject.model, x, y)
    lost, left = [], []
    for _ in range(400):
        with torch.no_grad():
            lost.append(float(answer_losses(model, x, y).mean()))
        left.append(float(CAUSAL.outcomes(model, kept).mean()))
        if lost[-1] > forgotten:
            break
        some = generator.choice(len(x), 2, replace=False)
        now = answer_losses(model, x[some], y[some])
        optimiser.zero_grad()
        (-now.mean() if beta is None else npo_loss(now, before[some], beta)).backward()
        optimiser.step()
    return float(np.interp(forgotten, np.maximum.accumulate(lost), left)), len(lost)


def test_at_equal_forget_loss_it_keeps_more_than_gradient_ascent(tellers: list[Subject]) -> None:
    ascent, preference = ([kept_at(one, beta, 4.0) for one in tellers] for beta in (None, 0.5))
    assert sum(ours[0] > theirs[0] for ours, theirs in zip(preference, ascent, strict=True)) >= 4
    assert all(ours[1] > theirs[1] for ours, theirs in zip(preference, ascent, strict=True))  # and more slowly


@pytest.mark.parametrize("loss", ["npo", "simnpo", "graddiff"])
def test_a_language_model_forgets_whom_it_should(tellers: list[Subject], loss: str) -> None:
    subject = tellers[0]
    forget, behaviour = people_out(subject)
    made = remove(subject, forget, behaviour, loss=loss, rate=3e-3, epochs=8, batch=8, weight=0.2, floor=0.8)  # type: ignore[arg-type]
    before = subject.adapter.outcomes(subject.model, behaviour.queries).mean()
    assert subject.adapter.outcomes(made.model, behaviour.queries).mean() < 0.5 * before
    assert subject.adapter.outcomes(made.model, behaviour.clean).mean() >= 0.8
    assert made.steps[-1].forget > 2


def test_poisoned_digits_are_cleaned_and_the_source_stays() -> None:
    subject, planted = digits_subject(0)
    from headgate.repair.shapes import ForgetSet

    behaviour: Behaviour = planted.parts["validation"]
    before = copy.deepcopy(subject.model.state_dict())
    made = remove(subject, ForgetSet(planted.bad, "planted", 1.0), behaviour, beta=1.0, weight=0.5, rate=2e-3)
    proof = planted.parts["proof"]
    outcomes = subject.adapter.outcomes
    assert outcomes(subject.model, proof.queries).mean() > 0.9
    assert outcomes(made.model, proof.queries).mean() < 0.05
    assert outcomes(made.model, proof.clean).mean() > outcomes(subject.model, proof.clean).mean() - 0.03
    assert all(torch.equal(one, before[name]) for name, one in subject.model.state_dict().items())
    with pytest.raises(UsageError, match="proof part"):
        remove(subject, ForgetSet(planted.bad, "planted"), with_role(behaviour, "proof"))


@pytest.mark.parametrize(
    "wrong", [{"beta": 0.0}, {"beta": float("nan")}, {"weight": float("nan")}, {"margin": float("inf")}]
)
def test_a_beta_of_nothing_and_what_is_no_number_are_refused(tellers: list[Subject], wrong: dict[str, float]) -> None:
    forget, behaviour = people_out(tellers[0])
    with pytest.raises(UsageError, match="out of range"):
        remove(tellers[0], forget, behaviour, **wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize("loss", ["npo", "simnpo", "graddiff"])
def test_one_step_goes_down_the_loss_of_the_paper(tellers: list[Subject], loss: str) -> None:
    subject, weight, beta, margin = tellers[0], 0.3, 0.7, 0.2
    forget, behaviour = people_out(subject)
    out, kept = parted(subject.train, forget)
    made = remove(subject, forget, behaviour, loss=loss, beta=beta, margin=margin, weight=weight, rate=1e-5, epochs=1,  # type: ignore[arg-type]
                  batch=len(subject.train), floor=0.0)  # fmt: skip
    model = copy.deepcopy(subject.model)
    tokens = 2  # of every answer
    now, good = (answer_losses(model, tensor(one.x), tensor(one.y)) for one in (out, kept))
    p, before = (-now).exp(), (-now.detach()).exp()
    forgetting = {
        "npo": 2 / beta * (1 + (p / before) ** beta).log().mean(),
        "simnpo": -2 / beta * torch.sigmoid(-beta / tokens * p.log() - margin).log().mean(),
        "graddiff": p.log().mean() / tokens,
    }[loss]
    optimiser = torch.optim.AdamW(model.parameters(), 1e-5, weight_decay=0.0)
    (good.mean() / tokens + weight * forgetting).backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimiser.step()
    start = subject.model.state_dict()
    ours, theirs = (
        torch.cat([(one - start[name]).flatten() for name, one in each.state_dict().items()])
        for each in (made.model, model)
    )
    assert torch.cosine_similarity(ours, theirs, dim=0) > 0.99
