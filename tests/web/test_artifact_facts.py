from __future__ import annotations

from typing import Any

import duckdb
import pytest

from headgate.web.artifact_facts import FIELDS, facts, history, nameable, row_of
from headgate.web.snapshot import Snapshot
from tests.web.serving import Served


@pytest.fixture
def snapshot(served: Served) -> Snapshot:
    found: Snapshot = served.app.state.watch.current
    return found


def test_every_fact_has_a_source_and_the_value_of_the_table(hub: Any, snapshot: Snapshot) -> None:
    db = hub[0].db.cursor()
    ref, author, likes, downloads, sha = db.execute(
        "SELECT ref, author, likes, downloads, sha FROM artifacts WHERE kind = 'model' AND hub = 'huggingface' "
        "AND downloads > 1000 AND sha IS NOT NULL AND ref NOT IN (SELECT ref FROM observations WHERE person) LIMIT 1"
    ).fetchall()[0]
    own = snapshot.cursor()
    found = facts(row_of(own, snapshot.find(own, ref)[0]))
    told = {one.name: one.value for one in found}
    assert told["Account"] == author
    assert told["Likes"] == f"{likes:,}"
    assert told["Downloads"] == f"{downloads:,} (last 30 days)"
    assert told["Commit"] == sha
    assert len(found) == len(FIELDS)
    assert all(one.source for one in found)
    values = [one.value is None for one in found]
    assert values == sorted(values)  # what is not given stands last


def test_hostile_values_are_made_safe() -> None:
    row = dict.fromkeys([column for column, _, _ in FIELDS]) | {"kind": "dataset", "downloads_window": None}
    row |= {"name": "a\x1b[2J\u202eb", "tags": ["x" * 500] * 30, "datasets": ["https://evil.example/x"], "nsfw": False}
    told = {one.name: one for one in facts(row)}
    assert "\x1b" not in str(told["Name"].value)
    assert "\u202e" not in str(told["Name"].value)
    assert len(str(told["Tags"].value)) < 800
    assert str(told["Tags"].value).endswith("and 18 more")
    assert "evil" not in str(told["Declared training data"].value)  # no link is printed
    assert told["Declared training data"].source == "dataset card"
    assert told["Marked as adult"].value == "no"
    assert told["Card"].value is None


def test_texts_and_people_among_declared_parents_are_withheld(snapshot: Snapshot) -> None:
    db = snapshot.cursor()
    assert nameable(db, ["org/model", "Jane Example Person", "https://evil.example/x"]) == [
        "org/model", "withheld", "withheld",
    ]  # fmt: skip
    tags = ["text-generation", "base_model:Jane Example", "base_model:quantized:org/model", "two words"]
    assert nameable(db, tags, tags=True) == [
        "text-generation", "withheld", "base_model:quantized:org/model", "two words",
    ]  # fmt: skip
    assert nameable(db, None) is None
    rows = db.execute("SELECT ref FROM shelf.nodes WHERE withheld AND starts_with(ref, 'hf:model:')").fetchall()
    for (ref,) in rows:
        assert nameable(db, ref.split(":", 2)[2]) == ["withheld"]


def test_history_tells_what_changed_and_when_it_went() -> None:
    db = duckdb.connect()
    db.execute("ATTACH ':memory:' AS shelf")
    db.execute(
        "CREATE TABLE shelf.history (id INTEGER, observed TIMESTAMP, name VARCHAR, sha VARCHAR, modified TIMESTAMP, "
        "licences VARCHAR[], downloads BIGINT, downloads_window VARCHAR, gated VARCHAR, base_models VARCHAR[], gone BOOLEAN)"
    )
    for day, sha, licences, downloads, gone in (
        (1, "aaa", ["mit"], 5, False), (2, "bbb", ["mit"], 9, False), (3, "bbb", None, 9, False), (4, None, None, None, True),
    ):  # fmt: skip
        db.execute(
            "INSERT INTO shelf.history VALUES (7, make_timestamp(2026, 1, ?, 0, 0, 0), 'n', ?, NULL, ?, ?, '30d', NULL, NULL, ?)",
            [day, sha, licences, downloads, gone],
        )
    steps = history(db, {"id": 7})
    assert [(one.observed.day, one.downloads, one.gone) for one in steps] == [
        (4, None, True), (3, 9, False), (2, 9, False), (1, 5, False),
    ]  # fmt: skip
    assert [one.changes for one in steps] == [
        ("its hub has it no more",), ("licences: mit → none",), ("commit: aaa → bbb",), ("first seen",),
    ]  # fmt: skip
