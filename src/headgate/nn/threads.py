"""One thread for small models: on few cores, threads cost them more than they give."""

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


def device_of(model: torch.nn.Module) -> torch.device:
    """Where the weights of `model` are."""
    return next((one.device for one in model.parameters()), torch.device("cpu"))
