"""Words of the pages beyond those of the reports: refs as people read them, addresses, moments."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime
from typing import Any
from urllib.parse import quote, urlencode

from headgate.plain import plain

FILTERS = ("called", "address", "as_query", "day", "moment", "compact")
_PREFIXES = ("hf:model:", "hf:dataset:", "civitai:")


def called(ref: object, width: int = 90) -> str:
    """A ref as people read it: org/name for Hugging Face, everything else as it is; made safe for one line."""
    text = str(ref)
    for prefix in _PREFIXES:
        text = text.removeprefix(prefix) if prefix.startswith("hf:") else text
    return plain(text, width)


def address(ref: object, page: str = "artifact") -> str:
    """The address of a page about `ref`, such as /artifact/hf:model:org/name."""
    return f"/{page}/{quote(str(ref), safe='/:@')}"


def as_query(asked: Any) -> str:
    """The fields of the dataclass `asked` that are not empty, as the query of an address; empty if all are."""
    given = {name: value for name, value in asdict(asked).items() if value}
    return f"?{urlencode(given)}" if given else ""


def day(value: datetime | date | str | None) -> str:
    """A date such as 2026-11-21; a dash for none."""
    if value is None:
        return "\N{EN DASH}"
    return str(value)[:10]


def moment(value: datetime | str | None) -> str:
    """A moment such as 2026-11-21 08:15 UTC."""
    if value is None:
        return "\N{EN DASH}"
    return f"{str(value)[:16].replace('T', ' ')} UTC"


def compact(value: float | None) -> str:
    """A count in few characters, such as 1.2 M; a dash for none."""
    if value is None:
        return "\N{EN DASH}"
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= size:
            return f"{value / size:.3g} {letter}"
    return f"{value:g}"
