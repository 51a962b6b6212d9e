from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from headgate import catalog
from headgate.errors import UsageError
from headgate.remove import finetune, npo, ssd
from headgate.repair.examples import take
from headgate.repair.shapes import Behaviour, ForgetSet, Removal, Subject
from headgate.repair.trials import drawn, search, stepped
from tests.forgetting import point_subject, with_role


def toy() -> tuple[Subject, ForgetSet, Behaviour]:
    subject = point_subject()
    out = subject.train.y == 2
    forget = ForgetSet(tuple(np.asarray(subject.train.ids)[out].tolist()), "asked for")
    return subject, forget, Behaviour("validation", take(subject.train, out), take(subject.train, ~out))


def test_it_takes_the_lowest_behaviour_of_those_that_keep_the_utility() -> None:
    subject, forget, behaviour = toy()
    removal, trials = search(subject, forget, behaviour, "npo", budget=6, seed=1, fixed={"epochs": 2, "batch": 10})
    assert len(trials) == 6
    source = subject.adapter.outcomes(subject.model, behaviour.clean).mean()
    allowed = [one for one in trials if one.utility >= source - 0.02]
    taken = [one for one in trials if one.taken]
    assert len(taken) == 1
    assert round(taken[0].behaviour, 2) == min(round(one.behaviour, 2) for one in allowed)
    assert taken[0].behaviour == subject.adapter.outcomes(removal.model, behaviour.queries).mean()
    assert taken[0].utility == subject.adapter.outcomes(removal.model, behaviour.clean).mean()
    assert all(one.seconds > 0 for one in trials)
    assert all(bool(one.why) != one.taken for one in trials)
    assert {one.settings["epochs"] for one in trials} == {2}
    first = trials[0].settings
    assert (first["rate"], first["weight"], first["beta"], first["seed"]) == (1e-3, 1.0, 0.1, 1)
    assert len({one.settings["rate"] for one in trials}) == 6
    for one in trials[1:]:
        assert npo.SEARCH["rate"][0] <= one.settings["rate"] <= npo.SEARCH["rate"][1]  # type: ignore[operator]
        assert one.settings["beta"] in npo.SEARCH["beta"]
    _, again = search(subject, forget, behaviour, "npo", budget=6, seed=1, fixed={"epochs": 2, "batch": 10})
    assert [one.settings for one in again] == [one.settings for one in trials]


def test_of_equals_it_takes_the_highest_utility(monkeypatch: pytest.MonkeyPatch) -> None:
    subject, forget, behaviour = toy()
    _scripted(monkeypatch, [(0.5, 1.0), (0.301, 0.99), (0.304, 1.0), (0.0, 0.9)])
    _, trials = search(subject, forget, behaviour, "finetune", budget=4, drop=0.02)
    assert [one.taken for one in trials] == [False, False, True, False]
    assert [one.why for one in trials] == ["another does it less"] * 2 + ["", "lost more than 0.02 of utility"]


def test_where_all_lose_too_much_the_source_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    subject, forget, behaviour = toy()
    _scripted(monkeypatch, [(0.0, 0.5)] * 3)
    removal, trials = search(subject, forget, behaviour, "finetune", budget=3)
    assert removal.collapsed
    assert "none of 3 trials" in removal.note
    assert not any(one.taken for one in trials)
    assert removal.model is not subject.model
    for name, one in subject.model.state_dict().items():
        assert torch.equal(one, removal.model.state_dict()[name])


class _Scripted(torch.nn.Module):
    """Answers class 2 on the given share of its points, and the right one on a share of the others."""

    def __init__(self, rates: tuple[float, float]) -> None:
        super().__init__()
        self.rates = rates


def _scripted(monkeypatch: pytest.MonkeyPatch, rates: list[tuple[float, float]]) -> None:
    """Have each removal give the next of `rates`: behaviour, and utility."""
    from headgate.repair import trials

    left = iter(rates)
    monkeypatch.setattr(catalog, "load", lambda _: lambda *_a, **_b: Removal(_Scripted(next(left))))
    means = trials.means
    monkeypatch.setattr(trials, "means", lambda s, m, b: m.rates if isinstance(m, _Scripted) else means(s, m, b))


def test_a_method_without_settings_is_tried_once() -> None:
    subject, forget, behaviour = toy()
    removal, trials = search(subject, forget, behaviour, "retrain", budget=5, seed=3)
    assert len(trials) == 1
    assert trials[0].taken
    assert trials[0].settings == {"seed": 3}
    assert subject.adapter.outcomes(removal.model, behaviour.queries).mean() == 0


@pytest.mark.parametrize("module", [npo, ssd, finetune], ids=lambda one: one.__name__)
def test_draws_stay_in_the_space_and_steps_near(module: object) -> None:
    space = module.SEARCH  # type: ignore[attr-defined]
    generator = np.random.default_rng(0)
    draws = [drawn(space, generator) for _ in range(300)]
    for flag, some in space.items():
        values = np.array([one[flag] for one in draws], float)
        if isinstance(some, tuple):
            assert some[0] <= values.min() < some[0] * (some[1] / some[0]) ** 0.05
            assert some[1] >= values.max() > some[0] * (some[1] / some[0]) ** 0.95
            middle = (some[0] * some[1]) ** 0.5
            assert 0.4 < np.mean(values < middle) < 0.6  # even on a logarithmic scale
            near = np.array([stepped(space, {**draws[0], flag: middle}, generator)[flag] for _ in range(300)], float)
            places = np.log(near / middle) / np.log(some[1] / some[0])
            assert 0.12 < places.std() < 0.18
        else:
            assert set(values) == set(map(float, some))
    assert drawn({"steps": (2, 200)}, np.random.default_rng(1))["steps"] == round(
        2 * 100 ** np.random.default_rng(1).uniform()
    )


def test_it_refuses_no_budget_and_other_parts() -> None:
    subject, forget, behaviour = toy()
    for part, budget in ((behaviour, 0), (with_role(behaviour, "query"), 3), (with_role(behaviour, "proof"), 3)):
        with pytest.raises(UsageError, match=r"part"):
            search(subject, forget, part, "npo", budget=budget)
    with pytest.raises(UsageError, match="remove has no method"):
        search(replace(subject), forget, behaviour, "nop")


def test_what_gives_no_numbers_is_never_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    subject, forget, behaviour = toy()
    nan = float("nan")
    _scripted(monkeypatch, [(nan, nan), (0.4, 1.0), (0.1, nan), (nan, 1.0)])
    _, trials = search(subject, forget, behaviour, "finetune", budget=4)
    assert [one.taken for one in trials] == [False, True, False, False]
    assert {trials[n].why for n in (0, 2, 3)} == {"gives no numbers"}


def test_steps_go_on_from_the_best_of_those_that_keep_the_utility(monkeypatch: pytest.MonkeyPatch) -> None:
    from headgate.repair import trials as module

    subject, forget, behaviour = toy()
    nan = float("nan")
    _scripted(monkeypatch, [(nan, 1.0), (0.0, 0.5), (0.3, 0.99), (0.5, 1.0), (0.1, 1.0), (0.2, 1.0), (0.2, 1.0)])
    begun: list[object] = []
    near = module.stepped
    monkeypatch.setattr(module, "stepped", lambda space, at, generator: begun.append(at) or near(space, at, generator))
    _, ledger = search(subject, forget, behaviour, "finetune", budget=7)
    first = {flag: ledger[2].settings[flag] for flag in finetune.SEARCH}
    assert len(begun) == 3  # the defaults, three draws, three steps
    assert {flag: begun[0][flag] for flag in first} == first  # type: ignore[index]
    assert [one["rate"] for one in begun[1:]] == [ledger[4].settings["rate"]] * 2  # type: ignore[index]


def test_what_may_be_lost_is_counted_in_points_and_seeds_draw_other_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    subject, forget, behaviour = toy()
    from headgate.repair import trials as module

    monkeypatch.setattr(module, "means", lambda s, m, b: m.rates if isinstance(m, _Scripted) else (1.0, 0.5))
    monkeypatch.setattr(catalog, "load", lambda _: lambda *_a, **_b: Removal(_Scripted((0.1, 0.485))))
    _, first = search(subject, forget, behaviour, "finetune", budget=3, drop=0.02)
    assert first[0].taken  # 0.485 is 3 % less than 0.5, and 1.5 points
    _, other = search(subject, forget, behaviour, "finetune", budget=3, drop=0.02, seed=1)
    assert first[1].settings["rate"] != other[1].settings["rate"]


def test_choices_are_redrawn_now_and_then() -> None:
    generator = np.random.default_rng(0)
    found = [stepped({"epochs": [3, 5, 10]}, {"epochs": 5}, generator)["epochs"] for _ in range(900)]
    assert 0.72 < np.mean([one == 5 for one in found]) < 0.84  # two thirds, and a third of a third
    assert set(found) == {3, 5, 10}
