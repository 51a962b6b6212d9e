"""A made-up record of a repair of digits, for the tests of its page, its file and its certificate."""

from __future__ import annotations

import numpy as np

from headgate.repair.certificate import judged
from headgate.repair.claims import statuses, words
from headgate.repair.record import Agreement, Point, Ranked, Repair, Traced
from headgate.repair.shapes import Certificate, Check, Trial

METHODS = ("data_shapley", "tracin", "feature_knn")
CHECKS = (
    Check("behaviour_rate", "", 0.973, 0.007, 0.001, -0.01, 0.03, 148, 0.1, "held", "unwanted answer on 148 queries"),
    Check("behaviour_rate", "utility", 0.018, 0.031, 0.027, -0.02, 0.03, 165, 0.1, "held", "right answer lost"),
    Check("membership", "", 0.494, 0.31, 0.48, -0.26, -0.11, 65, 0.1, "over", "area under the curve"),
    Check("relearning", "", 1.0, 0.34, 0.02, 0.21, 0.43, 148, 0.1, "leaks", "one half trained on again"),
    Check("quantisation", "4 bit", 0.973, 0.02, 0.01, -0.02, 0.05, 148, 0.1, "held", "weights rounded to 4 bit"),
    Check("neighbour_damage", "near", 0.03, 0.05, 0.04, -0.09, 0.12, 33, 0.1, "inconclusive", "33 clean items nearest"),
    Check("extraction", "", 0.4, 0.1, None, None, None, 20, 0.1, "inconclusive", "no model was retrained"),
)


def certificate(checks: tuple[Check, ...] = CHECKS) -> Certificate:
    """A certificate of `checks`, by the rules."""
    verdict, because = judged(checks, ["behaviour_rate", "relearning"])
    return Certificate(
        verdict, because,
        {"name": "digits", "ref": "", "kind": "classes", "weights": "ab" * 32, "train": "cd" * 32, "items": 1300},
        {"ids": "ef" * 32, "items": 49, "known": None, "reason": "the highest 49 by data_shapley"},
        {"method": "npo", "settings": {"rate": 0.00052, "epochs": 5}, "seeds": {"removal": 0}, "weights": "12" * 32,
         "references": 3, "required": ["behaviour_rate", "relearning"], "versions": {"headgate": "0.1"}},
        {"query": "34" * 32, "validation": "56" * 32, "proof": "78" * 32}, checks,
        words(statuses((one.test, one.axis, one.verdict) for one in checks)),
    )  # fmt: skip


def repair() -> Repair:
    """A record with everything in it: 65 ranked items, 25 trials of three methods, seven checks."""
    drawn = np.random.default_rng(0)
    ranked = tuple(
        Ranked(f"digit-{drawn.integers(1797)}-{n}", f"uploader {n % 3}", n < 49,
               {name: float(np.clip(1 - n / 400 - drawn.exponential(0.1) * k, 0, 1)) for k, name in enumerate(METHODS)},
               bool(drawn.random() < 0.8))
        for n in range(65)
    )  # fmt: skip
    trials = []
    for name, spread in (("npo", 0.1), ("graddiff", 0.2), ("ssd", 0.7)):
        for n in range(8):
            behaviour, utility = float(drawn.uniform(0, spread)), float(np.clip(drawn.normal(0.97, spread / 8), 0, 1))
            why = "lost more than 0.02 of utility" if utility < 0.95 else "another does it less"
            trials.append(
                Trial(name, {"rate": 0.0005 * (n + 1), "epochs": 5}, 1.3, behaviour, utility, False, False, why)
            )
    trials.append(Trial("npo", {"rate": 0.00052, "epochs": 5}, 1.4, 0.013, 0.978, False, True, ""))
    return Repair(
        "digits with a patch", "classes", "2026-11-21T19:00:00Z", Point(0.977, 0.989), Point(0.002, 0.982), ranked,
        (Traced("data_shapley", 0.21), Traced("tracin", 3.42), Traced("feature_knn", 0.03, True),
         Traced("boostin", 0.0, skipped="digits is of kind classes, not trees")),
        (Agreement("data_shapley", "tracin", 0.62, 0.78), Agreement("data_shapley", "feature_knn", 0.55, 0.71),
         Agreement("tracin", "feature_knn", None, 0.5)),
        tuple(trials), CHECKS, certificate(), {"trace": 3.7, "remove": 34.2, "retrain": 6.1, "prove": 12.9}, 612.0,
        ("boostin was left out: digits is of kind classes, not trees",),
    )  # fmt: skip
