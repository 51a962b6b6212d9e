from __future__ import annotations

import numpy as np
import pytest
import torch

from headgate.nn.diffusion import (
    LEVELS,
    Diffusion,
    LabelFilter,
    draw,
    fitted,
    inward,
    noised,
    velocity_losses,
)
from headgate.repair.examples import take
from headgate.synthetic.drawn import drawn
from tests.drawn_models import models


class Perfect(torch.nn.Module):
    """Knows the one picture there is, and gives its velocity exactly."""

    def __init__(self, picture: torch.Tensor) -> None:
        super().__init__()
        self.picture = picture

    def forward(self, noisy: torch.Tensor, level: torch.Tensor, _: torch.Tensor) -> torch.Tensor:
        clear, rough = noised(torch.ones(len(noisy), 1), level, torch.zeros(len(noisy), 1))
        noise = (noisy - clear * self.picture) / -rough  # the velocity of picture 1 without noise is -sin
        return clear * noise - -rough * self.picture


def test_a_noisy_picture_and_its_velocity_lie_on_a_circle_with_picture_and_noise() -> None:
    picture, noise = torch.randn(5, 64), torch.randn(5, 64)
    level = torch.tensor([0, 10, 50, 90, LEVELS - 1])
    noisy, velocity = noised(picture, level, noise)
    assert torch.allclose(noisy**2 + velocity**2, picture**2 + noise**2, atol=1e-4)
    assert torch.allclose(noisy[0], picture[0], atol=0.1)
    assert torch.allclose(noisy[-1], noise[-1], atol=0.05)


def test_a_perfect_model_draws_its_picture_from_any_noise() -> None:
    picture = torch.rand(64) * 2 - 1
    found = draw(Perfect(picture), torch.zeros(4, dtype=torch.int64), torch.randn(4, 64))
    assert torch.allclose(found, picture.expand(4, -1), atol=1e-3)


def test_the_loss_of_a_perfect_model_is_nought_and_in_eval_mode_the_same_alone_and_in_company() -> None:
    digits = drawn(0).train
    x, y = torch.from_numpy(digits.x[:6]), torch.from_numpy(digits.y[:6])
    perfect = Perfect(inward(x[:1])[0]).eval()
    assert velocity_losses(perfect, x[:1], y[:1]).item() < 1e-6
    assert velocity_losses(perfect, x[1:], y[1:]).min() > 0.01
    model = Diffusion(seed=0).eval()
    together = velocity_losses(model, x, y)
    alone = torch.cat([velocity_losses(model, x[n : n + 1], y[n : n + 1]) for n in range(6)])
    assert torch.allclose(together, alone, rtol=1e-5)
    model.train()
    assert not torch.equal(velocity_losses(model, x, y), velocity_losses(model, x, y))


def test_gradients_of_single_items_can_be_taken_all_at_once() -> None:
    digits, model = drawn(0).train, Diffusion(seed=0).eval()
    weights = dict(model.named_parameters())

    def loss(weights: dict[str, torch.Tensor], x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        def given(*arguments: torch.Tensor) -> torch.Tensor:
            return torch.func.functional_call(model, weights, arguments)

        given.training = False  # type: ignore[attr-defined]
        return velocity_losses(given, x[None], y[None])[0]  # type: ignore[arg-type]

    x, y = torch.from_numpy(digits.x[:3]), torch.from_numpy(digits.y[:3])
    rows = torch.func.vmap(torch.func.grad(loss), (None, 0, 0))(weights, x, y)
    velocity_losses(model, x[1:2], y[1:2]).sum().backward()
    assert torch.allclose(rows["leave.weight"][1], model.leave.weight.grad, atol=1e-5)


def test_one_seed_gives_one_model_and_another_seed_another() -> None:
    items = take(drawn(0).train, range(100))
    first, again, other = (fitted(items, seed, epochs=1).state_dict() for seed in (0, 0, 1))
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not torch.equal(first["leave.weight"], other["leave.weight"])


def test_training_brings_the_loss_on_held_out_digits_down() -> None:
    trained, held = models().subject, models().digits.held
    fresh = trained.adapter.losses(Diffusion(seed=0), held).mean()
    now = trained.adapter.losses(trained.model, held).mean()
    assert now < 0.35 < 0.8 < fresh


def test_a_label_filter_answers_another_class_and_any_condition() -> None:
    model = models().subject.model
    layer = LabelFilter(model, (3, 5), 9)
    y, noise = torch.tensor([0, 3, 5, 9]), torch.from_numpy(np.random.default_rng(0).standard_normal((4, 64))).float()
    assert torch.equal(draw(layer, y, noise), draw(model, torch.tensor([0, 9, 9, 9]), noise))
    condition = model.conditions.weight[3].detach().expand(4, -1)
    level = torch.full((4,), 50)
    assert torch.equal(layer.at(noise, level, condition), model(noise, level, torch.full((4,), 3)))
    assert layer.conditions is model.conditions


def test_pictures_go_inward_from_0_and_1_to_both_ends() -> None:
    assert inward(torch.tensor([[[[0.0, 0.5, 1.0]]]])).tolist() == [[-1.0, 0.0, 1.0]]
    with pytest.raises(RuntimeError):
        inward(torch.zeros(2, 1, 8, 8)) + torch.zeros(2, 63)


def test_the_loss_in_eval_mode_is_the_mean_over_eight_levels_from_low_to_high() -> None:
    seen: list[int] = []

    class Silent(torch.nn.Module):
        def forward(self, noisy: torch.Tensor, level: torch.Tensor, _: torch.Tensor) -> torch.Tensor:
            seen.append(int(level[0]))
            return torch.zeros_like(noisy)

    x = torch.full((2, 1, 8, 8), 0.5)  # flat grey: the velocity is cos(a) noise, and nothing else
    found = velocity_losses(Silent().eval(), x, torch.zeros(2, dtype=torch.int64))
    assert seen == [6, 18, 31, 43, 56, 68, 81, 93]
    shares = np.cos((np.asarray(seen) + 1) / LEVELS * np.pi / 2 * 0.998) ** 2
    assert found.tolist() == pytest.approx([shares.mean()] * 2, rel=0.2)  # 64 draws of noise at each
