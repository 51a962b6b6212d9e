from __future__ import annotations

import copy

import pytest
import torch
from torch import nn

from headgate.errors import UsageError
from headgate.nn.causal import CAUSAL
from headgate.nn.low_rank import low_rank, merged
from headgate.nn.tiny_llama import tiny_llama
from headgate.remove import npo
from tests.facts import known


def logits(model: nn.Module) -> torch.Tensor:
    with torch.no_grad():
        found: torch.Tensor = model(input_ids=torch.arange(10)[None]).logits
    return found


def trained(model: nn.Module) -> nn.Module:
    """Three steps on the weights that are to be trained."""
    optimiser = torch.optim.SGD([one for one in model.parameters() if one.requires_grad], 0.5)
    for _ in range(3):
        optimiser.zero_grad()
        model(input_ids=torch.arange(10)[None], labels=torch.arange(10)[None]).loss.backward()
        optimiser.step()
    return model


def test_it_answers_as_before_until_it_is_trained_and_when_merged_as_trained() -> None:
    source = tiny_llama(40, width=16, layers=2, heads=2, seed=1)
    adapted = low_rank(copy.deepcopy(source), 3)
    assert torch.equal(logits(adapted), logits(source))
    trained(adapted)
    after = logits(adapted)
    assert not torch.allclose(after, logits(source), atol=1e-3)
    plain = merged(adapted)
    assert torch.allclose(logits(plain), after, atol=1e-5)
    assert {name: one.shape for name, one in plain.state_dict().items()} == {
        name: one.shape for name, one in source.state_dict().items()
    }
    assert all(one.requires_grad for one in plain.parameters())


def test_changes_have_the_rank_and_nothing_else_changes() -> None:
    source = tiny_llama(40, width=16, layers=1, heads=2, seed=1)
    changed = merged(trained(low_rank(copy.deepcopy(source), 2))).state_dict()
    for name, one in source.state_dict().items():
        apart = changed[name] - one
        if "proj" in name:
            assert int(torch.linalg.matrix_rank(apart.double(), rtol=1e-4)) == 2
        else:
            assert not apart.any()


def test_only_the_adapters_are_trained_and_they_are_few() -> None:
    model = low_rank(tiny_llama(1_500), 4)
    free = {name for name, one in model.named_parameters() if one.requires_grad}
    assert {name.rsplit(".", 1)[1] for name in free} == {"up", "down"}
    assert sum(one.numel() for one in model.parameters() if one.requires_grad) < 0.08 * 684_416


def test_the_seed_draws_them_and_shared_weights_are_left_alone() -> None:
    source = tiny_llama(40, width=16, layers=1, heads=2)
    first, same, other = (low_rank(copy.deepcopy(source), 2, seed=seed).state_dict() for seed in (1, 1, 2))
    names = [name for name in first if name.endswith("down")]
    assert len(names) == 7  # q, k, v, o, gate, up and down projections: not the output, which is the embedding
    assert all(torch.equal(first[name], same[name]) and not torch.equal(first[name], other[name]) for name in names)


def test_a_removal_trains_adapters_alone_and_gives_back_a_plain_model() -> None:
    given = known()
    found = npo.remove(given.subject, given.forget, given.parts["validation"], rank=4, rate=1e-2, batch=4, floor=0.8)
    states = given.subject.model.state_dict(), found.model.state_dict()
    assert set(states[0]) == set(states[1])
    for name, one in states[0].items():
        assert bool((one != states[1][name]).any()) == ("proj" in name)
    forgotten = [CAUSAL.outcomes(one, given.subject.train)[:8].mean() for one in (given.subject.model, found.model)]
    assert forgotten[1] < 0.8 * forgotten[0]


@pytest.mark.parametrize(("model", "rank"), [(nn.Linear(2, 2), 1), (nn.Sequential(nn.Linear(2, 2)), 0)])
def test_nothing_to_adapt_is_one_line(model: nn.Module, rank: int) -> None:
    with pytest.raises(UsageError, match=rf"rank {rank} for \d linear layers"):
        low_rank(model, rank)


def test_a_layer_in_two_places_is_left_alone() -> None:
    class Twice(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.one = nn.Linear(4, 4)
            self.same = self.one
            self.last = nn.Linear(4, 2)

        def forward(self, given: torch.Tensor) -> torch.Tensor:
            found: torch.Tensor = self.last(self.same(self.one(given)))
            return found

    model = low_rank(Twice(), 2)
    for name, one in model.named_parameters():
        if name.endswith(".up"):
            one.data.normal_()
    x = torch.ones(3, 4)
    with torch.no_grad():
        before = model(x)
        assert torch.allclose(merged(model)(x), before, atol=1e-5)
    assert model.one is model.same
