from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from headgate.web import family, lineage_facts
from headgate.web.snapshot import Snapshot
from tests.web.serving import Served


@pytest.fixture
def shot(served: Served) -> Snapshot:
    found: Snapshot = served.app.state.watch.current
    return found


def test_what_is_withheld_has_no_fact_and_all_else_has_those_of_the_tables(hub: Any, shot: Snapshot) -> None:
    db, nodes = shot.cursor(), np.arange(shot.graph.size, dtype=np.int32)
    of = dict(db.execute("SELECT id, ref FROM shelf.nodes").fetchall())
    real = hub[0].db.cursor()
    people = {row[0] for row in real.execute("SELECT ref FROM observations WHERE person").fetchall()}
    held = {row[0]: row[1:] for row in real.execute("SELECT ref, kind, created, downloads FROM artifacts").fetchall()}
    withheld = 0
    for node, fact in zip(nodes.tolist(), lineage_facts.facts(db, nodes), strict=True):
        ref = of[node]
        if ref in people or ref.startswith("name:"):
            assert fact == lineage_facts.Fact()
            withheld += 1
        else:
            assert (fact.ref, fact.withheld) == (ref, False)
            if ref in held:
                assert (fact.kind, fact.created, fact.downloads, fact.gone) == (*held[ref], None)
            else:  # never collected, or gone from its hub since
                assert (fact.artifact is None) == (fact.gone is None)
    assert withheld > 5


def test_words_near_a_person_are_not_told(shot: Snapshot) -> None:
    db, graph = shot.cursor(), shot.graph
    every = family.edges_between(graph, np.arange(graph.size, dtype=np.int32))
    hidden = {row[0] for row in db.execute("SELECT id FROM shelf.nodes WHERE withheld").fetchall()}
    links = db.execute("SELECT parent_node, child_node FROM shelf.links").fetchall()
    near = {child for parent, child in links if parent in hidden or child in hidden}
    told = 0
    for edge, known in zip(every.tolist(), lineage_facts.links(db, graph, every), strict=True):
        assert 0 <= known.confidence <= 1
        if int(graph.child[edge]) in near:
            assert known.evidence is None
        told += known.evidence is not None
    assert near
    assert told > 100


def test_an_artifact_without_links_has_its_facts(shot: Snapshot) -> None:
    db = shot.cursor()
    number, ref, licence = db.execute(
        "SELECT id, ref, licence FROM shelf.artifacts WHERE node IS NULL AND NOT depicts_person LIMIT 1"
    ).fetchall()[0]
    fact = lineage_facts.of_artifact(db, number, ref)
    assert (fact.ref, fact.licence, fact.withheld) == (ref, licence, False)
