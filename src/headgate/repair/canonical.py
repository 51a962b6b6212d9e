"""Canonical JSON: one text for one value, so that its hash names it.

Reference: RFC 8785, JSON Canonicalization Scheme; numbers as ECMAScript writes them (ECMA-262, Number::toString).
Checked against: the sample numbers of RFC 8785, appendix B, and its example document.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from decimal import Decimal
from hashlib import sha256

from headgate.errors import BadInput

_EXACT = 2**53  # whole numbers up to this are the same in every reader, larger ones as far as a double holds them
_LARGEST = 10**21


def canonical(value: object) -> str:
    """`value` as canonical JSON; raises `BadInput` for what JSON cannot hold, such as NaN or a key that is no text."""
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, int):
        if abs(value) > _EXACT and (abs(value) > _LARGEST or _number(float(value)) != str(value)):
            _refuse(f"the whole number {str(value)[:40]}", "larger than readers agree on")
        return str(value)
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, Mapping):
        if not all(isinstance(key, str) for key in value):
            _refuse("a key", "not text")
        keys = sorted(value, key=lambda key: str(key).encode("utf-16-be", "surrogatepass"))
        return "{" + ",".join(f"{_text(key)}:{canonical(value[key])}" for key in keys) + "}"
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray):
        return "[" + ",".join(canonical(one) for one in value) + "]"
    _refuse(f"a {type(value).__name__}", "no value of JSON")
    return ""


def digest(text: str) -> str:
    """sha256 in hex of `text` in UTF-8."""
    return sha256(text.encode()).hexdigest()


def _number(value: float) -> str:
    if not math.isfinite(value):
        _refuse(f"the number {value}", "not finite")
    if value == 0:
        return "0"
    sign, digits, exponent = Decimal(repr(value)).normalize().as_tuple()
    text, places = "".join(map(str, digits)), len(digits) + int(exponent)  # 0.text times 10 ** places
    if len(text) <= places <= 21:
        shown = text + "0" * (places - len(text))
    elif 0 < places <= 21:
        shown = f"{text[:places]}.{text[places:]}"
    elif -6 < places <= 0:
        shown = f"0.{'0' * -places}{text}"
    else:
        mantissa = f"{text[0]}.{text[1:]}" if text[1:] else text
        shown = f"{mantissa}e{places - 1:+d}"
    return "-" * sign + shown


def _text(value: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError:
        _refuse("a text", "not Unicode: it holds half a surrogate pair")
    return json.dumps(value, ensure_ascii=False)


def _refuse(what: str, why: str) -> None:
    msg = f"{what} cannot be written as canonical JSON: it is {why}."
    raise BadInput(msg)
