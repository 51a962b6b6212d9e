"""SS3 beside TF-IDF with logistic regression, naive Bayes and pyss3: macro-F1 with interval, texts a second.

    python bench/ss3.py --data ../shared/data                     # pyss3 only where it can be imported
    python bench/ss3.py --data ../shared/data --peer /path/to/site-packages

Davidson: three seeds, a fifth held out by class. COLD: its own test part. Parameters of SS3 (and whether runs of two
words are learnt) are chosen by cross-validation inside the training part. Intervals: 2,000 bootstrap draws of test
texts. Speed: predicting the test texts, best of three, one thread. Where pyss3 is there, every gv of every word is
compared with ours too.
"""

from __future__ import annotations

import argparse
import csv
import importlib
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from headgate.texts.ss3 import ONE, sums, units
from headgate.texts.ss3_train import fit, macro_f1, tune

Predict = Callable[[Sequence[str]], np.ndarray]
Split = tuple[list[str], list[str], list[str], list[str]]


def davidson(data: Path, seed: int) -> Split:
    from sklearn.model_selection import train_test_split

    with (data / "content/davidson/labeled_data.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    some, rest = train_test_split(rows, test_size=0.2, random_state=seed, stratify=[row["class"] for row in rows])
    return (
        [r["tweet"] for r in some],
        [r["class"] for r in some],
        [r["tweet"] for r in rest],
        [r["class"] for r in rest],
    )


def cold(data: Path) -> Split:
    parts: list[list[str]] = []
    for name in ("train", "test"):
        with (data / f"content/cold/{name}.csv").open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
        parts += [[r["TEXT"] for r in rows], [r["label"] for r in rows]]
    return parts[0], parts[1], parts[2], parts[3]


def ours(texts: list[str], labels: list[str]) -> tuple[Predict, str]:
    tried = [(*tune(texts, labels, grams=grams), grams) for grams in (1, 2)]
    _, chosen, grams = max(tried, key=lambda one: one[0])
    model = fit(texts, labels, grams=grams, **chosen)
    classes = np.array(model.classes)
    told = f"sigma {chosen['sigma']}, lambda {chosen['lam']}, rho {chosen['rho']}, runs of {grams}"
    return lambda some: classes[sums(model, [units(text) for text in some]).argmax(axis=1)], told


def linear(texts: list[str], labels: list[str], chinese: bool) -> tuple[Predict, str]:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    words: dict[str, Any] = {"analyzer": "char", "ngram_range": (1, 4)} if chinese else {"ngram_range": (1, 2)}
    fitted = LogisticRegression(C=4.0, class_weight="balanced", max_iter=1000)
    pipe = make_pipeline(TfidfVectorizer(min_df=2, sublinear_tf=True, **words), fitted).fit(texts, labels)
    return pipe.predict, "char 1-4" if chinese else "word 1-2"


def bayes(texts: list[str], labels: list[str]) -> tuple[Predict, str]:
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.naive_bayes import MultinomialNB
    from sklearn.pipeline import make_pipeline

    pipe = make_pipeline(CountVectorizer(analyzer=units), MultinomialNB()).fit(texts, labels)
    return pipe.predict, "the words of SS3"


def peer(texts: list[str], labels: list[str]) -> tuple[Predict, str]:
    pyss3 = importlib.import_module("pyss3")
    pyss3.set_verbosity(0)
    made = pyss3.SS3()
    ready = [" ".join(units(text)) for text in texts]
    made.fit(ready, labels, prep=False, leave_pbar=False)

    def predict(some: Sequence[str]) -> np.ndarray:
        made.__last_x_test__ = None  # it remembers the texts it was asked about last
        return np.array(made.predict([" ".join(units(text)) for text in some], prep=False, leave_pbar=False))

    return predict, "its defaults, the words of SS3"


def compared(texts: list[str], labels: list[str]) -> tuple[int, float]:
    """Over how many values, and by how much at most, gv of pyss3 differs from ours at its default parameters."""
    pyss3 = importlib.import_module("pyss3")
    pyss3.set_verbosity(0)
    theirs = pyss3.SS3(s=0.45, l=0.5, p=1.0, sg_m="vanilla", cv_m="gv")
    theirs.fit([" ".join(units(text)) for text in texts], labels, prep=False, leave_pbar=False)
    model = fit(texts, labels, sigma=0.45, lam=0.5, rho=1.0)
    pairs = [(theirs.gv(word, kind), model.worth[row, n] / ONE) for word, row in model.words.items()
             for n, kind in enumerate(model.classes)]  # fmt: skip
    return len(pairs), max(abs(one - other) for one, other in pairs)


def interval(truth: np.ndarray, said: np.ndarray) -> tuple[float, float]:
    rng = np.random.default_rng(0)
    draws = [macro_f1(truth[rows], said[rows]) for rows in rng.integers(0, len(truth), (2000, len(truth)))]
    low, high = np.quantile(draws, [0.025, 0.975])
    return float(low), float(high)


def row(name: str, made: tuple[Predict, str], texts: list[str], labels: list[str]) -> float:
    predict, told = made
    best = np.inf
    for _ in range(3):
        began = time.perf_counter()
        said = np.asarray(predict(texts)).astype(str)
        best = min(best, time.perf_counter() - began)
    codes = {kind: n for n, kind in enumerate(sorted(set(labels)))}
    truth, found = np.array([codes[x] for x in labels]), np.array([codes.get(x, -1) for x in said])
    low, high = interval(truth, found)
    print(f"| {name} | {told} | {macro_f1(truth, found):.3f} ({low:.3f} to {high:.3f}) | {len(texts) / best:,.0f} |")
    return len(texts) / best


def table(title: str, split: Split, chinese: bool) -> None:
    texts, labels, others, truth = split
    print(f"\n{title}: {len(texts):,} texts to train on, {len(others):,} to test on\n")
    print("| | | macro-F1 | texts/s |\n|---|---|--:|--:|")
    fast = row("SS3", ours(texts, labels), others, truth)
    slow = row("TF-IDF + LR", linear(texts, labels, chinese), others, truth)
    row("naive Bayes", bayes(texts, labels), others, truth)
    if importlib.util.find_spec("pyss3"):
        theirs = row("pyss3", peer(texts, labels), others, truth)
        number, most = compared(texts, labels)
        print(f"\ntexts/s: {fast / slow:.2f} x TF-IDF + LR, {fast / theirs:.2f} x pyss3; "
              f"gv of {number:,} word and class pairs differ from pyss3's by at most {most:.1e}")  # fmt: skip
    else:
        print(f"\ntexts/s: {fast / slow:.2f} x TF-IDF + LR; pyss3 is not there")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--peer", help="a folder with pyss3, looked into after all others")
    given = parser.parse_args()
    if given.peer:
        sys.path.append(given.peer)
    for seed in (0, 1, 2):
        table(f"Davidson, seed {seed}", davidson(given.data, seed), chinese=False)
    table("COLD", cold(given.data), chinese=True)


if __name__ == "__main__":
    main()
