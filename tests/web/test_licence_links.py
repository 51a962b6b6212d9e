from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("fastapi")

from headgate.evidence.intervals import wilson
from headgate.web import licence_links, snapshot
from tests.lineages import lineage

# One link for each pair, whatever found it; the first licence counts.
_PAIRS = """
WITH one AS (SELECT DISTINCT folded(parent) AS p, folded(child) AS c FROM edges
             WHERE relation NOT IN ('version_of', 'renamed', 'copy') AND folded(parent) <> folded(child)),
     seen AS (SELECT * FROM observations WHERE NOT gone
              QUALIFY row_number() OVER (PARTITION BY ref ORDER BY observed DESC, run DESC) = 1),
     says AS (SELECT folded(ref) AS f, ref, coalesce(licences[1], licence_name, 'not stated') AS licence FROM seen),
     said AS (SELECT folded(subject) AS f, value FROM findings WHERE "check" = 'licence_conflict')
SELECT p.licence, c.licence, count(*), count(*) FILTER (value = 1), count(*) FILTER (value = 0),
       count(*) FILTER (f.f IS NOT NULL AND value IS NULL)
FROM one JOIN says AS p ON p.f = one.p JOIN says AS c ON c.f = one.c LEFT JOIN said AS f ON f.f = one.c GROUP BY ALL
"""


def says(*licences: str) -> dict[str, object]:
    return {"licences": list(licences), "licence_source": "card", "has_card": True}


@pytest.fixture(scope="module")
def taken(hub: Any) -> Any:
    return snapshot.take(hub[0].path)


def test_the_matrix_is_that_of_the_tables(hub: Any, taken: Any) -> None:
    wanted = {row[:2]: row[2:] for row in hub[0].db.cursor().execute(_PAIRS).fetchall()}
    made = licence_links.links(taken).matrix
    own = {
        (c.parent, c.child): (c.links, c.conflict, c.kept, c.unclear)
        for c in made.cells
        if "others" not in (c.parent, c.child)
    }
    assert len(own) > 20
    assert all(cell == wanted[pair] for pair, cell in own.items())
    for place, name in enumerate(("links", "conflict", "kept", "unclear")):
        assert sum(getattr(c, name) for c in made.cells) == sum(row[place] for row in wanted.values())
    assert made.links == sum(row[0] for row in wanted.values())
    assert sum(c.conflict for c in made.cells) > 0
    assert made.names[-1] == "not stated"
    assert len(made.names) <= licence_links.TOP + 2


def test_conflicts_are_those_of_the_findings(hub: Any, taken: Any) -> None:
    db = hub[0].db.cursor()
    given = licence_links.links(taken)
    found, people = licence_links.conflicts(given, "", "", "conflict")
    shelf = taken.cursor()
    refs = {
        row[0]
        for row in shelf.execute(
            "SELECT ref FROM shelf.artifacts WHERE list_contains($i, id)", {"i": found.tolist()}
        ).fetchall()
    }
    wanted = {row[0] for row in db.execute(
        "SELECT subject FROM findings WHERE \"check\" = 'licence_conflict' AND value = 1 "
        "AND subject NOT IN (SELECT ref FROM observations WHERE person)").fetchall()}  # fmt: skip
    # an artifact whose parents were all left out of the workspace has no link between two that are here
    assert refs <= wanted
    assert len(refs) > 40
    assert people >= 0
    assert np.all(np.diff(found) > 0)
    cell = max(given.matrix.cells, key=lambda c: c.conflict)
    some, persons = licence_links.conflicts(given, cell.parent, cell.child, "conflict")
    assert 0 < len(some) + persons <= cell.conflict
    assert len(licence_links.conflicts(given, "no such licence", "", "conflict")[0]) == 0


def test_changes_go_to_more_or_less_use(tmp_path: Path) -> None:
    base, nc = "hf:model:o/base", "hf:model:o/nc"
    kids = {f"hf:model:k/{n}": says("apache-2.0") for n in range(6)}
    kids["hf:model:k/0"] = says("cc-by-nc-4.0")  # less use than Apache
    kids["hf:model:k/1"] = says("mit")  # another licence that allows as much
    kids["hf:model:k/2"] = says("some words")  # not known
    kids["hf:model:k/3"] = {}  # says nothing
    ws = lineage(
        tmp_path / "w", {base: says("Apache-2.0"), nc: says("cc-by-nc-4.0"), "hf:dataset:d/d": says("mit"), **kids},
        [*({"child": kid, "parent": base} for kid in kids), {"child": "hf:model:k/5", "parent": nc, "relation": "merge"},
         {"child": "hf:model:k/5", "parent": "hf:dataset:d/d", "relation": "trained_on"},
         {"child": "hf:model:k/5", "parent": base, "method": "another"},
         {"child": "hf:model:k/4", "parent": "hf:model:not/here", "relation": "merge"}],
    )  # fmt: skip
    made = licence_links.links(snapshot.take(ws.path))
    steps = {c.relation: tuple((s.found, s.of) for s in (c.changed, c.more, c.less)) for c in made.changes}
    # five steps of finetune know both ends, one of them twice by two methods
    assert steps["merge"] == ((1, 1), (1, 1), (0, 1))
    assert steps["finetune"][0][0] == 2
    assert steps["finetune"][1:] == ((0, steps["finetune"][0][1]), (1, steps["finetune"][0][1]))
    assert "trained_on" not in steps
    last = made.changes[-1]
    assert last.relation == "all of them"
    assert (last.changed.low, last.changed.high) == wilson(last.changed.found, last.changed.of)
    assert made.matrix.one_end == 1
    assert made.matrix.links == len(kids) + 2
