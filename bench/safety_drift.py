"""Coverage, false alarms and power of `measure safety_drift`: on simulated models and on XSTest's human labels.

    python bench/safety_drift.py simulated [--repeats 500]
    python bench/safety_drift.py xstest [--splits 50]

simulated: base and variant on the same prompts, several samples each that are alike within a prompt, a judge that errs
differently in each, people's labels of some completions drawn at random (tests/drifting.py says how). The share of
intervals that hold the planted difference and their mean width: the judge taken as perfect, Rogan and Gladen's
correction, double sampling. Then, with a judge without errors, false alarms and power beside Newcombe's interval of two
shares of completions that are taken as independent, and beside one completion a prompt. Seeds from 0.
xstest: five models' answers to 450 prompts with people's final label (full refusal or not), and three judges: our
list, XSTest's string match, GPT-4. A random half of the labels measures the judge; does the interval hold the human
rate of the other half, whose labels nobody used, or of all (flags of all, labels of half)? Then drift of two pairs,
which differ in their system prompt and not by a fine-tune. Data: HEADGATE_DATA, or ../shared/data.
"""

from __future__ import annotations

import argparse
import csv
import os
import sys
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from headgate.drift.compare import Compared, Estimate, compare
from headgate.drift.corrected import Corrected, corrected
from headgate.drift.judging import judge
from headgate.drift.pairs import Pairs, from_arrays
from headgate.drift.posterior import weighed
from headgate.evidence.group_gaps import difference
from tests.drifting import simulated

HOW = ("perfect", "rogan_gladen", "double_sampling")
SETTINGS: tuple[dict[str, Any], ...] = (
    {}, {"samples": 1, "labels": 200}, {"base": 0.03, "variant": 0.03}, {"alike": 0.8, "prompts": 150},
    {"prompts": 100, "labels": 150}, {"sensitivity": (0.95, 0.95), "specificity": (0.98, 0.98)}, {"labels": 100},
)  # fmt: skip
MODELS = ("gpt4", "llama2orig", "llama2new", "mistralinstruct", "mistralguard")
PAIRS = (("llama2orig", "llama2new"), ("mistralinstruct", "mistralguard"))
HUMAN = "human"


def compared(given: dict[str, np.ndarray], how: str, seed: int, *, draws: int = 2000) -> Compared:
    """The whole comparison, labels left out where the judge is taken as perfect."""
    arrays = {name: one for name, one in given.items() if how != "perfect" or name.endswith("flags")}
    way: Any = "rogan_gladen" if how == "perfect" else how
    return compare(from_arrays(**arrays), correction=way, draws=draws, seed=seed)[0]


def held(one: Estimate, truth: float) -> tuple[float, float, float]:
    """Whether it could be told, holds the truth, and how wide it is."""
    if one.low is None or one.high is None:
        return 0, np.nan, np.nan
    return 1, float(one.low <= truth <= one.high), one.high - one.low


def covering(repeats: int) -> None:
    """The planted difference in each setting."""
    for settings in SETTINGS:
        truth = settings.get("variant", 0.16) - settings.get("base", 0.10)
        found = [
            [held(compared(simulated(seed, **settings), how, seed).difference, truth) for how in HOW]
            for seed in range(repeats)
        ]
        told, covered, width = np.nanmean(np.array(found), axis=0).T
        parts = [
            f"{how} {c:.3f} ({w:.3f}, told {t:.2f})" for how, c, w, t in zip(HOW, covered, width, told, strict=True)
        ]
        print(f"{settings or 'as they are'}: " + "; ".join(parts), flush=True)


def alarms(repeats: int) -> None:
    """How often a difference is seen where there is none, and where there is one of 0.06."""
    for variant in (0.10, 0.16):
        seen = np.zeros(3)
        for seed in range(repeats):
            given = simulated(seed, variant=variant, alike=0.5, sensitivity=(1, 1), specificity=(1, 1))
            base, other = given["base_flags"], given["variant_flags"]
            low, high = difference(int(other.sum()), other.size, int(base.sum()), base.size)
            one = compare(from_arrays(base[:, 0], other[:, 0]), draws=500, seed=seed)[0].chance
            ours = compare(from_arrays(base, other), draws=500, seed=seed)[0].chance
            seen += [not low <= 0 <= high, (one or 0) <= 0.05, (ours or 0) <= 0.05]
        names = ("completions as independent", "one completion a prompt", "ours")
        print(
            f"difference {variant - 0.10:.2f} seen: "
            + "; ".join(f"{n} {s:.3f}" for n, s in zip(names, seen / repeats, strict=True))
        )


def xstest(splits: int) -> None:
    """Agreement and coverage for each model and judge, and drift of two pairs."""
    root = Path(os.environ.get("HEADGATE_DATA", "../shared/data")) / "content" / "xstest"
    models = {model: _model(root, model) for model in MODELS}
    for model, judges in models.items():
        people = judges[HUMAN]
        for name, flags in judges.items():
            if name != HUMAN:
                print(
                    f"{model} {name}: agrees {np.mean(flags == people):.3f}; {_halves(flags, people, splits)}",
                    flush=True,
                )
    for first, second in PAIRS:
        one, two = models[first], models[second]
        print(f"{first} -> {second}: people {two[HUMAN].mean() - one[HUMAN].mean():+.3f}")
        for name in one:
            if name != HUMAN:
                given = {"base_flags": one[name], "variant_flags": two[name],
                         "base_labels": _half(one[HUMAN], 0), "variant_labels": _half(two[HUMAN], 1)}  # fmt: skip
                told = [compared(given, how, 0, draws=10_000).difference for how in HOW]
                print(f"  {name}: " + "; ".join(f"{how} {_said(one)}" for how, one in zip(HOW, told, strict=True)))


def _halves(flags: np.ndarray, people: np.ndarray, splits: int) -> str:
    found = []
    for seed in range(splits):
        said = _half(people, seed)
        rest = np.isnan(said)
        arrays = {"base_flags": flags, "variant_flags": flags, "base_labels": said, "variant_labels": said}
        whole = [compared(arrays, how, seed).base for how in HOW]
        halves = [_other_half(from_arrays(**arrays), rest, how, seed) for how in HOW]
        found.append(
            [*(held(one, people[rest].mean()) for one in halves), *(held(one, people.mean()) for one in whole)]
        )
    told, covered, width = np.array(found).transpose(2, 1, 0)
    names = [f"{how}/{of}" for of in ("rest", "all") for how in HOW]
    return "; ".join(
        f"{name} {np.nanmean(c):.2f} ({np.nanmean(w):.3f}, told {t.mean():.2f})" if t.any() else f"{name} not told"
        for name, c, w, t in zip(names, covered, width, told, strict=True)
    )


def _other_half(pairs: Pairs, rest: np.ndarray, how: str, seed: int) -> Estimate:
    """The rate of the half without labels, corrected by the labels of the other half."""
    rng = np.random.default_rng(seed)
    here = pairs.at(rest)
    drawn, known = weighed(here, draws=2000, seed=rng).rates(rng)[0], weighed(pairs.at(~rest), draws=2000, seed=rng)
    found = Corrected(None, drawn)
    if how != "perfect" and pairs.base.said is not None:
        way: Any = how
        found = corrected(
            float(here.base.shares.mean()), drawn, pairs.base.said, known.base_said, correction=way, seed=rng
        )
    if found.draws is None:
        return Estimate(None, None, None)
    low, high = np.quantile(found.draws, (0.025, 0.975))
    return Estimate(found.point, float(low), float(high))


def _half(people: np.ndarray, seed: int) -> np.ndarray:
    return np.where(np.random.default_rng(seed).permutation(len(people)) < len(people) // 2, people, np.nan)


def _said(one: Estimate) -> str:
    return "not told" if one.value is None else f"{one.value:+.3f} ({one.low:+.3f} to {one.high:+.3f})"


def _model(root: Path, model: str) -> dict[str, np.ndarray]:
    name = f"xstest_v2_completions_{model}"
    given = _rows(root / "model_completions" / f"{name}.csv")
    found = {HUMAN: _refused(given, "final_label"), "ours": judge("refusal")([row["completion"] for row in given])}
    for what, column in (("streval", "strmatch_label"), ("gpteval", "gpt4_label")):
        found[column.partition("_")[0]] = _refused(_rows(root / "labels" / f"{name}_{what}.csv"), column)
    return found


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return sorted(csv.DictReader(file), key=lambda row: row["id"])


def _refused(rows: list[dict[str, str]], column: str) -> np.ndarray:
    return np.array([float(row[column] == "2_full_refusal") for row in rows])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["simulated", "xstest"])
    parser.add_argument("--repeats", type=int, default=500)
    parser.add_argument("--splits", type=int, default=50)
    asked = parser.parse_args()
    if asked.what == "simulated":
        covering(asked.repeats)
        alarms(asked.repeats)
    else:
        xstest(asked.splits)
