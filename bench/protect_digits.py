"""`protect salm` and `protect unlearnable_clusters` on scanned digits, beside noise of other kinds, over five seeds.

    python bench/protect_digits.py --out digits.jsonl [--seeds 0 1 2 3 4] [--methods salm unlearnable_clusters]
    python bench/protect_digits.py --out digits.jsonl --show

scikit-learn's 8 x 8 digits, each pixel made 3 x 3: 1,000 to learn from and 497 clean ones to be tested on, drawn anew
with each seed, which is that of the key and of the learner too. A line of JSON is added for each learner as soon as it
is measured. `salm` is measured beside noise of the same kind on all pixels at the same L2 budget, and on random
pixels; `unlearnable_clusters` for thieves who learn other labels than the owner has, beside one random pattern for
each of the owner's labels at the same eps.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import numpy as np
import torch
from scipy.stats import t as student

from headgate import catalog
from headgate.nn.error_minimising import patterns
from headgate.protecting import learner, masks, trials
from headgate.shapes import OwnPictures

EPS, SHARE, CLUSTERS, SCALE, TRAIN, TEST = 32, 0.25, 10, 3, 1_000, 497
TASKS = {"class": range(10), "parity": (1, 3, 5, 7, 9), "at_least_5": (5, 6, 7, 8, 9), "prime": (2, 3, 5, 7)}


def digits(seed: int) -> tuple[OwnPictures, tuple[np.ndarray, np.ndarray]]:
    from sklearn.datasets import load_digits

    flat, labels = load_digits(return_X_y=True)
    pixels = np.kron(np.rint(flat * 255 / 16).reshape(-1, 8, 8), np.ones((1, SCALE, SCALE))).astype(np.uint8)
    order = np.random.default_rng(seed).permutation(len(pixels))
    pixels, labels = np.repeat(pixels[order][..., None], 3, -1), labels[order].astype(np.int64)
    own = OwnPictures(pixels[:TRAIN], labels[:TRAIN], [f"{n}.png" for n in range(TRAIN)])
    return own, (pixels[-TEST:], labels[-TEST:])


def answers(task: str, labels: np.ndarray) -> np.ndarray:
    return labels if task == "class" else np.isin(labels, TASKS[task]).astype(np.int64)


def salm(own: OwnPictures, seed: int, key: bytes) -> Iterator[tuple[str, np.ndarray]]:
    yield "clean", own.pixels
    protect = catalog.load(catalog.find("protect", "salm"))
    yield "salm", protect(own, key=key, eps=EPS, share=SHARE).pixels
    yield "all pixels, same L2", protect(own, key=key, eps=round(EPS * SHARE**0.5), share=1.0).pixels
    places = masks.strongest(np.random.default_rng(seed).random(own.pixels.shape[:3]), SHARE)
    yield "random pixels", _noise(own, places, seed)


def _noise(own: OwnPictures, places: np.ndarray, seed: int) -> np.ndarray:
    assert own.labels is not None
    x, y = torch.from_numpy(learner.inputs(own.pixels)), torch.from_numpy(own.labels)
    model = learner.network(own.pixels, 10, widths=(16, 32), hidden=64, seed=seed)
    shown = torch.from_numpy(places[:, None].astype(np.float32))
    found = patterns(model, x, y, y, shown, most=EPS * learner.LEVEL, seed=seed).numpy() / learner.LEVEL
    return masks.changed(own.pixels, found.transpose(0, 2, 3, 1)[own.labels], most=EPS, mask=places)


def unlearnable_clusters(own: OwnPictures, seed: int, key: bytes) -> Iterator[tuple[str, np.ndarray]]:
    yield "clean", own.pixels
    protect = catalog.load(catalog.find("protect", "unlearnable_clusters"))
    unlabelled = OwnPictures(own.pixels, None, own.names)
    yield "unlearnable_clusters", protect(unlabelled, key=key, eps=EPS, clusters=CLUSTERS).pixels
    assert own.labels is not None
    for task in ("class", "parity"):
        signs = np.random.default_rng(seed).choice([-EPS, EPS], (10, *own.pixels.shape[1:]))
        yield f"pattern by {task}", masks.changed(own.pixels, signs[answers(task, own.labels)], most=EPS)


def measure(args: argparse.Namespace) -> None:
    there = {(one["method"], one["copy"], one["task"], one["seed"]) for one in read(args.out)}
    for seed in args.seeds:
        own, (test, truth) = digits(seed)
        for method in args.methods:
            tasks = ["class"] if method == "salm" else list(TASKS)
            made = {"salm": salm, "unlearnable_clusters": unlearnable_clusters}[method]
            if len({(m, s) for m, _, _, s in there if (m, s) == (method, seed)}):
                continue
            for copy, pixels in made(own, seed, sha256(f"digits {seed}".encode()).digest()):
                size = np.square((pixels.astype(float) - own.pixels) / 255).sum((1, 2, 3))
                changed = float((pixels != own.pixels).any(3).mean())
                for task in tasks:
                    given, asked = answers(task, own.labels), answers(task, truth)
                    found = trials.trial("", (pixels, given), (test, asked), epochs=args.epochs, seed=seed)
                    line = {"method": method, "copy": copy, "task": task, "seed": seed, "accuracy": found.accuracy,
                            "fitted": float(found.fitted.mean()), "l2": float(np.sqrt(size).mean()),
                            "changed": changed, "commonest": float(np.bincount(asked).max() / len(asked))}  # fmt: skip
                    with args.out.open("a") as out:
                        out.write(json.dumps(line) + "\n")
                    print(f"{method:22} {copy:22} {task:10} seed {seed}: {found.accuracy:.3f}", flush=True)


def read(out: Path) -> list[dict]:
    return [json.loads(line) for line in out.read_text().splitlines()] if out.exists() else []


def show(out: Path) -> None:
    by: dict[tuple[str, str, str], dict[int, dict]] = defaultdict(dict)
    for one in read(out):
        by[one["method"], one["copy"], one["task"]][one["seed"]] = one
    print("| method | copy | task | seeds | accuracy | drop, 95 % | fitted | L2 | pixels changed |")
    print("|---|---|---|---|---|---|---|---|---|")
    for (method, copy, task), found in by.items():
        clean = by[method, "clean", task]
        seeds = sorted(set(found) & set(clean))
        value, drop, fitted, l2, changed = (
            np.array(one) for one in zip(*((found[s]["accuracy"], clean[s]["accuracy"] - found[s]["accuracy"],
                                            found[s]["fitted"], found[s]["l2"], found[s]["changed"]) for s in seeds),
                                         strict=True)
        )  # fmt: skip
        half = student.ppf(0.975, len(seeds) - 1) * drop.std(ddof=1) / len(seeds) ** 0.5 if len(seeds) > 1 else np.nan
        print(f"| {method} | {copy} | {task} | {len(seeds)} | {value.mean():.3f} | {drop.mean():+.3f} "
              f"({drop.mean() - half:+.3f} to {drop.mean() + half:+.3f}) | {fitted.mean():.3f} | {l2.mean():.2f} "
              f"| {changed.mean():.0%} |")  # fmt: skip


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2, 3, 4])
    parser.add_argument("--methods", nargs="+", default=["salm", "unlearnable_clusters"])
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--show", action="store_true")
    asked = parser.parse_args()
    show(asked.out) if asked.show else measure(asked)
