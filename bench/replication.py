"""Copies: `screen replication` beside datasketch and beside exhaustive comparison.

    python bench/replication.py texts --texts 1000000 --slice 50000
    python bench/replication.py images --pictures FOLDER --data ../shared/data
    python bench/replication.py generator

texts      Made-up sentences of 6 to 16 words drawn by Zipf's law, 5 % of them with a planted near-duplicate: words are
           replaced, and the Jaccard similarity that results is worked out with Python sets. Recall by similarity, time
           and memory. datasketch gets the same runs of five characters on a slice (its time at full size would be
           many times ours), in two settings: its defaults for the threshold (128 hashes), and our bands and rows. Then
           5,000 real short texts (--data), all pairs compared exhaustively.
images     Pictures of FOLDER (such as those of scikit-image) and the first 1,000 of CIFAR-10, and variants of each. The
           threshold is set from pairs of 4,000 other CIFAR-10 pictures at a false-match rate of 0.1 % a pair and 0.1 %
           an image; matches among 1,000 others say what the rate comes to.
generator  Digits. A denoising diffusion model (torch) and a kernel density, each made from 30 digits and from 1,500;
           300 outputs of each beside the 297 digits held out. 3 seeds.
"""

from __future__ import annotations

import argparse
import csv
import io
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

import numpy as np

from headgate.copies import fingerprints, minhash, near_copies, near_texts
from headgate.copies.fingerprints import Prints
from headgate.evidence.intervals import wilson
from headgate.shapes import Batch

THRESHOLD = 0.7
STEPS = ((0.7, 0.75), (0.75, 0.8), (0.8, 0.9), (0.9, 1.01))
Planted = dict[tuple[int, int], float]


def runs(text: str) -> set[str]:
    tidy = " ".join(text.lower().split())
    return {tidy[n : n + 5] for n in range(len(tidy) - 4)} if len(tidy) >= 5 else {tidy} - {""}


def likeness(one: str, other: str) -> float:
    a, b = runs(one), runs(other)
    return len(a & b) / max(len(a | b), 1)


def made_texts(n: int, slice_: int, seed: int) -> tuple[list[str], Planted]:
    """Texts, and the planted pairs of similarity >= THRESHOLD; those of the first `slice_` texts stay within it."""
    rng = np.random.default_rng(seed)
    letters = np.array(list("aaabcddeeeefghiiiklmnnnoooprrrssstttuuvwy"))
    words = np.array(["".join(rng.choice(letters, k)) for k in rng.integers(2, 10, 30_000)], dtype=object)
    chance = 1 / np.arange(3, 30_003)
    drawn = words[rng.choice(len(words), (n, 16), p=chance / chance.sum())]
    lengths = rng.integers(6, 17, n)
    texts = [" ".join(row[:k]) for row, k in zip(drawn, lengths, strict=True)]
    planted: Planted = {}
    for begin, end in ((0, slice_), (slice_, n)):
        many = (end - begin) // 20
        places = begin + rng.permutation(end - begin)[: 2 * many]
        for i, j in zip(places[:many].tolist(), places[many:].tolist(), strict=True):
            parts = texts[i].split()
            for place in rng.choice(len(parts), rng.integers(0, 3), replace=False):
                parts[place] = str(words[rng.integers(len(words))])
            texts[j] = " ".join(parts)
            like = likeness(texts[i], texts[j])
            if like >= THRESHOLD:
                planted[min(i, j), max(i, j)] = like
    return texts, planted


def batched(texts: list[str]) -> Iterator[list[str]]:
    return (texts[n : n + 5_000] for n in range(0, len(texts), 5_000))


def ours(texts: list[str], how: minhash.Plan, threads: int) -> tuple[set[tuple[int, int]], float, float, float]:
    """Pairs found (equal sets joined to their first), seconds for sketches and for pairs, and MB on disk."""
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        sketches = minhash.write(batched(texts), Path(folder), how, threads=threads)
        middle = time.perf_counter()
        parts = list(near_texts.pairs(sketches, THRESHOLD))
        end = time.perf_counter()
        first = near_texts.copies(sketches)
        size = sum(path.stat().st_size for path in Path(folder).iterdir()) / 1e6
    found = {(int(a), int(b)) for i, j, _ in parts for a, b in zip(i, j, strict=True)}
    # a pair of which one stands for equal others is found for all of them
    return _Joined(found, first), middle - start, end - middle, size


class _Joined(set):  # type: ignore[type-arg]
    def __init__(self, found: set[tuple[int, int]], first: np.ndarray) -> None:
        super().__init__(found)
        self.first = first

    def __contains__(self, pair: object) -> bool:
        i, j = (int(self.first[n]) for n in pair)  # type: ignore[attr-defined]
        return i == j or super().__contains__((min(i, j), max(i, j)))


def datasketch_pairs(texts: list[str], params: tuple[int, int] | None) -> tuple[set[tuple[int, int]], float, float]:
    from datasketch import MinHash, MinHashLSH

    hashes = 128 if params is None else params[0] * params[1]
    sets = [[run.encode() for run in runs(text)] for text in texts]  # not counted: a caller may have them
    start = time.perf_counter()
    sketches = MinHash.bulk(sets, num_perm=hashes)
    middle = time.perf_counter()
    lsh = MinHashLSH(threshold=THRESHOLD, num_perm=hashes, params=params)
    for n, sketch in enumerate(sketches):
        lsh.insert(n, sketch)
    found = {(min(n, m), max(n, m)) for n, sketch in enumerate(sketches) for m in lsh.query(sketch) if m != n}
    return found, middle - start, time.perf_counter() - middle


def recalls(found: set[tuple[int, int]], true: Planted) -> str:
    shown = []
    for low, high in STEPS:
        some = [pair for pair, like in true.items() if low <= like < high]
        shown.append(share(sum(pair in found for pair in some), len(some)))
    return " | ".join(shown)


def share(found: int, of: int) -> str:
    low, high = wilson(found, of) or (0.0, 1.0)
    return f"{found / max(of, 1):.2%} [{low:.2%}, {high:.2%}] of {of:,}"


def texts_bench(args: argparse.Namespace) -> None:
    how = minhash.plan(THRESHOLD)
    texts, planted = made_texts(args.texts, args.slice, args.seed)
    print(
        f"{args.texts:,} texts of {np.mean([len(t) for t in texts]):.0f} characters, {len(planted):,} planted pairs, "
        f"{how}"
    )
    steps = " | ".join(f"recall at {low} to {min(high, 1.0)}" for low, high in STEPS)
    print(
        f"| texts | tool | sketch s | pairs s | texts/s | {steps} | pairs |\n|---|---|---|---|---|---|---|---|---|---|"
    )
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    found, sketch, pair, size = ours(texts, how, 2)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    row(args.texts, "headgate, 2 threads", sketch, pair, recalls(found, planted), len(found))
    print(f"(files {size:.0f} MB; peak memory of the process {peak:.2f} GB, {before:.2f} GB of it before)")
    some, within = texts[: args.slice], {pair: like for pair, like in planted.items() if max(pair) < args.slice}
    for threads in (2, 1):
        found, sketch, pair, _ = ours(some, how, threads)
        row(args.slice, f"headgate, {threads} threads", sketch, pair, recalls(found, within), len(found))
        mine = sketch + pair
    for params in (None, (how.bands, how.rows)):
        other, sketch, pair = datasketch_pairs(some, params)
        name = "datasketch, 128 hashes" if params is None else f"datasketch, {how.bands} x {how.rows}"
        row(args.slice, name, sketch, pair, recalls(other, within), len(other))
        print(
            f"(takes {(sketch + pair) / mine:.1f} times as long as headgate on one thread; its pairs are not verified)"
        )
    if args.data:
        exhaustive(args.data, how)


def row(n: int, tool: str, sketch: float, pair: float, recall: str, pairs: int) -> None:
    print(
        f"| {n:,} | {tool} | {sketch:.1f} | {pair:.1f} | {n / (sketch + pair):,.0f} | {recall} | {pairs:,} |",
        flush=True,
    )


def exhaustive(data: Path, how: minhash.Plan) -> None:
    """5,000 templated comments and 5,000 tweets: every pair, by a sparse product of the sets."""
    from scipy.sparse import csr_array

    with (data / "content/davidson/labeled_data.csv").open(encoding="utf-8") as file:
        tweets = [line["tweet"] for line in csv.DictReader(file)]
    with (data / "content/wiki_bias/bias_madlibs_77k.csv").open(encoding="utf-8") as file:
        comments = [line["Text"] for line in csv.DictReader(file)]
    for name, texts in (("tweets", tweets), ("templated comments", comments)):
        some = [texts[n] for n in np.random.default_rng(0).permutation(len(texts))[:5_000]]
        sets = [sorted(runs(text)) for text in some]
        number = {run: n for n, run in enumerate(sorted({run for one in sets for run in one}))}
        begins = np.concatenate([[0], np.cumsum([len(one) for one in sets])])
        held = csr_array((np.ones(begins[-1], np.int32), [number[run] for one in sets for run in one], begins))
        both = (held @ held.T).tocoo()
        sizes = np.diff(begins)
        like = both.data / (sizes[both.row] + sizes[both.col] - both.data)
        near = (both.row < both.col) & (like >= THRESHOLD)
        true = dict(
            zip(zip(both.row[near].tolist(), both.col[near].tolist(), strict=True), like[near].tolist(), strict=True)
        )
        found, *_ = ours(some, how, 1)
        wrong = sum(pair not in true for pair in set(found))
        defaults, *_ = datasketch_pairs(some, None)
        matched, *_ = datasketch_pairs(some, (how.bands, how.rows))
        hits = [sum(pair in one for pair in true) for one in (found, defaults, matched)]
        linked = [linkage(one, true, len(some)) for one in (set(found), defaults & set(true), matched & set(true))]
        print(f"5,000 {name}: {len(true):,} pairs. Recall: headgate {share(hits[0], len(true))}, {wrong} wrong; "
              f"datasketch {share(hits[1], len(true))}, same bands {share(hits[2], len(true))}. Items with a near copy "
              f"that get one: {linked[0]}; {linked[1]}; {linked[2]}", flush=True)  # fmt: skip


def linkage(found: set[tuple[int, int]], true: Planted, n: int) -> str:
    wanted, got = np.zeros(n, bool), np.zeros(n, bool)
    wanted[[k for pair in true for k in pair]] = True
    got[[k for pair in found for k in pair]] = True
    return share(int((wanted & got).sum()), int(wanted.sum()))


# -- images


def file_of(pixels: np.ndarray) -> bytes:
    from PIL import Image

    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    return out.getvalue()


def prints_of(pictures: list[np.ndarray]) -> Prints:
    """Fingerprints, with their files already forgotten."""
    data = [file_of(one) for one in pictures]
    batches = [Batch([sha256(one).hexdigest() for one in data], images=data)]
    with tempfile.TemporaryDirectory() as folder:
        made = fingerprints.take(batches, Path(folder), minhash.plan(THRESHOLD))
        assert made.hashes is not None
        assert made.ids is not None
        return Prints(made.told, None, np.array(made.hashes), np.array(made.ids))


def variants(rng: np.random.Generator) -> dict[str, Callable[[np.ndarray], np.ndarray]]:
    from PIL import Image

    def jpeg(pixels: np.ndarray, quality: int) -> np.ndarray:
        out = io.BytesIO()
        Image.fromarray(pixels).save(out, "JPEG", quality=quality)
        return np.asarray(Image.open(out).convert("RGB"))

    def crop(pixels: np.ndarray, side: float) -> np.ndarray:
        height, width = (round(side * n) for n in pixels.shape[:2])
        y, x = rng.integers(0, pixels.shape[0] - height + 1), rng.integers(0, pixels.shape[1] - width + 1)
        return np.ascontiguousarray(pixels[y : y + height, x : x + width])

    def half(pixels: np.ndarray) -> np.ndarray:
        return np.asarray(Image.fromarray(pixels).resize((pixels.shape[1] // 2, pixels.shape[0] // 2)))

    def bright(pixels: np.ndarray) -> np.ndarray:
        return np.clip(pixels * 1.25 + 10, 0, 255).astype(np.uint8)

    def noisy(pixels: np.ndarray) -> np.ndarray:
        return np.clip(pixels + rng.normal(0, 12, pixels.shape), 0, 255).astype(np.uint8)

    def framed(pixels: np.ndarray) -> np.ndarray:
        made = pixels.copy()
        edge = max(1, pixels.shape[0] // 16)
        made[-edge:] = 0
        return made

    return {
        "JPEG 30": lambda p: jpeg(p, 30), "JPEG 10": lambda p: jpeg(p, 10), "half size": half, "brighter": bright,
        "noise 12": noisy, "mirrored": lambda p: np.ascontiguousarray(p[:, ::-1]), "a bar of 1/16": framed,
        "crop 90 %": lambda p: crop(p, 0.9), "crop 80 %": lambda p: crop(p, 0.8), "crop 70 %": lambda p: crop(p, 0.7),
        "crop 80 %, JPEG 50, mirrored": lambda p: np.ascontiguousarray(jpeg(crop(p, 0.8), 50)[:, ::-1]),
        "turned 5 degrees": lambda p: np.asarray(Image.fromarray(p).rotate(5)),
    }  # fmt: skip


def images_bench(args: argparse.Namespace) -> None:
    from PIL import Image

    cifar = np.load(args.data / "unlearn/cifar10_6k.npz")
    paths = sorted(args.pictures.iterdir()) if args.pictures else []
    pictures = [np.asarray(Image.open(path).convert("RGB")) for path in paths]
    start = time.perf_counter()
    rest = prints_of(list(cifar["train_x"][1_000:]))
    print(f"{4_000 / (time.perf_counter() - start):,.0f} pictures a second (CIFAR-10, encoding as PNG included)")
    others = prints_of(list(cifar["test_x"]))
    limits = {
        "pair": near_copies.calibrated(rest, 1, 0.001),
        "image": near_copies.calibrated(rest, len(rest.told), 0.001),
    }
    distances = near_copies._unrelated(others, 1)
    print(f"threshold at 0.1 % a pair: {limits['pair']:.3f}; among {len(distances):,} pairs of other pictures "
          f"{share(int((distances <= 1 - limits['pair'] + 1e-9).sum()), len(distances))} match")  # fmt: skip
    hits = int((near_copies.across(rest, others, limits["image"]).best > 0).sum())
    print(
        f"threshold at 0.1 % an image: {limits['image']:.3f}; of 1,000 others {share(hits, 1_000)} match any of 4,000"
    )
    sets = {"CIFAR-10": list(cifar["train_x"][:1_000])}
    if pictures:
        sets[f"{len(pictures)} of {args.pictures.name}"] = pictures
    print("| variant | " + " | ".join(f"{name}, 0.1 % a {unit}" for name in sets for unit in limits) + " |")
    print("|---|" + "---|" * (len(sets) * len(limits)))
    own = {name: prints_of(some) for name, some in sets.items()}
    for variant, change in variants(np.random.default_rng(args.seed)).items():
        cells = []
        for name, some in sets.items():
            changed = prints_of([change(one) for one in some])
            cells += [share(*recalled(own[name], changed, limit)) for limit in limits.values()]
        print(f"| {variant} | " + " | ".join(cells) + " |", flush=True)


def recalled(own: Prints, changed: Prints, limit: float) -> tuple[int, int]:
    """Of the changed pictures that can be told, those that match the one they were made from."""
    hits = 0
    told = np.flatnonzero(own.told & changed.told)
    for n in told:
        one = Prints(np.ones(1, bool), None, own.hashes[n : n + 1])  # type: ignore[index]
        other = Prints(np.ones(1, bool), None, changed.hashes[n : n + 1])  # type: ignore[index]
        hits += int(near_copies.across(one, other, limit).best[0] > 0)
    return hits, len(told)


# -- generators


def digits() -> tuple[np.ndarray, np.ndarray]:
    from sklearn.datasets import load_digits

    held = load_digits()
    return np.round(held.images * 255 / 16).astype(np.uint8), held.target


def rgb(grey: np.ndarray) -> list[np.ndarray]:
    return [np.repeat(one[:, :, None], 3, axis=2) for one in grey]


def kernel_density(training: np.ndarray, many: int, width: float, rng: np.random.Generator) -> np.ndarray:
    drawn = training[rng.integers(0, len(training), many)] + rng.normal(0, width, (many, 8, 8))
    return np.clip(drawn, 0, 255).astype(np.uint8)


def diffusion(training: np.ndarray, many: int, steps: int, seed: int) -> np.ndarray:
    """Outputs of a denoising diffusion model (Ho et al. 2020) of 100 steps whose network is a small perceptron."""
    import torch
    from torch import nn

    torch.manual_seed(seed)
    data = torch.tensor(training.reshape(len(training), 64) / 127.5 - 1, dtype=torch.float32)
    keep = torch.cumprod(1 - torch.linspace(1e-3, 0.12, 100), 0)
    net = nn.Sequential(nn.Linear(64 + 32, 512), nn.SiLU(), nn.Linear(512, 512), nn.SiLU(), nn.Linear(512, 64))
    waves = torch.arange(16) * 0.4

    def told(t: torch.Tensor) -> torch.Tensor:
        return torch.cat([torch.sin(t[:, None] * torch.exp(-waves)), torch.cos(t[:, None] * torch.exp(-waves))], 1)

    best = torch.optim.Adam(net.parameters(), 1e-3)
    rate = torch.optim.lr_scheduler.CosineAnnealingLR(best, steps)
    for _ in range(steps):
        clean, t = data[torch.randint(len(data), (128,))], torch.randint(100, (128,))
        noise = torch.randn_like(clean)
        mixed = keep[t, None].sqrt() * clean + (1 - keep[t, None]).sqrt() * noise
        loss = ((net(torch.cat([mixed, told(t.float())], 1)) - noise) ** 2).mean()
        best.zero_grad()
        loss.backward()
        best.step()
        rate.step()
    made = torch.randn(many, 64)
    with torch.no_grad():
        for step in reversed(range(100)):
            before = keep[step - 1] if step else torch.tensor(1.0)
            noise = net(torch.cat([made, told(torch.full((many,), float(step)))], 1))
            clean = ((made - (1 - keep[step]).sqrt() * noise) / keep[step].sqrt()).clamp(-1, 1)
            alpha = keep[step] / before
            mean = (
                before.sqrt() * (1 - alpha) / (1 - keep[step]) * clean
                + alpha.sqrt() * (1 - before) / (1 - keep[step]) * made
            )
            made = mean + ((1 - alpha) * (1 - before) / (1 - keep[step])).sqrt() * torch.randn_like(made)
    return np.round((made.reshape(many, 8, 8).numpy() + 1) * 127.5).clip(0, 255).astype(np.uint8)


def generator_bench(args: argparse.Namespace) -> None:
    pictures, _ = digits()
    print(
        "| generator | trained on | seed | likeness >= | outputs that replicate | held-out digits | flagged |\n"
        "|---|---|---|---|---|---|---|"
    )
    for seed in range(3):
        rng = np.random.default_rng(seed)
        order = rng.permutation(len(pictures))
        held = prints_of(rgb(pictures[order[1_500:]]))
        for many in (30, 1_500):
            training = pictures[order[:many]]
            makers: dict[str, Callable[[], np.ndarray]] = {
                "diffusion": lambda t=training, s=seed: diffusion(t, 300, args.steps, s),  # type: ignore[misc]
                "kernel density, width 6": lambda t=training, r=rng: kernel_density(t, 300, 6, r),  # type: ignore[misc]
                "kernel density, width 60": lambda t=training, r=rng: kernel_density(t, 300, 60, r),  # type: ignore[misc]
            }
            for name, make in makers.items():
                judge(name, prints_of(rgb(training)), prints_of(rgb(make())), held, seed)


def judge(name: str, training: Prints, outputs: Prints, held: Prints, seed: int) -> None:
    from headgate.screen.replication import _of_outputs

    limit = near_copies.calibrated(training, len(training.told), 0.001, seed)
    found, usual = (near_copies.across(training, some, limit) for some in (outputs, held))
    counts = int((usual.best > 0).sum()), len(held.told)
    words = {None: "unknown", 0.0: "no", 1.0: "yes"}
    n = len(training.told)
    flags = [words[_of_outputs(outputs, found, limit, 0.001, chance, n)[1].value] for chance in (None, counts)]
    flagged = f"{flags[0]}; beside held-out ones {flags[1]}"
    copied = share(int((found.best > 0).sum()), len(outputs.told))
    print(f"| {name} | {len(training.told):,} | {seed} | {limit:.3f} | {copied} | "
          f"{share(*counts)} | {flagged} |", flush=True)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["texts", "images", "generator"])
    parser.add_argument("--texts", type=int, default=1_000_000)
    parser.add_argument("--slice", type=int, default=50_000)
    parser.add_argument("--steps", type=int, default=6_000, help="training steps of the diffusion model")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--pictures", type=Path)
    args = parser.parse_args()
    benches = {"texts": texts_bench, "images": images_bench, "generator": generator_bench}
    benches[args.what](args)


if __name__ == "__main__":
    main()
