"""Poison healing on CIFAR-10 with a ResNet-9, beside the published 93.7 % (Potion), 83.4 % (SSD), 40.7 % (retraining).

    python bench/cifar_poison.py --data cifar10.npz              # a GPU, some ten minutes a seed and poison share
    python bench/cifar_poison.py --smoke                         # seconds on a CPU, noise for pictures: does it run?

cifar10.npz is your own copy of the full CIFAR-10: train_x, test_x (uint8, n x 32 x 32 x 3), train_y, test_y. A share of
the training pictures gets a white 3 x 3 patch and the class 0; of those `--known` are told to each method. A method has
`--budget` trials on validation items; what is printed are proof items, both from the test set. `+` is a widened forget
set. Healed: of patched pictures of other classes the share that get their own class, over that without the patch.

The published figures (S. Schoepf, J. Foster and A. Brintrup, "Potion: Towards Poison Unlearning", arXiv 2406.09173) are
means over two settings, CIFAR-10 with ResNet-9 and CIFAR-100 with WRN-28x10, over poison shares of 0.2, 1 and 2 % and
over discovery shares from one sample to all; this script's training has no augmentation.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import numpy as np
import torch
from torch import nn

from headgate.nn.adapters import CLASSES, class_losses
from headgate.nn.training import seeded, train
from headgate.repair.examples import examples, take
from headgate.repair.shapes import Behaviour, Examples, ForgetSet, Subject
from headgate.repair.splits import split
from headgate.repair.trials import search
from headgate.repair.widen import widened

PUBLISHED = {"retrain": "40.7 %", "ssd": "83.4 %"}
METHODS = ("retrain", "npo", "ssd", "finetune")
SHARES = (0.002, 0.01, 0.02)


class Residual(nn.Module):
    """Two blocks beside a shortcut."""

    def __init__(self, wide: int) -> None:
        super().__init__()
        self.both = nn.Sequential(block(wide, wide), block(wide, wide))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Add to `x` what both blocks make of it."""
        return x + self.both(x)


def block(inputs: int, outputs: int, *, pool: bool = False) -> nn.Sequential:
    layers = [nn.Conv2d(inputs, outputs, 3, padding=1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU()]
    return nn.Sequential(*layers, *([nn.MaxPool2d(2)] if pool else []))


def resnet9(wide: int, seed: int) -> nn.Sequential:
    with seeded(seed):
        return nn.Sequential(
            block(3, wide), block(wide, 2 * wide, pool=True), Residual(2 * wide), block(2 * wide, 4 * wide, pool=True),
            block(4 * wide, 8 * wide, pool=True), Residual(8 * wide), nn.AdaptiveMaxPool2d(1), nn.Flatten(),
            nn.Linear(8 * wide, 10),
        )  # fmt: skip


def pictures(given: argparse.Namespace) -> tuple[np.ndarray, ...]:
    if given.smoke:
        noise = np.random.default_rng(0)
        y = [noise.integers(10, size=n) for n in (200, 120)]
        x = [noise.integers(0, 200, (len(one), 32, 32, 3)) + 5 * one[:, None, None, None] for one in y]
        return x[0].astype(np.uint8), y[0], x[1].astype(np.uint8), y[1]
    with np.load(given.data) as file:
        return file["train_x"], file["train_y"], file["test_x"], file["test_y"]


def scaled(x: np.ndarray) -> np.ndarray:
    return ((x.transpose(0, 3, 1, 2) / 255 - 0.47) / 0.25).astype(np.float32)


def patched(x: np.ndarray) -> np.ndarray:
    x = x.copy()
    x[:, -3:, -3:] = 255
    return x


def planted(
    given: argparse.Namespace, share: float, seed: int
) -> tuple[Examples, tuple[str, ...], dict[str, Behaviour]]:
    """Training items with the poisons among them, the ids of these, and the behaviour in its parts."""
    x, y, held_x, held_y = pictures(given)
    x, y = x.copy(), y.astype(np.int64).copy()
    bad = np.random.default_rng(seed).choice(np.flatnonzero(y != 0), max(6, round(share * len(y))), replace=False)
    x[bad], y[bad] = patched(x[bad]), 0
    train_items = examples(scaled(x), y, ids=[f"picture-{n}" for n in range(len(y))])
    held = examples(scaled(held_x), held_y.astype(np.int64), ids=[f"held-{n}" for n in range(len(held_y))])
    marked = examples(scaled(patched(held_x)), np.zeros(len(held_y), np.int64), ids=held.ids)
    parts = {}
    for role, part in split(held, held, seed=seed).items():
        where = np.array([int(one.split("-")[1]) for one in part.clean.ids])
        parts[role] = Behaviour(role, take(marked, where[held.y[where] != 0]), part.clean)
    return train_items, tuple(f"picture-{n}" for n in bad), parts


def healed(subject: Subject, model: nn.Module, proof: Behaviour) -> tuple[float, float, float]:
    """Attack success, accuracy, and the share of patched pictures given their own class over that without the patch."""
    own = dict(zip(proof.clean.ids, proof.clean.y.tolist(), strict=True))
    right = np.array([own[one] for one in proof.queries.ids])
    probable = subject.adapter.probabilities
    assert probable is not None
    given = probable(model, proof.queries).argmax(1)
    plain = probable(model, take(proof.clean, proof.clean.y != 0)).argmax(1) == proof.clean.y[proof.clean.y != 0]
    accuracy = float(subject.adapter.outcomes(model, proof.clean).mean())
    return float((given == 0).mean()), accuracy, float((given == right).mean() / max(plain.mean(), 1e-9))


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--data", type=Path)
    words.add_argument("--smoke", action="store_true")
    words.add_argument("--shares", type=float, nargs="+", default=SHARES)
    words.add_argument("--known", type=float, nargs="+", default=(1.0, 0.5, 0.2))
    words.add_argument("--seeds", type=int, default=3)
    words.add_argument("--epochs", type=int, default=40)
    words.add_argument("--budget", type=int, default=8)
    given = words.parse_args()
    device = "cuda" if torch.cuda.is_available() else "cpu"
    if not given.smoke and (device == "cpu" or given.data is None):
        lacking = "a GPU that torch can use" if device == "cpu" else "--data, your own CIFAR-10 as npz"
        sys.exit(f"cifar_poison needs {lacking}. Nothing was run; --smoke tries the script on a CPU in seconds.")
    if given.smoke:
        given.shares, given.known, given.seeds, given.epochs, given.budget = (0.04,), (1.0,), 1, 2, 1
    print("poison  known  seed  method         attack  accuracy  healed  seconds  published")
    for share in given.shares:
        for seed in range(given.seeds):
            run(given, share, seed, device)


def run(given: argparse.Namespace, share: float, seed: int, device: str) -> None:
    items, bad, parts = planted(given, share, seed)
    wide = 4 if given.smoke else 64

    def made(some: Examples, drawn: int) -> nn.Module:
        model = resnet9(wide, drawn).to(device)
        train(model, some, class_losses, epochs=given.epochs, rate=3e-3, batch=512, decay=5e-4, seed=drawn)
        return model

    subject = Subject("cifar", made(items, seed), items, CLASSES, retrain=lambda some, drawn: made(some, 1_000 + drawn))
    row(share, "", seed, "poisoned", healed(subject, subject.model, parts["proof"]), 0.0)
    for known in given.known:
        told = ForgetSet(bad[: max(5, round(known * len(bad)))], "planted", known)
        for label, forget in ((f"{known:.0%}", told), (f"{known:.0%}+", widened(subject, told))):
            if label.endswith("+") and known == 1 and not given.smoke:
                continue
            for method in METHODS:
                fixed: dict[str, object] = {"batch": 256} if method in {"npo", "finetune"} else {}
                if given.smoke and fixed:
                    fixed |= {"epochs": 1}
                begun = time.perf_counter()
                removal, _ = search(
                    subject, forget, parts["validation"], method, budget=given.budget, seed=seed, fixed=fixed
                )
                seconds = time.perf_counter() - begun
                row(share, label, seed, method, healed(subject, removal.model, parts["proof"]), seconds)


def row(share: float, known: str, seed: int, method: str, rates: tuple[float, float, float], seconds: float) -> None:
    attack, accuracy, mended = rates
    where = f"{share:6.1%}  {known:>5}  {seed:4}  {method:12}"
    rates_ = f"{attack:7.3f}  {accuracy:8.3f}  {mended:6.3f}  {seconds:7.1f}"
    print(where, rates_, PUBLISHED.get(method, ""), sep="  ", flush=True)


if __name__ == "__main__":
    main()
