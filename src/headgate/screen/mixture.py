"""Several scorers' columns fused into one probability by least squares on labelled rows, and whether it is worth it.

Reads: the columns named, numbers, one a scorer; the column of labels, 1 or 0, empty where nobody looked. The labelled
rows must not have been used to train a scorer: that cannot be checked.
Finds: for each row a probability; each scorer's weight with its interval; what is lost without it; and, on rows left
out of the fit, the accuracy beside the best single scorer's and the plain mean's with McNemar's test. It refuses where
there are fewer than 20 labelled rows a scorer.
Cannot see: whether rows belong together (intervals take them as independent), nor whether labelled rows are like the
rest; rows that lack a score are not judged.
Reference: the least-squares mixture of S012, "Smart Content Recognition from Images Using a Mixture of Convolutional
Neural Networks"; L. Breiman (1996), Stacked regressions, Machine Learning 24, 49-64.
Checked against: scikit-learn's digits, five weak learners on blocks of pixels; see docs/methods/mixture.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

import numpy as np

from headgate import fusion
from headgate.errors import BadInput, UsageError
from headgate.evidence.clustered import Column
from headgate.evidence.screened import true_share
from headgate.fusion import Fusion, Versus
from headgate.plain import plain
from headgate.shapes import Batch, Finding, Items, Scores, Screened

READS = "table"
RISKS = ()

_YES, _NO, _NOBODY = {"1", "1.0", "true", "yes"}, {"0", "0.0", "false", "no"}, {"", "nan", "none", "null"}


def screen(
    items: Items, *, columns: str | None = None, label: str | None = None,
    rule: Literal["auto", "ols", "nnls", "ridge"] = "auto", intercept: bool = False, seed: int = 0,
) -> Screened:  # fmt: skip
    """The rows' probabilities and what is known of the mixture.

    `columns` is the list of the scorers' columns, with commas between them; `label` is the column of 1, 0 or nothing;
    `rule` is how the weights are found, auto being least squares unless scorers are collinear; `intercept` adds a
    constant to the weighted sum; `seed` is that of the folds. Raises `UsageError` where a column is missing, `BadInput`
    for labels that are none or too few.
    """
    names = [name.strip() for name in (columns or "").split(",") if name.strip()]
    if len(names) < 2 or len(set(names)) < len(names) or not label or label in names:
        msg = f'--columns {columns!r} with --label {label!r}: name two or more scorers as "a,b" and a column of labels.'
        raise UsageError(msg)
    scores, labels = _labelled(items, names, label)
    made = fusion.fuse(scores, labels, rule=rule, intercept=intercept, seed=seed)
    counts = [0, 0]  # rows told, and flagged

    def parts() -> Iterator[tuple[Sequence[str], Scores]]:
        for batch in items.batches():
            chance = fusion.probability(made, fusion.fused(made, _scores(batch, names))).astype(np.float32)
            told = np.isfinite(chance)
            counts[0] += int(told.sum())
            counts[1] += int((chance[told] >= 0.5).sum())
            yield batch.ids, Scores(chance, np.empty((len(chance), 0), np.float32))

    return Screened(parts(), (), lambda: _findings(made, names, scores, labels, intercept, seed, counts))


def _labelled(items: Items, names: list[str], label: str) -> tuple[Column, Column]:
    """Scores and labels of the rows that have both; held in memory, 8 bytes a score."""
    scores, labels = [np.empty((0, len(names)))], [np.empty(0)]
    for batch in items.batches():
        made, said = _scores(batch, names), np.array([_label(value, label) for value in _column(batch, label)])
        kept = np.isfinite(made).all(axis=1) & np.isfinite(said)
        scores.append(made[kept])
        labels.append(said[kept])
    return np.concatenate(scores), np.concatenate(labels)


def _scores(batch: Batch, names: list[str]) -> Column:
    return np.stack([np.array([_number(value) for value in _column(batch, name)]) for name in names], axis=1)


def _column(batch: Batch, name: str) -> list[object]:
    if name not in batch.more:
        listed = ", ".join(plain(one, 40) for one in list(batch.more)[:20])
        msg = f"no column {plain(name, 60)!r}. The columns are: {listed or 'none'}."
        raise UsageError(msg)
    return batch.more[name]


def _number(value: object) -> float:
    try:
        made = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return float("nan")
    return made if np.isfinite(made) else float("nan")


def _label(value: object, column: str) -> float:
    said = "" if value is None else str(value).strip().lower()
    if said in _NOBODY:
        return float("nan")
    if said not in _YES | _NO:
        msg = f"{plain(column, 60)!r} holds {plain(said, 40)!r}: a label is 1, 0 or nothing."
        raise BadInput(msg)
    return float(said in _YES)


def _findings(
    made: Fusion, names: list[str], scores: Column, labels: Column, intercept: bool, seed: int, counts: list[int]
) -> list[Finding]:
    rule: fusion.Rule = made.rule  # type: ignore[assignment]
    apart = fusion.out_of_fold(scores, labels, rule=rule, intercept=intercept, seed=seed)
    flagged, truth = fusion.probability(made, apart) >= 0.5, labels > 0
    ours = fusion.decide(apart, labels, seed=seed)
    best, which = fusion.best_single(scores, labels, seed=seed)
    single = fusion.versus(ours, best, labels)
    mean = fusion.versus(ours, fusion.decide(scores.mean(axis=1), labels, seed=seed), labels)
    most, shown = plain(names[int(np.bincount(which).argmax())], 40), [plain(name, 40) for name in names]
    losses = fusion.without(scores, labels, rule=rule, intercept=intercept, seed=seed)
    found = [
        _share(made, counts, flagged, truth),
        _gain("gain_over_best", f"the best single scorer ({most} in most folds)", single, len(labels)),
        _gain("gain_over_mean", "the plain mean of the scorers", mean, len(labels)),
    ]
    why = f"weight by {made.rule}, interval by bootstrap of rows"
    for name, weight, low, high in zip(shown, made.weights, made.low, made.high, strict=True):
        found.append(Finding(f"weight.{name}", float(weight), float(low), float(high), len(labels), why))
    why = "growth of the mean squared error out of fold without it"
    for name, (loss, low, high) in zip(shown, losses, strict=True):
        found.append(Finding(f"without.{name}", loss, low, high, len(labels), why))
    return found


def _share(made: Fusion, counts: list[int], flagged: Column, truth: Column) -> Finding:
    told, over = counts
    hits, passed = int((flagged & truth).sum()), int((~flagged & ~truth).sum())
    positives, negatives = int(truth.sum()), int((~truth).sum())
    true = true_share(over, told, hits=hits, positives=positives, passed=passed, negatives=negatives)
    evidence = (
        f"{over:,} of {told:,} rows at 0.5 or more; weights by {made.rule}, condition number {made.condition:.1f}; out "
        f"of fold {hits:,} of {positives:,} found and {passed:,} of {negatives:,} passed"
    )
    if true.estimate is None:
        return Finding("", None, None, None, told, f"{evidence}; {true.why}")
    return Finding("", true.estimate, true.low, true.high, told, evidence)


def _gain(axis: str, than: str, one: Versus, n: int) -> Finding:
    evidence = (
        f"accuracy {one.ours:.4f} against {one.theirs:.4f} of {than}, out of fold; right alone in "
        f"{one.only_ours:,} and {one.only_theirs:,} rows, McNemar p {one.p:.2g}"
    )
    return Finding(axis, one.ours - one.theirs, one.low, one.high, n, evidence)
