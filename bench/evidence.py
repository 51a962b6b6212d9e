"""The statistics of `evidence/` against simulated truth: one table for each, as quoted in docs/evidence.md.

    python bench/evidence.py
    python bench/evidence.py crowd_labels --runs 20

Every run has a seed of its own, counted from 0. The tests run the same simulations, fewer times.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from statistics import NormalDist
from typing import Any

import numpy as np

from headgate.evidence.agreement import agreement
from headgate.evidence.brigading import brigades
from headgate.evidence.crowd_labels import consensus
from headgate.evidence.group_gaps import group_gaps
from headgate.evidence.joint_leak import joint_leak
from headgate.evidence.noisy_labels import elkan_noto, flip_em
from headgate.evidence.prevalence import corrected, look_chances, positives_expected
from headgate.evidence.screened import true_share

Row = dict[str, Any]
Rng = np.random.Generator


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("statistic", nargs="?", choices=[*TABLES], help="all without it")
    parser.add_argument("--runs", type=int, help="instead of each table's own number")
    given = parser.parse_args()
    for name, (table, runs) in TABLES.items():
        if given.statistic in (None, name):
            started = time.perf_counter()
            rows = table(given.runs or runs)
            print(f"\n== {name}: {given.runs or runs} runs, {time.perf_counter() - started:.0f} s\n")
            print("| " + " | ".join(rows[0]) + " |\n|" + "---|" * len(rows[0]))
            for row in rows:
                shown = (f"{cell:.3f}" if isinstance(cell, float) else str(cell) for cell in row.values())
                print("| " + " | ".join(shown) + " |", flush=True)


def mean_of(case: str, runs: int, one: Callable[[Rng], Row]) -> Row:
    """The mean of each figure over `runs` runs, a figure that is None left out of its mean."""
    done = [one(np.random.default_rng(seed)) for seed in range(runs)]
    row: Row = {"case": case}
    for name in done[0]:
        told = [run[name] for run in done if run[name] is not None]
        row[name] = float(np.mean(told)) if told else None
    return row


def agreement_table(runs: int) -> list[Row]:
    cases = [(n, kinds, accuracy) for n in (20, 60, 200) for kinds in (2, 4) for accuracy in (0.97, 0.85, 0.7)]
    return [mean_of(f"{n} items, {k} categories, accuracy {a}", runs, lambda rng, c=(n, k, a): two_labellers(rng, *c))
            for n, k, a in cases]  # fmt: skip


def two_labellers(rng: Rng, items: int, kinds: int, accuracy: float, rare: float = 0.1) -> Row:
    """Two labellers of equal accuracy; all categories but the first share `rare` of the items."""
    shares = np.array([1 - rare] + [rare / (kinds - 1)] * (kinds - 1))
    confusion = np.full((kinds, kinds), (1 - accuracy) / (kinds - 1))
    np.fill_diagonal(confusion, accuracy)
    table = np.einsum("t,ta,tb->ab", shares, confusion, confusion)
    chance = table.sum(axis=0) @ table.sum(axis=1)
    truth = (np.trace(table) - chance) / (1 - chance)
    cells = rng.choice(kinds * kinds, items, p=table.ravel())
    found = agreement(cells // kinds, cells % kinds)
    if found.kappa is None or found.low is None or found.high is None or found.error is None:
        return {"true kappa": truth, "covered": None, "by the published error": None, "width": None, "undefined": 1.0}
    published = abs(found.kappa - truth) <= 1.96 * found.error
    return {"true kappa": truth, "covered": found.low <= truth <= found.high, "by the published error": published,
            "width": found.high - found.low, "undefined": 0.0}  # fmt: skip


def crowd_table(runs: int) -> list[Row]:
    cases: list[tuple[str, Row]] = [
        ("20 honest", {"colluders": 0}),
        ("20 honest, 1,000 items, half reported by each", {"colluders": 0, "items": 1000, "rate": 0.5}),
        ("20 honest, half the items hard for all", {"colluders": 0, "hard": 0.5}),
        ("20 honest, a fifth of the items mislead 80 %", {"colluders": 0, "hard": 0.2, "hard_right": 0.2}),
        (
            "the same, 1,000 items, half reported by each",
            {"colluders": 0, "hard": 0.2, "hard_right": 0.2, "items": 1000, "rate": 0.5},
        ),
        ("20 honest in two schools, who see a fifth of the items otherwise", {"colluders": 0, "school": 0.2}),
        (
            "two schools, 1,000 items, half reported by each",
            {"colluders": 0, "school": 0.2, "items": 1000, "rate": 0.5},
        ),
        ("20 %: copied at random", {"how": "copy"}),
        ("20 %: copied at random, 3 times as active", {"how": "copy", "busy": 0.9}),
        ("20 %: flag 40 % of the items, right otherwise", {"how": "flag"}),
        ("20 %: the same, 3 times as active", {"how": "flag", "busy": 0.9}),
        ("20 %: always wrong, 3 times as active", {"how": "invert", "busy": 0.9}),
        ("35 %: flag 40 % of the items, 3 times as active", {"how": "flag", "busy": 0.9, "colluders": 7}),
        (
            "20 % of 50: copied at random, 10 % of 500 items each",
            {"reporters": 50, "colluders": 10, "items": 500, "rate": 0.1},
        ),
    ]
    return [mean_of(case, runs, lambda rng, given=given: crowd(rng, **given)) for case, given in cases]


def reports(
    rng: Rng, *, items: int = 300, reporters: int = 20, colluders: int = 4, rate: float = 0.3,
    busy: float | None = None, how: str = "copy", hard: float = 0.0, hard_right: float = 0.55,
    school: float = 0.0,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:  # fmt: skip
    """Truth (30 % positive) and reports (item, reporter, label); the first reporters collude.

    Honest ones are right on 60 to 90 % of the items of each class, drawn for each reporter; on `hard` items, which are
    hard for all, on `hard_right`. The last half of the reporters sees a `school` of the items the other way.
    """
    truth = (rng.random(items) < 0.3).astype(int)
    right = rng.uniform(0.6, 0.9, (reporters, 2))
    difficult = rng.random(items) < hard
    views = np.where(rng.random(items) < school, 1 - truth, truth)
    agreed = {
        "copy": rng.integers(0, 2, items),
        "invert": 1 - truth,
        "flag": np.where(rng.random(items) < 0.4, 1, truth),
    }
    item, reporter, label = [], [], []
    for who in range(reporters):
        seen = np.flatnonzero(rng.random(items) < ((busy or rate) if who < colluders else rate))
        chance = np.where(difficult[seen], hard_right, right[who, truth[seen]])
        view = (views if who >= reporters / 2 else truth)[seen]
        own = np.where(rng.random(len(seen)) < chance, view, 1 - view)
        item.append(seen)
        reporter.append(np.full(len(seen), who))
        label.append(agreed[how][seen] if who < colluders else own)
    return truth, np.concatenate(item), np.concatenate(reporter), np.concatenate(label)


def crowd(rng: Rng, *, colluders: int = 4, **given: Any) -> Row:
    truth, item, reporter, label = reports(rng, colluders=colluders, **given)
    plain, alarm = consensus(item, reporter, label), brigades(item, reporter, label)
    truth = truth[plain.items]
    place = np.searchsorted(plain.items, item)
    votes = np.bincount(place, label) / np.bincount(place)
    accused = {who for group in alarm.groups for who in group}
    return {
        "majority": (np.where(votes == 0.5, rng.random(len(votes)), votes).round() == truth).mean(),
        "consensus": (plain.posterior.argmax(axis=1) == truth).mean(),
        "brigades as one": (alarm.consensus.posterior.argmax(axis=1) == truth).mean(),
        "colluders found": len(accused & set(range(colluders))) / colluders if colluders else None,
        "runs accusing an honest one": any(who >= colluders for who in accused),
        "likelihood fell": bool((np.diff(plain.objective) < -1e-9 * abs(plain.objective[-1])).any()),
    }


def noisy_table(runs: int) -> list[Row]:
    done = [digits_labelled(np.random.default_rng(seed), seed) for seed in range(runs)]
    return [
        {"model": name, **{what: float(np.mean([run[name][what] for run in done])) for what in done[0][name]}}
        for name in done[0]
    ]


def digits_labelled(rng: Rng, seed: int, digit: int = 3, rate: float = 0.3) -> dict[str, Row]:
    """Digit 3 against the rest, 30 % of its items labelled; each model judged by the truth of all items."""
    from sklearn.datasets import load_digits
    from sklearn.metrics import average_precision_score, log_loss

    images, digits = load_digits(return_X_y=True)
    truth = digits == digit
    labelled = truth & (rng.random(len(truth)) < rate)
    known = labelled.sum() / truth.sum()
    noto, flips = elkan_noto(images, labelled, seed=seed), flip_em(images, labelled, seed=seed)
    given = {
        "plain logistic": (noto.observed, 0.0, False, False),
        "Elkan-Noto": (noto.probability, 1 - noto.labelled_share, True, noto.low <= known <= noto.high),
        "flip-EM": (flips.probability, float(np.mean(flips.fitted[:-1])), flips.flipped_share is not None, False),
    }
    positives = int(truth.sum())
    return {
        name: {
            "log-loss": log_loss(truth, chance),
            "recall at k": truth[np.argsort(-chance, kind="stable")[:positives]].mean(),
            "average precision": average_precision_score(truth, chance),
            "unlabelled share": share,
            "true share": 1 - known,
            "told": told,
            "interval holds it": held,
        }
        for name, (chance, share, told, held) in given.items()
    }


def prevalence_table(runs: int) -> list[Row]:
    cases: list[tuple[str, Row]] = [
        ("digits, chances estimated", {"digits": True}),
        ("digits, covariate hidden, hidden_odds 1", {"digits": True, "blind": True}),
        ("digits, covariate hidden, hidden_odds 4", {"digits": True, "blind": True, "hidden_odds": 4.0}),
        ("chances by design", {"design": True}),
        ("chances estimated", {}),
        ("by authors, 20 items each", {"author_items": 20}),
        ("prevalence 1 %, 20,000 items", {"common": 0.01, "items": 20_000}),
        ("strong selection (slope 1.5)", {"slope": 1.5}),
        ("very strong selection (slope 2)", {"slope": 2.0}),
        ("very strong, weights clipped at 3 times their mean", {"slope": 2.0, "clip": 3.0}),
        ("hidden odds 2, hidden_odds 1", {"hidden": 2.0}),
        ("hidden odds 2, hidden_odds 2", {"hidden": 2.0, "hidden_odds": 2.0}),
    ]
    return [mean_of(case, runs, lambda rng, given=given: looks(rng, **given)) for case, given in cases]


def looks(
    rng: Rng, *, digits: bool = False, blind: bool = False, design: bool = False, items: int = 5000,
    common: float = 0.05, slope: float = 1.0, hidden: float = 1.0, author_items: int = 0, hidden_odds: float = 1.0,
    clip: float | None = None,
) -> Row:  # fmt: skip
    """A tenth of the items looked at (a fifth of the digits), by a covariate that also goes with being positive."""
    authors = rng.integers(0, items // author_items, items) if author_items else None
    if digits:
        covariate, positive = digit_covariate(8)
    else:
        covariate = rng.normal(size=items)
        if authors is not None:
            covariate = (covariate + rng.normal(size=items)[authors]) / np.sqrt(2)
        positive = rng.random(items) < with_mean(covariate, common)
    chance = with_mean(slope * covariate + np.log(hidden) * positive, 0.2 if digits else 0.1)
    seen = rng.random(len(chance)) < chance
    known = rng.normal(size=len(chance)) if blind else covariate
    given = chance if design else look_chances(seen, known[:, None])
    found = corrected(seen, positive, given, hidden_odds=hidden_odds, authors=authors, clip=clip)
    truth = float(positive.mean())
    told = found.estimate is not None
    return {
        "truth": truth,
        "naive": found.naive.estimate,
        "corrected": found.estimate,
        "closer": abs(found.estimate - truth) < abs(found.naive.estimate - truth)
        if found.estimate is not None
        else None,
        "covered": found.low <= truth <= found.high if told else None,
        "width": found.high - found.low if told else None,
        "naive covered": found.naive.low <= truth <= found.naive.high,
        "clipped": found.clipped,
        "refused": not told,
    }


def expected_table(runs: int) -> list[Row]:
    cases: list[tuple[str, Row]] = [
        ("calibrated", {}),
        ("calibrated, sharp", {"sharp": 3.0}),
        ("calibrated, sharp, prevalence 10 %", {"sharp": 3.0, "common": 0.1}),
        ("calibrated, sharp, prevalence 10 %, 100 reviewed", {"sharp": 3.0, "common": 0.1, "reviewed": 100}),
        ("prevalence 1 %", {"common": 0.01}),
        ("scores too high", {"wrong": "high"}),
        ("scores too steep", {"wrong": "steep"}),
        ("scores are noise", {"wrong": "noise"}),
    ]
    return [mean_of(case, runs, lambda rng, given=given: sampled(rng, **given)) for case, given in cases]


def sampled(
    rng: Rng, *, items: int = 20_000, reviewed: int = 500, common: float = 0.03, sharp: float = 1.5, wrong: str = ""
) -> Row:
    """A random sample of a hub reviewed; scores are the true chances, or wrong in one of three ways."""
    covariate = rng.normal(size=items) * sharp
    chance = with_mean(covariate, common)
    positive = rng.random(items) < chance
    scores = {"": chance, "high": 1 / (1 + (1 - chance) / chance / np.e), "steep": with_mean(2 * covariate, common),
              "noise": rng.permutation(chance)}[wrong]  # fmt: skip
    rows = rng.choice(items, reviewed, replace=False)
    found = positives_expected(scores, rows, positive[rows])
    truth, alone = float(positive.mean()), found.sample_only
    return {
        "truth": truth,
        "scores only": found.scores_only,
        "estimate": found.estimate,
        "covered": found.low <= truth <= found.high,
        "sample covered": alone.low <= truth <= alone.high,
        "width to the sample's": (found.high - found.low) / (alone.high - alone.low),
    }


def with_mean(logits: np.ndarray, mean: float) -> np.ndarray:
    """Chances of which the mean is `mean`, by shifting `logits`."""
    low, high = -50.0, 50.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if (1 / (1 + np.exp(-logits - middle))).mean() < mean else (low, middle)
    return 1 / (1 + np.exp(-logits - low))


def digit_covariate(digit: int) -> tuple[np.ndarray, np.ndarray]:
    """How much each image looks like the mean of a digit (standardised), and whether it is one."""
    from sklearn.datasets import load_digits

    images, digits = load_digits(return_X_y=True)
    like = images @ (images[digits == digit].mean(axis=0) - images.mean(axis=0))
    return (like - like.mean()) / like.std(), digits == digit


def flags_table(runs: int) -> list[Row]:
    cases: list[tuple[str, Row]] = [
        ("500 items, 100 and 100 labelled", {"items": 500, "labelled": (100, 100)}),
        ("10,000 items, prevalence 20 %", {}),
        ("1,000,000 items, prevalence 1 %", {"items": 10**6, "common": 0.01}),
        ("the same, prevalence 0.1 %", {"items": 10**6, "common": 0.001}),
        ("the same, none", {"items": 10**6, "common": 0.0}),
        ("1,000,000 items, prevalence 30 %, 50 and 50 labelled", {"items": 10**6, "labelled": (50, 50), "common": 0.3}),
        ("sensitivity 0.4, specificity 0.9", {"sensitivity": 0.4, "specificity": 0.9}),
        (
            "sensitivity 0.4, specificity 0.7, 100 and 100 labelled",
            {"sensitivity": 0.4, "specificity": 0.7, "labelled": (100, 100)},
        ),
    ]
    return [mean_of(case, runs, lambda rng, given=given: flags(rng, **given)) for case, given in cases]


def flags(
    rng: Rng, *, items: int = 10_000, common: float = 0.2, sensitivity: float = 0.8, specificity: float = 0.99,
    labelled: tuple[int, int] = (300, 1000),
) -> Row:  # fmt: skip
    """Flags of a screener with such errors, which were measured on `labelled` positives and negatives."""
    found = true_share(
        int(rng.binomial(items, common * sensitivity + (1 - common) * (1 - specificity))), items,
        hits=int(rng.binomial(labelled[0], sensitivity)), positives=labelled[0],
        passed=int(rng.binomial(labelled[1], specificity)), negatives=labelled[1],
    )  # fmt: skip
    told = found.estimate is not None
    return {
        "truth": common,
        "flagged": found.apparent,
        "estimate": found.estimate,
        "covered": found.low <= common <= found.high if told else None,
        "flags alone covered": (found.apparent_low or 0.0) <= common <= (found.apparent_high or 0.0),
        "width": found.high - found.low if told else None,
        "refused": not told,
    }


def removals_table(runs: int) -> list[Row]:
    cases: list[tuple[str, Row]] = [
        ("3 filters, 8 groups, none treated otherwise", {}),
        ("5 filters, 40 groups, none treated otherwise", {"filters": 5, "groups": 40}),
        ("rare removals (1 %)", {"rate": 0.01}),
        ("one of 8 groups loses 2 points more", {"more": 0.02}),
        ("5 points more", {"more": 0.05}),
        ("10 points more", {"more": 0.1}),
        ("none treated otherwise, 20 documents a site, all alike", {"site": 20}),
    ]
    return [mean_of(case, runs, lambda rng, given=given: removals(rng, **given)) for case, given in cases]


def removals(
    rng: Rng, *, filters: int = 3, groups: int = 8, documents: int = 6000, rate: float = 0.1, more: float = 0.0,
    site: int = 1,
) -> Row:  # fmt: skip
    """Filters that remove at random, the second `more` often from group 0; groups are of very unequal sizes."""
    shares = 1 / np.arange(1, groups + 1)
    sizes = np.maximum(1, (documents * shares / shares.sum()).astype(int))
    left, counts, rates = sizes, [], []
    for number in range(filters):
        chance = np.full(groups, rate)
        chance[0] += more * (number == 1)
        gone = rng.binomial(left // site, chance) * site
        counts.append((gone, left))
        rates.append(chance)
        left = left - gone
    found = group_gaps(counts)
    holds, false = [], []
    for chance, (_, entered), each in zip(rates, counts, found, strict=True):
        for one in each:
            others = np.arange(groups) != one.group
            truth = chance[one.group] - (chance * entered)[others].sum() / entered[others].sum()
            holds.append(one.low <= truth <= one.high)
            false.append(one.chance <= 0.05 and abs(truth) < 1e-12)
    planted = [one for one in found[1] if one.group == 0 and one.gap > 0]
    return {
        "any false alarm": any(false),
        "all intervals hold": all(holds),
        "planted found": any(one.chance <= 0.05 for one in planted) if more else None,
        "comparisons": float(len(holds)),
    }


def leak_table(runs: int) -> list[Row]:
    return [
        mean_of("400 items, 3 correlated layers", runs, lambda rng: layers(rng, 1)),
        mean_of("the same, in 50 groups of 8 alike", runs, lambda rng: layers(rng, 8)),
    ]


LEAKS, ALIKE = (0.3, 0.25, 0.2), 0.6


def outcomes(rng: Rng, items: int, group: int) -> tuple[np.ndarray, np.ndarray]:
    """Which layers stop which items: a shared difficulty makes 0.6 of each layer's variance, half of it the group's."""
    groups = np.arange(items) // group
    difficulty = rng.normal(size=items)
    if group > 1:
        difficulty = (difficulty + rng.normal(size=items)[groups]) / np.sqrt(2)
    seen = np.sqrt(ALIKE) * difficulty[:, None] + np.sqrt(1 - ALIKE) * rng.normal(size=(items, 3))
    return seen > [NormalDist().inv_cdf(leak) for leak in LEAKS], groups


def layers(rng: Rng, group: int, items: int = 400) -> Row:
    if not TRUTH:
        many, _ = outcomes(np.random.default_rng(10**6), 2_000_000, 1)
        TRUTH["joint"] = (~many).all(axis=1).mean()
        TRUTH["worth"] = [(many[:, n] & (many.sum(axis=1) == 1)).mean() for n in range(3)]
        TRUTH["phi"] = np.corrcoef(many.T)[np.triu_indices(3, 1)]
    stopped, groups = outcomes(rng, items, group)
    found = joint_leak(stopped, ["a", "b", "c"], groups=groups if group > 1 else None)
    truth = TRUTH["joint"]
    worths, phis = zip(found.layers, TRUTH["worth"], strict=True), zip(found.pairs, TRUTH["phi"], strict=True)
    return {
        "true joint leak": truth,
        "joint leak": found.joint.estimate,
        "covered": found.joint.low <= truth <= found.joint.high,
        "product": found.product,
        "product in the interval": found.joint.low <= found.product <= found.joint.high,
        "understated 1.5 times": found.product * 1.5 < truth,
        "worth covered": np.mean([layer.worth.low <= w <= layer.worth.high for layer, w in worths]),
        "phi covered": np.mean([pair.low <= phi <= pair.high for pair, phi in phis if pair.low is not None]),
    }


TRUTH: dict[str, Any] = {}
TABLES: dict[str, tuple[Callable[[int], list[Row]], int]] = {
    "agreement": (agreement_table, 2000),
    "crowd_labels": (crowd_table, 100),
    "noisy_labels": (noisy_table, 20),
    "prevalence": (prevalence_table, 500),
    "positives_expected": (expected_table, 500),
    "screened": (flags_table, 2000),
    "group_gaps": (removals_table, 1000),
    "joint_leak": (leak_table, 500),
}

if __name__ == "__main__":
    main()
