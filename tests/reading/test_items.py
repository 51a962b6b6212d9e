from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from headgate.reading import items
from headgate.reading.columns import Picked
from headgate.shapes import Batch, Trouble
from tests.datasets import sha

TEXTS, IMAGES = Picked("texts", "text", None), Picked("images", None, "image")
PAIRS, TABLE = Picked("pairs", "text", "image"), Picked("table", None, None)


def made(records: list[dict[str, Any]], picked: Picked, size: int = 10) -> tuple[list[Batch], list[tuple[int, str]]]:
    told: list[tuple[int, str]] = []
    found = items.batches(enumerate(records), picked, lambda row, why: told.append((row, why)), size)
    return list(found), told


def test_a_text_s_id_is_its_hash() -> None:
    [batch], told = made([{"text": "a"}, {"text": "\ud800"}, {"text": None}, {"text": ""}], TEXTS)
    assert batch.texts == ["a", "\ud800", "", ""]
    assert batch.ids == [sha("a"), sha("\ud800"), sha(""), sha("")]
    assert (batch.rows, batch.images, batch.more, told) == ([0, 1, 2, 3], [], {}, [])


def test_what_is_no_text_is_told_and_the_rest_kept() -> None:
    [batch], told = made([{"text": 1}, {"no": "a"}, {"text": "b"}, {"text": {"a": 1}}, {"text": b"\xff"}], TEXTS)
    assert (batch.rows, batch.texts) == ([2], ["b"])
    assert told == [
        (0, "is of type int where a text should be"), (1, "has no 'text'"), (3, "is of type dict where a text should be"), (4, "is not UTF-8"),
    ]  # fmt: skip


def test_turns_of_a_chat_are_joined() -> None:
    chats: list[Any] = [
        [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "yes"}],
        [{"from": "human", "value": "hi"}, {"from": "gpt", "value": "yes"}], ["hi", "yes"],
        [{"content": [{"type": "text", "text": "hi"}]}, {"text": "yes"}], b"hi\nyes",
    ]  # fmt: skip
    [batch], told = made([{"text": chat} for chat in chats], TEXTS)
    assert (batch.texts, told) == (["hi\nyes"] * 5, [])


def test_a_list_in_itself_a_hundred_times_is_no_text() -> None:
    value: Any = "a"
    for _ in range(100):
        value = [value]
    assert made([{"text": value}], TEXTS) == ([], [(0, "is of type list where a text should be")])


def test_images_come_as_bytes_or_in_a_struct() -> None:
    [batch], told = made(
        [{"image": b"a"}, {"image": {"bytes": b"b", "path": "x"}}, {"image": "a"}, {}, {"image": None}], IMAGES
    )
    assert (batch.images, batch.ids, batch.texts) == ([b"a", b"b"], [sha(b"a"), sha(b"b")], [])
    assert [why for _, why in told] == [
        f"{what} in 'image' where the bytes of an image should be"
        for what in ("a value of type str", "nothing", "nothing")
    ]


def test_pairs_have_the_image_and_its_id_but_no_column_of_bytes() -> None:
    [batch], _ = made([{"image": b"a", "jpg": b"a", "text": "said", "n": 1}], PAIRS)
    assert batch == Batch([sha(b"a")], ["said"], [b"a"], {"text": ["said"], "n": [1]}, [0])


def test_a_row_s_id_is_that_of_its_json() -> None:
    rows: list[dict[str, Any]] = [
        {"b": 1, "a": "é"},
        {"a": "é", "b": 1, "c": None},
        {"d": date(2020, 1, 2), "e": Decimal("1.5")},
    ]
    [batch], _ = made(rows, TABLE)
    assert batch.ids == [sha('{"a":"é","b":1}')] * 2 + [sha('{"d":"2020-01-02","e":"1.5"}')]
    assert batch.more["c"] == [None, None, None]
    assert batch.more["a"] == ["é", "é", None]
    assert items.row_json({"x": b"a"}) == json.dumps({"x": f"sha256:{sha(b'a')}"}, separators=(",", ":")).encode()


def test_batches_are_no_larger_nor_heavier_than_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    records = [{"text": "x" * 10}] * 25
    assert [len(batch.ids) for batch in made(records, TEXTS)[0]] == [10, 10, 5]
    monkeypatch.setattr(items, "HEAVIEST", 30)
    assert [len(batch.ids) for batch in made(records, TEXTS)[0]] == [3] * 8 + [1]


def test_too_much_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(items, "LARGEST", 3)
    monkeypatch.setattr(items, "LONGEST", 3)
    assert made([{"image": b"1234"}], IMAGES)[1] == [(0, "an image of 4 bytes, more than 3")]
    assert made([{"text": ["12", "34"]}], TEXTS)[1] == [(0, "a text of 5 characters, more than 3")]


def test_a_column_read_at_once_gives_the_same() -> None:
    told: list[tuple[int, str]] = []
    values = ["a", None, 1, "b"]
    [mixed] = items.text_batches([0, 1, 2, 3], values, TEXTS, lambda row, why: told.append((row, why)), 10)
    assert (mixed.texts, mixed.rows, [row for row, _ in told]) == (["a", "", "b"], [0, 1, 3], [2])
    [fast] = items.text_batches([5, 6], ["a", "b"], TEXTS, lambda row, why: told.append((row, why)), 10)
    assert fast == Batch([sha("a"), sha("b")], ["a", "b"], rows=[5, 6])


def test_only_the_first_thousand_troubles_are_kept() -> None:
    kept: list[Trouble] = []
    few = items.Few(kept)
    for number in range(1_500):
        few.append(Trouble("a", str(number), "why"))
    assert (len(kept), few.more) == (1_000, 500)
