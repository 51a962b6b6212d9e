"""Words of the pages: refs and addresses as people and browsers take them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headgate.web import words


@pytest.mark.parametrize(("ref", "shown"), [
    ("hf:model:org/name", "org/name"), ("hf:dataset:org/name", "org/name"), ("civitai:model:12", "civitai:model:12"),
    ("file:sha256:ab", "file:sha256:ab"), ("hf:model:a/\x1b[2J\u202eb", "a/\ufffd[2J\ufffdb"),
])  # fmt: skip
def test_refs_as_people_read_them(ref: str, shown: str) -> None:
    assert words.called(ref) == shown


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_an_address_leads_to_its_ref_and_nowhere_else(ref: str) -> None:
    made = words.address(ref)
    assert unquote(made) == f"/artifact/{ref}"
    split = urlsplit(made)
    assert (split.scheme, split.netloc, split.query, split.fragment) == ("", "", "", "")
    assert not set(made) & set("\"'<> \n\\")


@dataclass
class Asked:
    q: str = ""
    kind: str = ""


@given(st.text(st.characters(exclude_categories=["Cs"])), st.text(st.characters(exclude_categories=["Cs"])))
def test_a_query_holds_what_is_asked(q: str, kind: str) -> None:
    made = words.as_query(Asked(q, kind))
    assert parse_qs(made.removeprefix("?")) == {name: [value] for name, value in (("q", q), ("kind", kind)) if value}


def test_moments_and_counts() -> None:
    assert words.day(datetime(2026, 11, 21, 8)) == words.day(date(2026, 11, 21)) == "2026-11-21"
    assert words.moment(datetime(2026, 11, 21, 8, 15, 59, tzinfo=UTC)) == "2026-11-21 08:15 UTC"
    assert words.day(None) == words.moment(None) == words.compact(None) == "–"
    assert [words.compact(n) for n in (0, 999, 1234, 3_000_000, 2.5e9)] == ["0", "999", "1.23 k", "3 M", "2.5 G"]
