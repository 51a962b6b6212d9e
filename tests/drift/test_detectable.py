from __future__ import annotations

import numpy as np
import pytest

from headgate.drift.detectable import least, planned
from headgate.errors import UsageError


def test_2400_prompts_near_three_in_a_hundred_tell_about_one_point() -> None:
    assert 1.96 * planned(0.03, 2400) == pytest.approx(0.01, abs=0.0005)


def test_the_plan_is_what_a_simulation_has() -> None:
    rng = np.random.default_rng(0)
    prompts, samples, alike = 200, 4, 0.4
    chance = rng.beta(0.2 * (1 - alike) / alike, 0.8 * (1 - alike) / alike, (4000, prompts))
    one, two = (rng.binomial(samples, chance).mean(1) / samples for _ in range(2))
    # both models have the same chance for a prompt: what two samples share, base and variant share too
    assert (two - one).std() == pytest.approx(planned(0.2, prompts, samples=4, alike=0.4, together=0.4), rel=0.05)
    apart = rng.binomial(samples, rng.permuted(chance, axis=0)).mean(1) / samples
    assert (apart - one).std() == pytest.approx(planned(0.2, prompts, samples=4, alike=0.4), rel=0.05)


def test_the_least_difference_is_found_four_times_in_five() -> None:
    error = 0.02
    found = np.abs(np.random.default_rng(1).normal(least(error), error, 200_000)) > 1.959964 * error
    assert found.mean() == pytest.approx(0.8, abs=0.005)


@pytest.mark.parametrize(
    "wrong", [{"rate": 1.1}, {"prompts": 0}, {"samples": 0}, {"alike": 2}, {"together": 0.5, "samples": 2}]
)
def test_no_plan_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(UsageError, match="give shares"):
        planned(**({"rate": 0.1, "prompts": 10} | wrong))  # type: ignore[arg-type]
