from __future__ import annotations

from pathlib import Path

import pytest

from headgate import label_text, labels, review_items
from headgate.keys import installation_key
from headgate.workspace import Workspace
from tests import reviewing
from tests.lineages import lineage
from tests.reviewing import SECRET, ref, review


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    return reviewing.workspace(tmp_path / "w")


def who(name: str) -> str:
    return label_text.labeller(name, installation_key())


def served(ws: Workspace, name: str, size: int = 10, **given: float) -> list[str]:
    return [one.ref for one in review_items.next_items(ws, SECRET, who(name), size=size, **given)]  # type: ignore[arg-type]


def test_chosen_items_are_the_uncertain_and_much_downloaded(ws: Workspace) -> None:
    # value n/40 and downloads n: those just above one half win
    assert set(served(ws, "a", 5, random_share=0)) == {ref(n) for n in (20, 21, 22, 23, 19)}
    assert served(ws, "a", 3, random_share=0, threshold=0.9)[0] in {ref(36), ref(35), ref(34), ref(37)}


def test_two_labellers_get_each_item_once_and_then_it_is_gone(ws: Workspace) -> None:
    seen: dict[str, list[str]] = {"a": [], "b": [], "c": []}
    for name in "abc" * 6:
        items = review_items.next_items(ws, SECRET, who(name), size=10)
        seen[name] += [one.ref for one in items]
        if items:
            labels.add(ws, [review(one.ref, "yes", name, chance=one.chance) for one in items])
    assert all(len(set(refs)) == len(refs) for refs in seen.values())
    everybody = [one for refs in seen.values() for one in refs]
    assert sorted(everybody) == sorted([ref(n) for n in range(40)] * 2)
    assert review_items.next_items(ws, SECRET, who("d"), size=10) == []


def test_the_second_labeller_gets_the_chance_of_the_first_and_no_label(ws: Workspace) -> None:
    first = review_items.next_items(ws, SECRET, who("a"), size=4)
    assert sum(one.chance == 2 / 40 for one in first) == 2
    labels.add(ws, [review(one.ref, "no", "a", chance=one.chance, reason="told you") for one in first])
    second = review_items.next_items(ws, SECRET, who("b"), size=4)
    assert {one.ref: one.chance for one in second} == {one.ref: one.chance for one in first}
    assert "told you" not in str(second)
    assert all(one.earlier == () for one in second)
    assert not {one.ref for one in first} & set(served(ws, "a", 36))
    assert len(served(ws, "b", 7)) == 7


def test_an_item_is_shown_without_its_value(ws: Workspace) -> None:
    (item,) = review_items.next_items(ws, SECRET, who("a"), size=1, random_share=0)
    facts = dict(item.facts)
    number = int(item.ref.rpartition("m")[2])
    assert facts == {
        "evidence": f"word{number} at https://hub.example/m{number}", "kind": "model", "tags": f"tag{number}",
        "downloads": f"{number} (30d)",
    }  # fmt: skip


def test_what_cannot_be_looked_at_is_not_served(tmp_path: Path) -> None:
    names = [f"hf:model:a/{name}" for name in ("here", "gone", "unlooked", "unknown", "never")]
    findings = [{"subject": one, "check": SECRET, "value": None if one.endswith("unknown") else 0.5, "sensitive": True,
                 "n": 0 if one.endswith("unlooked") else 1} for one in names]  # fmt: skip
    ws = lineage(tmp_path / "w", {one: {"gone": one.endswith("gone")} for one in names[:4]}, findings=findings)
    # what could not be told is drawn at random only
    assert set(served(ws, "a", random_share=1)) == {names[0], names[3]}
    assert served(ws, "a", random_share=0) == [names[0]]


def test_disagreement_and_appeals_go_to_a_third_person_with_all_that_was_said(ws: Workspace) -> None:
    labels.add(ws, [review(ref(1), "yes", "a", reason="clear"), review(ref(1), "no", "b", reason="joke"), review(ref(2), "yes", "a"),
                    review(ref(2), "yes", "b"), review(ref(3), "contested", "m", role="appeal", reason="mine")])  # fmt: skip
    items, left = review_items.to_settle(ws, SECRET, who("c"), size=9)
    assert left == 0
    assert {one.ref: set(one.earlier) for one in items} == {
        ref(1): {("review", "yes", "clear"), ("review", "no", "joke")}, ref(3): {("appeal", "contested", "mine")},
    }  # fmt: skip
    items, left = review_items.to_settle(ws, SECRET, who("a"), size=9)
    assert ([one.ref for one in items], left) == ([ref(3)], 1)
    labels.add(ws, [review(one, "no", "c", role="adjudication") for one in (ref(1), ref(3))])
    assert review_items.to_settle(ws, SECRET, who("d"), size=9) == ([], 0)


def test_no_item_and_no_finding(ws: Workspace) -> None:
    assert review_items.next_items(ws, "nothing_found", who("a"), size=5) == []
    assert review_items.to_settle(ws, "nothing_found", who("a"), size=5) == ([], 0)
