"""The built-in judge of `screen chinese_safe`: trained on COLD, and how it does on COLD's test part.

    python bench/chinese_safe.py [--data DIR] [--write]

--write trains it anew and replaces data/chinese_safe.npz. Disguised: in each text of the test part that holds words
of the table, one of their forms is put in for each, drawn at random; recall before and after `deobfuscated`.
"""

from __future__ import annotations

import argparse
import csv
import os
import random
import time
import unicodedata
from collections import defaultdict
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import numpy as np

from headgate.evidence.intervals import wilson
from headgate.tables import DATA, rows
from headgate.texts.decode import deobfuscated
from headgate.texts.linear_text import Model, log_odds
from headgate.texts.linear_text_file import load, save
from headgate.texts.linear_text_fit import train

KINDS = {"0": "other, safe", "1": "attacks a person", "2": "attacks a group", "3": "against bias, safe"}


def cold(data: Path, part: str) -> list[dict[str, str]]:
    with (data / f"content/cold/{part}.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def share(found: int, of: int) -> str:
    low, high = wilson(found, of) or (0.0, 1.0)
    return f"{found}/{of} = {found / of:.3f} [{low:.3f}, {high:.3f}]"


def made(data: Path, seed: int = 0) -> Model:
    known = [*cold(data, "train"), *cold(data, "dev")]
    texts, labels = [deobfuscated(row["TEXT"]) for row in known], [[float(row["label"])] for row in known]
    model = train(texts, labels, ["unsafe"], grams=("c1", "c2", "c3"), bits=18, least=2, seed=seed)
    seen = sorted({int(sha256(row["TEXT"].encode()).hexdigest()[:8], 16) for row in known})
    facts = {"trained on": "COLD train and dev (Deng et al. 2022, Apache-2.0), deobfuscated", "seed": seed}
    return replace(model, seen=np.array(seen, np.uint32), facts=facts)


def disguise(text: str, forms: dict[str, list[str]], rng: random.Random) -> str:
    for word, ways in forms.items():
        while word in text:
            text = text.replace(word, rng.choice(ways), 1)
    return text


def report(model: Model, data: Path, seed: int) -> None:
    test = cold(data, "test")
    truth = np.array([row["label"] == "1" for row in test])
    start = time.perf_counter()
    plain = [deobfuscated(row["TEXT"]) for row in test]
    said = log_odds(model, plain)[:, 0] >= 0
    seconds = time.perf_counter() - start
    f1 = [2 * (a & b).sum() / (a.sum() + b.sum()) for a, b in ((said, truth), (~said, ~truth))]
    print(f"seed {seed}: accuracy {share(int((said == truth).sum()), len(test))}, macro-F1 {np.mean(f1):.3f}, "
          f"{len(test) / seconds:,.0f} docs/s with deobfuscation")  # fmt: skip
    print(f"  recall of unsafe {share(int((said & truth).sum()), int(truth.sum()))}, "
          f"over-blocking {share(int((said & ~truth).sum()), int((~truth).sum()))}")  # fmt: skip
    if "fine-grained-label" in test[0]:
        for code, name in KINDS.items():
            at = np.array([row["fine-grained-label"] == code for row in test])
            print(f"  {name}: right {share(int((said == truth)[at].sum()), int(at.sum()))}")
    forms: dict[str, list[str]] = defaultdict(list)
    for row in rows("chinese_forms.csv"):
        forms[row["reads"]].append(row["form"])
    rng = random.Random(seed)
    longest = dict(sorted(forms.items(), key=lambda item: -len(item[0])))
    drawn = [(row["TEXT"], bent) for row in test if row["label"] == "1"
             and (bent := disguise(row["TEXT"], longest, rng)) != row["TEXT"]]  # fmt: skip
    odds = [
        log_odds(model, texts)[:, 0] >= 0
        for texts in (
            [deobfuscated(a) for a, _ in drawn],
            [unicodedata.normalize("NFKC", b).casefold() for _, b in drawn],
            [deobfuscated(b) for _, b in drawn],
        )
    ]
    names = ("undisguised", "disguised, as written", "disguised, deobfuscated")
    for name, hits in zip(names, odds, strict=True):
        print(f"  recall, {name}: {share(int(hits.sum()), len(drawn))}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("HEADGATE_DATA", "../shared/data")))
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    for seed in range(3):
        model = made(given.data, seed)
        if seed == 0 and given.write:
            save(model, DATA / "chinese_safe.npz")
        report(model, given.data, seed)
    print("as shipped:")
    report(load(DATA / "chinese_safe.npz"), given.data, 0)


if __name__ == "__main__":
    main()
