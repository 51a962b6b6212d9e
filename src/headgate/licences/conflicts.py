"""Findings about what artifacts inherit, with the path as evidence: what the licence detectors share."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from headgate import graph as lineage
from headgate.graph import Graph, Ints
from headgate.licences.duties import ASKS, UNKNOWN
from headgate.licences.inherit import inherited
from headgate.licences.judging import BROKEN, KEPT, at_odds, judge
from headgate.licences.reasons import reasons
from headgate.shapes import Db, Relation


def findings(db: Db, *, asks: Collection[str] = tuple(ASKS), data: bool = True) -> Relation:
    """Rows subject, value (1 broken, 0 kept, NULL open), n (declared parents), evidence, for what inherits duties.

    `asks` limits the duties looked at; without `data` nothing is inherited from training data.
    """
    given = inherited(db, data=data)
    verdicts = judge(given, asks)
    combined = at_odds(given, verdicts) if UNKNOWN.asks in asks else {}
    node, text = reasons(db, given, verdicts, combined)
    told = {"node": node, "text": text}  # noqa: F841
    grade = verdicts.grade.copy()
    grade[list(combined)] = BROKEN
    if UNKNOWN.asks in asks:  # whoever has a parent was looked at
        grade[(grade < 0) & (np.diff(given.graph.up.starts) > 0)] = KEPT
    node = np.flatnonzero(grade >= 0).astype(np.int32)
    judged = {"node": node, "grade": grade[node], "n": _parents(given.graph)[node]}  # noqa: F841
    db.execute(
        "CREATE OR REPLACE TEMP TABLE licence_findings AS SELECT a.ref AS subject, "
        "CASE grade WHEN 2 THEN 1 WHEN 0 THEN 0 END::DOUBLE AS value, j.n::BIGINT AS n, "
        "coalesce(t.text, 'what is stated here keeps all that is inherited') AS evidence "
        f"FROM judged AS j JOIN {given.graph.nodes} AS r ON r.id = j.node LEFT JOIN told AS t USING (node) "
        "JOIN artifacts AS a ON folded(a.ref) = r.folded"
    )
    lineage.drop(db, given.graph)
    return db.sql("FROM licence_findings")


def _parents(graph: Graph) -> Ints:
    # One parent that several methods found is one.
    pairs = np.unique((graph.child.astype(np.int64) << 32) | graph.parent)
    return np.bincount(pairs >> 32, minlength=graph.size).astype(np.int32)
