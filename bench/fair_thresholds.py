"""Fair thresholds beside OxonFair's and fairlearn's: same base model, same validation and test rows, one CPU.

    OMP_NUM_THREADS=1 python bench/fair_thresholds.py [--seeds 5] [--floors 20] [--only adult-sex ...] [--cache DIR]

Adult: seeds split the official train rows (70 % model, 30 % validation), the test rows are the official ones. German
credit and Bank marketing: seeds split 40 % model, 30 % validation, 30 % test. The base is HistGradientBoosting with its
defaults; everybody is given its scores, so that seconds are of finding thresholds alone (CPU). Nothing is tuned on test
rows. `same gap` is the test accuracy of the point of our frontier that is best on validation among
those whose test gap is OxonFair's or smaller (by 0.001 at most larger).
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
import warnings
from collections import defaultdict
from collections.abc import Callable
from functools import cache
from pathlib import Path
from time import process_time
from typing import NamedTuple

import numpy as np
from scipy.stats import t as student
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.ensemble import HistGradientBoostingClassifier

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from headgate.fairness import constraints, floors, thresholds
from headgate.fairness.counts import count
from headgate.fairness.estimator import FairThresholds
from headgate.fairness.measures import rate
from tests.fairness_data import People, adult, bank, german

DATA = Path(os.environ.get("HEADGATE_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))
ASKED = ("demographic_parity<=0.02", "equal_opportunity<=0.02", "equalized_odds<=0.02")
FLOOR = 0.75
SEX = 9  # the column of Adult
GROUPS = {"adult": ("sex", "race3", "race"), "german": ("sex", "age"), "bank": ("age", "marital")}
MOST_OF_OXONFAIR = 3  # groups: its grid has 30 cuts a group, with five 24 million points, gigabytes and minutes a fit


class Rows(NamedTuple):
    """Scores of the base, labels and groups of some rows."""

    s: np.ndarray
    y: np.ndarray
    g: np.ndarray


class Given(BaseEstimator, ClassifierMixin):
    """A classifier of which the only column is its score already."""

    classes_ = np.array([0, 1])

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def fit(self, x: np.ndarray, y: np.ndarray) -> Given:
        """Learn nothing."""
        return self

    def predict_proba(self, x: np.ndarray) -> np.ndarray:
        """The probabilities of no and yes."""
        return np.column_stack((1 - np.asarray(x)[:, 0], np.asarray(x)[:, 0]))


@cache
def people(name: str) -> tuple[People, ...]:
    """The rows of a data set, read once."""
    return adult(DATA) if name == "adult" else (german(DATA) if name == "german" else bank(DATA),)


def split(name: str, seed: int) -> tuple[People, People, People]:
    """Rows of the model, of validation and of test."""
    drawn = np.random.default_rng(seed)
    if name == "adult":
        train, test = people(name)
        order = drawn.permutation(len(train.y))
        cut = int(0.7 * len(order))
        return train.take(order[:cut]), train.take(order[cut:]), test
    (every,) = people(name)
    order = drawn.permutation(len(every.y))
    one, two = int(0.4 * len(order)), int(0.7 * len(order))
    return every.take(order[:one]), every.take(order[one:two]), every.take(order[two:])


def scored(name: str, seed: int, keep: Path | None) -> dict[str, tuple[Rows, Rows]]:
    """Validation and test rows by group, with scores of a base model fitted for this seed."""
    model_rows, validation, test = split(name, seed)
    kept = keep / f"{name}-{seed}.npz" if keep else None
    if kept and kept.exists():
        with np.load(kept) as file:
            first, second = file["validation"], file["test"]
    else:
        base = HistGradientBoostingClassifier(random_state=seed).fit(model_rows.x, model_rows.y)
        first, second = (base.predict_proba(one.x)[:, 1] for one in (validation, test))
        if kept:
            np.savez(kept, validation=first, test=second)
    if name == "adult":
        validation, test = with_race3(validation), with_race3(test)
    return {
        group: (Rows(first, validation.y, validation.groups[group]), Rows(second, test.y, test.groups[group]))
        for group in GROUPS[name]
    }


def with_race3(people: People) -> People:
    """The same with the three smallest races taken together."""
    race = people.groups["race"]
    kept = np.where(np.isin(race, ["White", "Black"]), race, "other")
    return people._replace(groups={**people.groups, "race3": kept})


def oxonfair(asked: str, v: Rows, t: Rows) -> tuple[np.ndarray, float]:
    """Decisions of OxonFair on test, and CPU seconds of its fit."""
    import oxonfair
    from oxonfair import group_metrics as gm

    goals = {
        "demographic_parity<=0.02": (gm.demographic_parity, 0.02),
        "equal_opportunity<=0.02": (gm.equal_opportunity, 0.02),
        "equalized_odds<=0.02": (gm.equalized_odds_max, 0.02),
        "floor": (gm.recall.min, FLOOR),
    }

    def data(rows: Rows) -> dict[str, np.ndarray]:
        return {"data": np.column_stack((1 - rows.s, rows.s)), "target": rows.y, "groups": rows.g}

    begun = process_time()
    made = oxonfair.FairPredictor(None, data(v))
    made.fit(gm.accuracy, *goals[asked])
    seconds = process_time() - begun
    return np.asarray(made.predict(data(t))).astype(bool).ravel(), seconds


def fairlearn(asked: str, v: Rows, t: Rows) -> tuple[np.ndarray, float]:
    """Decisions of fairlearn's ThresholdOptimizer (gap 0 on validation, randomised) and CPU seconds of its fit."""
    from fairlearn.postprocessing import ThresholdOptimizer

    goal = {"demographic": "demographic_parity", "equal": "true_positive_rate_parity", "equalized": "equalized_odds"}
    begun = process_time()
    made = ThresholdOptimizer(
        estimator=Given(), constraints=goal[asked.split("_")[0]], prefit=True, predict_method="predict_proba"
    )
    made.fit(v.s[:, None], v.y, sensitive_features=v.g)
    seconds = process_time() - begun
    return made.predict(t.s[:, None], sensitive_features=t.g, random_state=0).astype(bool), seconds


def ours(asked: str, v: Rows, t: Rows, margin: float) -> tuple[np.ndarray, float, thresholds.Thresholds]:
    """Our decisions on test, CPU seconds of the fit, and what was fitted."""
    begun = process_time()
    made = thresholds.fit(v.s, v.y, v.g, asked, margin=margin, fresh=len(t.y) / len(v.y))
    seconds = process_time() - begun
    return thresholds.decide(t.s, t.g, made.parts, made.at), seconds, made


def same_gap(made: thresholds.Thresholds, t: Rows, gap: float) -> float:
    """Test accuracy of our frontier at a test gap no larger than `gap`: of those points the one best on validation."""
    found = []
    for at, value in zip(made.frontier_at, made.frontier.value, strict=True):
        after = thresholds.decide(t.s, t.g, made.parts, at)
        found.append((float(made.asked.excess(count(t.y, after, t.g))), value, float((after == t.y).mean())))
    within = [one for one in found if one[0] <= gap + 0.001] or [min(found)]
    return max(within, key=lambda one: one[1])[2]


def judged(asked: str, after: np.ndarray, t: Rows) -> dict[str, float]:
    """What decisions come to on test."""
    base, counts = (count(t.y, one, t.g) for one in (t.s >= 0.5, after))
    fell = {name: bool((rate(name, counts) < rate(name, base)).any()) for name in ("recall", "selection_rate")}
    return {
        "gap": float(constraints.constraint(asked).excess(counts)),
        "accuracy": float((after == t.y).mean()),
        "worst recall": float(np.nan_to_num(rate("recall", counts), nan=1.0).min()),
        "worse off, recall": float(fell["recall"]),
        "worse off, selected": float(fell["selection_rate"]),
    }


def compared(name: str, group: str, pairs: list[tuple[Rows, Rows]]) -> None:
    """One table: each constraint, each method, means over seeds with ranges."""
    print(f"\n{name}, groups by {group}, {len(pairs)} seeds: mean (lowest to highest) on test")
    head = ("gap", "accuracy", "worst recall", "worse off, recall", "worse off, selected", "seconds")
    print("| asked | method | gap | accuracy | worst recall | seeds where a recall fell | a share selected fell | s |")
    print("|---|---|---|---|---|---|---|---|")
    for asked in ASKED:
        rows: dict[str, list[dict[str, float]]] = defaultdict(list)
        for v, t in pairs:
            rows["base"].append({**judged(asked, t.s >= 0.5, t), "seconds": 0.0})
            few = len(np.unique(v.g)) <= MOST_OF_OXONFAIR
            for other in (oxonfair, fairlearn) if few else (fairlearn,):
                with quiet():
                    try:
                        after, seconds = other(asked, v, t)
                    except Exception as error:
                        print(f"{other.__name__} failed: {type(error).__name__} {str(error)[:100]}")
                        continue
                rows[other.__name__].append({**judged(asked, after, t), "seconds": seconds})
            for margin in (0.5, 0.95):
                after, seconds, made = ours(asked, v, t, margin)
                rows[f"ours, margin {margin}"].append({**judged(asked, after, t), "seconds": seconds})
            if few:
                rows["same gap"].append({"accuracy": same_gap(made, t, rows["oxonfair"][-1]["gap"])})
        for method in [one for one in rows if one != "same gap"]:
            cells = [spread([one[key] for one in rows[method]], key) for key in head]
            print(f"| {asked} | {method} | {' | '.join(cells)} |")
        for method in ("same gap", "ours, margin 0.5", "ours, margin 0.95"):
            if len(rows["oxonfair"]) == len(pairs):
                less = [a["accuracy"] - b["accuracy"] for a, b in zip(rows[method], rows["oxonfair"], strict=True)]
                print(f"  accuracy, {method} less OxonFair: {interval(less)}")
    sys.stdout.flush()


def levelled(name: str, group: str, pairs: list[tuple[Rows, Rows]]) -> None:
    """How often the lowest recall on test is at the floor or above."""
    print(f"\n{name}, groups by {group}, recall of every group >= {FLOOR}, {len(pairs)} seeds")
    print("| method | seeds that hold on test | lowest recall | accuracy | seeds where a recall fell | s |")
    print("|---|---|---|---|---|---|")
    rows: dict[str, list[tuple[float, float, float, float]]] = defaultdict(list)

    def add(method: str, after: np.ndarray, t: Rows, seconds: float) -> None:
        found = judged(ASKED[0], after, t)
        rows[method].append((found["worst recall"], found["accuracy"], found["worse off, recall"], seconds))

    few, infeasible = 0, defaultdict(int)
    for v, t in pairs:
        add("base", t.s >= 0.5, t, 0.0)
        if len(np.unique(v.g)) <= MOST_OF_OXONFAIR:
            with quiet():
                after, seconds = oxonfair("floor", v, t)
            add("oxonfair", after, t, seconds)
        for margin in (0.5, 0.95):
            begun = process_time()
            made = floors.fit(v.s, v.y, v.g, least=FLOOR, margin=margin, fresh=len(t.y) / len(v.y))
            seconds = process_time() - begun
            few += bool(made.few)
            infeasible[f"ours, margin {margin}"] += made.binding is not None
            add(f"ours, margin {margin}", thresholds.decide(t.s, t.g, made.groups, made.at), t, seconds)
    for method, found in rows.items():
        worst, accuracy, fell, seconds = np.array(found).T
        held = f"{(worst >= FLOOR).sum()} of {len(found)}"
        held += f" ({infeasible[method]} infeasible, left as they were)" if infeasible[method] else ""
        print(
            f"| {method} | {held} | {spread(worst, 'gap')} | {spread(accuracy, 'gap')} | "
            f"{fell.sum():.0f} | {seconds.mean():.3f} |"
        )
    print(f"  a group had fewer than 30 positives on validation in {few // 2} of {len(pairs)} seeds")
    sys.stdout.flush()


def without_the_group(seeds: int) -> None:
    """Adult by sex with a base and a group model that never see sex: known against inferred when predicting."""
    print(f"\nadult, sex known or inferred when predicting, demographic parity <= .02, no margin, {seeds} seeds")
    print("| method | gap | accuracy | worst recall |")
    print("|---|---|---|---|")
    rows: dict[str, list[dict[str, float]]] = defaultdict(list)
    for seed in range(seeds):
        model_rows, validation, test = split("adult", seed)
        x, v, t = (np.delete(one.x, SEX, axis=1) for one in (model_rows, validation, test))
        base = HistGradientBoostingClassifier(random_state=seed).fit(x, model_rows.y)
        sex = HistGradientBoostingClassifier(random_state=seed).fit(x, model_rows.groups["sex"])
        given = Rows(base.predict_proba(t)[:, 1], test.y, test.groups["sex"])
        rows["base"].append(judged(ASKED[0], given.s >= 0.5, given))
        for kind in ("known", "inferred"):
            made = FairThresholds(base, groups=kind, group_model=sex, prefit=True, margin=0.5)
            made.fit(v, validation.y, groups=validation.groups["sex"])
            after = made.predict(t, groups=given.g if kind == "known" else None)
            rows[f"ours, {kind}"].append(judged(ASKED[0], after.astype(bool), given))
        with quiet():
            rival = inferring(base, sex, (v, validation), t)
        rows["oxonfair, inferred"].append(judged(ASKED[0], rival, given))
    for method, found in rows.items():
        cells = [spread([one[key] for one in found], key) for key in ("gap", "accuracy", "worst recall")]
        print(f"| {method} | {' | '.join(cells)} |")


def inferring(
    base: HistGradientBoostingClassifier,
    sex: HistGradientBoostingClassifier,
    seen: tuple[np.ndarray, People],
    t: np.ndarray,
) -> np.ndarray:
    """Decisions of OxonFair on `t` with inferred groups, as its guide has it."""
    import oxonfair
    from oxonfair import group_metrics as gm

    v, rows = seen
    data = {"data": v, "target": rows.y, "groups": rows.groups["sex"]}
    made = oxonfair.FairPredictor(base, data, inferred_groups=sex)
    made.fit(gm.accuracy, gm.demographic_parity, 0.02)
    return np.asarray(made.predict({"data": t})).astype(bool).ravel()


def spread(values: list[float] | np.ndarray, key: str) -> str:
    """Mean and range; of what either happened or not the number of seeds."""
    found = np.asarray(values)
    if key.startswith("worse off"):
        return f"{found.sum():.0f} of {len(found)}"
    if key == "seconds":
        return f"{found.mean():.3f}"
    return f"{found.mean():.4f} ({found.min():.4f} to {found.max():.4f})"


def interval(values: list[float]) -> str:
    """The mean and its 95 % interval over seeds by Student's t."""
    found = np.array(values)
    half = student.ppf(0.975, len(found) - 1) * found.std(ddof=1) / np.sqrt(len(found)) if len(found) > 1 else np.nan
    return f"{found.mean():+.4f} ({found.mean() - half:+.4f} to {found.mean() + half:+.4f})"


def quiet() -> warnings.catch_warnings:
    """Warnings of others are not ours to print."""
    logging.disable(logging.WARNING)
    return warnings.catch_warnings(action="ignore")


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--floors", type=int, default=20)
    parser.add_argument("--only", nargs="*", default=[f"{name}-{group}" for name in GROUPS for group in GROUPS[name]])
    parser.add_argument("--cache", type=Path)
    parser.add_argument("--inferred", action="store_true", help="only the table of known against inferred groups")
    given = parser.parse_args()
    if given.inferred:
        without_the_group(given.seeds)
        return
    if given.cache:
        given.cache.mkdir(parents=True, exist_ok=True)
    run: list[tuple[Callable[..., None], int]] = [(compared, given.seeds), (levelled, given.floors)]
    for name in GROUPS:
        wanted = [group for group in GROUPS[name] if f"{name}-{group}" in given.only]
        if not wanted:
            continue
        every = [scored(name, seed, given.cache) for seed in range(max(given.seeds, given.floors))]
        for group in wanted:
            for table, seeds in run:
                if seeds:
                    table(name, group, [one[group] for one in every[:seeds]])


if __name__ == "__main__":
    main()
