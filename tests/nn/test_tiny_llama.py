from __future__ import annotations

import torch

from headgate.nn.causal import CAUSAL
from headgate.nn.tiny_llama import END, byte_pairs, fit, tiny_llama
from headgate.repair.questions import asked
from tests.facts import FORGOTTEN, known, pairs


def test_it_learns_what_it_is_shown_and_nothing_else() -> None:
    given = known()
    count = 4 * FORGOTTEN
    assert CAUSAL.outcomes(given.subject.model, given.subject.train).min() > 0.8
    found = CAUSAL.outcomes(given.retrained, given.subject.train)
    assert found[:count].mean() < 0.2
    assert found[count:].min() > 0.6


def test_the_size_that_is_promised() -> None:
    assert round(sum(one.numel() for one in tiny_llama(1_500).parameters()), -4) == 680_000


def test_any_bytes_come_back() -> None:
    tokeniser = byte_pairs(["some words"], size=300)
    for words in ("Ünïcode \u2028 and 漢字", "\ttabs", ""):
        assert tokeniser.decode(tokeniser.encode(words)) == words
    assert len(tokeniser) <= 300
    assert tokeniser.eos_token == END
    assert tokeniser.encode("a")[-1] != tokeniser.eos_token_id


def test_the_same_seed_gives_the_same_model_and_leaves_torch_as_it_was() -> None:
    items = asked(pairs()[:4], byte_pairs([one.answer for one in pairs()], size=300))
    before = torch.random.get_rng_state()
    models = [tiny_llama(300, width=16, layers=1, heads=2, seed=seed) for seed in (3, 3, 4)]
    for model in models:
        fit(model, items, epochs=2, seed=5)
    first, same, other = ([one.detach() for one in model.parameters()] for model in models)
    assert all(torch.equal(a, b) for a, b in zip(first, same, strict=True))
    assert not all(torch.equal(a, b) for a, b in zip(first, other, strict=True))
    assert torch.equal(before, torch.random.get_rng_state())


def test_copies_are_kept_on_the_way() -> None:
    items = asked(pairs()[:4], byte_pairs([one.answer for one in pairs()], size=300))
    model = tiny_llama(300, width=16, layers=1, heads=2)
    kept = fit(model, items, epochs=3, keep=(1, 3))
    assert [round(CAUSAL.losses(one.model, items).mean(), 6) for one in kept][1] == round(
        CAUSAL.losses(model, items).mean(), 6
    )
    assert not torch.equal(kept[0].model.lm_head.weight, model.lm_head.weight)
