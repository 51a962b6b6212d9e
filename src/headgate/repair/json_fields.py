"""Values of a JSON object that came from outside, each checked, with messages of one line that say what is wrong."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, NoReturn, cast

from headgate.errors import BadInput

LARGEST = 32 * 2**20  # characters of a document
LONGEST = 4_000  # characters of a text in it
MOST = 200_000  # entries of one list
DEEPEST = 6  # of free values


def document(text: str, what: str) -> Fields:
    """The object that `text` is, a `what`; raises `BadInput` where it is none or too long."""
    if len(text) > LARGEST:
        msg = f"{what} of {len(text):,} characters is too long. Up to {LARGEST:,} are read."
        raise BadInput(msg)

    def no_number(name: str) -> NoReturn:
        msg = f"{what} holds {name}, which is no number of JSON."
        raise BadInput(msg)

    try:
        found = json.loads(text, parse_constant=no_number, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        msg = f"{what} is not JSON: {' '.join(str(error).split())[:160]}."
        raise BadInput(msg) from error
    if not isinstance(found, dict):
        msg = f"{what} is a {type(found).__name__}, not an object. Name the file that headgate wrote."
        raise BadInput(msg)
    return Fields(what, found)


class Fields(NamedTuple):
    """An object of a document and where it stands in it, such as trial 3."""

    where: str
    values: Mapping[str, Any]

    def bad(self, what: str) -> NoReturn:
        """Raise `BadInput` that says `what` is wrong here."""
        msg = f"{self.where} {what}."
        raise BadInput(msg)

    def text(self, name: str) -> str:
        """The text `name`."""
        value = self.values.get(name)
        if not isinstance(value, str) or len(value) > LONGEST:
            self.bad(f"needs the text {name!r} of up to {LONGEST} characters")
        return value

    def word(self, name: str, allowed: tuple[str, ...]) -> str:
        """The text `name`, one of `allowed`."""
        value = self.values.get(name)
        if value not in allowed:
            self.bad(f"has {name} {str(value)[:40]!r}, not {' or '.join(allowed)}")
        return str(value)

    def flag(self, name: str) -> bool:
        """The truth value `name`."""
        value = self.values.get(name)
        if not isinstance(value, bool):
            self.bad(f"needs true or false for {name!r}")
        return value

    def number(self, name: str, low: float = -math.inf, high: float = math.inf) -> float:
        """The finite number `name`, from `low` to `high`."""
        value = self.values.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float) or not _finite(value):
            self.bad(f"needs a finite number for {name!r}")
        if not low <= value <= high:
            self.bad(f"has {name} {str(value)[:40]}, which is not from {low:g} to {high:g}")
        return float(value)

    def maybe(self, name: str, low: float = -math.inf, high: float = math.inf) -> float | None:
        """The number `name`; None where it is null or left out."""
        return None if self.values.get(name) is None else self.number(name, low, high)

    def count(self, name: str) -> int:
        """The whole number `name`, 0 or more."""
        value = self.number(name, 0, 2**53)
        if value != int(value):
            self.bad(f"needs a whole number for {name!r}")
        return int(value)

    def objects(self, name: str) -> Iterator[Fields]:
        """The objects of the list `name`, none where it is left out."""
        for number, one in enumerate(self._list(name), 1):
            yield self._within(one, f"{name} {number}")

    def texts(self, name: str) -> tuple[str, ...]:
        """The texts of the list `name`, none where it is left out."""
        found = self._list(name)
        if not all(isinstance(one, str) and len(one) <= LONGEST for one in found):
            self.bad(f"has a {name} that is no list of texts of up to {LONGEST} characters")
        return tuple(found)

    def inside(self, name: str) -> Fields:
        """The object `name`."""
        return self._within(self.values.get(name), name)

    def numbers(self, name: str, low: float = -math.inf, high: float = math.inf) -> dict[str, float]:
        """The object `name` of finite numbers from `low` to `high`."""
        within = self.inside(name)
        return {key: within.number(key, low, high) for key in within.values}

    def free(self, name: str) -> dict[str, object]:
        """The object `name` of any values that are not nested too deep."""
        within = self.inside(name)
        return {key: within._plain(value) for key, value in within.values.items()}

    def _plain(self, value: Any, depth: int = 0) -> object:
        if depth > DEEPEST:
            self.bad(f"is nested more than {DEEPEST} deep")
        if isinstance(value, list):
            return [self._plain(one, depth + 1) for one in value]
        if isinstance(value, dict):
            return {key: self._plain(one, depth + 1) for key, one in value.items()}
        if isinstance(value, int | float) and not _finite(value):
            self.bad("holds a number that is not finite")
        return cast("object", value)

    def _list(self, name: str) -> list[Any]:
        found = self.values.get(name, [])
        if not isinstance(found, list) or len(found) > MOST:
            self.bad(f"needs a list of up to {MOST:,} for {name!r}")
        return found

    def _within(self, found: Any, name: str) -> Fields:
        if not isinstance(found, dict) or len(found) > MOST:
            self.bad(f"needs an object for {name!r}")
        if any(len(key) > LONGEST for key in found):
            self.bad(f"has a name of more than {LONGEST} characters in {name!r}")
        return Fields(f"{self.where}, {name}" if len(self.where) < 200 else name, found)


def _finite(value: float) -> bool:
    try:
        return math.isfinite(float(value))
    except OverflowError:
        return False


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object from its pairs; two values of one name would let two readers see two documents."""
    found = dict(pairs)
    if len(found) < len(pairs):
        msg = "a name comes twice in one object"
        raise ValueError(msg)
    return found
