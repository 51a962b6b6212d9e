"""How well disguises are undone: HateCheck's spelling functions, genuine text of other scripts, the table, speed.

    python bench/deobfuscate.py [--data DIR] [--genuine DIR] [--seeds 3]

DIR of --data holds `content/hatecheck` and `content/davidson`; DIR of --genuine one text a line in `<name>.txt`.
A classifier of words (TF-IDF and logistic regression) is trained on Davidson's tweets; its recall on the disguised
cases, before and after `deobfuscated`, stands beside its recall on the very cases they were made from. Half of the
templates, drawn once, served to tune the speller: only the other half is reported.
"""

from __future__ import annotations

import argparse
import csv
import os
import random
import re
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from headgate.evidence.intervals import wilson
from headgate.screen.deobfuscate import screen
from headgate.shapes import Batch
from headgate.tables import DATA, rows
from headgate.texts.decode import decoded, deobfuscated
from headgate.texts.linear_text import log_odds
from headgate.texts.linear_text_file import load

FUNCTIONS = ("spell_char_swap_h", "spell_char_del_h", "spell_space_del_h", "spell_space_add_h", "spell_leet_h")
FLAGGED = {"": FUNCTIONS[3:], "leet": FUNCTIONS[4:], "spaced": FUNCTIONS[3:4], "joined": FUNCTIONS[2:3],
           "misspelt": FUNCTIONS[:2]}  # fmt: skip
SPOKEN_OF = {"homoglyph", "leet", "spaced", "invisible", "styled", "mark", "variant", "shape", "split", "homophone",
             "pinyin"}  # fmt: skip
Row = dict[str, str]


def pairs(data: Path) -> tuple[list[tuple[Row, Row]], list[tuple[Row, Row]]]:
    """Disguised cases with the cases they were made from: of the half to tune on, and of the half to report."""
    with (data / "content/hatecheck/test_suite_cases.csv").open(encoding="utf-8") as file:
        cases = list(csv.DictReader(file))
    by_id = {case["case_id"]: case for case in cases}
    both = [(case, by_id[case["ref_case_id"]]) for case in cases if case["functionality"] in FUNCTIONS]
    templates = sorted({case["ref_templ_id"] for case, _ in both})
    tuned = set(random.Random(20261121).sample(templates, len(templates) // 2))
    return ([p for p in both if p[0]["ref_templ_id"] in tuned], [p for p in both if p[0]["ref_templ_id"] not in tuned])


def classifier(data: Path, seed: int) -> tuple[Callable[[Sequence[str]], Any], frozenset[str]]:
    """Whether texts are hateful or offensive, by words, and the words it knows; trained on four fifths of Davidson."""
    with (data / "content/davidson/labeled_data.csv").open(encoding="utf-8") as file:
        tweets = [(re.sub(r"&#?\w+;", " ", row["tweet"]), row["class"] != "2") for row in csv.DictReader(file)]
    drawn = random.Random(seed).sample(tweets, len(tweets) * 4 // 5)
    features = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True)
    model = make_pipeline(features, LogisticRegression(C=4, class_weight="balanced", max_iter=400))
    model.fit([text for text, _ in drawn], [label for _, label in drawn])
    words = frozenset(word for word in features.vocabulary_ if word.isalpha() and " " not in word)
    return lambda texts: np.asarray(model.predict(texts), dtype=bool), words


def spread(differences: Any, clusters: Sequence[str], seed: int = 0) -> tuple[float, float]:
    """95 % bootstrap interval of the mean difference, in points, whole templates drawn."""
    rng = np.random.default_rng(seed)
    names = sorted(set(clusters))
    of = {name: differences[[c == name for c in clusters]] for name in names}
    drawn = [np.concatenate([of[n] for n in rng.choice(names, len(names))]).mean() for _ in range(2000)]
    return float(np.percentile(drawn, 2.5)) * 100, float(np.percentile(drawn, 97.5)) * 100


def share(found: int, of: int) -> str:
    low, high = wilson(found, of) or (0.0, 1.0)
    return f"{found}/{of} = {found / of:.2%} [{low:.2%}, {high:.2%}]"


def hatecheck(data: Path, seeds: int) -> None:
    _, reported = pairs(data)
    clusters = [case["ref_templ_id"] for case, _ in reported]
    bent, straight = [case["test_case"] for case, _ in reported], [ref["test_case"] for _, ref in reported]
    for label, words in (("list", frozenset[str]()), ("list and a classifier's words", classifier(data, 0)[1])):
        exact = [
            squeezed(deobfuscated(a, words)) == squeezed(deobfuscated(b, words))
            for a, b in zip(bent, straight, strict=True)
        ]
        for name in FUNCTIONS:
            here = [e for e, (case, _) in zip(exact, reported, strict=True) if case["functionality"] == name]
            print(f"restored word for word, {label}, {name}: {share(sum(here), len(here))}")
        print(f"restored word for word, {label}, all: {share(sum(exact), len(exact))}")
    print("recall: undisguised | disguised | after deobfuscated | difference in points [95 %, templates drawn]")
    if (toxic := shipped()) is not None:
        plain, raw = toxic(straight), toxic(bent)
        after = toxic([deobfuscated(text) for text in bent])
        gap = after.astype(float) - plain.astype(float)
        low, high = spread(gap, clusters)
        print(f"toxicity.npz: {plain.mean():.3f} | {raw.mean():.3f} | {after.mean():.3f} | "
              f"{gap.mean() * 100:+.1f} [{low:+.1f}, {high:+.1f}]")  # fmt: skip
        by_function([case["functionality"] for case, _ in reported], plain, raw, after)
    for seed in range(seeds):
        predict, vocabulary = classifier(data, seed)
        plain, raw = predict(straight), predict(bent)
        for label, words in (("list", frozenset[str]()), ("list and the classifier's words", vocabulary)):
            after = predict([deobfuscated(text, words) for text in bent])
            gap = after.astype(float) - plain.astype(float)
            low, high = spread(gap, clusters)
            print(f"seed {seed}, {label}: {plain.mean():.3f} | {raw.mean():.3f} | {after.mean():.3f} | "
                  f"{gap.mean() * 100:+.1f} [{low:+.1f}, {high:+.1f}]")  # fmt: skip
            if seed == 0:
                by_function([case["functionality"] for case, _ in reported], plain, raw, after)


def by_function(functions: list[str], plain: Any, raw: Any, after: Any) -> None:
    for name in FUNCTIONS:
        at = np.array([one == name for one in functions])
        gap = after[at].astype(float) - plain[at].astype(float)
        print(f"   {name}: {plain[at].mean():.3f} | {raw[at].mean():.3f} | {after[at].mean():.3f} | "
              f"{gap.mean() * 100:+.1f}  n={at.sum()}")  # fmt: skip


def shipped() -> Callable[[Sequence[str]], Any] | None:
    """The toxicity model that ships, by its output `toxic`, or None where there is none."""
    if not (DATA / "toxicity.npz").is_file():
        return None
    model = load(DATA / "toxicity.npz")
    return lambda texts: log_odds(model, list(texts))[:, model.labels.index("toxic")] >= 0


def squeezed(text: str) -> str:
    return re.sub(r"\s+([.,!?])", r"\1", re.sub(r"\s+", " ", text)).strip()


def flagged(data: Path, folder: Path | None) -> None:
    """What `Errors` of the method says: cases it should flag, and genuine texts that it should not, by axis."""
    screener = screen()
    _, reported = pairs(data)
    english = [ref["test_case"] for _, ref in reported]
    texts: list[str] = []
    for path in sorted(folder.glob("*.txt")) if folder else ():
        (english if path.stem == "en" else texts).extend(path.read_text(encoding="utf-8").splitlines())
    of_english = screener.score(Batch([""] * len(english), english))
    of_all = screener.score(Batch([""] * len(texts + english), texts + english))
    for axis, functions in FLAGGED.items():
        bent = [case["test_case"] for case, _ in reported if case["functionality"] in functions]
        scores = screener.score(Batch([""] * len(bent), bent))
        at = screener.axes.index(axis) if axis else None
        clean = of_english if axis in ("joined", "misspelt") else of_all  # spelling is undone in English alone
        hit, passed = (s.score if at is None else s.axes[:, at] for s in (scores, clean))
        print(f"errors of {axis or 'the score'}: flagged {share(int((hit >= screener.threshold).sum()), len(bent))}; "
              f"genuine not flagged {share(int((passed < screener.threshold).sum()), len(passed))}")  # fmt: skip


def genuine(folder: Path) -> None:
    for path in sorted(folder.glob("*.txt")):
        texts = path.read_text(encoding="utf-8").splitlines()
        kinds = [{change.kind for change in decoded(text).changes} for text in texts]
        spelled = sum(bool(k) for k in kinds)
        drawn = sum(bool(k & SPOKEN_OF) for k in kinds)
        print(f"genuine {path.stem}: any change {share(spelled, len(texts))}; "
              f"counted in the score {share(drawn, len(texts))}")  # fmt: skip


def table() -> None:
    forms = rows("chinese_forms.csv")
    right = sum(deobfuscated(f"请看「{row['form']}」一下") == f"请看「{row['reads']}」一下" for row in forms)
    print(f"rows of the table restored in a sentence: {share(right, len(forms))}")


def speed(data: Path) -> None:
    with (data / "content/hatecheck/test_suite_cases.csv").open(encoding="utf-8") as file:
        english = [row["test_case"] for row in csv.DictReader(file) if row["functionality"] not in FUNCTIONS] * 5
    with (data / "content/davidson/labeled_data.csv").open(encoding="utf-8") as file:
        tweets = [row["tweet"] for row in csv.DictReader(file)]
    with (data / "content/cold/train.csv").open(encoding="utf-8-sig") as file:
        chinese = [row["TEXT"] for row in csv.DictReader(file)]
    for name, texts in (
        ("clean English sentences", english),
        ("English tweets", tweets),
        ("Chinese comments", chinese),
    ):
        start = time.perf_counter()
        for text in texts:
            deobfuscated(text)
        print(f"speed, {name}: {len(texts) / (time.perf_counter() - start):,.0f} docs/s, one core")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("HEADGATE_DATA", "../shared/data")))
    parser.add_argument("--genuine", type=Path, default=None)
    parser.add_argument("--seeds", type=int, default=3)
    given = parser.parse_args()
    hatecheck(given.data, given.seeds)
    table()
    if given.genuine:
        genuine(given.genuine)
    flagged(given.data, given.genuine)
    speed(given.data)


if __name__ == "__main__":
    main()
