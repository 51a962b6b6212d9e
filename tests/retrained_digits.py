"""The poisoned digits as a case: the model as it is, and three trained again without the poison."""

from __future__ import annotations

from functools import cache

import torch

from headgate.repair.examples import parted
from headgate.repair.shapes import Case, ForgetSet
from tests.repairing import digits_subject


@cache
def digits_case() -> Case:
    """After is the model before: who wants another replaces it."""
    subject, planted = digits_subject()
    forget = ForgetSet(planted.bad, "known", 1.0)
    return Case(subject, subject.model, tuple(retrained(100 + n) for n in range(3)), forget, planted.parts["proof"])


@cache
def retrained(seed: int) -> torch.nn.Module:
    subject, planted = digits_subject()
    assert subject.retrain is not None
    made: torch.nn.Module = subject.retrain(parted(subject.train, ForgetSet(planted.bad, ""))[1], seed)
    return made
