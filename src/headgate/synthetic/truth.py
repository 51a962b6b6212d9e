"""What was planted in a synthetic hub, so that what was found can be held against it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

# How the records tell of an edge. Nobody can find those of which nothing tells.
TOLD = ("declared", "config", "recipe", "name", "files", "hub_id", "nothing")


@dataclass(frozen=True, slots=True, order=True)
class Edge:
    """A true edge from `child` to `parent` (refs), its relation, and what in the records tells of it."""

    child: str
    parent: str
    relation: str
    told: str


@dataclass(frozen=True, slots=True, order=True)
class Reupload:
    """A copy of a weight file on the other hub; `original_gone` says that only the copy is left."""

    copy: str
    original: str
    original_gone: bool


@dataclass(frozen=True, slots=True, order=True)
class Person:
    """An invented person; both names occur nowhere else in the synthetic hub."""

    given: str
    family: str


@dataclass(frozen=True, slots=True)
class Truth:
    """Everything that was planted, for the newest of the two observations.

    `naming` gives the hub's own id of each Hugging Face repository that names a person: its ref changes
    when it is collected, the hub's id does not. `without_card` is the part of `without_licence` of which
    no check of cards can tell. `unsaid` are the people with a record of which only the name shows that it
    depicts one. `persons`, `unsaid` and every ref of `naming` stay in memory.
    """

    seed: int
    earlier: str
    later: str
    edges: tuple[Edge, ...]
    reuploads: tuple[Reupload, ...]
    without_licence: frozenset[str]
    without_card: frozenset[str]
    uncensored_named: frozenset[str]
    uncensored_hidden: frozenset[str]
    persons: tuple[Person, ...]
    unsaid: frozenset[Person]
    naming: Mapping[str, str]
    counts: Mapping[str, int]

    def to_json(self) -> str:
        """The truth as text without any person's name: what refers to one is counted and left out."""
        safe = [e for e in self.edges if e.child not in self.naming and e.parent not in self.naming]
        copies = [r for r in self.reuploads if r.copy not in self.naming and r.original not in self.naming]
        record = {
            "headgate_demo": 1,
            "seed": self.seed,
            "earlier": self.earlier,
            "later": self.later,
            "counts": dict(self.counts),
            "edges_by_relation": dict(sorted(Counter(e.relation for e in self.edges).items())),
            "left_out": {"edges": len(self.edges) - len(safe), "reuploads": len(self.reuploads) - len(copies)},
            "edges": [[e.child, e.parent, e.relation, e.told] for e in safe],
            "reuploads": [[r.copy, r.original, r.original_gone] for r in copies],
            "without_licence": sorted(self.without_licence - self.naming.keys()),
            "without_card": sorted(self.without_card - self.naming.keys()),
            "uncensored_named": sorted(self.uncensored_named),
            "uncensored_hidden": sorted(self.uncensored_hidden),
        }
        return json.dumps(record, indent=1)
