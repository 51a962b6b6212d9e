from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("fastapi")

from headgate.web import recalled, recalling, snapshot
from headgate.web.recalling import Asked
from tests.lineages import lineage

ONE, TWO, PERSON = "hf:model:a/one", "hf:model:a/two", "hf:model:who/ever"


@pytest.fixture
def circle(tmp_path: Path) -> Any:
    """Two that each derive from the other, with a person's in the circle and one that nobody collected."""
    ws = lineage(
        tmp_path / "w",
        {ONE: {"author": "a\u202e\nb"}, TWO: {}, PERSON: {"person": True, "author": "who", "downloads": 77, "downloads_window": "30d"},
         "civitai:model:5": {"hub": "civitai", "name": "A <b>fine</b> name", "downloads": 3}},
        [{"child": TWO, "parent": ONE}, {"child": PERSON, "parent": TWO}, {"child": ONE, "parent": PERSON},
         {"child": TWO, "parent": "hf:model:not/here"}, {"child": "civitai:model:5", "parent": ONE, "relation": "odd\u202eword"}],
    )  # fmt: skip
    return snapshot.take(ws.path)


def test_troubles_name_only_what_they_may(circle: Any) -> None:
    told = recalled.read(circle, ONE, Asked())
    by_what = {one.what.split()[0]: one for one in told.troubles}
    assert by_what["cycles"].examples == ("hf:model:a/one <-> hf:model:a/two <-> withheld",)
    assert by_what["parents"].examples == ("hf:model:not/here",)
    assert by_what["relations"].examples == ("odd\ufffdword",)


def test_members_are_safe_and_what_is_withheld_has_no_facts(circle: Any) -> None:
    told = recalled.read(circle, ONE, Asked())
    assert told.author == "a\ufffd\ufffdb"
    rows = {one.ref: one for one in told.downstream.rows}
    assert set(rows) == {TWO, "civitai:model:5", "withheld"}
    hidden = rows["withheld"]
    assert (hidden.author, hidden.downloads, hidden.name) == (None, None, None)
    assert rows["civitai:model:5"].name == "A <b>fine</b> name"  # the template escapes it
    assert rows["civitai:model:5"].relation == "odd\ufffdword"
    assert "`who`" not in (told.notice or "")
    assert "who" not in {one.holder for one in told.levers}
    # the hub has all four of its own, the person's included
    assert next((v.here, v.downstream) for v in told.levers if v.holder == "huggingface") == (1, 2)
    assert told.holders == len(told.levers)


def test_the_recall_of_a_person_counts_and_says_nothing_else(circle: Any) -> None:
    told = recalled.read(circle, PERSON, Asked())
    assert told.withheld
    assert told.downstream.total == 3
    assert told.reach
    assert told.reach.ref == told.ref == told.harm == "withheld"
    assert not any((told.levers, told.evidence, told.fixes, told.dominators, told.troubles, told.contested))
    assert told.notice is None
    assert PERSON not in str(told)


def test_the_letter_counts_all_and_names_some(hub: Any) -> None:
    taken = snapshot.take(hub[0].path)
    root = max(taken.summary["families"], key=lambda one: one["descendants"])
    cut = recalling.read(taken, root["root"], Asked())
    text = recalled.letter(cut)
    total = cut.totals["descendants"]
    named = text.split("## What was built on it")[1].split("##")[0].count("; ")
    assert f"{total:,} artifacts are known to derive from it." in text
    assert f"- and {total - named:,} more\n" in text
