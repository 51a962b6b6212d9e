from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from headgate import graph as graphs
from headgate.web import artifact_lineage
from headgate.web.artifact_lineage import ancestors, children, lineage, narrow
from headgate.web.snapshot import Snapshot
from tests.web.serving import Served


def arrays(*pairs: tuple[int, int]) -> graphs.Graph:
    parent, child = (np.array([pair[side] for pair in pairs], np.int32) for side in (0, 1))
    relation = np.array([place % 2 for place in range(len(pairs))], np.int32)
    return graphs.build(6, parent, child, relation, relations=("finetune", "merge"))


def test_children_are_counted_once_a_relation_and_once_in_all() -> None:
    found, number = children(arrays((0, 1), (0, 1), (0, 2), (3, 0), (0, 1)), 0)
    # 0 -> 1 by both relations, 0 -> 2 by the first, and 0 -> 1 by the first a second time
    assert {one.relation: one.count for one in found} == {"finetune": 2, "merge": 1}
    assert number == 2


def test_ancestors_are_found_once_round_a_cycle() -> None:
    graph = arrays((1, 0), (2, 1), (0, 2), (3, 1))
    found, complete = ancestors(graph, 0)
    assert sorted(found.tolist()) == [0, 1, 2, 3]
    assert found[0] == 0
    assert complete
    assert ancestors(graph, None)[0].tolist() == []


def test_a_lineage_without_end_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(artifact_lineage, "ANCESTORS", 2)
    found, complete = ancestors(arrays((1, 0), (2, 1), (3, 2)), 0)
    assert found.tolist() == [0, 1]
    assert not complete


def test_parents_are_those_of_the_table(hub: Any, served: Served) -> None:
    db = hub[0].db.cursor()
    snapshot: Snapshot = served.app.state.watch.current
    child, number = db.execute(
        "SELECT child, count(*) FROM edges WHERE child NOT IN (SELECT ref FROM observations WHERE person) "
        "AND relation = 'merge' GROUP BY child ORDER BY 2 DESC, 1 LIMIT 1"
    ).fetchall()[0]
    wanted = set(db.execute("SELECT relation, how, confidence, method FROM edges WHERE child = ?", [child]).fetchall())
    own = snapshot.cursor()
    node = own.execute("SELECT node FROM shelf.artifacts WHERE ref = ?", [child]).fetchall()[0][0]
    found = lineage(own, snapshot.graph, node)
    assert found.links >= number
    assert wanted <= {(one.relation, one.how, one.confidence, one.method) for one in found.parents}
    assert lineage(own, snapshot.graph, None).links == 0


def test_what_may_not_be_named_is_withheld_among_parents(served: Served) -> None:
    snapshot: Snapshot = served.app.state.watch.current
    own = snapshot.cursor()
    rows = own.execute(
        "SELECT l.child_node, n.ref FROM shelf.links AS l JOIN shelf.nodes AS n ON n.id = l.parent_node WHERE n.withheld"
    ).fetchall()
    assert rows
    for node, ref in rows[:20]:
        found = lineage(own, snapshot.graph, node)
        hidden = [one for one in found.parents if one.ref is None]
        assert hidden
        assert all((one.name, one.evidence, one.collected) == ("withheld", "", False) for one in hidden)
        assert ref not in str(found)


def test_a_narrow_connection_holds_the_lineage_alone(served: Served) -> None:
    snapshot: Snapshot = served.app.state.watch.current
    own = snapshot.cursor()
    child = own.execute(
        "SELECT child_node FROM shelf.links JOIN shelf.artifacts ON node = child_node LIMIT 1"
    ).fetchall()[0][0]
    row = {"id": own.execute("SELECT id FROM shelf.artifacts WHERE node = ?", [child]).fetchall()[0][0]}
    near, _ = ancestors(snapshot.graph, child)
    narrow(own, row, near)
    assert own.execute("SELECT count(*) FROM artifacts").fetchall()[0][0] <= len(near)
    inside = own.execute("SELECT count(*) FROM edges WHERE folded(child) NOT IN (SELECT folded FROM near)").fetchall()
    assert inside == [(0,)]
    # another connection still sees all of it
    assert snapshot.cursor().execute("SELECT count(*) FROM artifacts").fetchall()[0][0] > len(near)
