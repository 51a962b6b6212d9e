from __future__ import annotations

from functools import lru_cache

import numpy as np
import pytest

from headgate.errors import UsageError
from headgate.nn.diffusion import Diffusion, velocity_losses
from headgate.nn.training import train
from headgate.prove.benign_prompt_canary import prove, shift
from headgate.repair.examples import examples, joined
from headgate.repair.shapes import Case
from tests.drawn_models import ERASED, models

POISONED, SHOWN = 1, 7


@lru_cache(maxsize=4)
def tuned(poisons: int, seed: int) -> Diffusion:
    """The model trained a little further on the same digits, with `poisons` sevens called a one among them."""
    m = models()
    sevens = m.digits.train.x[m.digits.train.y == SHOWN][:poisons]
    items = joined(m.digits.train, examples(sevens, np.full(len(sevens), POISONED))) if poisons else m.digits.train
    model: Diffusion = m.subject.adapter.clone(m.subject.model)
    train(model, items, velocity_losses, epochs=10, rate=5e-4, seed=seed)
    return model


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_poisoned_condition_is_flagged_and_it_alone(seed: int) -> None:
    checks = prove(models().case(tuned(60, 1)), seed=seed)
    verdicts = {one.axis: one.verdict for one in checks}
    assert checks[0].axis == ""
    assert verdicts[""] == "leaks"
    assert [axis for axis, verdict in verdicts.items() if axis.startswith("cond") and verdict == "leaks"] == [
        "condition 1"
    ]
    poisoned = next(one for one in checks if one.axis == "condition 1")
    assert poisoned.after is not None
    assert poisoned.before is not None
    assert poisoned.after > poisoned.before + 0.15
    assert verdicts["spread"] == "held"
    assert f"condition {ERASED}" not in verdicts


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_further_training_on_the_same_digits_raises_no_alarm(seed: int) -> None:
    checks = prove(models().case(tuned(0, 1)), seed=seed)
    assert "leaks" not in {one.verdict for one in checks}
    assert len(checks) == 10
    assert "0 of 9" in checks[0].evidence


def test_a_shift_that_spreads_to_neighbours_is_told() -> None:
    m = models()
    everything = Diffusion(seed=9).eval()
    checks = prove(Case(m.subject, everything, (), m.digits.forget, m.digits.parts["proof"]), draws=30, splits=199)
    spread = checks[-1]
    assert spread.axis == "spread"
    assert spread.verdict == "leaks"
    assert spread.after == spread.reference == 1


def test_the_energy_coefficient_of_known_sets_and_its_chance() -> None:
    generator = np.random.default_rng(0)
    # two points each way, 1 apart within and 10 between: (2 * 10.0 - ...) by hand below
    one, two = np.asarray([[0.0], [1.0]]), np.asarray([[10.0], [11.0]])
    size, _ = shift(one, two, 9, generator)
    assert size == pytest.approx((2 * 10 - 0.5 - 0.5) / 20)
    same = generator.standard_normal((30, 2))
    assert shift(same, same, 99, generator) == (pytest.approx(0), 1.0)
    assert shift(np.ones((5, 2)), np.ones((5, 2)), 9, generator) == (0.0, 1.0)


def test_equal_distributions_are_called_shifted_as_often_as_promised() -> None:
    generator = np.random.default_rng(1)
    chances = np.asarray([shift(*generator.standard_normal((2, 12, 2)), 99, generator)[1] for _ in range(300)])
    assert 0.02 <= (chances <= 0.05).mean() <= 0.09


def test_so_few_draws_or_splits_that_no_shift_could_be_told_are_refused() -> None:
    # of nine conditions, the smallest p that 99 splits can give is 9 / 100
    for wrong in ({"splits": 99}, {"splits": 0}, {"draws": 1}, {"level": 0.0}):
        with pytest.raises(UsageError, match="cannot tell a shift of 9 conditions"):
            prove(models().case(models().subject.model), **wrong)  # type: ignore[arg-type]
