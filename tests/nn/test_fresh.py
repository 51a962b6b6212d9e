from __future__ import annotations

import pytest
import torch
from torch import nn

from headgate.errors import UsageError
from headgate.nn.fresh import fresh, towards
from headgate.nn.networks import convolutional
from headgate.nn.tiny_llama import tiny_llama


@pytest.mark.parametrize("hub", [True, False])
def test_weights_are_drawn_anew_from_the_seed(hub: bool) -> None:
    model = tiny_llama(40, width=16, layers=1, heads=2, seed=9) if hub else convolutional((1, 8, 8), 3, seed=9)
    before = [one.clone() for one in model.state_dict().values()]
    state = torch.random.get_rng_state()
    first, same, other = (fresh(model, seed=seed).state_dict() for seed in (1, 1, 2))
    assert torch.equal(state, torch.random.get_rng_state())
    assert all(torch.equal(a, b) for a, b in zip(before, model.state_dict().values(), strict=True))
    for name, one in model.state_dict().items():
        assert torch.equal(first[name], same[name])
        if one.ndim > 1:
            assert not torch.equal(first[name], other[name])
            assert not torch.equal(first[name], one)
            assert float(first[name].std()) == pytest.approx(float(one.std()), rel=0.3)
    if hub:
        assert torch.equal(first["lm_head.weight"], first["model.embed_tokens.weight"])


def test_a_share_of_the_way() -> None:
    model, aim = nn.Linear(3, 2), nn.Linear(3, 2)
    begin, end = model.weight.detach().clone(), aim.weight.detach().clone()
    towards(model, aim, 0.25)
    assert torch.allclose(model.weight, 0.75 * begin + 0.25 * end)
    assert torch.equal(aim.weight, end)
    towards(model, aim, 1.0)
    assert torch.allclose(model.weight, end)


def test_shared_weights_move_once_and_running_means_move_too() -> None:
    model = tiny_llama(40, width=16, layers=1, heads=2)
    aim, begin = fresh(model, seed=3), model.lm_head.weight.detach().clone()
    towards(model, aim, 0.5)
    assert torch.allclose(model.lm_head.weight, (begin + aim.lm_head.weight) / 2, atol=1e-6)  # type: ignore[union-attr]
    norm, other = nn.BatchNorm1d(2), nn.BatchNorm1d(2)
    other.running_mean += 4  # type: ignore[operator]
    towards(norm, other, 0.5)
    assert norm.running_mean.tolist() == [2, 2]  # type: ignore[union-attr, operator]


def test_attention_is_drawn_anew_too_and_what_cannot_be_is_one_line() -> None:
    attention = nn.MultiheadAttention(4, 2)
    assert not torch.equal(fresh(attention).in_proj_weight, attention.in_proj_weight)  # type: ignore[arg-type]

    class Own(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inside, self.own = nn.Linear(2, 2), nn.Parameter(torch.ones(3))

    with pytest.raises(UsageError, match="Own has weights and no reset_parameters"):
        fresh(Own())
