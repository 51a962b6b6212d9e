"""Explanations that survive: recourse told to rejected rows, and whether deleting training rows makes it a lie.

Reads: the training rows, a linear model's weights and penalty, the rejected among the clean proof rows.
Finds: how often the advice of the model before fails with the model after; for the worst deletion of as many rows as
the forget set holds, a lower bound (rows that were found to break it) and an upper one (proved); the same, and the
extra cost, of advice made robust.
Cannot see: models that are not linear; a scaler or features fitted anew; rows added or changed; whether a person can
follow the advice, which changes all features as it likes.
Reference: Krishna, Ma, Lakkaraju, "Towards Bridging the Gaps between the Right to Explanation and the Right to be
Forgotten" (ICML 2023, arXiv 2302.04288). The bound, of repair/deletions.py, is our own.
Checked against: deleting every row and every pair of rows of 60 of breast_cancer, each model trained again.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from headgate.errors import UsageError
from headgate.repair.checks import check
from headgate.repair.deletions import Doubles, Linear, Loss, fitted
from headgate.repair.recourse import attacked, certified, moved, moves, robust_moves, scores
from headgate.repair.shapes import Case, Check, Model, Subject, Verdict
from headgate.repair.splits import open_to

RISKS = ()
_BOUNDED = ("LogisticRegression", "Ridge", "RidgeClassifier")
_APART = 0.05  # of the spread of the scores: so far may the weights given be from the optimum


def prove(
    case: Case, *, wanted: Literal["high", "low"] = "high", threshold: float = 0.0, beyond: float = 0.1,
    strength: float = 0.0, ceiling: float = 0.1, most: int = 200,
) -> list[Check]:  # fmt: skip
    """Checks of the share of rejected rows whose advice fails: after this deletion, after the worst, and if robust.

    `wanted` is the side of the threshold on which a row is accepted;
    `threshold` is the score that parts the rows, 0 of a classifier; 0.5 of a regression on zeros and ones;
    `beyond` is how far past the threshold advice takes a row, in units of the score;
    `strength` is the L2 strength of the summed loss of a torch model (an estimator tells its own);
    `ceiling` is the share of failing advice that is still allowed;
    `most` is the number of rejected rows looked at, the first of them.
    Raises `UsageError` for a model that is not linear or not at the optimum of its objective, or if no row is rejected.
    """
    if not (0 < beyond < np.inf and strength >= 0 and most > 0 and 0 <= ceiling <= 1):
        msg = (f"beyond {beyond:g}, strength {strength:g}, most {most}, ceiling {ceiling:g}. Give a way past the "
               "threshold, a strength of 0 or more, a row at least, and a share from 0 to 1.")  # fmt: skip
        raise UsageError(msg)
    clean = open_to(case.behaviour, "prove").clean
    model, sign, over = _signed(case.subject, wanted, threshold, strength)
    x = np.asarray(clean.x, float).reshape(len(clean), -1)
    x = x[scores(model.weights, x) <= over][:most]
    if not len(x):
        msg = f"none of the {len(clean)} clean proof rows is rejected by {case.subject.name}. Give rows that are."
        raise UsageError(msg)
    k = len(case.forget.ids)
    steps = moves(model, x, over + beyond)
    robust = robust_moves(model, x, over, k, steps)
    told, firm = moved(model, x, steps), moved(model, x[np.isfinite(robust)], robust[np.isfinite(robust)])
    return [
        _after(case, told, sign, over, ceiling),
        _worst("worst", model, told, over, k, ceiling, len(x), f"advice that goes {beyond:g} past the threshold"),
        _worst("robust", model, firm, over, k, ceiling, len(x), _costs(robust, steps)),
    ]


def linear_weights(model: Model) -> Doubles:
    """The weights of a linear model of one score, the intercept last (d + 1): an estimator's, or of a torch module's
    only layer with weights; of two classes the second minus the first. Raises `UsageError` for any other.
    """
    if hasattr(model, "coef_"):
        weights, intercept = np.atleast_2d(np.asarray(model.coef_, float)), np.asarray(model.intercept_, float).ravel()
    else:
        held = [one.detach().cpu().numpy() for one in model.parameters()] if hasattr(model, "parameters") else []
        if len(held) != 2 or held[0].ndim != 2:
            msg = f"{type(model).__name__} is no linear model. Give a ridge or logistic one, or another test."
            raise UsageError(msg)
        weights, intercept = held[0].astype(float), held[1].astype(float)
    if len(weights) == 2:
        weights, intercept = weights[1:] - weights[:1], intercept[1:] - intercept[:1]
    if len(weights) != 1:
        msg = f"{type(model).__name__} gives {len(weights)} scores. Recourse is worked out for one, or for two classes."
        raise UsageError(msg)
    return np.append(weights[0], intercept)


def objective(subject: Subject, strength: float) -> tuple[Loss, float, Doubles]:
    """Loss, L2 strength and answers (n; of the logistic loss 0 or 1) that `subject`'s model was trained with.

    Raises `UsageError` for an estimator whose objective is another.
    """
    y, model = np.asarray(subject.train.y).ravel(), subject.model
    name = type(model).__name__
    asked: dict[str, Any] = model.get_params() if hasattr(model, "coef_") else {}
    if y.size != len(subject.train) or (name in _BOUNDED and not _plain(asked)):
        msg = ("the bound is for one answer a row, an L2 penalty that leaves a fitted intercept free, no class "
               f"weights and no limit on signs. Fit {name} so, a logistic one with lbfgs.")  # fmt: skip
        raise UsageError(msg)
    if name == "LogisticRegression":
        return "logistic", 1 / float(asked["C"]), (y == model.classes_[1]).astype(float)
    if name in _BOUNDED:
        signs = np.where(y == model.classes_[1], 1.0, -1.0) if name == "RidgeClassifier" else y.astype(float)
        return "ridge", float(np.ravel(asked["alpha"])[0]), signs
    if hasattr(model, "coef_") or subject.adapter.kind not in ("classes", "regression"):
        msg = f"no bound is known for {name} of kind {subject.adapter.kind}. Give ridge or logistic regression."
        raise UsageError(msg)
    if subject.adapter.kind == "regression":
        return "ridge", strength, y.astype(float)
    # two outputs share the difference of their weights, and so half of the penalty
    pair = next(iter(model.parameters())).shape[0] == 2
    return "logistic", strength / 2 if pair else strength, y.astype(float)


def _plain(asked: dict[str, Any]) -> bool:
    """Whether parameters of an estimator are those of the objective that is bounded."""
    weighed = asked.get("class_weight") is not None or asked.get("positive") or asked.get("l1_ratio")
    l2 = asked.get("penalty", "l2") in ("l2", "deprecated") and asked.get("solver") != "liblinear"
    return l2 and bool(asked["fit_intercept"]) and not weighed


def _signed(subject: Subject, wanted: str, threshold: float, strength: float) -> tuple[Linear, float, float]:
    """The model at its optimum with the wanted side up, the sign that did it, and the threshold."""
    loss, penalty, y = objective(subject, strength)
    x = np.asarray(subject.train.x, float).reshape(len(subject.train), -1)
    sign = 1.0 if wanted == "high" else -1.0
    turned = (y if sign > 0 else 1 - y) if loss == "logistic" else sign * y
    model = fitted(x, turned, loss, penalty)
    given, best = scores(sign * linear_weights(subject.model), x), scores(model.weights, x)
    apart = float(np.abs(given - best).max() / max(float(best.std()), 1e-12))
    if apart > _APART:
        msg = (f"the weights of {subject.name} are {apart:.2g} spreads of the score from the optimum of {loss} "
               f"regression with L2 strength {penalty:g}. Tell its strength, or train it to the end.")  # fmt: skip
        raise UsageError(msg)
    return model, sign, sign * threshold


def _after(case: Case, told: Doubles, sign: float, over: float, margin: float) -> Check:
    def failing(model: Model) -> Doubles:
        return (scores(sign * linear_weights(model), told) <= over).astype(float)

    before, after, *references = (failing(one) for one in (case.subject.model, case.after, *case.references))
    words = f"advice to {len(told)} rejected rows, {len(case.forget.ids)} training rows deleted"
    return check("explanation_survives", "", before, after, references, margin=margin, evidence=words)


def _worst(
    axis: str, model: Linear, told: Doubles, over: float, k: int, ceiling: float, rows: int, words: str
) -> Check:
    broken = float(attacked(model, told, over, k).sum()) / rows if len(told) else 0.0
    unsure = (rows - int(certified(model, told, over, k).sum())) / rows if len(told) else 1.0
    verdict: Verdict = "held" if unsure <= ceiling else "leaks" if broken > ceiling else "inconclusive"
    said = f"{1 - unsure:.0%} of {rows} certified, {broken:.0%} broken by the worst found"
    return Check("explanation_survives", axis, None, broken, None, broken, unsure, rows, ceiling, verdict,
                 f"whichever {k} training rows are deleted: {said}; {words}")  # fmt: skip


def _costs(robust: Doubles, steps: Doubles) -> str:
    found = np.isfinite(robust)
    if not found.any():
        return "no robust advice was found for any row"
    extra = robust[found] / np.maximum(steps[found], 1e-12)
    return f"robust advice found for {found.mean():.0%}, at {np.median(extra):.2f} times the change (median)"
