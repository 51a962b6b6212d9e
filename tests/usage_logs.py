"""Synthetic usage logs: ordinary accounts of very different size, and accounts with planted patterns."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import numpy.typing as npt

END = datetime(2026, 5, 1)
DAYS = 14
ENDPOINTS = 15
PLANTED = ("bulk_uniform", "repeated_refusals", "shared_account")
Floats = npt.NDArray[np.float64]
Columns = tuple[Floats, Floats, Floats, Floats, Floats]  # seconds, endpoint, size, refused, origin


def ordinary(rng: np.random.Generator, n: int) -> Columns:
    """`n` requests of an account that means no harm: perhaps all in one busy day, with refusals and a few origins."""
    span = DAYS * 86_400
    busy = rng.random() < 0.3
    seconds = rng.uniform(0, span - 90_000) + rng.uniform(0, 30_000, n) if busy else rng.uniform(0, span - 1, n)
    endpoints = rng.choice(rng.choice(ENDPOINTS, size=rng.integers(1, 8), replace=False), n)
    size = np.exp(rng.normal(rng.normal(8, 1), rng.choice([0.05, 0.3, 1.0]), n))
    refused = rng.random(n) < rng.beta(0.4, 8)
    return seconds, endpoints, size, refused, rng.integers(10**9) + rng.integers(0, rng.integers(1, 5), n)


def planted(rng: np.random.Generator, name: str, force: float) -> Columns:
    """Requests of the pattern `name`; `force` 1 is what the rules that ship are made for, less is fainter."""
    n = int(rng.integers(230, 450) * force)
    hour = rng.uniform(0, DAYS * 86_400 - 10_000) // 3600 * 3600
    seconds, one_origin = hour + rng.uniform(0, 3500, n), np.full(n, rng.integers(10**9))
    usual, never = np.exp(rng.normal(8, 1, n)), np.zeros(n)
    if name == "bulk_uniform":  # one endpoint, large, nearly one size
        return seconds, np.full(n, 3), rng.normal(60_000, 3_000 / force, n), never, one_origin
    if name == "repeated_refusals":
        few = n // 3
        return seconds[:few], rng.choice(4, few), usual[:few], rng.random(few) < 0.8 * force, one_origin[:few]
    some = n // 4  # one account from up to 40 origins within an hour
    origins = rng.integers(10**9) + rng.integers(0, max(2, int(40 * force)), some)
    return seconds[:some], rng.choice(4, some), usual[:some], never[:some], origins


def write(path: Path, *, seed: int, accounts: int = 1500, each: int = 12, force: float = 1.0) -> dict[str, set[str]]:
    """A CSV at `path` of `accounts` ordinary ones and `each` of every planted pattern, whose accounts it returns."""
    rng = np.random.default_rng(seed)
    truth: dict[str, set[str]] = {name: set() for name in PLANTED}
    lines = ["account,endpoint,time,size,status,origin"]
    names = ["" for _ in range(accounts)] + [name for name in PLANTED for _ in range(each)]
    for number, name in enumerate(names):
        who = f"user-{rng.integers(10**9):09d}-{number}@example.org"
        parts = [ordinary(rng, int(np.clip(np.exp(rng.normal(2.8, 1.1)), 1, 600)))]
        if name:
            truth[name].add(who)
            parts.append(planted(rng, name, force))
        columns = [np.concatenate(one).tolist() for one in zip(*parts, strict=True)]
        for s, e, z, r, o in zip(*columns, strict=True):
            at = END - timedelta(days=DAYS) + timedelta(seconds=s)
            lines.append(f"{who},endpoint-{e:.0f},{at:%Y-%m-%d %H:%M:%S},{z:.0f},{'refused' if r else 'ok'},ip-{o:.0f}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return truth
