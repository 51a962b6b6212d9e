from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from headgate import labels
from headgate.labels import Label
from headgate.workspace import Workspace, open_workspace
from tests import reviewing
from tests.build import collect
from tests.reviewing import OPEN, SECRET, ref, review

DAY = datetime(2026, 11, 1, tzinfo=UTC)


def found(ws: Workspace, question: str = SECRET) -> dict[str, Any]:
    rows = labels.current(ws.db, question).fetchall()
    return {row[0]: row[1:] for row in rows}


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    return reviewing.workspace(tmp_path / "w")


def test_what_labels_come_to(ws: Workspace) -> None:
    given = {
        0: [review(ref(0), "yes", "a")],
        1: [review(ref(1), "yes", "a"), review(ref(1), "yes", "b")],
        2: [review(ref(2), "yes", "a"), review(ref(2), "no", "b")],
        3: [review(ref(3), "yes", "a"), review(ref(3), "no", "b"), review(ref(3), "no", "c", role="adjudication")],
        4: [review(ref(4), "yes", "a"), review(ref(4), "unsure", "b")],
        5: [review(ref(5), "unsure", "a"), review(ref(5), "yes", "rule:name", role="seed")],
        6: [review(ref(6), "yes", "a", role="seed"), review(ref(6), "no", "rule:name", role="seed")],
        7: [review(ref(7), "no", "rule:name", role="seed"), review(ref(7), "no", "rule:other", role="seed")],
        8: [review(ref(8), "yes", "a", role="seed"), review(ref(8), "no", "b", role="seed")],
        9: [review(ref(9), "no", "a"), review(ref(9), "yes", "b", role="seed")],
        10: [review(ref(10), "contested", "a", role="appeal")],
        11: [review(ref(11), "yes", who) for who in "abc"] + [review(ref(11), "no", "d")],
    }
    labels.add(ws, [label for listed in given.values() for label in listed])
    assert {n: found(ws)[ref(n)][:3] for n in given} == {
        0: ("yes", "single", 1), 1: ("yes", "agreement", 2), 2: ("disputed", "disagreement", 2),
        3: ("no", "adjudication", 2), 4: ("yes", "single", 2), 5: ("unsure", "single", 1), 6: ("yes", "seed", 0),
        7: ("no", "rule", 0), 8: ("disputed", "seed", 0), 9: ("no", "single", 1), 10: (None, None, 0),
        11: ("disputed", "disagreement", 4),
    }  # fmt: skip
    assert {n for n in given if found(ws)[ref(n)][3]} == {10}
    assert found(ws, OPEN) == {}


def test_the_newest_word_of_a_labeller_counts_and_nothing_is_lost(ws: Workspace) -> None:
    labels.add(ws, [review(ref(1), "yes", "Ann", made=DAY), review(ref(1), "no", "Bo", made=DAY)])
    labels.add(ws, [review(ref(1), "yes", "bo ", made=DAY + timedelta(days=1)), review(ref(1), "no", "ann", made=DAY - timedelta(days=1))])  # fmt: skip
    assert found(ws)[ref(1)][:3] == ("yes", "agreement", 2)
    again = open_workspace(ws.path)
    assert again.db.execute("SELECT count(*) FROM labels").fetchall()[0][0] == 4
    assert not [p for p in ws.path.rglob("*.json") if "ann" in p.read_text().lower()]
    names = {row[0] for row in again.db.execute("SELECT labeller FROM labels").fetchall()}
    assert len(names) == 2
    assert all(name.startswith("labeller-") for name in names)


def test_an_appeal_is_open_until_somebody_rules_on_it(ws: Workspace) -> None:
    labels.add(ws, [review(ref(1), "contested", "m", made=DAY, role="appeal", reason="not so")])
    labels.add(ws, [review(ref(1), "contested", "m", OPEN, made=DAY, role="appeal", reason="nor this")])
    assert {(one.ref, one.check, one.note) for one in labels.appeals(ws)} == {
        (ref(1), OPEN, "nor this"), (ref(1), None, "not so")}  # fmt: skip
    assert [one.note for one in labels.appeals_on(ws.db, SECRET)] == ["not so"]
    assert labels.appeals(open_workspace(ws.path, as_of=DAY - timedelta(hours=1))) == []
    labels.add(ws, [review(ref(1), "yes", "j", made=DAY + timedelta(hours=1), role="adjudication")])
    assert found(ws)[ref(1)] == ("yes", "adjudication", 0, False, None)
    assert [one.check for one in labels.appeals(ws)] == [OPEN]
    labels.add(ws, [review(ref(1), "contested", "m", made=DAY + timedelta(hours=2), role="appeal", reason="again")])
    assert found(ws)[ref(1)][3] is True
    assert [one.note for one in labels.appeals_on(ws.db, SECRET)] == ["again"]


def test_a_label_gets_the_spelling_of_its_artifact(ws: Workspace) -> None:
    labels.add(ws, [review("hf:model:ORG1/M1", "yes", "a"), review("hf:model:No/Where", "no", "a"), review("civitai:model:5", "no", "a")])  # fmt: skip
    assert set(found(ws)) == {ref(1), "hf:model:No/Where", "civitai:model:5"}


def test_what_cannot_be_is_not_written(ws: Workspace) -> None:
    good = review(ref(1), "yes", "a")
    for bad in (good._replace(label="maybe"), good._replace(role="judge"), good._replace(label="contested"),
                good._replace(role="appeal"), good._replace(labeller=" "), good._replace(labeller="rule:A B")):  # fmt: skip
        with pytest.raises(ValueError, match=r"label|rule"):
            labels.add(ws, [good, bad])
    assert found(ws) == {}
    assert not (ws.path / "tables" / "labels").exists()


def test_a_depicted_person_s_name_is_not_kept_in_a_reason(tmp_path: Path) -> None:
    record = {"id": 7, "name": "Jane Example LoRA", "type": "LORA", "poi": True, "modelVersions": []}
    ws, _ = collect(tmp_path / "w", [record], "civitai")
    labels.add(ws, [Label("civitai:model:7", OPEN, "yes", "a", reason="this is Janet Qwark with consent"),
                    Label("hf:model:a/b", "real_person_adapter", "no", "a", reason="not Janet Qwark"),
                    Label("hf:model:a/b", OPEN, "no", "a", reason="by Org Qwark")])  # fmt: skip
    rows = ws.db.execute("SELECT reason FROM labels ORDER BY reason").fetchall()
    assert [row[0] for row in rows] == ["by Org Qwark", "not", "this is with consent"]


def test_the_chance_of_a_draw_stays_with_the_item(ws: Workspace) -> None:
    labels.add(ws, [review(ref(1), "yes", "a", chance=0.25), review(ref(1), "yes", "b")])
    assert found(ws)[ref(1)] == ("yes", "agreement", 2, False, 0.25)
