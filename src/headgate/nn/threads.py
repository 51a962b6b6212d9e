"""A model while it is asked: in eval mode, and in one thread if it is small, as more cost it more than they give."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch

SMALL = 2_000_000  # parameters


@contextmanager
def fitting(model: torch.nn.Module) -> Iterator[None]:
    """One torch thread inside for a model of fewer than `SMALL` parameters on the CPU; as it was afterwards."""
    threads = torch.get_num_threads()
    if device_of(model).type == "cpu" and sum(one.numel() for one in model.parameters()) < SMALL:
        torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


@contextmanager
def evaluating(model: torch.nn.Module) -> Iterator[None]:
    """`model` in eval mode inside, with the threads that suit it; afterwards each part in the mode it was in."""
    was = [(part, part.training) for part in model.modules()]
    model.eval()
    try:
        with fitting(model):
            yield
    finally:
        for part, mode in was:
            part.training = mode


def device_of(model: torch.nn.Module) -> torch.device:
    """Where the weights of `model` are."""
    return next((one.device for one in model.parameters()), torch.device("cpu"))
