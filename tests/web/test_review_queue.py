from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("fastapi")

from headgate import labels
from headgate.errors import UsageError
from headgate.keys import installation_key
from headgate.label_text import labeller
from headgate.review_items import Item
from headgate.web import review_queue
from headgate.web.review_queue import Queue, Served, answer, facts, head, queue_of, uncertainty
from headgate.web.sessions import Session
from headgate.web.snapshot import take
from tests.lineages import lineage
from tests.reviewing import OPEN, ref, review, workspace


def pseudonym(name: str) -> str:
    return labeller(name, installation_key())


def test_a_queue_is_of_one_person_one_check_and_one_role() -> None:
    session = Session()
    one = queue_of(session, "a", "review", "labeller-1")
    assert queue_of(session, "a", "review", "labeller-1") is one
    for check, role, who in (
        ("b", "review", "labeller-1"),
        ("a", "adjudication", "labeller-1"),
        ("a", "review", "labeller-2"),
    ):
        assert queue_of(session, check, role, who) is not one
    assert queue_of(session, "a", "review", "labeller-2") is not one  # nor is it given back to somebody else


def test_the_same_item_stays_until_it_is_answered(tmp_path: Path) -> None:
    ws = workspace(tmp_path / "w", 8)
    queue = Queue(pseudonym("ann"))
    first = head(ws, queue, OPEN, "review", sensitive=False)
    assert first
    assert head(ws, queue, OPEN, "review", sensitive=False) is first
    with pytest.raises(UsageError, match="not before you"):
        answer(ws, queue, OPEN, "review", token="", said="yes", labeller="ann", reason="")
    answer(ws, queue, OPEN, "review", token=first.token, said="yes", labeller="ann", reason="")
    second = head(ws, queue, OPEN, "review", sensitive=False)
    assert second
    assert second.item.ref != first.item.ref


def test_a_ruling_is_not_for_one_who_reviewed_meanwhile(tmp_path: Path) -> None:
    ws = workspace(tmp_path / "w", 8)
    labels.add(ws, [review(ref(1), "yes", "ann", OPEN), review(ref(1), "no", "bo", OPEN)])
    queue = Queue(pseudonym("kim"))
    served = head(ws, queue, OPEN, "adjudication", sensitive=False)
    assert served
    assert {label for _, label, _ in served.item.earlier} == {"yes", "no"}
    labels.add(ws, [review(ref(1), "yes", "kim", OPEN)])
    with pytest.raises(UsageError, match="you have reviewed it"):
        answer(ws, queue, OPEN, "adjudication", token=served.token, said="yes", labeller="kim", reason="")
    assert head(ws, queue, OPEN, "adjudication", sensitive=False) is None
    assert queue.others == 1
    assert head(ws, Queue(pseudonym("lee")), OPEN, "adjudication", sensitive=False)


def test_uncertainty_says_width_and_n_and_no_value() -> None:
    item = Item("hf:model:a/b", (), None)
    assert uncertainty(Served(item, 0.123456, 1234)) == "the check's interval is 0.12 wide; it rests on n = 1,234"
    assert uncertainty(Served(item, None, None)) == "the check states no interval; how much it rests on is not stated"


def test_what_may_not_be_named_is_not_in_the_facts(tmp_path: Path) -> None:
    ws = lineage(
        tmp_path / "w",
        {"hf:model:a/known": {}, "hf:model:zq/face": {"person": True}, "hf:model:a/child": {}},
        findings=[{"subject": "hf:model:a/child", "check": OPEN, "n": 1}],
    )
    told = (
        ("evidence", "from hf:model:zq/face and hf:model:a/known at https://x.example/y"), ("base", "zq/face, a/known, zq nobody"),
        ("tags", "one, base_model:zq/face, base_model:finetune:zq/face"), ("kind", "model"),
    )  # fmt: skip
    item = Item("hf:model:a/child", told, None)
    shown = dict(facts(item, take(ws.path).cursor()))
    assert shown == {
        "evidence": "from withheld and hf:model:a/known at [link]", "base": "withheld, a/known", "tags": "one", "kind": "model",
    }  # fmt: skip
    assert "zq/face" in dict(facts(item, None))["evidence"]  # to the host's own team


def test_skipping_everything_begins_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(review_queue, "BATCH", 2)
    ws = workspace(tmp_path / "w", 5)
    queue, seen = Queue(pseudonym("ann")), list[str]()
    for _ in range(10):
        served = head(ws, queue, OPEN, "review", sensitive=False)
        assert served
        seen.append(served.item.ref)
        answer(ws, queue, OPEN, "review", token=served.token, said="skip", labeller="ann", reason="")
    assert set(seen[:5]) == set(seen[5:]) == {ref(n) for n in range(5)}
