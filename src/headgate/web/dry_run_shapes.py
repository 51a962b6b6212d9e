"""What a dry run of a policy finds, as data."""

from __future__ import annotations

from dataclasses import dataclass

from headgate.report.shapes import Cell


@dataclass(frozen=True, slots=True)
class Counts:
    """How many artifacts a policy allows and blocks, and of how many it cannot tell."""

    allow: int = 0
    block: int = 0
    unknown: int = 0


@dataclass(frozen=True, slots=True)
class Kind:
    """The artifacts of one kind of one hub under both policies, and of how many the decision changes."""

    hub: str
    kind: str
    before: Counts
    after: Counts
    changed: int


@dataclass(frozen=True, slots=True)
class Example:
    """An artifact whose decision changes, and why it was decided so before and after; "" where every rule is kept."""

    ref: str
    hub: str
    kind: str
    downloads: int | None
    window: str | None
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Move:
    """How many artifacts go from one decision to another; `persons` of them depict a person and are never listed."""

    before: str
    after: str
    count: int
    persons: int
    examples: tuple[Example, ...]


@dataclass(frozen=True, slots=True)
class Effect:
    """What one rule says by itself of the `of` artifacts of its kinds; `waived` so many that it would not let pass.

    `standing` is same, new, changed or removed. Cells of a `sensitive` rule are rounded down to tens or hidden.
    """

    rule: str
    check: str
    standing: str
    sensitive: bool
    of: int
    kept: Cell
    broken: Cell
    unknown: Cell
    waived: int | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the change of policy does by the rules on open checks, and each rule by itself."""

    moment: str
    artifacts: int
    changed: int
    kinds: tuple[Kind, ...]
    moves: tuple[Move, ...]
    effects: tuple[Effect, ...]
    sensitive: tuple[str, ...]  # names of the rules on sensitive checks, of either policy
