"""How large a drift can be seen: from what was measured, and ahead of a measurement from its plan."""

from __future__ import annotations

from math import sqrt
from statistics import NormalDist

from headgate.errors import UsageError


def least(standard_error: float, *, power: float = 0.8, confidence: float = 0.95) -> float:
    """The smallest true difference that is found with the chance `power`, two-sided, at a `standard_error`."""
    normal = NormalDist()
    return (normal.inv_cdf((1 + confidence) / 2) + normal.inv_cdf(power)) * standard_error


def planned(rate: float, prompts: int, *, samples: int = 1, alike: float = 0.0, together: float = 0.0) -> float:
    """The standard error of a difference between two rates near `rate` on the same `prompts`.

    `samples` are drawn of each prompt by each model; `alike` is the correlation between samples of one prompt, and
    `together` that between base and variant, both 0 to 1 (0, 0 and one sample: two independent shares).
    Raises `UsageError` for numbers that are none of these.
    """
    if not (
        0 <= rate <= 1 and prompts >= 1 and samples >= 1 and 0 <= together <= alike + (samples == 1) and alike <= 1
    ):
        msg = (
            f"a rate of {rate:g} on {prompts} prompts with {samples} samples, alike {alike:g}, together {together:g}: "
        )
        raise UsageError(msg + "give shares from 0 to 1, at least one of each, and together at most alike.")
    within = (1 + (samples - 1) * alike) / samples
    return sqrt(2 * rate * (1 - rate) * (within - together) / prompts)
