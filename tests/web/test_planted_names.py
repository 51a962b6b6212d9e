"""No page and no twin names a person whose record says that it depicts one; the people are invented and planted."""

from __future__ import annotations

from typing import Any

from tests.test_planted_names import names
from tests.web.crawling import crawl
from tests.web.serving import Served


def test_nothing_that_can_be_reached_names_them(hub: Any, served: Served) -> None:
    ws, truth = hub
    wanted = names(truth)
    db = ws.db.cursor()
    people = [
        row[0]
        for row in db.execute("SELECT DISTINCT ref FROM observations WHERE person ORDER BY ref LIMIT 12").fetchall()
    ]
    begin = ["/", *(f"/{page}/{ref}" for ref in people for page in ("artifact", "recall", "lineage")), "/review/licence_missing",
             "/review/real_person_adapter", "/data", "/repair", "/policy"]  # fmt: skip
    seen = 0
    for found in crawl(served, *begin, most=40):
        text = (found.text + (found.twin or "")).lower()
        assert not [name for name in wanted if name in text], found.path
        seen += 1
    assert seen > 150


def test_looking_for_one_finds_nothing(hub: Any, served: Served) -> None:
    _, truth = hub
    for person in [one for one in sorted(truth.persons) if one not in truth.unsaid][:8]:
        for word in (person.family, f"{person.given} {person.family}", f"{person.given}{person.family}".lower()):
            answer = served.get(f"/catalogue?q={word.replace(' ', '+')}&format=json")
            rows = answer.json().get("rows", [])
            assert not [
                row
                for row in rows
                if person.family.lower() in row["ref"].lower() and person.given.lower() in row["ref"].lower()
            ]
