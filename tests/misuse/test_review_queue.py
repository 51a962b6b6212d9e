from __future__ import annotations

import hashlib
import hmac

from hypothesis import given
from hypothesis import strategies as st

from headgate.misuse.review_queue import pseudonym, queue

KEY = b"k" * 32


def test_a_pseudonym_is_a_keyed_hash() -> None:
    digest = hmac.new(KEY, b"misuse indicators: ann@example.org", hashlib.sha256).hexdigest()
    assert pseudonym("ann@example.org", KEY) == f"account-{digest[:16]}"
    assert pseudonym("ann@example.org", b"j" * 32) != pseudonym("ann@example.org", KEY)


def test_most_indicators_first_then_the_strongest() -> None:
    found = queue({"one": {"ann": 2.5, "bob": 1.0, "cy": 30.0}, "two": {"ann": 1.5}}, KEY)
    assert [entry.pseudonym for entry in found] == [pseudonym(who, KEY) for who in ("ann", "cy", "bob")]
    assert [entry.indicators for entry in found] == [("one", "two"), ("one",), ("one",)]
    assert [entry.band for entry in found] == ["2 to 10 times the rule", "10 times the rule or more", "meets it"]


@given(st.dictionaries(st.text(min_size=1), st.floats(1, 1e6), max_size=20))
def test_no_account_and_no_figure_is_in_the_queue(accounts: dict[str, float]) -> None:
    entries = queue({"one": accounts}, KEY)
    assert len(entries) == len(accounts)
    allowed = {"meets it", "2 to 10 times the rule", "10 times the rule or more"}
    for entry in entries:
        assert entry.band in allowed
        assert len(entry.pseudonym) == len("account-") + 16
