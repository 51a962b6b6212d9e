from __future__ import annotations

import hashlib
import hmac
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headgate import label_text
from headgate.errors import UsageError

KEY = b"k" * 32


def test_one_person_has_one_pseudonym_and_a_rule_keeps_its_name() -> None:
    known = "labeller-" + hmac.new(KEY, b"labeller ann lee", hashlib.sha256).hexdigest()[:16]
    assert {label_text.labeller(name, KEY) for name in ("Ann Lee", " ann  LEE ", "ａnn lee", known)} == {known}
    assert label_text.labeller("Ann Lee", b"x" * 32) != known
    assert label_text.labeller("rule:uncensored_name", KEY) == "rule:uncensored_name"
    for bad in ("", "  ", "rule:", "rule:Ann Lee", "rule:a/b"):
        with pytest.raises(ValueError, match=r"labeller|rule:"):
            label_text.labeller(bad, KEY)


@given(st.text(max_size=50))
def test_whatever_the_name_it_is_not_kept(name: str) -> None:
    try:
        kept = label_text.labeller(name, KEY)
    except ValueError:
        return
    assert re.fullmatch(r"labeller-[0-9a-f]{16}|rule:[a-z0-9_.\-]{1,64}", kept)


def test_what_is_said_of_people_keeps_known_words_only() -> None:
    said = "This is not Jane Example; it is a fictional anime character, with permission by j.example@x.org"
    assert label_text.kept(said, about_people=True) == (
        "this is not it is a fictional anime character with permission by"
    )
    assert label_text.kept(said, about_people=False) == said
    assert label_text.kept("a\n\x1b[31m b" + "x" * 600, about_people=False)[:8] == "a �[31m b"[:8]
    assert len(label_text.kept("x" * 9000, about_people=False)) == 500


@given(st.text(alphabet="qxzjw", min_size=4, max_size=12))
def test_no_unknown_word_stays(name: str) -> None:
    assert name not in label_text.kept(f"no {name} here, {name.title()}!", about_people=True)


@pytest.mark.parametrize("link", ["https://x.example/a?b", "hxxp://x.example", "//x.example/a", "www.x.example", "civitai.com/models/1",
                                  "data:image/png;base64,AAAA", "HTTPS://X.EXAMPLE/"])  # fmt: skip
def test_links_are_not_shown(link: str) -> None:
    assert label_text.shown(f"see {link} there") == "see [link] there"


def test_refs_words_and_versions_are_no_links() -> None:
    text = "name: uncensored, base hf:model:org/name v1.5/2 (a/b) and/or civitai:version:5"
    assert label_text.shown(text) == text
    assert label_text.shown("a\n\nb\x1b[2J") == "a b�[2J"
    assert len(label_text.shown("x" * 999)) == 200


def test_questions_about_people() -> None:
    assert label_text.asks_about_people("real_person_adapter")
    assert label_text.asks_about_people("ncii_intent")
    assert not label_text.asks_about_people("personalised")


@pytest.mark.parametrize("name", ["rule:keywords", "Rule: x", "\uff32ULE:x", " ", ""])
def test_a_rule_is_no_person(name: str) -> None:
    with pytest.raises(UsageError, match="is no person"):
        label_text.person(name)


def test_any_other_name_is_one() -> None:
    label_text.person("Ann Example")
