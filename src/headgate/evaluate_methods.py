"""What is judged: a detector that learns and its baselines, fitted without the test fold; or findings as they stand."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from headgate.errors import UsageError
from headgate.evidence import splits
from headgate.learn import baselines, lineage, models, operators, words
from headgate.learn.lineage import Flags, Floats, Ints, Lineage
from headgate.learn.operators import Operators
from headgate.workspace import Workspace

Scores = dict[str, npt.NDArray[np.float64]]
CONTROL = "detector on a rewired graph"
_INNER = 4


def learned(
    ws: Workspace, nodes: Lineage, positive: Floats, fold: Ints, split: str, kind: str, seed: int, network: bool,
    say: Callable[[str], None],
) -> Scores:  # fmt: skip
    """Scores of every model in its test fold, by the detector (first) and each baseline."""
    matrix, _ = words.load(ws.db, nodes)
    linked = operators.build(nodes)
    control = operators.rewired(nodes, seed)
    control_links = operators.build(control)
    inner = np.full(nodes.size, -1, np.int32)
    groups = {"component": lineage.components(nodes), "author": nodes.author}.get(split, np.arange(nodes.size))
    number = min(_INNER, len(np.unique(groups[nodes.model])))
    inner[nodes.model] = splits.group_folds(groups[nodes.model], positive[nodes.model], number, seed=seed + 1)
    found: Scores = {}
    for one in np.unique(fold[fold >= (1 if split == "time" else 0)]):
        say(f"{split} {one + 1}")
        known = _known(positive, fold, int(one), split)
        among = nodes.model & (fold >= 0) & ((fold < one) if split == "time" else (fold != one))
        here = np.flatnonzero(fold == one).astype(np.int32)
        scores = _of_fold(nodes, linked, matrix, known, among, inner, here, kind, seed)
        rewired = models.view(control, control_links, matrix, known, among, inner, seed)
        scores[CONTROL] = models.scores(rewired, here, kind, seed=seed)
        if network:
            from headgate.nn.sage import sage_scores

            scores["GraphSAGE"] = sage_scores(nodes, matrix, known, among, inner, here, seed)
        for method, score in scores.items():
            found.setdefault(method, np.zeros(nodes.size))[here] = score
    found["keyword rule, masked"] = np.zeros(nodes.size)
    found["keyword rule, reading the names"] = nodes.says.astype(float)
    return found


def _of_fold(
    nodes: Lineage, linked: Operators, matrix: words.Sparse, known: Floats, among: Flags, inner: Ints, here: Ints,
    kind: str, seed: int,
) -> dict[str, Floats]:  # fmt: skip
    seen = models.view(nodes, linked, matrix, known, among, inner, seed)
    return {
        "detector": models.scores(seen, here, kind, seed=seed),
        "its linear part alone": models.scores(seen, here, kind, models.linear, seed),
        "its trees alone": models.scores(seen, here, kind, models.trees, seed),
        "graph only, logistic": models.scores(seen, here, "graph", models.linear, seed),
        "words only, logistic": seen.table[here, 0],
        "label propagation": baselines.label_propagation(linked, known)[here],
        "personalised PageRank": baselines.personalised_pagerank(linked, known)[here],
    }


def _known(positive: Floats, fold: Ints, one: int, split: str) -> Floats:
    """Labels that may be seen when `one` is tested: of the other folds, or of older ones and undated none."""
    seen = (fold >= 0) & (fold < one) if split == "time" else fold != one
    return np.where(seen, positive, 0).astype(np.float32)


def stated(ws: Workspace, nodes: Lineage, check: str) -> Scores:
    """Scores of a detector that does not learn: its findings as they stand, lowest where it could not tell."""
    rows = ws.db.execute(
        f"SELECT n.id AS id, max(f.value) AS value FROM findings AS f JOIN {nodes.table} AS n "
        'ON n.folded = folded(f.subject) WHERE f."check" = $check GROUP BY 1', {"check": check}
    ).fetchnumpy()  # fmt: skip
    if not len(rows["id"]):
        msg = f"no findings of {check} here. Run it first: headgate detect {check} --workspace {ws.path}"
        raise UsageError(msg)
    score = np.full(nodes.size, -1.0)
    values = np.ma.filled(np.ma.asarray(rows["value"]).astype(float), -1.0)
    score[np.asarray(rows["id"], np.int32)] = np.nan_to_num(values, nan=-1.0)
    rule = {"keyword rule, reading the names": nodes.says.astype(float)} if check.startswith("uncensored") else {}
    return {"detector": score} | rule
