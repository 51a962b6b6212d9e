"""Traced poisons, beside captum, kronfluence, pyDVL and dattri; linear datamodelling scores; wrong labels by VoG.

    python bench/attribution.py poisons --captum PYTHON --kronfluence PYTHON --pydvl PYTHON --dattri PYTHON
    python bench/attribution.py lds
    python bench/attribution.py labels

poisons: the poisoned digits, one model a seed, query part of the behaviour only; precision at the number of poisons
(65 of 1,300), AUROC and processor seconds of each method, all on the same model in the same run. Each library runs in
its own interpreter (attribution_peers.py) and is left out, with a line that says so, where none is given. Where the
definition is the same, the correlation of scores. Settings were chosen on seeds 10 to 14, never on those reported.

lds: Spearman correlation, over subsets, of the sum of the influences of the items in a random half with the loss of
the query after training on that half (Park et al., arXiv 2303.14186, section 2), its mean over queries.
labels: digits of which a tenth carry another label: AUROC of VoG and of the loss for them, and pruning by VoG.
"""

from __future__ import annotations

import argparse
import importlib
import json
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from scipy.stats import rankdata, spearmanr
from scipy.stats import t as student

from headgate.nn.adapters import CLASSES, class_losses
from headgate.nn.gradients import rows, weights
from headgate.nn.kfac import fit, own
from headgate.nn.layer_gradients import along, each
from headgate.nn.networks import convolutional, perceptron
from headgate.nn.threads import fitting
from headgate.nn.training import train
from headgate.repair.examples import examples, take
from headgate.repair.shapes import Behaviour, Checkpoint, Doubles, Examples, Influence, Subject
from headgate.synthetic.digits import poisoned
from headgate.trace import ekfac, tracin, vog

Method = Callable[[Subject, Behaviour], Influence]
KEEP = (2, 5, 10, 15, 20)
OURS: dict[str, Method] = {
    "tracin": tracin.trace,
    "tracin, first checkpoint": lambda s, b: tracin.trace(s, b, first=1),
    "tracin, last layer": lambda s, b: tracin.trace(s, b, layers="last"),
    "tracin, last layer, first checkpoint": lambda s, b: tracin.trace(s, b, layers="last", first=1),
    "ekfac": ekfac.trace,
    "ekfac, given answers": lambda s, b: ekfac.trace(s, b, answers="given"),
    "ekfac, not by self-influence": lambda s, b: ekfac.trace(s, b, relative=False),
    "ekfac, given answers, not by self-influence": lambda s, b: ekfac.trace(s, b, answers="given", relative=False),
    "ekfac, first checkpoint": lambda s, b: ekfac.trace(s, b, checkpoint=0),
    "gradient dot product (one checkpoint)": lambda s, b: tracin.trace(_alone(s), b),
    "vog": vog.trace,
}
# what is the same by definition: ours, theirs
SAME = (
    ("tracin", "dattri TracIn"),
    ("tracin, last layer", "captum TracInCPFast"),
    ("tracin, last layer, first checkpoint", "captum TracInCPFast, first checkpoint"),
    ("gradient dot product (one checkpoint)", "kronfluence identity"),
    ("ekfac, given answers, not by self-influence", "kronfluence EK-FAC, given answers"),
    ("ekfac, not by self-influence", "kronfluence EK-FAC"),
    ("ekfac, given answers", "kronfluence EK-FAC / own"),
    ("data_shapley, pixels", "pyDVL kNN-Shapley, pixels"),
    ("data_shapley, features", "pyDVL kNN-Shapley, features"),
)


def _alone(subject: Subject) -> Subject:
    return Subject(subject.name, subject.model, subject.train, subject.adapter)


def others() -> dict[str, Method]:
    """The methods without gradients, where they are installed beside these."""
    found: dict[str, Method] = {}
    try:
        shapley = importlib.import_module("headgate.trace.data_shapley").trace
        near = importlib.import_module("headgate.trace.neighbours").trace
    except ImportError as error:
        print(f"left out: {error}")
        return found
    found["data_shapley"] = shapley
    found["data_shapley, pixels"] = lambda s, b: shapley(s, b, over="input")
    found["data_shapley, features"] = lambda s, b: shapley(s, b, over="features")
    found["neighbours"] = near
    return found


def subject(seed: int) -> tuple[Subject, Behaviour, np.ndarray]:
    planted = poisoned(seed)
    model = convolutional((1, 8, 8), 10, seed=seed)
    kept = train(model, planted.train, class_losses, epochs=20, rate=3e-3, seed=seed, keep=KEEP)
    made = Subject("digits", model, planted.train, CLASSES, kept)
    return made, planted.parts["query"], np.isin(planted.train.ids, planted.bad)


def auroc(hit: np.ndarray, score: Doubles) -> float:
    places, n = rankdata(score), int(hit.sum())
    return float((places[hit].sum() - n * (n + 1) / 2) / (n * (len(hit) - n)))


def interval(values: list[float]) -> str:
    half = student.ppf(0.975, len(values) - 1) * np.std(values, ddof=1) / len(values) ** 0.5 if len(values) > 1 else 0
    return f"{np.mean(values):.3f} ± {half:.3f} ({min(values):.3f} to {max(values):.3f})"


def exchange(folder: Path, made: Subject, asked: Behaviour) -> None:
    for kind, items in (("train", made.train), ("query", asked.queries)):
        np.save(folder / f"{kind}_x.npy", items.x)
        np.save(folder / f"{kind}_y.npy", items.y)
        np.save(folder / f"{kind}_features.npy", CLASSES.features(made.model, items))
    np.save(folder / "rates.npy", [one.rate for one in made.checkpoints])
    assert CLASSES.save is not None
    for name, model in (
        ("model", made.model),
        *((f"checkpoint-{n}", one.model) for n, one in enumerate(made.checkpoints)),
    ):
        place = folder / name
        place.mkdir()
        CLASSES.save(model, place)
        (place / "model.safetensors").rename(folder / f"{name}.safetensors")


def theirs(folder: Path, library: str, python: str) -> dict[str, tuple[Doubles, float]]:
    command = [python, str(Path(__file__).with_name("attribution_peers.py")), library, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        print(f"left out: {library} failed: {done.stderr.strip().splitlines()[-1]}")
        return {}
    seconds = json.loads((folder / f"seconds-{library}.json").read_text())
    return {name: (np.load(folder / f"{name.replace('/', 'by')}.npy"), spent) for name, spent in seconds.items()}


def poisons(arguments: argparse.Namespace) -> None:
    kept: dict[str, Any] = json.loads(arguments.into.read_text()) if arguments.into and arguments.into.exists() else {}
    for seed in map(str, arguments.seeds):
        if seed not in kept:
            kept[seed] = poisoned_seed(int(seed), arguments)
            if arguments.into:
                arguments.into.write_text(json.dumps(kept))
            print(f"seed {seed} done", flush=True)
    figures = [kept[str(seed)] for seed in arguments.seeds]
    names = sorted(figures[0]["methods"], key=lambda one: -np.mean([each_["methods"][one][0] for each_ in figures]))
    print("\n| method | precision at 65 | AUROC | processor seconds, median |\n|---|---|---|---|")
    for name in names:
        precision, area, seconds = zip(*(one["methods"][name] for one in figures), strict=True)
        print(f"| {name} | {interval(list(precision))} | {np.mean(area):.3f} | {np.median(seconds):.2f} |")
    print("\n| ours | theirs | correlation, lowest of seeds |\n|---|---|---|")
    for pair in figures[0]["agreement"]:
        print(f"| {pair} | {min(one['agreement'][pair] for one in figures):.5f} |")


def poisoned_seed(seed: int, arguments: argparse.Namespace) -> dict[str, Any]:
    """Of one seed: precision, AUROC and seconds by method; correlations by pair."""
    made, asked, bad = subject(seed)
    found: dict[str, tuple[Doubles, float]] = {}
    for name, method in (OURS | others()).items():
        start = time.process_time()
        score = method(made, asked).score
        found[name] = score, time.process_time() - start
    with tempfile.TemporaryDirectory() as place:
        exchange(Path(place), made, asked)
        for library in ("captum", "kronfluence", "pydvl", "dattri"):
            python = getattr(arguments, library)
            if python:
                found |= theirs(Path(place), library, python)
            else:
                print(f"left out: {library}, no interpreter was given (--{library})")

    def figures(score: Doubles, spent: float) -> tuple[float, float, float]:
        first = np.argsort(-score, kind="stable")[: bad.sum()]
        return float(bad[first].mean()), auroc(bad, score), spent

    return {
        "methods": {name: figures(*one) for name, one in found.items()},
        "agreement": {
            f"{a} | {b}": float(np.corrcoef(found[a][0], found[b][0])[0, 1])
            for a, b in SAME if a in found and b in found
        },
    }  # fmt: skip


def lds(arguments: argparse.Namespace) -> None:
    """One seed of data and model; each subset is trained `--repeats` times and the loss averaged."""
    from sklearn.datasets import load_digits

    x, y = load_digits(return_X_y=True)
    x = (x / 16).astype(np.float32)
    order = np.random.default_rng(0).permutation(len(x))
    items = examples(x[order[:300]], y[order[:300]])
    queries = examples(x[order[300:340]], y[order[300:340]])

    def trained(
        some: Examples, seed: int, keep: tuple[int, ...] = ()
    ) -> tuple[torch.nn.Module, tuple[Checkpoint, ...]]:
        model = perceptron(64, 10, hidden=(32,), seed=seed)
        kept = train(model, some, class_losses, epochs=20, rate=1e-2, seed=seed, keep=keep)
        return model, kept

    generator = np.random.default_rng(1)
    halves = np.stack(
        [np.isin(np.arange(300), generator.choice(300, 150, replace=False)) for _ in range(arguments.subsets)]
    )
    start = time.perf_counter()
    outcome = np.stack([_trained_losses(trained, take(items, half), queries, arguments.repeats) for half in halves])
    print(f"{len(halves)} halves trained {arguments.repeats} times in {time.perf_counter() - start:.0f} s")
    scores: dict[str, list[Doubles]] = {}
    for seed in range(arguments.repeats):
        model, kept = trained(items, seed, KEEP)
        for name, found in _pairwise(model, kept, items, queries).items():
            scores.setdefault(name, []).append(found)
    print("\n| method | LDS | of one model |\n|---|---|---|")
    draws = np.random.default_rng(2)
    for name, found in scores.items():
        figures = []
        for score in (np.mean(found, axis=0), found[0]):
            # influence above 0: with the item in, the loss is lower
            foretold = -(halves @ score.T.astype(float))
            each_query = np.array([spearmanr(foretold[:, q], outcome[:, q]).statistic for q in range(len(queries))])
            redrawn = [each_query[draws.integers(0, len(queries), len(queries))].mean() for _ in range(2_000)]
            low, high = np.percentile(redrawn, [2.5, 97.5])
            figures.append(f"{each_query.mean():.3f} [{low:.3f}, {high:.3f}]")
        print(f"| {name} | {' | '.join(figures)} |")


def _trained_losses(trained: Callable[..., tuple[torch.nn.Module, object]], some: Examples, queries: Examples,
                    repeats: int) -> Doubles:  # fmt: skip
    found: Doubles = np.mean([CLASSES.losses(trained(some, 100 + n)[0], queries) for n in range(repeats)], axis=0)
    return found


def _pairwise(
    model: torch.nn.Module, kept: tuple[Checkpoint, ...], items: Examples, queries: Examples
) -> dict[str, Doubles]:
    """Scores of each query (queries x items), which the methods give as a mean."""

    def dots(here: torch.nn.Module) -> Doubles:
        sides = [torch.cat(list(rows(here, class_losses, some, weights(here)))).numpy() for some in (queries, items)]
        product: Doubles = sides[0] @ sides[1].T
        return product

    found = {
        "tracin": np.sum([one.rate * dots(one.model) for one in kept], axis=0),
        "gradient dot product": dots(model),
    }
    with fitting(model):
        bases = fit(model, class_losses, items, "classes")
        slopes = each(model, class_losses, queries, bases)
        for damping in (0.01, 0.1, 1.0):
            ways = {name: one.solved(slopes[name], damping) for name, one in bases.items()}
            score = sum(along(model, class_losses, items, ways).values()).T.numpy()
            found[f"ekfac, damping {damping:g}, not by self-influence"] = score
            itself = own(model, class_losses, items, bases, damping).clamp(min=1e-38).sqrt().numpy()
            found[f"ekfac, damping {damping:g}"] = score / itself
    features = [CLASSES.features(model, some) for some in (queries, items)]
    a, b = (one / np.linalg.norm(one, axis=1, keepdims=True).clip(1e-9) for one in features)
    found["likeness of features, the same class"] = (a @ b.T) * (queries.y[:, None] == items.y[None])
    return found


def labels(arguments: argparse.Namespace) -> None:
    """Digits of which a tenth carry another label: who stands out, and what half of the items is worth keeping."""
    from sklearn.datasets import load_digits

    x, y = load_digits(return_X_y=True)
    x = (x / 16).astype(np.float32).reshape(-1, 1, 8, 8)
    found: dict[str, list[float]] = {}
    pruned: dict[str, list[float]] = {}
    for seed in arguments.seeds:
        generator = np.random.default_rng(seed)
        order = generator.permutation(len(x))
        wrong = np.zeros(1_300, bool)
        wrong[generator.choice(1_300, 130, replace=False)] = True
        told = y[order[:1_300]].copy()
        told[wrong] = (told[wrong] + generator.integers(1, 10, 130)) % 10
        items, held = examples(x[order[:1_300]], told), examples(x[order[1_300:]], y[order[1_300:]])
        model = convolutional((1, 8, 8), 10, seed=seed)
        kept = train(model, items, class_losses, epochs=20, rate=3e-3, seed=seed, keep=KEEP)
        made, asked = Subject("labels", model, items, CLASSES, kept), Behaviour("query", held, held)
        scores = {
            "vog": vog.trace(made, asked).score,
            "vog, not by class": vog.trace(made, asked, by_class=False).score,
            "vog, first two checkpoints": vog.trace(made, asked, first=2).score,
            "loss, the model": CLASSES.losses(model, items),
            "loss, first checkpoint": CLASSES.losses(kept[0].model, items),
            "loss, mean over checkpoints": np.mean([CLASSES.losses(one.model, items) for one in kept], axis=0),
        }
        for name, score in scores.items():
            found.setdefault(name, []).append(auroc(wrong, score))
        by = np.argsort(scores["vog"])
        halves = {
            "all": np.arange(1_300), "half at random": generator.permutation(1_300)[:650],
            "half of lowest vog": by[:650], "half of highest vog": by[650:],
            "half of lowest loss, first checkpoint": np.argsort(scores["loss, first checkpoint"])[:650],
        }  # fmt: skip
        for name, places in halves.items():
            fresh = convolutional((1, 8, 8), 10, seed=seed)
            epochs = 20 * 1_300 // len(places)  # as many steps
            train(fresh, take(items, places), class_losses, epochs=epochs, rate=3e-3, seed=seed)
            pruned.setdefault(name, []).append(float(CLASSES.outcomes(fresh, held).mean()))
    for title, table in (("AUROC for wrong labels", found), ("accuracy on held-out digits, trained on", pruned)):
        print(f"\n| {title} | |\n|---|---|")
        for name, values in table.items():
            print(f"| {name} | {interval(values)} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("poisons", "lds", "labels"))
    parser.add_argument("--seeds", type=int, nargs="+", default=list(range(5)))
    parser.add_argument(
        "--into", type=Path, help="of poisons: keeps the figures of each seed, and leaves out those kept"
    )
    parser.add_argument("--subsets", type=int, default=100, help="of lds: random halves")
    parser.add_argument("--repeats", type=int, default=3, help="of lds: trainings of each half, and of the whole")
    for library in ("captum", "kronfluence", "pydvl", "dattri"):
        parser.add_argument(f"--{library}", help=f"interpreter of an environment with {library} and safetensors")
    arguments = parser.parse_args()
    {"poisons": poisons, "lds": lds, "labels": labels}[arguments.what](arguments)


if __name__ == "__main__":
    main()
