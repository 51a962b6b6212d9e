"""What a report says: one frozen tree of numbers and made-safe text, the same for every format.

Text from a hub is made plain and cut when it enters. A `Cell` is a count, or the text that stands for one
that is not shown: '<10' or 'withheld'.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeAlias

from headgate.shapes import Db

if TYPE_CHECKING:
    from headgate.report.controls import Grades
    from headgate.report.findings import Disclosed
    from headgate.report.likenesses import Likenesses
    from headgate.report.reuploads import Reuploads
    from headgate.report.risks import Risk
    from headgate.report.screened import Screened
    from headgate.report.terms import Terms

Cell: TypeAlias = int | str


class Opened(Protocol):
    """An open workspace, as far as a report needs it: `workspace.Workspace` is one."""

    @property
    def path(self) -> Path:
        """Its folder."""

    @property
    def db(self) -> Db:
        """The connection that holds the views."""

    @property
    def as_of(self) -> datetime | None:
        """The date that the views show; None for now."""


@dataclass(frozen=True, slots=True)
class Share:
    """A share with all it takes to quote it: interval ends are Wilson's 95 %, None where `of` is 0.

    `date` is that of the newest observation it rests on, None where there is none.
    """

    found: int
    of: int
    share: float | None
    low: float | None
    high: float | None
    date: str | None
    source: str


@dataclass(frozen=True, slots=True)
class Artifacts:
    """How many artifacts of a hub and kind there are, and when they were observed.

    Downloads are sums over one hub's own `window`; sums of different windows must never be added.
    """

    hub: str
    kind: str
    count: int
    first_observed: str
    last_observed: str
    downloads: int | None
    window: str | None


@dataclass(frozen=True, slots=True)
class Month:
    """Models of a hub first published in `month` (YYYY-MM)."""

    month: str
    hub: str
    count: int


@dataclass(frozen=True, slots=True)
class Edges:
    """Links of one relation, each once, by the strongest way they are known: read, declared or inferred."""

    relation: str
    how: str
    count: int


@dataclass(frozen=True, slots=True)
class Health:
    """Health of the graph; a link is a (child, parent, relation), however many methods found it.

    `edges` are the links of lineage and `training_edges` those to datasets trained on; the two add up to all
    links, of which `several_methods` were found by more than one. All else counts artifacts, and but for
    `training_not_collected` over `edges` alone. `nodes` are linked to another artifact.
    """

    nodes: int = 0
    edges: int = 0
    roots: int = 0
    self_loops: int = 0
    dangling_parents: int = 0
    name_only_parents: int = 0
    several_parents: int = 0
    in_cycles: int = 0
    training_edges: int = 0
    training_not_collected: int = 0
    several_methods: int = 0


@dataclass(frozen=True, slots=True)
class Family:
    """A root and everything that derives from it; `root` is 'withheld' where it may name a person."""

    root: str
    hub: str
    descendants: int
    children: int
    collected: bool


@dataclass(frozen=True, slots=True)
class Licence:
    """A declared licence and its share of the artifacts that declare any."""

    licence: str
    share: Share


@dataclass(frozen=True, slots=True)
class Licences:
    """Licences of one kind of artifact of one hub.

    Without a licence are: `not_stated`, whose card was seen; `no_card`, which were looked at and have none;
    `not_recorded`, where nobody looked. Only the first is an omission, and `omission` its share of seen cards.
    """

    hub: str
    kind: str
    count: int
    declared: int
    not_stated: int
    no_card: int
    not_recorded: int
    omission: Share
    top: tuple[Licence, ...]
    others: int


@dataclass(frozen=True, slots=True)
class Group:
    """What a check found among the artifacts of one hub and kind."""

    hub: str
    kind: str
    looked_at: int
    unknown: int
    uncounted: int
    share: Share


@dataclass(frozen=True, slots=True)
class Check:
    """What one check found. `share` is of those it could tell; None where it is not shown.

    Several kinds of artifacts have no share together, since it would say most of the largest: see `groups`.

    `uncounted` rests on no observation (n = 0), such as a licence stated where no card was seen, and stays
    out of the share. A check that measures has `median` instead, one that counts items neither: `Summary.disclosed` has
    them. `groups` is empty for sensitive checks.
    """

    check: str
    sensitive: bool
    harm: str | None
    looked_at: Cell
    found: Cell | None
    unknown: Cell
    uncounted: Cell
    share: Share | None
    median: float | None
    groups: tuple[Group, ...]


@dataclass(frozen=True, slots=True)
class Control:
    """Decisions of one control; `sensitive` where they may rest on a sensitive check.

    `policy` is the path as it was given, or 'default policy'; `policy_sha256` is of what was read there.
    """

    control: str
    sensitive: bool
    policy: str
    policy_sha256: str | None
    allow: Cell
    block: Cell
    unknown: Cell


@dataclass(frozen=True, slots=True)
class Collection:
    """What one collection read and what became of it."""

    method: str
    hub: str
    kind: str
    observed: str
    status: str
    complete: bool
    read: int
    kept: int
    duplicates: int
    rejected: int
    pseudonymised: int
    gone: int


@dataclass(frozen=True, slots=True)
class RunLine:
    """One run of a method."""

    stage: str
    method: str
    version: str
    started: str
    seconds: float
    rows: int
    status: str


@dataclass(frozen=True, slots=True)
class Unseen:
    """Something that nobody looked at, and how many artifacts that concerns; None where it cannot be counted."""

    what: str
    count: int | None
    of: int | None


@dataclass(frozen=True, slots=True)
class Summary:
    """Everything a report says about a workspace on a date.

    `date` is the date asked for, `made` when the report was made; `observed_from` and `observed_to` are the
    oldest and the newest among the observations of `artifacts`, None where there are none.
    """

    workspace: str
    date: str
    made: str
    observed_from: str | None
    observed_to: str | None
    version: str
    artifacts: tuple[Artifacts, ...]
    tombstones: int
    months: tuple[Month, ...]
    undated: int
    edges: tuple[Edges, ...]
    graph: Health
    families: tuple[Family, ...]
    licences: tuple[Licences, ...]
    checks: tuple[Check, ...]
    controls: tuple[Control, ...]
    collections: tuple[Collection, ...]
    runs: tuple[RunLine, ...]
    runs_in_all: int
    unseen: tuple[Unseen, ...]
    likenesses: Likenesses | None = None
    reuploads: Reuploads | None = None
    grades: tuple[Grades, ...] = ()
    disclosed: tuple[Disclosed, ...] = ()
    risks: tuple[Risk, ...] = ()
    terms: Terms | None = None
    screened: tuple[Screened, ...] = ()
