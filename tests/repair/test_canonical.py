from __future__ import annotations

import json
import math
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headgate.errors import BadInput
from headgate.repair.canonical import canonical, digest


# RFC 8785, appendix B
@pytest.mark.parametrize(
    ("bits", "text"),
    [("0000000000000000", "0"), ("8000000000000000", "0"), ("0000000000000001", "5e-324"),
     ("8000000000000001", "-5e-324"), ("7fefffffffffffff", "1.7976931348623157e+308"),
     ("ffefffffffffffff", "-1.7976931348623157e+308"), ("4340000000000000", "9007199254740992"),
     ("c340000000000000", "-9007199254740992"), ("4430000000000000", "295147905179352830000"),
     ("44b52d02c7e14af5", "9.999999999999997e+22"), ("44b52d02c7e14af6", "1e+23"),
     ("44b52d02c7e14af7", "1.0000000000000001e+23"), ("444b1ae4d6e2ef4e", "999999999999999700000"),
     ("444b1ae4d6e2ef4f", "999999999999999900000"), ("444b1ae4d6e2ef50", "1e+21"),
     ("3eb0c6f7a0b5ed8c", "9.999999999999997e-7"), ("3eb0c6f7a0b5ed8d", "0.000001"),
     ("41b3de4355555553", "333333333.3333332"), ("41b3de4355555554", "333333333.33333325"),
     ("41b3de4355555555", "333333333.3333333"), ("41b3de4355555556", "333333333.3333334"),
     ("41b3de4355555557", "333333333.33333343"), ("becbf647612f3696", "-0.0000033333333333333333"),
     ("43143ff3c1cb0959", "1424953923781206.2")],
)  # fmt: skip
def test_numbers_as_the_standard_writes_them(bits: str, text: str) -> None:
    assert canonical(struct.unpack(">d", bytes.fromhex(bits))[0]) == text


def test_the_example_document_of_the_standard() -> None:
    given_ = json.loads(
        '{"numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],'
        '"string": "\\u20ac$\\u000F\\u000aA\'\\u0042\\u0022\\u005c\\\\\\"\\/", "literals": [null, true, false]}'
    )
    assert canonical(given_) == (
        '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],'
        '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
    )


def test_names_are_sorted_as_utf_16() -> None:
    names = ["\u20ac", "\r", "\ufb33", "1", "\U0001f600", "\x80", "\xf6"]
    found = list(json.loads(canonical(dict.fromkeys(names, 0))))
    assert found == ["\r", "1", "\x80", "\xf6", "\u20ac", "\U0001f600", "\ufb33"]


@pytest.mark.parametrize(
    ("value", "said"),
    [(math.nan, "nan .* not finite"), ([math.inf], "not finite"), ({1: 2}, "not text"), (2**53 + 1, "larger"), (10**400, "larger"),
     (b"x", "a bytes"), ({"a": {1, 2}}, "a set"), ("\ud800", "surrogate")],
)  # fmt: skip
def test_what_json_cannot_hold_is_refused_in_one_line(value: object, said: str) -> None:
    with pytest.raises(BadInput, match=said) as raised:
        canonical(value)
    assert "\n" not in str(raised.value)


values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@given(values)
def test_it_reads_back_as_the_same_value_and_writes_the_same_text(value: object) -> None:
    text = canonical(value)
    # a reader that takes every number for a double, as those of the standard do
    assert json.loads(text, parse_int=float) == value
    assert canonical(json.loads(text)) == text


def test_the_digest_is_sha256_of_utf_8() -> None:
    assert digest("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
