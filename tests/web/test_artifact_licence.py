from __future__ import annotations

from typing import Any

from headgate.licences.conflicts import findings
from headgate.web.artifact_facts import row_of
from headgate.web.artifact_licence import licence
from headgate.web.snapshot import Snapshot
from tests.web.serving import Served


def test_the_verdicts_are_those_of_the_whole_hub(hub: Any, served: Served) -> None:
    """Looked at with its ancestors alone, an artifact keeps and breaks what it does among all of the hub."""
    snapshot: Snapshot = served.app.state.watch.current
    whole = {row[0]: row[1] for row in findings(snapshot.cursor()).fetchall()}
    own = snapshot.cursor()
    rows = own.execute(
        "SELECT ref FROM shelf.artifacts WHERE node IS NOT NULL AND NOT depicts_person AND gone_since IS NULL "
        "ORDER BY hash(ref) LIMIT 60"
    ).fetchall()
    seen = set()
    for (ref,) in rows:
        found = licence(snapshot, row_of(own, snapshot.find(own, ref)[0]))
        outcomes = {one.outcome for one in found.inherits}
        worst = next((one for one in ("broken", "not clear", "kept") if one in outcomes), "kept")
        if ref not in whole:  # only others come from it
            assert not found.inherits
            continue
        value = whole[ref]
        # parents that no licence can keep together are broken in sum while each alone is only not clear
        assert value == {"broken": 1.0, "not clear": None, "kept": 0.0}[worst] or (
            value == 1.0 and worst == "not clear"
        ), ref
        seen.add(worst)
    assert "not clear" in seen
    assert len(seen) > 1


def test_paths_lead_to_the_origin_and_name_nobody(served: Served) -> None:
    snapshot: Snapshot = served.app.state.watch.current
    own = snapshot.cursor()
    withheld = {row[0] for row in own.execute("SELECT ref FROM shelf.nodes WHERE withheld").fetchall()}
    deepest = 0
    for (ref,) in own.execute(
        "SELECT ref FROM shelf.artifacts WHERE node IN (SELECT child_node FROM shelf.links) AND NOT depicts_person "
        "ORDER BY hash(ref) LIMIT 40"
    ).fetchall():
        found = licence(snapshot, row_of(own, snapshot.find(own, ref)[0]))
        assert found.complete
        for duty in found.inherits:
            deepest = max(deepest, len(duty.path))
            assert duty.path
            assert not {hop.ref for hop in duty.path} & withheld
            child = ref
            for hop in duty.path:  # each step is an edge of the hub
                if hop.ref and child:
                    edges = own.execute(
                        "SELECT count(*) FROM edges WHERE folded(child) = folded(?) AND folded(parent) = folded(?) AND relation = ?",
                        [child, hop.ref, hop.relation],
                    ).fetchall()
                    assert edges[0][0] > 0, (child, hop)
                child = hop.ref
    assert deepest > 1


def test_an_artifact_without_parents_inherits_nothing(served: Served) -> None:
    snapshot: Snapshot = served.app.state.watch.current
    own = snapshot.cursor()
    id_, declared = own.execute(
        "SELECT id, licences FROM shelf.artifacts WHERE node IS NULL AND licences = ['mit'] AND NOT depicts_person LIMIT 1"
    ).fetchall()[0]
    found = licence(snapshot, row_of(own, id_))
    assert (found.ancestors, found.inherits, found.complete) == (0, (), True)
    assert list(found.as_written) == declared
    assert found.declared == ("MIT",)
    assert found.verified is None
