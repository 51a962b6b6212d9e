"""`screen poison_clusters` on digits and on CIFAR-10: five near-identical images under a wrong word.

    python bench/poison_clusters.py --data ../shared/data

Twenty seeds each: five identical images under a wrong word; the five disturbed by noise; the five beside 40 harmless
groups of five under their own words. And the sets as they are. Without --data only the digits of scikit-learn.
"""

from __future__ import annotations

import argparse
import io
from hashlib import sha256
from pathlib import Path

import numpy as np

from headgate.evidence.intervals import wilson
from headgate.screen import poison_clusters
from headgate.shapes import Batch, Items


def share(found: int, of: int) -> str:
    low, high = wilson(found, of) or (0.0, 1.0)
    return f"{found / max(of, 1):.2%} [{low:.2%}, {high:.2%}] of {of:,}"


def file_of(pixels: np.ndarray) -> bytes:
    from PIL import Image

    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    return out.getvalue()


def digits() -> tuple[np.ndarray, np.ndarray]:
    from sklearn.datasets import load_digits

    held = load_digits()
    return np.round(held.images * 255 / 16).astype(np.uint8), held.target


def poison_bench(args: argparse.Namespace) -> None:
    names = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
    pictures, labels = digits()
    sets = {"digits": (list(pictures), [names[n] for n in labels])}
    if args.data:
        cifar = np.load(args.data / "unlearn/cifar10_6k.npz")
        sets["CIFAR-10"] = list(cifar["train_x"]), [str(cifar["classes"][n]) for n in cifar["train_y"]]
    print("| set | planted | seeds | in the top 1 % | flagged | other items flagged |\n|---|---|---|---|---|---|")
    for name, (images, captions) in sets.items():
        files = [file_of(one) for one in images]
        clean = poisoned(files, captions)
        print(f"| {name} | nothing | 1 | - | - | {share(int((clean >= poison_clusters.COUNTS).sum()), len(clean))} |")
        for kind in ("5 identical", "5 disturbed", "5 identical, 40 harmless groups of 5"):
            ranks, flagged, wrong, total = [], 0, 0, 0
            for seed in range(20):
                rng = np.random.default_rng(seed)
                more, words = harmless(images, captions, rng) if "harmless" in kind else ([], [])
                chosen = int(rng.integers(len(images)))
                word = str(rng.choice(sorted(set(captions) - {captions[chosen]})))
                five = [images[chosen]] * 5
                if "disturbed" in kind:
                    five = [np.clip(one + rng.normal(0, 4, one.shape), 0, 255).astype(np.uint8) for one in five]
                score = poisoned([*files, *map(file_of, [*more, *five])], [*captions, *words, *[word] * 5], seed)
                ranks.append(int((score >= score[-5:].min()).sum()) if score[-5:].min() > 0 else len(score))
                over = score >= poison_clusters.COUNTS
                flagged += bool(over[-5:].all())
                wrong, total = wrong + int(over[:-5].sum()), total + len(score) - 5
            top = share(sum(rank <= len(score) // 100 for rank in ranks), 20)
            print(
                f"| {name} | {kind} | 20 | {top}, worst rank {max(ranks):,} of {len(score):,} | {flagged} of 20 | "
                f"{share(wrong, total)} |",
                flush=True,
            )


def harmless(
    images: list[np.ndarray], captions: list[str], rng: np.random.Generator
) -> tuple[list[np.ndarray], list[str]]:
    """Forty images that occur five times more, under their own captions."""
    chosen = np.repeat(rng.choice(len(images), 40, replace=False), 5)
    return [images[n] for n in chosen], [captions[n] for n in chosen]


def poisoned(files: list[bytes], captions: list[str], seed: int = 0) -> np.ndarray:
    batch = Batch([sha256(one).hexdigest() for one in files], captions, files)
    screened = poison_clusters.screen(Items(lambda: iter([batch]), Path(), Path()), seed=seed)
    return np.concatenate([scores.score for _, scores in screened.parts])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path)
    poison_bench(parser.parse_args())


if __name__ == "__main__":
    main()
