from __future__ import annotations

import re
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from headgate.bom import spdx_licences
from headgate.bom.shapes import Artifact, Licence


def expression(licence: Licence, ref: str = "hf:model:a/b", others: int = 0, **card: Any) -> str:
    licences = (licence, *[Licence("mit", "MIT", "MIT")] * others)
    return spdx_licences.expression(Artifact(ref, "present", licences=licences, **card), licence)


OTHER = Licence("other", None, None)


def test_what_spdx_lists_keeps_its_id() -> None:
    assert expression(Licence("apache-2.0", "Apache-2.0", "Apache-2.0"), licence_name="My own") == "Apache-2.0"


def test_what_only_the_hub_knows_is_a_reference_with_its_id() -> None:
    assert expression(Licence("llama3.1", "llama3.1", None)) == "LicenseRef-headgate-llama3.1"
    assert expression(Licence("openrail++", "openrail++", None)).startswith("LicenseRef-headgate-openrail-")


def test_other_is_one_licence_only_where_the_cards_name_or_link_the_same() -> None:
    assert expression(OTHER, "hf:model:a/b") != expression(OTHER, "hf:model:a/c")
    assert expression(OTHER, licence_name="Tales") == expression(OTHER, "hf:model:a/c", licence_name="Tales")
    assert expression(OTHER, licence_name="Tales") != expression(OTHER, licence_name="Other tales")
    same = "https://example.org/licence"
    assert expression(OTHER, licence_link=same) == expression(OTHER, "hf:model:a/c", licence_link=same)
    assert expression(OTHER, licence_link="javascript:x", ref="hf:model:a/b") == expression(OTHER)


def test_a_name_in_a_card_with_several_licences_is_given_to_none_of_them() -> None:
    assert "Tales" in expression(OTHER, licence_name="Tales")
    assert "Tales" not in expression(OTHER, others=1, licence_name="Tales")


def test_the_name_in_the_card_is_not_put_on_a_licence_that_is_known() -> None:
    assert expression(Licence("llama3.1", "llama3.1", None), licence_name="Tales") == "LicenseRef-headgate-llama3.1"


@given(st.text(min_size=1, max_size=80), st.none() | st.text(max_size=80))
def test_every_reference_is_spelt_as_spdx_asks(declared: str, name: str | None) -> None:
    made = expression(Licence(declared, None, None), licence_name=name)
    assert re.fullmatch(r"LicenseRef-[A-Za-z0-9.-]+", made)


@given(st.lists(st.text(min_size=1, max_size=8), min_size=2, max_size=2, unique=True))
def test_two_texts_are_two_references(texts: list[str]) -> None:
    one, two = (expression(Licence(text, None, None)) for text in texts)
    assert one != two
