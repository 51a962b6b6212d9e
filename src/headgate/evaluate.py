"""How far a detector can be trusted: its error on artifacts it was not fitted on, split by split, beside its baselines.

A detector that learns is fitted anew for every fold; one that does not is judged by its findings. Labels
are positives only: what nobody labelled counts as not found, so precision is a lower bound.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from headgate import checks
from headgate.errors import BadInput, UsageError
from headgate.evidence import calibration, intervals, ranking, splits
from headgate.learn import lineage as lineages
from headgate.learn import models, seeds
from headgate.plain import plain
from headgate.progress import Progress
from headgate.refs import parse
from headgate.workspace import Workspace

if TYPE_CHECKING:
    from headgate.evidence.ranking import Estimate, Ranking
    from headgate.learn.lineage import Floats, Lineage

LEARNED = {"uncensored": "all", "uncensored_hidden": "graph"}
SPLITS = ("component", "author", "time", "hub", "random")
MEANING = {
    "component": "no lineage component on both sides",
    "author": "no account on both sides",
    "time": "fitted on what is older only",
    "hub": "no hub on both sides",
    "random": "at random: flatters whoever copies a neighbour",
}
_NOT_SAID: tuple[list[str], ...] = ([], [""], ["no"], ["unsure"], ["contested"])
Scores = dict[str, npt.NDArray[np.float64]]


@dataclass(frozen=True, slots=True)
class Judged:
    """One method on one split. `error` is the expected calibration error of its probabilities, where it gives any;
    `behind` the average precision by which it falls short of the detector.
    """

    split: str
    method: str
    ranking: Ranking
    error: Estimate | None
    behind: Estimate | None


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Every method on every split; `digests` tell the splits apart, `left_out` why a split was not made."""

    detector: str
    labels: str
    items: int
    positives: int
    seed: int
    rows: list[Judged]
    digests: dict[str, str]
    left_out: dict[str, str]
    unknown: int = 0  # labels of the file that are of no model here


def evaluate(
    ws: Workspace, detector: str, *, labels: Path | None = None, wanted: tuple[str, ...] = SPLITS, folds: int = 5,
    seed: int = 0, network: bool = False,
) -> Evaluation:  # fmt: skip
    """Judge `detector` over `ws` by `labels` (a CSV whose first column holds refs), or else by the labels and seeds
    of the workspace. `network` adds GraphSAGE as a rival, which takes minutes and the extra graph.

    Raises `UsageError` where there are too few labels to judge by.
    """
    from headgate.evaluate_methods import learned, stated

    models.check_seed(seed)
    lineage = lineages.load(ws.db)
    positive, unknown = _positives(ws, lineage, detector, labels)
    if (number := int(positive.sum())) < seeds_needed(folds):
        hidden = labels is None and intervals.small(number) and checks.sensitive(ws.db, detector)
        few = f"{intervals.UNDER if hidden else number} models here are labelled, fewer than {seeds_needed(folds)}"
        lost = f"; {unknown} labels of {plain(labels.name)} are of no model here" if labels and unknown else ""
        msg = f"{few}{lost}. Give more with --labels FILE."
        raise UsageError(msg)
    items = np.flatnonzero(lineage.model)
    rows: list[Judged] = []
    digests, left_out = {}, {}
    with Progress(f"evaluate {detector}") as progress:
        for name in wanted:
            try:
                fold = _folds(ws, lineage, items, positive, name, folds, seed)
            except ValueError as error:
                left_out[name] = str(error)
                continue
            digests[name] = splits.digest(fold[items])
            if detector in LEARNED:
                found = learned(ws, lineage, positive, fold, name, LEARNED[detector], seed, network, progress.say)
            else:
                found = stated(ws, lineage, detector)
            rows += judged(name, lineage, positive, fold, found, seed)
    lineages.drop(ws.db, lineage)
    source = labels.name if labels else "labels and seeds of the workspace"
    return Evaluation(detector, source, len(items), number, seed, rows, digests, left_out, unknown)


def seeds_needed(folds: int) -> int:
    """Labels below which a figure would be no more than noise."""
    return max(intervals.SMALL, 4 * folds)


def judged(
    split: str, lineage: Lineage, positive: Floats, fold: npt.NDArray[np.int32], found: Scores, seed: int
) -> list[Judged]:
    """Figures of every method of `found` over the items that were in a test fold."""
    tested = np.flatnonzero(lineage.model & (fold >= (1 if split == "time" else 0)))
    hit, account = positive[tested] > 0, lineage.author[tested]
    first = next(iter(found))
    rows = []
    for method, score in found.items():
        mine = score[tested]
        rows.append(Judged(
            split, method, ranking.rank(hit, mine, account, seed=seed),
            _error(mine, hit, account, fold[tested], seed) if method == first else None,
            None if method == first else ranking.gain(hit, found[first][tested], mine, account, seed=seed),
        ))  # fmt: skip
    return rows


def worst(evaluation: Evaluation) -> Judged:
    """The detector's own row on the split where it does worst; the random one counts only where there is no other."""
    own = [row for row in evaluation.rows if row.behind is None]
    honest = [row for row in own if row.split != "random"] or own
    return min(honest, key=lambda row: row.ranking.average_precision.value)


def _error(
    score: npt.NDArray[np.float64], hit: npt.NDArray[np.bool_], account: npt.NDArray[np.int32],
    fold: npt.NDArray[np.int32], seed: int,
) -> Estimate | None:  # fmt: skip
    """Calibration error of each fold under bins made on the others, its interval by whole accounts.

    None where only one fold was tested.
    """
    if len(np.unique(fold)) < 2:
        return None
    stated = np.empty(len(score))
    for one in np.unique(fold):
        here = fold == one
        made = calibration.calibrate(score[~here], hit[~here], account[~here])
        stated[here] = calibration.apply(made, score[here])[0]
    return calibration.error_interval(stated, hit, account, seed=seed)


def _positives(ws: Workspace, lineage: Lineage, detector: str, labels: Path | None) -> tuple[Floats, int]:
    """1 for each model that is labelled, and how many labels of the file are of none."""
    unknown = 0
    if labels is None:
        known = seeds.load(ws.db, lineage, "uncensored" if detector in LEARNED else detector)
        positive = known.yes if detector in LEARNED else np.where(known.ruled, 0, known.yes)
    else:
        at = lineages.places(ws.db, lineage, sorted({str(parse(ref)) for ref in _listed(labels)}))
        positive = np.zeros(lineage.size)
        positive[at[at >= 0]] = 1
        unknown = len(at) - int(lineage.model[at[at >= 0]].sum())
    return np.where(lineage.model, positive, 0).astype(np.float32), unknown


def _listed(labels: Path) -> list[str]:
    """The refs of a file of labels, less those of rows of which a column `label` says no or nothing."""
    try:
        with labels.open(encoding="utf-8-sig", newline="") as file:
            rows = [row for row in csv.reader(file) if row and not row[0].startswith("#")]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        msg = f"cannot read {labels} ({error}). Give a CSV in UTF-8 whose first column holds refs."
        raise BadInput(msg) from error
    said = rows[0].index("label") if rows and "label" in rows[0] else 0
    return [row[0] for row in rows[1:] if not said or row[said : said + 1] not in _NOT_SAID]


def _folds(
    ws: Workspace, lineage: Lineage, items: npt.NDArray[np.intp], positive: Floats, name: str, folds: int, seed: int
) -> npt.NDArray[np.int32]:
    fold = np.full(lineage.size, -1, np.int32)
    if name == "time":
        dated = items[np.isfinite(lineage.created[items])]
        if positive[dated].sum() < seeds_needed(folds):
            msg = f"fewer than {seeds_needed(folds)} labelled artifacts have a date"
            raise ValueError(msg)
        fold[dated] = splits.time_folds(lineage.created[dated], folds)
        if not positive[fold > 0].any() or not positive[fold == 0].any():
            msg = "no labelled artifact is older than the others, or none newer"
            raise ValueError(msg)
        return fold
    if name == "hub":
        hub = lineages.hubs(ws.db, lineage)
        groups, many = hub, len(np.unique(hub[items][positive[items] > 0]))
        if many < 2:
            msg = "labelled artifacts on one hub only"
            raise ValueError(msg)
        folds = many
    else:
        alone = np.arange(lineage.size, dtype=np.int32)
        groups = {"component": lineages.components(lineage), "author": lineage.author}.get(name, alone)
    fold[items] = splits.group_folds(groups[items], positive[items], folds, seed=seed)
    return fold
