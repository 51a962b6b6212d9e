from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from headgate import checks
from headgate.errors import UsageError
from headgate.web import lineage_colours
from headgate.web.lineage_facts import Fact
from headgate.web.snapshot import Snapshot
from tests.web.serving import Served


@pytest.fixture
def shot(served: Served) -> Snapshot:
    found: Snapshot = served.app.state.watch.current
    return found


def facts(shot: Snapshot) -> list[Fact]:
    rows = (
        shot.cursor().execute("SELECT id, licence FROM shelf.artifacts WHERE NOT depicts_person ORDER BY id").fetchall()
    )
    return [Fact("r", "r", False, number, "model", licence=licence) for number, licence in rows] + [
        Fact(),
        Fact(withheld=False),
    ]


def test_no_sensitive_check_can_be_chosen(hub: Any, shot: Snapshot) -> None:
    ws = hub[0]
    open_ = checks.open_checks(ws.db)
    hidden = {row[0] for row in ws.db.cursor().execute('SELECT DISTINCT "check" FROM findings').fetchall()} - open_
    assert hidden
    chosen = {one.value for one in lineage_colours.choices(shot, shot.cursor())}
    assert not {f"check:{name}" for name in hidden} & chosen
    assert "check:licence_missing" in chosen
    for name in hidden:
        with pytest.raises(UsageError, match="nothing to colour by"):
            lineage_colours.coloured(shot, shot.cursor(), f"check:{name}", [Fact()], [""], [""])


@pytest.mark.parametrize("check", ["licence_missing", "licence_conflict"])
def test_a_finding_tells_found_from_not_found_from_not_looked_at(hub: Any, shot: Snapshot, check: str) -> None:
    known = facts(shot)
    by = f"check:{check}"
    colour = lineage_colours.coloured(shot, shot.cursor(), by, known, ["x"] * len(known), ["read"] * len(known))
    rows = hub[0].db.cursor().execute('SELECT subject, value FROM findings WHERE "check" = ? AND n > 0', [check])
    values = dict(rows.fetchall())
    sql = "SELECT ref FROM shelf.artifacts WHERE NOT depicts_person ORDER BY id"
    refs = [row[0] for row in shot.cursor().execute(sql).fetchall()]
    wanted = [{None: 2, 0.0: 1, 1.0: 0}[values.get(ref)] for ref in refs] + [2, 2]
    assert colour.of == wanted
    assert len(set(wanted)) == 3
    assert [key.count for key in colour.keys] == [wanted.count(n) for n in range(3)]


def test_licences_that_are_rare_are_one_colour_and_missing_ones_say_why(shot: Snapshot) -> None:
    known = [Fact("r", "r", False, n, "model", licence=f"l{min(n // 2, 11)}") for n in range(40)]
    known += [
        Fact(),
        Fact(withheld=False),
        Fact("r", "r", False, 1, "model", licence="not stated"),
        Fact(withheld=False),
    ]
    colour = lineage_colours.coloured(shot, shot.cursor(), "licence", known, ["x"] * 44, ["read"] * 43 + ["group"])
    counts = Counter(fact.licence for fact in known[:40])
    told = {key.label: key.count for key in colour.keys}
    assert told["l11"] == counts["l11"] == 18
    assert told["4 others"] == 8  # 12 licences, 8 of them with a colour of their own
    assert (told["withheld"], told["not collected"], told["not stated"]) == (1, 1, 1)
    assert colour.of[-1] == -1


def test_probabilities_fall_in_five_bins(shot: Snapshot) -> None:
    colour = lineage_colours._bins("check:x", "x", [0.0, 0.19, 0.2, 0.99, 1.0, None], [False] * 6)
    assert colour.of == [0, 0, 1, 4, 4, 5]
    assert [key.count for key in colour.keys] == [2, 1, 0, 0, 2, 1]
