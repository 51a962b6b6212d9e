"""Files in TOML and what their fields may hold, with messages that say what to mend.

Of policies `data/policy.schema.json` says the same.
"""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Collection, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from headgate.errors import UsageError

LONGEST = 500  # characters of a text
MOST_DAYS = 36_500
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")


def read_file(path: Path, what: str, absent: str) -> dict[str, Any]:
    """The tables of the TOML file at `path`, a `what`; `absent` is what a message says to do where it is not there.

    Raises `UsageError`.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        msg = f"no {what} at {path} ({error.strerror}). {absent}"
        raise UsageError(msg) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError, ValueError) as error:
        msg = f"{what} {path} is not TOML: {' '.join(str(error).split())[:200]}."
        raise UsageError(msg) from error


class Where(NamedTuple):
    """The part of a file that is being read, as a message names it."""

    path: Path
    part: str  # the policy, rule 2 (name), waiver 1 (ref)
    what: str = "policy"  # or plan

    def bad(self, what: str) -> NoReturn:
        """Raise `UsageError` that says `what` is wrong with this part."""
        msg = f"{self.what} {self.path}: {self.part} {what}."
        raise UsageError(msg)

    def only(self, given: Mapping[str, Any], known: Collection[str]) -> None:
        """Refuse a field that is not among `known`."""
        unknown = sorted(set(given) - set(known))
        if unknown:
            self.bad(f"does not know the field {unknown[0][:60]!r}. It knows {', '.join(sorted(known))}")

    def text(self, given: Mapping[str, Any], field: str) -> str:
        """The text of `field`, which must be there and say something."""
        value = given.get(field)
        if not isinstance(value, str) or not re.search(r"\S", value) or len(value) > LONGEST:
            self.bad(f"needs the text {field!r}, of up to {LONGEST} characters")
        return value

    def optional_text(self, given: Mapping[str, Any], field: str) -> str | None:
        """The text of `field`, None where it is left out."""
        return self.text(given, field) if field in given else None

    def number(self, given: Mapping[str, Any], field: str) -> float | None:
        """The finite number of `field`, None where it is left out."""
        value = given.get(field)
        if field in given and not _is_number(value):
            self.bad(f"needs a finite number for {field!r}, not {str(value)[:40]!r}")
        return value

    def days(self, given: Mapping[str, Any], field: str) -> float | None:
        """The number of days of `field`, None where it is left out."""
        value = self.number(given, field)
        if value is not None and not 0 < value <= MOST_DAYS:
            self.bad(f"needs a number of days above 0 and up to {MOST_DAYS} for {field!r}, not {str(value)[:40]}")
        return value

    def one_of(self, given: Mapping[str, Any], field: str, allowed: tuple[str, ...], default: str) -> str:
        """The word of `field`, one of `allowed`."""
        value = given.get(field, default)
        if value not in allowed:
            self.bad(f"has {field} = {str(value)[:40]!r}; choose {' or '.join(allowed)}")
        return str(value)

    def day(self, given: Mapping[str, Any], field: str) -> date:
        """The date of `field`: a date of TOML, or the text 2027-01-31."""
        value = given.get(field)
        if isinstance(value, date) and not isinstance(value, datetime):
            return value
        if isinstance(value, str) and _DAY.match(value):
            try:
                return date.fromisoformat(value)
            except ValueError:
                pass
        said = "" if value is None else f", not {str(value)[:40]!r}"
        self.bad(f"needs a date such as 2027-01-31 for {field!r}{said}")

    def tables(self, given: Mapping[str, Any], field: str) -> list[dict[str, Any]]:
        """The tables [[`field`]], none where they are left out."""
        value = given.get(field, [])
        if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
            self.bad(f"has a {field} that is no table. Write [[{field}]]")
        return value


def _is_number(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    try:
        return math.isfinite(float(value))
    except OverflowError:
        return False
