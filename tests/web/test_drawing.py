from __future__ import annotations

import numpy as np
import pytest

from headgate.web import drawing, family
from headgate.web.snapshot import Snapshot
from tests.web.serving import Served


@pytest.fixture
def shot(served: Served) -> Snapshot:
    found: Snapshot = served.app.state.watch.current
    return found


def largest(shot: Snapshot) -> int:
    return int(np.argmax(np.diff(shot.graph.down.starts)))


def test_columns_agree_and_parents_come_before_what_hangs_under_them(shot: Snapshot) -> None:
    made = drawing.draw(shot.graph, shot.cursor(), largest(shot), 5000, [], [])
    nodes = made.nodes
    assert len({len(getattr(nodes, name)) for name in drawing.Nodes.__dataclass_fields__}) == 1
    assert len({len(getattr(made.links, name)) for name in drawing.Links.__dataclass_fields__}) == 1
    assert all(up < n for n, up in enumerate(nodes.under))
    assert made.groups == 0
    assert sum(made.links.main) >= len(nodes.ref) - 1
    assert len(set(zip(nodes.x, nodes.y, strict=True))) == len(nodes.ref)


def test_links_are_those_of_the_table_between_what_is_drawn(shot: Snapshot) -> None:
    db = shot.cursor()
    made = drawing.draw(shot.graph, db, largest(shot), 5000, [], [])
    drawn = {ref for ref in made.nodes.ref if ref}
    table = db.execute(
        "SELECT DISTINCT p.ref, c.ref, l.relation FROM shelf.links AS l JOIN shelf.nodes AS p ON p.id = l.parent_node "
        "JOIN shelf.nodes AS c ON c.id = l.child_node WHERE p.id <> c.id"
    ).fetchall()
    wanted = {row for row in table if row[0] in drawn and row[1] in drawn}
    of = made.links
    ref, names = made.nodes.ref, shot.graph.relations
    found = [
        (ref[p], ref[c], names[r])
        for p, c, r in zip(of.parent, of.child, of.relation, strict=True)
        if ref[p] and ref[c]
    ]
    assert len(found) == len(set(found))
    assert set(found) == wanted


def test_a_group_of_a_withheld_parent_cannot_be_opened(shot: Snapshot) -> None:
    db = shot.cursor()
    rows = db.execute(
        "SELECT id FROM shelf.nodes WHERE withheld AND id IN (SELECT parent_node FROM shelf.links)"
    ).fetchall()
    for (node,) in rows:
        made = drawing.draw(shot.graph, db, node, 5000, range(len(shot.graph.relations)), [])
        assert made.nodes.ref[0] is None
        assert made.groups
        assert [o for o, up in zip(made.nodes.opens, made.nodes.under, strict=True) if up == 0 and o] == []


def test_branches_are_spread_evenly() -> None:
    assert drawing._turned(np.arange(5)).tolist() == [0, 0.5, 0.25, 0.75, 0.125]


def test_each_node_says_how_its_own_link_is_known(shot: Snapshot) -> None:
    made = drawing.draw(shot.graph, shot.cursor(), largest(shot), 12, [], [])
    hows = drawing.hows(made)
    assert hows[0] == ""
    assert {how for how, many in zip(hows, made.nodes.inside, strict=True) if many} == {"group"}
    tree = family.tree(shot.graph, largest(shot))
    best = {int(tree.nodes[n]): int(shot.graph.how[tree.link[n]]) for n in range(1, len(tree.nodes))}
    names = dict(shot.cursor().execute("SELECT ref, id FROM shelf.nodes").fetchall())
    for how, ref in list(zip(hows, made.nodes.ref, strict=True))[1:]:
        if ref:
            assert how == ("inferred", "declared", "read")[best[names[ref]]]
