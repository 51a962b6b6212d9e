"""Groups with cells too small to be shown, put together until none is left that could be worked out.

Cells under 10 are hidden both ways: not told, and not what is left when the cells that are told are taken from a total
that stands elsewhere. Groups put together are told as one, so whatever is subtracted from whatever is a sum of cells
that are told or empty.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from headgate.evidence.intervals import SMALL

Whole = npt.NDArray[np.int64]
FEWEST = 30  # artifacts of a group that it takes to be told alone


class Place(NamedTuple):
    """Where artifacts are: kind, hub, and the language that their tags name."""

    kind: str
    hub: str
    language: str


class Group(NamedTuple):
    """What is told of artifacts of a kind: the name of their group, such as language:de, and which places it holds."""

    kind: str
    name: str
    members: tuple[int, ...]


def cells_told(places: Sequence[Place], cells: Whole, by: str, *, sensitive: bool) -> tuple[list[Group], Whole]:
    """The groups that may be told, and their cells: `cells` (places, 3 verdicts, 3 labels) added up.

    `by` is language or hub; verdicts are found, not found, could not tell; labels yes, no, none. Of a `sensitive`
    check no cell under 10 is told or can be worked out from both tables together and the total; where that leaves
    nothing, no group is told.
    """
    if not places:
        return [], cells
    if not sensitive:
        groups = _by_kind(places, cells, by)
        return groups, _summed(groups, cells)
    if hidden(cells[:, 2].sum(0)):  # a few that it could not tell are among the not found, as in the report
        cells = np.stack((cells[:, 0], cells[:, 1] + cells[:, 2], np.zeros_like(cells[:, 2])), axis=1)
    groups = _nested(places, cells, by)
    if cells[:, :, :2].any() and (len(groups) < 2 or hidden(_summed(groups, cells))):  # labels hide all: do without
        cells = np.stack((*np.zeros((2, *cells.shape[:2]), dtype=np.int64), cells.sum(2)), axis=2)
        groups = _nested(places, cells, by)
    told = _summed(groups, cells)
    return ([], told[:0]) if hidden(told) else (groups, told)


def _by_kind(places: Sequence[Place], cells: Whole, by: str) -> list[Group]:
    groups = []
    for kind in sorted({one.kind for one in places}):
        mine = [n for n, one in enumerate(places) if one.kind == kind]
        groups += _inner(kind, {n: getattr(places[n], by) for n in mine}, cells, by, floor=0)
    return groups


def _nested(places: Sequence[Place], cells: Whole, by: str) -> list[Group]:
    # Kinds and hubs first, languages inside what became of them: else one table could be taken from the other.
    units = sorted({(one.kind, one.hub) for one in places})
    inside = [[n for n, one in enumerate(places) if (one.kind, one.hub) == unit] for unit in units]
    several = len({one.hub for one in places}) > 1
    groups = []
    for pool in pooled(np.array([cells[mine].sum(0).ravel() for mine in inside]).reshape(len(units), -1)):
        mine = [n for unit in pool for n in inside[unit]]
        kind, hubs = ("+".join(sorted({units[n][part] for n in pool})) for part in (0, 1))
        if by == "hub":
            groups.append(Group(kind, f"hub:{hubs}", tuple(mine)))
        else:
            made = _inner(kind, {n: places[n].language for n in mine}, cells, by, floor=SMALL)
            groups += [one._replace(name=f"{one.name}@{hubs}") for one in made] if several else made
    return groups


def _inner(kind: str, names: dict[int, str], cells: Whole, by: str, *, floor: int) -> list[Group]:
    own = sorted(set(names.values()))
    members = [[n for n, name in names.items() if name == one] for one in own]
    summed = np.array([cells[mine].sum(0).ravel() for mine in members])
    return [
        Group(
            kind, f"{by}:{own[pool[0]] if len(pool) == 1 else 'other'}", tuple(n for one in pool for n in members[one])
        )
        for pool in pooled(summed, fewest=FEWEST, floor=floor)
    ]


def _summed(groups: Sequence[Group], cells: Whole) -> Whole:
    return np.array([cells[list(one.members)].sum(0) for one in groups], dtype=np.int64).reshape(-1, *cells.shape[1:])


def pooled(cells: Whole, *, fewest: int = 0, floor: int = SMALL) -> list[list[int]]:
    """Which rows of `cells` (groups, kinds) to add up: lists of their places, largest first, the pooled one last.

    In no list's sum is a cell from 1 to `floor` - 1, nor are all cells together fewer than `fewest`; only where one
    list is left it may be so, and then nothing but the total of a total may be told.
    """
    order = np.argsort(-cells.sum(1), kind="stable").tolist()
    alone = [one for one in order if _fits(cells[one], fewest, floor)]
    pool = [one for one in order if one not in alone]
    while pool and alone and not _fits(cells[pool].sum(0), fewest, floor):
        pool.insert(0, alone.pop())
    return [[one] for one in alone] + ([pool] if pool else [])


def hidden(cells: Whole, *, floor: int = SMALL) -> bool:
    """Whether one of `cells` is from 1 to `floor` - 1."""
    return bool(((cells > 0) & (cells < floor)).any())


def _fits(cells: Whole, fewest: int, floor: int) -> bool:
    return not hidden(cells, floor=floor) and int(cells.sum()) >= fewest
