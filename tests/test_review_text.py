from __future__ import annotations

import csv
import io

from headgate import review_text
from headgate.review_items import Item

BOMB = '=HYPERLINK("https://evil.example/x","y")\x1b[2J\u202e'
ITEM = Item("hf:model:a/b", (("evidence", BOMB), ("kind", "model")), 0.25, (("review", "yes", BOMB),))


def test_an_item_is_shown_without_links_or_control_characters() -> None:
    lines = review_text.facts(ITEM)
    assert lines == [
        '  evidence   =HYPERLINK("[link]', "  kind       model", '  review     yes: =HYPERLINK("[link]',
    ]  # fmt: skip


def test_a_batch_as_csv_has_empty_labels_and_no_formulas() -> None:
    told = Item("hf:model:a/b", (("x", "=1+1\n\x1b"),), None, (("review", "no", "@x"),))
    text = review_text.as_csv([ITEM, told._replace(facts=())], "check")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [(row["ref"], row["question"], row["label"], row["labeller"], row["chance"]) for row in rows] == [
        ("hf:model:a/b", "check", "", "", "0.25"), ("hf:model:a/b", "check", "", "", "")]  # fmt: skip
    assert not [cell for row in rows for cell in row.values() if cell[:1] in "=+-@" and cell]
    assert "https://" not in text
    assert "\x1b" not in text


def test_how_it_stands_in_words() -> None:
    found = {
        "check": "c", "items": 53, "labels": 103, "verdicts": {"yes": 23, "no": "<10"}, "one_label": 3, "to_settle": 16,
        "contested": 1, "withheld": False, "consensus": {"items": 53, "shares": {"no": 0.4, "yes": 0.6}, "expected_error": 0.021},
        "agreement": {"items": 50, "agreed": 0.7, "kappa": 0.4, "low": 0.151, "high": 0.649},
        "share": {"items": 30, "undecided": 1, "estimate": 0.2273, "low": 0.1, "high": 0.4},
    }  # fmt: skip
    assert review_text.told(found) == [
        "c: 53 items reviewed with 103 labels: yes 23, no <10",
        "one label only 3, to be ruled on 16, contested 1",
        "Cohen's kappa 0.40 [0.15, 0.65], 70% of 50 items alike",
        "Dawid-Skene, of the 53 items reviewed: yes 60.0%, error expected 2.1%",
        "of all items, from 30 drawn at random: yes 22.7% [10.0%, 40.0%], 1 undecided left out",
    ]
    assert review_text.told(found | {"withheld": True})[2:] == [
        "agreement and shares are withheld: they would tell a small cell"
    ]
    none = found | {"agreement": None, "consensus": None, "share": None}
    assert review_text.told(none)[2:] == ["agreement: no item has two labels"]
    same = none | {"agreement": {"items": 7, "agreed": 1.0, "kappa": None}}
    assert review_text.told(same)[2:] == ["agreement: all of 7 items; kappa is undefined, as only one label was used"]
