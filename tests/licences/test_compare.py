from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headgate.licences.compare import agree, looser
from headgate.licences.knowledge import licences

IDS = st.lists(st.sampled_from(sorted(licences())), min_size=1, max_size=3)


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("MIT", "MIT", True),
        ("MIT", "Apache-2.0", False),
        ("GPL-3.0-only", "GPL-3.0-or-later", True),
        ("GPL-2.0-only", "GPL-3.0-or-later", False),
        ("gpl", "GPL-2.0-only", True),
        ("gpl", "AGPL-3.0-only", False),
        ("cc-by", "CC-BY-4.0", True),
        ("cc-by", "CC-BY-SA-4.0", False),
        ("cc", "CC-BY-NC-4.0", True),
        ("bsd", "BSD-3-Clause", True),
        ("openrail", "creativeml-openrail-m", True),
        ("openrail", "llama2", False),
        ("non-commercial", "CC-BY-NC-SA-4.0", True),
        ("zq", "MIT", False),
    ],
)
def test_what_may_be_the_same(first: str, second: str, same: bool) -> None:
    assert agree([first], [second]) is same
    assert agree([second], [first]) is same


def test_one_of_several_is_enough() -> None:
    assert agree(["MIT", "Apache-2.0"], ["ISC", "MIT"])
    assert not agree(["MIT"], [])


@pytest.mark.parametrize(
    ("first", "second", "more"),
    [
        (["MIT"], ["CC-BY-NC-4.0"], True),
        (["MIT"], ["llama3.1"], True),
        (["llama3.1"], ["MIT"], False),
        (["MIT"], ["Apache-2.0"], False),
        (["MIT", "CC-BY-NC-4.0"], ["llama2"], False),  # the strictest of several counts
        (["creativeml-openrail-m"], ["llama3.2"], True),
        (["apple-amlr"], ["CC-BY-NC-4.0"], False),
        (["MIT"], ["cc"], None),
        (["zq"], ["MIT"], None),
        ([], ["MIT"], None),
    ],
)
def test_what_allows_more(first: list[str], second: list[str], more: bool | None) -> None:
    assert looser(first, second) is more


@given(IDS, IDS)
def test_two_never_allow_more_than_each_other(first: list[str], second: list[str]) -> None:
    assert not (looser(first, second) and looser(second, first))
    assert agree(first, first)
    assert agree(first, second) is agree(second, first)
