"""Find artifacts: what is asked for, which of them have it, a page of them in order, and the values they have."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from headgate.errors import UsageError
from headgate.plain import plain
from headgate.web.columns import Array, Columns

Hits: TypeAlias = npt.NDArray[np.int64]
FACETS = ("kind", "hub", "licence", "family", "author", "pipeline", "year", "finding")
VALUES = 12  # of a facet
WORDS = 12  # of a search
_DAY = 86_400
_FARTHEST = 2**62


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody looks for; an empty field asks for nothing."""

    q: str = ""
    kind: str = ""
    hub: str = ""
    licence: str = ""
    family: str = ""
    author: str = ""
    pipeline: str = ""
    year: str = ""
    finding: str = ""
    since: str = ""
    until: str = ""
    sort: str = "downloads"


def hits(columns: Columns, asked: Asked) -> Hits:
    """Ids, ascending, of the artifacts that have all that is `asked` and depict nobody; raises `UsageError`."""
    kept = columns.listed.copy()
    for name in FACETS[:-1]:
        if value := getattr(asked, name):
            kept &= columns.facets[name].codes == columns.facets[name].code(value)
    if asked.finding:
        flagged = np.zeros(len(kept), bool)
        flagged[columns.flags.get(asked.finding, [])] = True
        kept &= flagged
    created = columns.numbers["newest"]
    if asked.since or asked.until:
        kept &= created > columns.unknown["newest"]
    if asked.since:
        kept &= created >= _seconds(asked.since)
    if asked.until:
        kept &= created < _seconds(asked.until) + _DAY
    if words := tuple(sorted(set(asked.q.lower().split()))):
        if len(words) > WORDS:
            msg = f"{len(words)} words were asked for. Search for {WORDS} at most."
            raise UsageError(msg)
        kept &= columns.having(words)
    return np.flatnonzero(kept)


def _seconds(text: str) -> int:
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        msg = f"{plain(text, 40)!r} is no date. Write 2026-11-21."
        raise UsageError(msg) from error
    return (day - datetime.fromtimestamp(0, UTC).date()).days * _DAY


def page(columns: Columns, ids: Hits, sort: str, after: str, most: int) -> tuple[Hits, int, str | None]:
    """The `most` of `ids` that come after a place in their order, how many come before, and the next page's place."""
    keys = ids if sort == "name" else columns.numbers[sort][ids]
    before = 0
    if after:
        last, last_id = _place(after)
        left = ids > last_id if sort == "name" else (keys < last) | ((keys == last) & (ids > last_id))
        before = len(ids) - int(np.count_nonzero(left))
        ids, keys = ids[left], keys[left]
    found = np.arange(min(most, len(ids))) if sort == "name" else largest(keys, most)
    following = f"{keys[found[-1]]}.{ids[found[-1]]}" if len(ids) > most else None
    return ids[found], before, following


def _place(after: str) -> tuple[int, int]:
    last, _, last_id = after.partition(".")
    try:
        place = int(last), int(last_id)
    except ValueError:
        place = _FARTHEST, _FARTHEST
    if max(map(abs, place)) >= _FARTHEST:
        msg = f"{plain(after, 40)!r} is no place in the list. Go on with the link of the page before."
        raise UsageError(msg)
    return place


def largest(keys: Array, most: int) -> Hits:
    """Places of the `most` largest of `keys`, the largest first, of equal ones the first one first."""
    if len(keys) <= most:
        places = np.arange(len(keys))
    else:
        least = np.partition(keys, len(keys) - most)[len(keys) - most]
        above = np.flatnonzero(keys > least)
        places = np.sort(np.concatenate([above, np.flatnonzero(keys == least)[: most - len(above)]]))
    return places[np.argsort(-keys[places].astype(np.int64), kind="stable")]


def values(columns: Columns, ids: Hits) -> dict[str, tuple[list[tuple[str, int]], int]]:
    """Of each facet the most frequent values among `ids` with their counts, and how many values more there are."""
    found = {}
    for name in FACETS[:-1]:
        facet = columns.facets[name]
        counts = np.bincount(facet.codes[ids], minlength=facet.size + 1)[: facet.size]
        present = np.flatnonzero(counts)
        best = present[largest(counts[present], VALUES)].tolist()
        pairs = [(facet.value(code), int(counts[code])) for code in best]
        found[name] = [(value, count) for value, count in pairs if value], len(present) - len(best)
    hit = np.zeros(len(columns.listed), bool)
    hit[ids] = True
    flagged = [(check, int(np.count_nonzero(hit[flags]))) for check, flags in columns.flags.items()]
    flagged = sorted(((check, n) for check, n in flagged if n), key=lambda pair: (-pair[1], pair[0]))
    found["finding"] = flagged[:VALUES], len(flagged[VALUES:])
    return found
