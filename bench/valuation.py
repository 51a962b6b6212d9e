"""Tracing without gradients: poisons and wrong labels found, boosted trees, review budgets, sources of facts; pyDVL.

    OMP_NUM_THREADS=1 python bench/valuation.py                       # all but what is not there, with a note
    OMP_NUM_THREADS=1 python bench/valuation.py --only poison labels  # some parts
    OMP_NUM_THREADS=1 python bench/valuation.py --pydvl VENV/bin/python   # beside pyDVL's kNN-Shapley

pyDVL asks for numpy < 2, so it is given as the interpreter of an environment of its own (pip install pydvl==0.10.0).
Seconds are of the wall clock on one thread. Intervals are t intervals over seeds.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from headgate.evidence.clustered import t_quantile
from headgate.evidence.intervals import wilson
from headgate.repair.agreement import agreement, costs
from headgate.repair.arms import spend
from headgate.repair.clusters import clusters
from headgate.repair.estimators import ESTIMATOR, refit
from headgate.repair.examples import examples, take
from headgate.repair.nearest import knn_shapley, matches
from headgate.repair.shapes import Behaviour, Examples, Influence, Subject
from headgate.repair.trees import TREES
from headgate.repair.words import bm25, counted, tfidf
from headgate.trace import boostin, data_shapley, neighbours, quad, text_overlap

ROOT = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("HEADGATE_DATA", ROOT.parent / "shared" / "data"))
SEEDS = range(5)
Method = Callable[[Subject, Behaviour], Influence]

_PEER = """
import sys, time, numpy as np
from sklearn.neighbors import KNeighborsClassifier
from pydvl.valuation import KNNShapleyValuation
from pydvl.valuation.dataset import Dataset
given = np.load(sys.argv[1])
train, test = Dataset(given["x"], given["y"]), Dataset(given["qx"], given["qy"])
start = time.perf_counter()
found = KNNShapleyValuation(KNeighborsClassifier(int(given["k"])), test, progress=False).fit(train).result
seconds = time.perf_counter() - start
values = np.zeros(len(given["y"])); values[np.asarray(found.indices)] = found.values
np.savez(sys.argv[2], values=values, seconds=seconds)
"""


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--only", nargs="*", choices=list(PARTS), default=list(PARTS))
    asked.add_argument("--pydvl", type=Path, help="the interpreter of an environment with pyDVL")
    given = asked.parse_args()
    for part in given.only:
        print(f"\n== {part}", flush=True)
        PARTS[part](given)


def over_seeds(values: list[float]) -> str:
    """Mean and t interval."""
    half = t_quantile(len(values) - 1, 0.95) * np.std(values, ddof=1) / np.sqrt(len(values))
    return f"{np.mean(values):.3f} [{np.mean(values) - half:.3f}, {np.mean(values) + half:.3f}]"


def top(score: np.ndarray, bad: np.ndarray, many: int) -> float:
    """The share of bad ones among the `many` highest."""
    return float(bad[np.argsort(-score, kind="stable")[:many]].mean())


def poison(_: argparse.Namespace) -> None:
    """Precision at the number of poisons, digits, and how methods agree."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    from headgate.trace import tracin

    methods: dict[str, Method] = {
        "data_shapley (both)": data_shapley.trace,
        "data_shapley (input)": lambda s, b: data_shapley.trace(s, b, over="input"),
        "data_shapley (features)": lambda s, b: data_shapley.trace(s, b, over="features"),
        "data_shapley (features, checkpoint 0)": lambda s, b: data_shapley.trace(s, b, over="features", checkpoint=0),
        "neighbours (both)": neighbours.trace,
        "neighbours (features)": lambda s, b: neighbours.trace(s, b, over="features"),
        "quad (30 %)": quad.trace,
        "quad (10 %)": lambda s, b: quad.trace(s, b, share=0.1),
        "tracin (last layer, what quad evaluates)": lambda s, b: tracin.trace(s, b, layers="last"),
    }
    found: dict[str, list[float]] = {}
    seconds: dict[str, list[float]] = {}
    results: dict[str, Influence] = {}

    def tried(name: str, method: Method, subject: Subject, behaviour: Behaviour, bad: np.ndarray) -> None:
        start = time.perf_counter()
        results[name] = method(subject, behaviour)
        seconds.setdefault(name, []).append(time.perf_counter() - start)
        found.setdefault(name, []).append(top(results[name].score, bad, int(bad.sum())))

    for seed in SEEDS:
        subject, planted = digits(seed)
        bad, behaviour = np.isin(subject.train.ids, planted.bad), planted.parts["query"]
        for name, method in methods.items():
            tried(name, method, subject, behaviour, bad)
        flat = subject.train.x.reshape(len(subject.train), -1)
        model = HistGradientBoostingClassifier(max_iter=40, random_state=seed).fit(flat, subject.train.y)
        tried("boostin (its own trees)", boostin.trace, replace(subject, model=model, adapter=TREES), behaviour, bad)
    print("| method | precision at 65 | lowest seed | seconds |\n|---|---|---|---|")
    for name, values in found.items():
        print(f"| {name} | {over_seeds(values)} | {min(values):.2f} | {np.median(seconds[name]):.3f} |")
    print("\nlast seed: rank correlation, overlap of the top 65")
    for one in agreement(results, 65):
        print(f"| {one.first} | {one.second} | {one.rank:.2f} | {one.overlap:.2f} |")
    for cost in costs({name: float(np.median(took)) for name, took in seconds.items()}):
        print(f"| {cost.method} | {cost.seconds:.3f} s | {cost.times:.1f} x |")


def digits(seed: int) -> tuple:
    from headgate.nn.adapters import CLASSES, class_losses
    from headgate.nn.networks import convolutional
    from headgate.nn.training import train
    from headgate.synthetic.digits import poisoned

    planted, model = poisoned(seed), convolutional((1, 8, 8), 10, seed=seed)
    kept = train(model, planted.train, class_losses, epochs=20, rate=3e-3, seed=seed, keep=(2, 5, 10, 15, 20))
    return Subject("digits", model, planted.train, CLASSES, kept), planted


def labels(_: argparse.Namespace) -> None:
    """Wrong labels among the worst fifth: 200 digits, 20 of them wrong, 200 clean others."""
    from sklearn.datasets import load_digits
    from sklearn.linear_model import LogisticRegression

    x, y = load_digits(return_X_y=True)
    found: dict[str, list[float]] = {}
    for seed in SEEDS:
        draw = np.random.default_rng(seed)
        order = draw.permutation(len(x))[:400]
        wrong = np.zeros(200, bool)
        wrong[draw.choice(200, 20, replace=False)] = True
        answers = np.where(wrong, (y[order[:200]] + draw.integers(1, 10, 200)) % 10, y[order[:200]])
        items = examples(x[order[:200]].reshape(-1, 1, 8, 8) / 16, answers, ids=[f"{n}" for n in order[:200]])
        clean = examples(x[order[200:]].reshape(-1, 1, 8, 8) / 16, y[order[200:]], ids=[f"{n}" for n in order[200:]])
        model = LogisticRegression(max_iter=200).fit(items.x.reshape(200, -1), items.y)
        subject, behaviour = (
            Subject("digits", model, items, ESTIMATOR, retrain=refit(model)),
            Behaviour("query", clean, clean),
        )

        def note(name: str, score: np.ndarray, bad: np.ndarray = wrong) -> None:
            found.setdefault(name, []).append(float(bad[np.argsort(-score, kind="stable")[:40]].sum() / bad.sum()))

        note("exact kNN Shapley", data_shapley.trace(subject, behaviour, over="input", against="clean").score)
        start = time.perf_counter()
        walked = data_shapley.trace(subject, behaviour, method="tmc", against="clean", permutations=5, tolerance=0.02)
        took = time.perf_counter() - start
        note("truncated Monte Carlo, 5 walks", walked.score)
        whole = ESTIMATOR.outcomes(model, clean).mean()
        places = np.arange(200)
        without = [refit(model)(take(items, places != n), 0) for n in places]
        note("leave one out, retrained", np.array([ESTIMATOR.outcomes(one, clean).mean() - whole for one in without]))
        note("own loss", ESTIMATOR.losses(model, items))
        note("leave one out of the same vote", -one_out(items, clean, 5))
        note("random", draw.random(200))
    print(f"last walk: {took:.0f} s; {walked.note}")
    print("| found in the worst 20 % | share |\n|---|---|")
    for name, values in found.items():
        print(f"| {name} | {over_seeds(values)} |")


def one_out(items: Examples, asked: Examples, k: int) -> np.ndarray:
    """How much less the vote of the k nearest gives the right answer without each item."""
    x, q = items.x.reshape(len(items), -1), asked.x.reshape(len(asked), -1)
    order = np.argsort(((q[:, None] - x[None]) ** 2).sum(2), axis=1, kind="stable")
    match = np.take_along_axis(matches(items.y, asked.y), order, 1)
    value = np.zeros(len(items))
    np.add.at(value, order[:, :k], (match[:, :k] - match[:, [k]]) / k)
    return value / len(asked)


def pydvl(given: argparse.Namespace) -> None:
    """The same values as pyDVL's, and the seconds of both on the same arrays."""
    if given.pydvl is None:
        print("pyDVL was not given (--pydvl PYTHON): skipped")
        return
    from headgate.synthetic.digits import poisoned

    print(
        "| items x queries | k | correlation | largest difference | ours, s | pyDVL, s | ratio |\n"
        "|---|---|---|---|---|---|---|"
    )
    for k in (1, 5, 20):
        planted = poisoned(k)
        train, asked = planted.train, planted.parts["query"].queries
        x, q = (one.x.reshape(len(one), -1).astype(float) for one in (train, asked))
        # no two distances are equal, or the two would order them each in its own way
        x, q = (one + np.random.default_rng(n).normal(0, 1e-6, one.shape) for n, one in enumerate((x, q)))
        with tempfile.TemporaryDirectory() as folder:
            paths = [f"{folder}/{name}.npz" for name in ("given", "found")]
            np.savez(paths[0], x=x, y=train.y, qx=q, qy=asked.y, k=k)
            subprocess.run([given.pydvl, "-W", "ignore", "-c", _PEER, *paths], check=True)
            with np.load(paths[1]) as found:
                theirs, seconds = found["values"], float(found["seconds"])
        start = time.perf_counter()
        ours = knn_shapley(x, q, matches(train.y, asked.y), k)
        took = time.perf_counter() - start
        same = np.corrcoef(ours, theirs)[0, 1]
        worst = np.abs(ours - theirs).max()
        print(
            f"| {len(x)} x {len(q)} | {k} | {same:.6f} | {worst:.1e} | {took:.3f} | {seconds:.3f} "
            f"| {seconds / took:.0f} |"
        )


def trees(_: argparse.Namespace) -> None:
    """Loss of a target after retraining without the 5 % that speak for it: 20 targets x 5 seeds x 2 data sets."""
    from sklearn.datasets import load_breast_cancer, load_diabetes
    from sklearn.ensemble import GradientBoostingClassifier, GradientBoostingRegressor

    print("| data | taken out | change of the target's loss | more than at random in |\n|---|---|---|---|")
    for name, load, kind in (
        ("breast_cancer", load_breast_cancer, GradientBoostingClassifier),
        ("diabetes", load_diabetes, GradientBoostingRegressor),
    ):
        x, y = load(return_X_y=True)
        y = y if kind is GradientBoostingClassifier else (y - y.mean()) / y.std()
        change: dict[str, list[np.ndarray]] = {}
        seconds = 0.0
        for seed in SEEDS:
            order = np.random.default_rng(seed).permutation(len(x))
            items = examples(x[order[:-100]], y[order[:-100]], ids=[f"{n}" for n in order[:-100]])
            model = kind(n_estimators=50, max_depth=3, random_state=seed).fit(items.x, items.y)
            subject = Subject(name, model, items, TREES, retrain=refit(model))
            many, draw = round(0.05 * len(items)), np.random.default_rng(seed + 100)
            per: dict[str, list[float]] = {}
            for place in order[-20:]:
                target = examples(x[[place]], y[[place]])
                behaviour = Behaviour("query", target, target)
                start = time.perf_counter()
                scores = {"boostin": boostin.trace(subject, behaviour).score}
                seconds += time.perf_counter() - start
                scores["nearest with the answer"] = neighbours.trace(
                    subject, behaviour, k=len(items), over="input"
                ).score
                scores["random"] = draw.random(len(items))
                before = TREES.losses(model, target)[0]
                for way, score in scores.items():
                    kept = take(items, np.sort(np.argsort(-score, kind="stable")[many:]))
                    per.setdefault(way, []).append(float(TREES.losses(subject.retrain(kept, seed), target)[0] - before))
            for way, values in per.items():
                change.setdefault(way, []).append(np.array(values))
        for way, runs in change.items():
            beats = np.mean([(a > b).mean() for a, b in zip(runs, change["random"], strict=True)])
            said = "" if way == "random" else f"{beats:.0%} of targets"
            print(f"| {name} | {way} | {over_seeds([float(one.mean()) for one in runs])} | {said} |", flush=True)
        print(f"  ({seconds / 100 * 1000:.0f} ms a target by boostin)")


def budget(_: argparse.Namespace) -> None:
    """Looks until 80 % of 40 planted texts were seen, by clusters as arms and at random; a reviewer errs in 5 %."""
    paths = sorted(Path("/usr/share/doc").glob("*/copyright"))
    real = [one.read_text(encoding="utf-8", errors="replace")[:3_000] for one in paths[:800]]
    print("| texts | clusters | by arms, median (range) | at random | fewer in |\n|---|---|---|---|---|")
    sets = {"generated": None} | ({f"{len(real)} copyright files": real} if len(real) >= 200 else {})
    for name, texts in sets.items():
        for many in (10, 20, 40):
            pairs = [_looks(texts, many, seed) for seed in range(10)]
            ours, uniform = (np.array(one) for one in zip(*pairs, strict=True))
            print(f"| {name} | {many} | {np.median(ours):.0f} ({ours.min()}-{ours.max()}) | {np.median(uniform):.0f} "
                  f"({uniform.min()}-{uniform.max()}) | {(ours < uniform).sum()} of 10 |")  # fmt: skip


def _looks(real: list[str] | None, many: int, seed: int) -> tuple[int, int]:
    draw = np.random.default_rng(seed)
    common = [f"common{n}" for n in range(200)]
    topics = [[f"topic{n}word{m}" for m in range(60)] for n in range(11)]
    written = [" ".join([*draw.choice(topics[n % 10], 25), *draw.choice(common, 25)]) for n in range(400)]
    bad = [" ".join([*draw.choice(topics[10], 15), *draw.choice(common, 35)]) for _ in range(40)]
    texts = (real or written) + bad
    planted = np.arange(len(texts)) >= len(texts) - 40
    said = np.where(draw.random(len(texts)) < 0.05, ~planted, planted).astype(float)
    counts, _ = counted(texts)
    code = clusters(tfidf(counts, counts), many, seed=seed)
    ours = spend(code, lambda some: said[some], len(texts), seed=seed).items
    orders = (ours, draw.permutation(len(texts)))
    return tuple(int(np.searchsorted(np.cumsum(planted[one]), 32)) + 1 for one in orders)  # type: ignore[return-value]


def sources(_: argparse.Namespace) -> None:
    """The training item that a paraphrased question of TOFU comes from, by shared words."""
    folder = DATA / "unlearn" / "tofu"
    if not folder.is_dir():
        print("TOFU is not there (HEADGATE_DATA): skipped")
        return
    full = read_lines(folder / "full.json")
    asked = read_lines(folder / "forget10_perturbed.json")
    place = {one["question"]: n for n, one in enumerate(full)}
    pairs = [one for one in asked if one["question"] in place]
    texts, right = [f"{one['question']} {one['answer']}" for one in full], [place[one["question"]] for one in pairs]
    train, vocabulary = counted(texts)
    items = examples(np.arange(len(full))[:, None], np.zeros(len(full), int), texts=texts)
    ways = {
        "question": [one["paraphrased_question"] for one in pairs],
        "question and answer": [f"{one['paraphrased_question']} {one['paraphrased_answer']}" for one in pairs],
    }
    print("| asked by the paraphrased | words by | found first | reciprocal rank | seconds |\n|---|---|---|---|---|")
    for way, given_ in ways.items():
        queries, _ = counted(given_, vocabulary)
        weighed = (tfidf(queries, train) @ tfidf(train, train).T).toarray()
        for weights, scores in (("tfidf", weighed), ("bm25", bm25(queries, train))):
            ranks = 1 + (scores > scores[np.arange(len(right)), right][:, None]).sum(1)
            query, start = examples(np.zeros((1, 1)), np.zeros(1, int), texts=given_[:1]), time.perf_counter()
            behaviour = Behaviour("query", query, query)
            found = text_overlap.trace(Subject("tofu", None, items, ESTIMATOR), behaviour, weights=weights)
            took = time.perf_counter() - start
            assert np.allclose(found.score, scores[0])
            low, high = wilson(int((ranks == 1).sum()), len(ranks)) or (0.0, 1.0)
            print(
                f"| {way} | {weights} | {(ranks == 1).mean():.2f} [{low:.2f}, {high:.2f}] of {len(ranks)} among "
                f"{len(full):,} | {(1 / ranks).mean():.2f} | {took:.2f} |"
            )


def read_lines(path: Path) -> list[dict]:
    text = path.read_text(encoding="utf-8")
    return json.loads(text) if text.lstrip().startswith("[") else [json.loads(one) for one in text.splitlines() if one]


PARTS = {"poison": poison, "labels": labels, "pydvl": pydvl, "trees": trees, "budget": budget, "sources": sources}


if __name__ == "__main__":
    main()
