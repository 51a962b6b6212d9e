"""`measure cost_of_fairness`, `weak_proxies` and `explanation_gap` on Adult, and slots of review over languages.

    OMP_NUM_THREADS=1 python bench/fairness_costs.py               # all parts, about 4 minutes
    OMP_NUM_THREADS=1 python bench/fairness_costs.py --only weak

Adult: HistGradientBoosting with default settings fitted to four fifths of the official training rows (drawn by the
seed), the other fifth for validation, figures on the official test rows. The group is never a feature.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from headgate.fairness import bootstrap, capacity, fidelity, latent_group, measures, proxies
from headgate.measure.weak_proxies import BLUNT, SEEN
from tests import adult_rows
from tests.shifted_groups import shifted

DATA = Path(os.environ.get("HEADGATE_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))
CAPACITIES = (0.05, 0.1, 0.2, 0.4)
GROUPS = ("Female", "Male")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=[*PARTS])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--draws", type=int, default=50, help="drawings of proxies")
    given = parser.parse_args()
    for name, part in PARTS.items():
        if given.only in (None, name):
            started = time.process_time()
            print(f"\n## {name}\n", flush=True)
            part(given)
            print(f"\n({time.process_time() - started:.0f} s of CPU)", flush=True)


def _scored(seed: int):
    """Test rows with their scores, and validation rows with theirs, of the model of `seed`."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    train, test = adult_rows.read(DATA, "train"), adult_rows.read(DATA, "test")
    order = np.random.default_rng(seed).permutation(len(train.earns))
    held, fitted = order[: len(order) // 5], order[len(order) // 5 :]
    model = HistGradientBoostingClassifier(random_state=seed).fit(train.features()[fitted], train.earns[fitted])
    return (
        test,
        model.predict_proba(test.features())[:, 1],
        train,
        held,
        model.predict_proba(train.features()[held])[:, 1],
    )


def _cost(given: argparse.Namespace) -> None:
    print("| group | parity | places from | capacity | precision lost, mean | over seeds | interval, seed 0 "
          "| gap of parity, best | fair |\n|---|---|---|--:|--:|--:|--:|--:|--:|")  # fmt: skip
    made = [_scored(seed) for seed in range(given.seeds)]
    for group in ("sex", "race"):
        for parity, source in (("selection", "test"), ("recall", "test"), ("recall", "validation")):
            lost = np.array([_lost(one, group, parity, source, seed) for seed, one in enumerate(made)])
            if source == "test":
                test, scores = made[0][:2]
                rows = capacity.ranked(scores, test.columns[group], labels=test.earns)
                ks = [round(one * len(scores)) for one in CAPACITIES]
                ends = np.array(bootstrap.ends(capacity.redrawn(rows, ks, parity, draws=200) / ks)).T
            for at, share in enumerate(CAPACITIES):
                of, gaps = lost[:, at, 0], lost[:, at, 1:].mean(0)
                told = f"{ends[at][0]:.4f} to {ends[at][1]:.4f}" if source == "test" else "-"
                print(f"| {group} | {parity} | {source} | {share:.0%} | {of.mean():.4f} | {of.min():.4f} to "
                      f"{of.max():.4f} | {told} | {gaps[0]:.3f} | {gaps[1]:.3f} |", flush=True)  # fmt: skip


def _lost(one, group: str, parity: str, source: str, seed: int) -> list[tuple[float, float, float]]:
    test, scores, train, held, held_scores = one
    rows = capacity.ranked(scores, test.columns[group], labels=test.earns, seed=seed)
    early = capacity.ranked(held_scores, train.columns[group][held], labels=train.earns[held], seed=seed)
    under = rows.sizes if parity == "selection" else np.bincount(rows.group, rows.hit)
    found = []
    for share in CAPACITIES:
        k, fairly = round(share * len(scores)), None
        if source == "validation":
            places = capacity.fair(early, round(share * len(held)), parity)
            fairly = capacity.carried(places, early.sizes, rows.sizes, k)
        cost = capacity.cost(rows, k, parity, fairly=fairly)
        best, fair = (cost.best, cost.fair) if parity == "selection" else (cost.best_hits, cost.fair_hits)
        found.append((cost.precision_lost, np.ptp(best / under), np.ptp(fair / under)))
    return found


def _slots(given: argparse.Namespace) -> None:
    """Slots of review over languages: on an invented hub, and on the models collected from a real one."""
    random = np.random.default_rng(0)
    names, size = ("en", "zh", "fr", "de", "hi", "other"), (6000, 1500, 800, 700, 300, 700)
    language = np.repeat(names, size)
    base = dict(zip(names, (0.03, 0.05, 0.03, 0.03, 0.06, 0.02), strict=True))
    y = random.random(len(language)) < np.vectorize(base.get)(language)
    # scores that were learnt from English tell less elsewhere
    scores = y * np.where(language == "en", 2.5, 1.5) + random.normal(size=len(y))
    print("an invented hub of 10,000 models in six languages")
    _allotted(scores, language, y, (50,))
    _hub_slots()


def _hub_slots() -> None:
    # learnt from tags without the name, accounts held out by fold
    from sklearn.feature_extraction.text import HashingVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GroupKFold

    says = {line.split(",")[0] for line in (DATA / "hub/hf_uncensored_weak_labels.csv").read_text().splitlines()[1:]}
    tags, labels, languages, accounts = [], [], [], []
    with gzip.open(DATA / "hub/hf_models.jsonl.gz", "rt", encoding="utf-8") as file:
        for line in file:
            row = json.loads(line)
            own = [one for one in row.get("tags") or [] if not one.startswith(("base_model:", "region:"))]
            tags.append(" ".join(own))
            labels.append(row["id"] in says)
            languages.append(_language([one for one in own if len(one) == 2 and one.isalpha()]))
            accounts.append(row["id"].split("/")[0])
    x = HashingVectorizer(token_pattern=r"\S+", n_features=2**18).transform(tags)
    y, scores = np.array(labels), np.empty(len(labels))
    for train, test in GroupKFold(5, shuffle=True, random_state=0).split(x, y, accounts):
        scores[test] = LogisticRegression(C=10, max_iter=500).fit(x[train], y[train]).predict_proba(x[test])[:, 1]
    print(f"\n{len(y):,} models, {y.sum():,} whose name says that alignment was removed (weak labels)")
    _allotted(scores, languages, y, (50, 500))


def _allotted(scores, languages, y, slots: tuple[int, ...]) -> None:
    rows = capacity.ranked(scores, languages, labels=y)
    for k in slots:
        one = capacity.cost(rows, k)
        low, high = bootstrap.ends(capacity.redrawn(rows, [k], draws=200)[:, 0] / k)
        print(f"\n{k} slots: precision {one.best_hits.sum() / k:.3f} by score, {one.fair_hits.sum() / k:.3f} fairly, "
              f"lost {one.precision_lost:.3f} ({low:.3f} to {high:.3f})\n")  # fmt: skip
        print("| language | models | slots by score | fairly | hits by score | fairly |\n|---|--:|--:|--:|--:|--:|")
        for name, *cells in zip(rows.names, rows.sizes, one.best, one.fair, one.best_hits, one.fair_hits, strict=True):
            print(f"| {name} | " + " | ".join(f"{cell:.0f}" for cell in cells) + " |")


def _language(named: list[str]) -> str:
    if len(named) != 1:
        return "several" if named else "none stated"
    return named[0] if named[0] in ("en", "zh") else "other"


def _weak(given: argparse.Namespace) -> None:
    test, scores = _scored(0)[:2]
    decided, sex = (scores >= 0.5).astype(int), (test.columns["sex"] == "Male").astype(int)
    for title, label in (("selection_rate", None), ("recall", test.earns)):
        cell = decided if label is None else decided + 2 * label
        kinds = 2 if label is None else 4
        true = float(measures.between(measures.rate(title, proxies.corrected(_known(cell, sex, kinds), GROUPS))))
        for copied in (0.0, 0.1, 0.2):
            found = [_drawn(cell, kinds, sex, title, seed, copied) for seed in range(given.draws)]
            _tell(title, true, copied, found)
    _real(decided, test, sex)


def _known(cell, sex, kinds: int) -> latent_group.Fit:
    joint = np.array([[((cell == c) & (sex == g)).mean() for g in (0, 1)] for c in range(kinds)])
    return latent_group.Fit(joint, np.zeros((3, 2, 2)), np.zeros(()), np.ones((), dtype=bool))


def _drawn(cell, kinds: int, sex, name: str, seed: int, copied: float):
    """Gap corrected, its ends, naive, its ends, mean naive of one proxy, p and power of the test."""
    random = np.random.default_rng(seed)
    said = np.stack([np.where(random.random(len(sex)) < a, sex, 1 - sex) for a in random.uniform(0.6, 0.8, 3)], 1)
    repeats = random.random(len(sex)) < copied
    said[repeats, 1] = said[repeats, 0]
    table = proxies.tally(cell, said, kinds=kinds, groups=2)
    return _gaps(table, name, seed)


def _gaps(table, name: str, seed: int):
    model = latent_group.fit(table)
    drawn = proxies.redrawn(table, draws=300, seed=seed)
    again = latent_group.fit(drawn, start=model)

    def gap(counts):
        return measures.between(measures.rate(name, counts))

    right = bootstrap.ends(gap(proxies.corrected(again, GROUPS)))
    wrong = bootstrap.ends(gap(proxies.naive(drawn, GROUPS)))
    single = np.mean([gap(proxies.single(table, one, GROUPS)) for one in range(3)])
    chance, power = proxies.independence(table, model, draws=100, seed=seed), proxies.power(table, model)
    sharp = bootstrap.ends(proxies.smallest(again))[0]
    doubt = power < SEEN or bool((sharp < BLUNT).any()) or proxies.switched(model)
    return (gap(proxies.corrected(model, GROUPS)), *right, gap(proxies.naive(table, GROUPS)), *wrong, single, chance,
            power, doubt)  # fmt: skip


def _tell(name: str, true: float, copied: float, found) -> None:
    value, low, high, naive, naive_low, naive_high, single, chance, power, doubt = np.array(found, dtype=float).T
    told, error = (chance >= 0.05) & (doubt == 0), np.abs(value - true)
    covers, naively = (low <= true) & (true <= high), (naive_low <= true) & (true <= naive_high)
    closer = error < np.abs(naive - true)
    print(f"{name}, true gap {true:.4f}, {len(value)} draws, {copied:.0%} of proxy 2 copied from proxy 1")
    print(f"  told {told.mean():.0%}: dependence found {np.mean(chance < 0.05):.0%}, other doubts {doubt.mean():.0%}; "
          f"median power {np.median(power):.2f}")  # fmt: skip
    print(f"  mean absolute error: corrected {error.mean():.4f} (where told "
          f"{error[told].mean() if told.any() else np.nan:.4f}), majority {np.abs(naive - true).mean():.4f}, "
          f"one proxy {np.abs(single - true).mean():.4f}")  # fmt: skip
    print(f"  corrected closer than majority {closer.mean():.0%}, and told as well {np.mean(closer & told):.0%}")
    print(f"  interval covers {covers.mean():.0%}, where told {covers[told].mean() if told.any() else np.nan:.0%}, "
          f"naive {naively.mean():.0%}", flush=True)  # fmt: skip


def _real(decided, test, sex) -> None:
    """Proxies that classifiers predict from columns of the table: dependent, as real ones are."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    train = adult_rows.read(DATA, "train")
    target = train.columns["sex"] == "Male"
    true = abs(decided[sex == 1].mean() - decided[sex == 0].mean())
    for views in (
        (("age", "hours"), ("occupation", "workclass"), ("education", "years")),
        (("occupation",), ("hours",), ("marital",)),
        (("country", "workclass"), ("age",), ("occupation",)),
    ):
        said = []
        for names in views:
            model = HistGradientBoostingClassifier(random_state=0, class_weight="balanced")
            said.append(model.fit(train.features(names), target).predict(test.features(names)).astype(int))
        accuracy = [float((one == sex).mean()) for one in said]
        value, low, high, naive, *_, chance, power, doubt = _gaps(
            proxies.tally(decided, np.stack(said, 1), kinds=2, groups=2), "selection_rate", 0
        )
        print(f"proxies from {views}: accuracies {np.round(accuracy, 3).tolist()}, true gap {true:.4f}, naive "
              f"{naive:.4f}, corrected would be {value:.4f} ({low:.4f} to {high:.4f}), p {chance:.4f}, "
              f"power {power:.2f}, other doubts {doubt}")  # fmt: skip


_HEAD = (
    "| data | kind | groups | gap, mean of seeds | lowest and highest | by size | by covariates | left |"
    "\n|---|---|---|--:|--:|--:|--:|--:|"
)


def _simulated(given: argparse.Namespace) -> None:
    print(_HEAD)
    for name, concept, moved in (("no shift", 0.0, 0.0), ("covariate shift", 0.0, 1.5), ("concept shift .5", 0.5, 0.0),
                                 ("concept shift 1", 1.0, 0.0)):  # fmt: skip
        _rows(name, "majority less minority", [
            _parted(*shifted(seed, concept=concept, moved=moved), seed) for seed in range(given.seeds)
        ])  # fmt: skip


def _explanations(given: argparse.Namespace) -> None:
    print(_HEAD)
    made = [_scored(seed) for seed in range(given.seeds)]
    for group, better, worse in (("sex", "Male", "Female"), ("race", "White", "Black")):
        runs = []
        for seed, (test, scores, *_) in enumerate(made):
            here = np.isin(test.columns[group], (better, worse))
            runs.append(_parted(_features(test)[here], scores[here], (test.columns[group] == worse)[here], seed))
        _rows(f"Adult, {group}", f"{better} less {worse}", runs)


def _rows(name: str, groups: str, runs) -> None:
    for at, kind in enumerate(("r2", "accuracy")):
        raw, size, covariates, rest = np.array([one[at] for one in runs]).T
        print(f"| {name} | {kind} | {groups} | {raw.mean():.3f} | {raw.min():.3f} to {raw.max():.3f} "
              f"| {size.mean():.3f} | {covariates.mean():.3f} | {rest.mean():.3f} |", flush=True)  # fmt: skip


def _features(test: adult_rows.Adult):
    columns = [test.columns[one].astype(float) for one in adult_rows.NUMBERS]
    for name in adult_rows.WORDS:
        kinds, count = np.unique(test.columns[name], return_counts=True)
        columns += [(test.columns[name] == kind) * 1.0 for kind in kinds[count >= 0.01 * len(test.earns)]]
    return np.column_stack(columns)


def _parted(x, scores, worse, seed: int):
    random, features = np.random.default_rng(seed), fidelity.standardised(x)
    sides = [np.flatnonzero(worse == one) for one in (False, True)]
    at = np.concatenate([random.permutation(one)[:800] for one in sides])
    same = min(*map(len, sides), 3000)
    found = fidelity.explained(features, scores, at, random.permutation(len(scores))[:6000])
    even = np.stack([
        fidelity.explained(features, scores, at, np.concatenate([random.permutation(one)[:same] for one in sides]))
        for _ in range(3)
    ])  # fmt: skip
    bad = worse[at].astype(float)
    weights = (1 - bad, bad, (1 - bad) * fidelity.like(features, worse)[at])
    return [fidelity.parts(scores[at], found, even, weights, kind) for kind in ("r2", "accuracy")]


PARTS = {"cost": _cost, "slots": _slots, "weak": _weak, "simulated": _simulated, "explanations": _explanations}

if __name__ == "__main__":
    main()
