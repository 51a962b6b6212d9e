from __future__ import annotations

from pathlib import Path

import pytest

from headgate import labels
from headgate.labels import Label
from headgate.web import waiting
from headgate.web.waiting import Waiting
from tests.report_workspace import small

OPEN = {"licence_missing"}


def said(ref: str, question: str, label: str, who: str, role: str = "review") -> Label:
    return Label(f"hf:model:{ref}", question, label, who, role)


def test_nothing_waits_without_labels(tmp_path: Path) -> None:
    assert waiting.read(small(tmp_path / "w").db, OPEN) == Waiting()


def test_each_kind_of_waiting_is_counted(tmp_path: Path) -> None:
    ws = small(tmp_path / "w")
    labels.add(ws, [
        said("a/one", "licence_missing", "yes", "ann"),
        said("a/split", "licence_missing", "yes", "ann"), said("a/split", "licence_missing", "no", "bob"),
        said("a/ruled", "licence_missing", "yes", "ann"), said("a/ruled", "licence_missing", "no", "bob"),
        said("a/ruled", "licence_missing", "no", "cid", "adjudication"),
        said("a/agreed", "licence_missing", "yes", "ann"), said("a/agreed", "licence_missing", "yes", "bob"),
        said("a/contested", "licence_missing", "contested", "dan", "appeal"),
        said("a/seed", "licence_missing", "yes", "ann", "seed"),
    ])  # fmt: skip
    assert waiting.read(ws.db, OPEN) == Waiting(appeals=1, second_label=1, rulings=2)


@pytest.mark.parametrize(
    ("first", "second", "shown"), [(3, 0, "<10"), (12, 0, 12), (12, 3, "withheld"), (4, 5, "<10"), (12, 11, 23)]
)
def test_what_waits_of_sensitive_checks_is_hidden_where_it_is_small(
    tmp_path: Path, first: int, second: int, shown: object
) -> None:
    ws = small(tmp_path / "w")
    rows = [said(f"a/m{n}", "uncensored_name", "yes", "ann") for n in range(first)]
    rows += [said(f"a/m{n}", "re_upload", "yes", "ann") for n in range(second)]
    labels.add(ws, rows)
    found = waiting.read(ws.db, OPEN)
    assert (found.second_label, found.sensitive_second_label) == (0, shown)
