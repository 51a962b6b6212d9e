"""From seeds to findings: score every model, calibrate, abstain where nothing is known, and say why."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from headgate.evidence.calibration import Calibration, apply, calibrate
from headgate.evidence.splits import group_folds
from headgate.learn import lineage as lineages
from headgate.learn import models, operators, seeds, words
from headgate.learn.explain import explanations
from headgate.learn.lineage import Flags, Floats, Lineage
from headgate.learn.seeds import Seeds
from headgate.shapes import Db, Relation

FEWEST = 20  # seeds to learn from
REVIEWED = (100, 10)  # items drawn at random and reviewed, and how many of each answer, to calibrate on them
WIDEST = 0.5  # of an interval, before the answer is "could not tell"
EXPLAINED = 10_000  # artifacts with the highest scores, each of which gets its reasons
_FOLDS = 4

_FOUND = """
CREATE OR REPLACE TEMP TABLE learn_found AS
SELECT n.ref AS subject, CASE WHEN s.told THEN s.value END AS value, CASE WHEN s.told THEN s.low END AS low,
       CASE WHEN s.told THEN s.high END AS high, s.n, coalesce(w.why, CASE WHEN NOT s.told THEN $untold END) AS evidence
FROM scored AS s JOIN {table} AS n ON n.id = s.id LEFT JOIN why AS w ON w.id = s.id
"""


@dataclass(frozen=True, slots=True)
class Scored:
    """Scores of the models `nodes` and what they come to; `told` is False where the detector abstains."""

    nodes: npt.NDArray[np.int32]
    score: Floats
    calibration: Calibration
    told: Flags
    basis: str


def findings(db: Db, question: str, kind: str, seed: int) -> Relation:
    """Findings of every model under `question` by features of `kind` (all, or graph: then only of models whose
    own name does not say it): probability, interval, items behind it, reasons.
    """
    models.check_seed(seed)
    lineage = lineages.load(db)
    known = seeds.load(db, lineage, question)
    if min(known.yes.sum(), (lineage.model & (known.yes == 0)).sum()) < FEWEST:
        few = f"{int(known.yes.sum())} seeds, fewer than {FEWEST}: review some, or import labels"
        sql = (
            "SELECT ref AS subject, NULL::DOUBLE AS value, 0 AS n, $few AS evidence FROM artifacts WHERE kind = 'model'"
        )
        lineages.drop(db, lineage)
        return db.sql(sql, params={"few": few})
    linked = operators.build(lineage)
    matrix, _ = words.load(db, lineage)
    found = score(lineage, linked, matrix, known, kind, seed)
    value, low, high = apply(found.calibration, found.score)
    wide = high - low > WIDEST
    place = np.searchsorted(found.calibration.edges, found.score, side="right")
    scored = {"id": found.nodes, "value": value, "low": low, "high": high, "n": found.calibration.items[place],
              "told": found.told & ~wide}  # fmt: skip
    first = found.nodes[np.argsort(-found.score, kind="stable")[:EXPLAINED]]
    reasons = explanations(db, lineage, linked, known, first, kind)
    why = {"id": np.array([node for node, _ in reasons], np.int32),
           "why": np.array([f"{found.basis}; {text}" for _, text in reasons], object)}  # fmt: skip
    assert scored, why
    db.execute(
        _FOUND.format(table=lineage.table), {"untold": "no words, links or account to go by, or too few like it"}
    )
    lineages.drop(db, lineage)
    return db.sql("FROM learn_found")


def score(
    lineage: Lineage, linked: operators.Operators, matrix: words.Sparse, known: Seeds, kind: str, seed: int
) -> Scored:
    """Score every model out of fold, lineage components whole, and calibrate."""
    everyone = np.flatnonzero(lineage.model).astype(np.int32)
    component = lineages.components(lineage)[everyone]
    folds = np.full(lineage.size, -1, np.int32)
    folds[everyone] = group_folds(component, known.yes[everyone], min(_FOLDS, len(np.unique(component))), seed=seed)
    seen = models.view(lineage, linked, matrix, known.yes, lineage.model, folds, seed)
    score = models.cross_scores(seen, everyone, folds, kind, seed=seed)
    asked = ~lineage.says[everyone] if kind == "graph" else np.ones(len(everyone), bool)
    calibration, basis = _calibrated(lineage, known, everyone, score, asked)
    told = (np.diff(matrix.indptr)[everyone] > 2) | (linked.parents + linked.children > 0)[everyone]
    told |= (linked.published[linked.author] > 1)[everyone]
    return Scored(everyone[asked], score[asked], calibration, told[asked], basis)


def _calibrated(
    lineage: Lineage, known: Seeds, nodes: npt.NDArray[np.int32], score: Floats, asked: Flags
) -> tuple[Calibration, str]:
    drawn = known.reviewed[nodes] & asked
    yes, no = int((known.yes[nodes] > 0)[drawn].sum()), int(known.no[nodes][drawn].sum())
    if yes + no >= REVIEWED[0] and min(yes, no) >= REVIEWED[1]:
        chosen, basis = drawn, f"calibrated to {yes + no} reviews"
        weight = 1 / known.chance[nodes][drawn]
    else:
        chosen, basis, weight = np.ones(len(nodes), bool), "lower bound, calibrated to labels that exist", None
    chosen_nodes = nodes[chosen]
    made = calibrate(score[chosen], known.yes[chosen_nodes] > 0, lineage.author[chosen_nodes], weight,
                     least=10 if weight is not None else 50)  # fmt: skip
    return made, basis
