"""Clean-test accuracy on the CIFAR-10 sample with and without each protection, and after each counter-measure.

    python bench/protect.py --out protect.jsonl [--seeds 0 1 2 3 4] [--methods clean cuda] [--counters none grey]
    python bench/protect.py --out protect.jsonl --show

One seed is one draw of 4,000 of the 5,000 training pictures, one key and one start of the learner; the 1,000 test
pictures are never changed (but by counter-measures that always do the same, which are done to both). A line of JSON is
added for each (method, counter-measure, seed) as soon as it is measured, and those that are there are not measured
again. About 12 s each on one core, three times that for adversarial training.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections import defaultdict
from hashlib import sha256
from pathlib import Path

import numpy as np
import torch
from scipy.stats import t as student

from headgate import catalog
from headgate.protecting import counter, learner, trials, visible
from headgate.shapes import OwnPictures

DATA = Path(os.environ.get("HEADGATE_DATA", Path(__file__).parents[2] / "shared" / "data")) / "unlearn/cifar10_6k.npz"
TRAIN = 4_000
CLEAN, NONE = "clean", "none"


def measure(args: argparse.Namespace) -> None:
    with np.load(DATA) as file:
        pixels, labels = file["train_x"], file["train_y"].astype(np.int64)
        test, classes = (file["test_x"], file["test_y"].astype(np.int64)), tuple(file["classes"].tolist())
    done = {(one["method"], one["counter"], one["seed"]) for one in read(args.out)}
    for seed in args.seeds:
        chosen = np.sort(np.random.default_rng(seed).choice(len(labels), TRAIN, replace=False))
        own = OwnPictures(pixels[chosen], labels[chosen], [f"{n}.png" for n in chosen], classes)
        for method in args.methods:
            missing = [name for name in args.counters if (method, name, seed) not in done]
            if not missing:
                continue
            started = time.perf_counter()
            copy = protected(method, own, seed, args.device)
            took, seen = time.perf_counter() - started, visible.visible(own.pixels, copy)
            for name in missing:
                started = time.perf_counter()
                found = trials.trial(
                    method, (copy, own.labels), test, counter="" if name == NONE else name, epochs=args.epochs,
                    seed=seed, device=args.device,
                )  # fmt: skip
                line = {
                    "method": method, "counter": name, "seed": seed, "accuracy": found.accuracy,
                    "fitted": float(found.fitted.mean()), "epochs": args.epochs,
                    "seconds": time.perf_counter() - started,
                    "protecting": took, "psnr": seen.psnr if np.isfinite(seen.psnr) else None,
                    "mean_change": seen.mean, "device": args.device,
                }  # fmt: skip
                with args.out.open("a") as out:
                    out.write(json.dumps(line) + "\n")
                print(f"{method:22} {name:12} seed {seed}: {found.accuracy:.3f}, fitted {line['fitted']:.3f}, "
                      f"{line['seconds']:.0f} s", flush=True)  # fmt: skip


def protected(method: str, own: OwnPictures, seed: int, device: str) -> np.ndarray:
    if method == CLEAN:
        return own.pixels
    found = catalog.find("protect", method)
    more = {"device": device} if "device" in {param.name for param in found.params} else {}
    key = sha256(f"bench {seed}".encode()).digest()
    return catalog.load(found)(own, key=key, **more).pixels


def show(out: Path) -> None:
    by: dict[tuple[str, str], dict[int, dict[str, float]]] = defaultdict(dict)
    for one in read(out):
        by[one["method"], one["counter"]][one["seed"]] = one
    plain = by[CLEAN, NONE]
    print(
        "| method | counter-measure | seeds | accuracy | drop from clean | from clean, same counter | fitted | PSNR |"
    )
    print("|---|---|---|---|---|---|---|---|")
    for (method, name), runs in sorted(by.items(), key=lambda pair: (pair[0][0] != CLEAN, pair[0])):
        same = by.get((CLEAN, name), {})
        cells = [interval([one["accuracy"] for one in runs.values()]), drop(plain, runs), drop(same, runs),
                 f"{np.mean([one['fitted'] for one in runs.values()]):.3f}",
                 "-" if method == CLEAN else f"{np.mean([one['psnr'] for one in runs.values()]):.1f}"]  # fmt: skip
        print(f"| {method} | {name} | {len(runs)} | {' | '.join(cells)} |")


def drop(before: dict[int, dict[str, float]], after: dict[int, dict[str, float]]) -> str:
    both = sorted(set(before) & set(after))
    return interval([before[seed]["accuracy"] - after[seed]["accuracy"] for seed in both])


def interval(values: list[float]) -> str:
    """The mean, with Student's interval over seeds."""
    if len(values) < 2:
        return f"{values[0]:.3f}" if values else "-"
    half = student.ppf(0.975, len(values) - 1) * np.std(values, ddof=1) / np.sqrt(len(values))
    return f"{np.mean(values):.3f} ({np.mean(values) - half:.3f} to {np.mean(values) + half:.3f})"


def read(out: Path) -> list[dict]:
    return [json.loads(line) for line in out.read_text().splitlines()] if out.exists() else []


def main() -> None:
    names = [CLEAN, *(method.name for method in catalog.methods("protect"))]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2, 3, 4])
    parser.add_argument("--methods", nargs="+", choices=names, default=names)
    parser.add_argument("--counters", nargs="+", choices=[NONE, *counter.NAMES], default=[NONE, *counter.NAMES])
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--show", action="store_true", help="print the table of what is there")
    args = parser.parse_args()
    if not args.show:
        torch.set_num_threads(1)
        with np.load(DATA) as file:
            print(sum(one.numel() for one in learner.network(file["test_x"], 10).parameters()), "parameters")
        measure(args)
    show(args.out)


if __name__ == "__main__":
    main()
