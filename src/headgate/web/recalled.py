"""What a page says of a recall: everything that comes from a hub made safe, and nothing named that must not be."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from headgate import fixes, recall_notice
from headgate.label_text import shown
from headgate.plain import plain
from headgate.recall import FixReach, Kin, Point
from headgate.web import recalling
from headgate.web.hidden import WITHHELD
from headgate.web.recalling import Asked, Cut, Generation
from headgate.web.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Member:
    """An ancestor or descendant; `ref` and `via` are 'withheld' where they must not be named."""

    ref: str
    name: str | None
    generation: int
    relation: str
    via: str
    how: str
    status: str
    kind: str | None
    author: str | None
    downloads: int | None
    window: str | None
    fix: str | None


@dataclass(frozen=True, slots=True)
class Kind:
    """How many are reached over a relation at last, and what that means for a fix."""

    relation: str
    number: int
    meaning: str


@dataclass(frozen=True, slots=True)
class Kinship:
    """One side of a recall: how many in all, by inference alone, by generation and relation; `rows` are some."""

    total: int
    inferred: int
    generations: dict[int, int]
    relations: tuple[Kind, ...]
    rows: tuple[Member, ...]


@dataclass(frozen=True, slots=True)
class Reach:
    """What a fix at `ref` reaches of its `downstream`, and why not all; `where` upstream, recalled, downstream."""

    ref: str
    where: str
    reaches_recalled: bool
    downstream: int
    reached: int
    copied: int
    retrain: int
    behind: int


@dataclass(frozen=True, slots=True)
class Found:
    """What one check that is not sensitive found, and the day it looked."""

    check: str
    words: str
    day: str


@dataclass(frozen=True, slots=True)
class Counted:
    """Downloads of artifacts that are counted alike; None where none of them has a count. Never add two of these."""

    hub: str
    kind: str
    window: str
    downloads: int | None
    artifacts: int
    unknown: int


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody who can act, what they can do, and how many artifacts of the recall they hold."""

    holder: str
    role: str
    hub: str
    can: tuple[str, ...]
    here: int
    upstream: int
    downstream: int
    consequence: str | None


@dataclass(frozen=True, slots=True)
class Single:
    """A single point that all ways to (or from) `number` others pass, with the downloads of it and of them."""

    ref: str
    author: str | None
    number: int
    downloads: tuple[Counted, ...]


@dataclass(frozen=True, slots=True)
class Appealed:
    """An open appeal; `check` is None where it is a sensitive one."""

    ref: str
    check: str | None
    note: str
    made: datetime


@dataclass(frozen=True, slots=True)
class Oddity:
    """Something odd in the lineage that the recall met."""

    what: str
    number: int
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Recalled:
    """A recall. Where `withheld` nothing is named and lists are empty; `whole` is false where the family is too large
    for anything but the reach of a fix. Downloads of different hubs and windows are never added.
    """

    ref: str
    name: str | None
    withheld: bool
    whole: bool
    status: str
    author: str | None
    harm: str
    asked: Asked
    evidence: tuple[Found, ...]
    reach: Reach | None
    generations: tuple[Generation, ...]
    upstream: Kinship
    downstream: Kinship
    downloads: tuple[Counted, ...]
    holders: int
    levers: tuple[Holder, ...]
    dominators: tuple[Single, ...]
    choke_points: tuple[Single, ...]
    fixes: tuple[Reach, ...]
    troubles: tuple[Oddity, ...]
    contested: tuple[Appealed, ...]
    notice: str | None
    relations: tuple[str, ...]


def read(snapshot: Snapshot, name: str, asked: Asked) -> Recalled:
    """The recall of what `name` names. Raises as `recalling.read`."""
    cut = recalling.read(snapshot, name, asked)
    made, own = cut.made, next((fix for fix in cut.made.fixes if fix.where == "recalled"), None)
    counted = Recalled(
        ref=WITHHELD, name=None, withheld=cut.withheld, whole=cut.whole, status=made.status, author=None, harm=WITHHELD,
        asked=asked, evidence=(), reach=own and _reach(cut, own), generations=cut.generations,
        upstream=_kinship(cut, "ancestors", made.ancestors), downstream=_kinship(cut, "descendants", made.descendants),
        downloads=tuple(Counted(*one) for one in made.downloads),
        holders=cut.totals["holders"], levers=(), dominators=(), choke_points=(),
        fixes=(), troubles=(), contested=(), notice=None, relations=snapshot.graph.relations,
    )  # fmt: skip
    if cut.withheld:
        return counted
    return replace(
        counted,
        ref=plain(made.ref),
        name=_safe(made.name),
        author=_safe(made.author),
        harm=made.harm,
        evidence=tuple(Found(*one) for one in cut.evidence),
        levers=tuple(Holder(plain(one.holder, 60), *one[1:]) for one in made.levers),
        dominators=tuple(_point(cut, one) for one in made.dominators),
        choke_points=tuple(_point(cut, one) for one in made.choke_points),
        fixes=tuple(_reach(cut, one) for one in made.fixes if one.where != "recalled"),
        troubles=tuple(Oddity(one.what, one.number, _examples(cut, one.what, one.examples)) for one in made.troubles),
        contested=tuple(Appealed(cut.tell(one.ref), one.check, shown(one.note), one.made) for one in made.contested),
        notice=letter(cut),
    )


def letter(cut: Cut) -> str:
    """The letter to the holders of a recall, as Markdown."""
    made = replace(cut.made, descendants=recall_notice.foremost(cut.made.descendants))
    hidden = {ref for one in made.descendants for ref in (one.ref, one.via) if ref not in cut.may}
    day = f"{datetime.now(UTC):%Y-%m-%d}"
    return recall_notice.notice(made, cut.evidence, day=day, hidden=hidden, holders=cut.totals["holders"])


def _safe(text: str | None) -> str | None:
    return plain(text, 60) if text else None


def _reach(cut: Cut, one: FixReach) -> Reach:
    return Reach(plain(cut.tell(one.ref)), *one[1:])


def _kinship(cut: Cut, side: str, kin: list[Kin]) -> Kinship:
    kinds = tuple(Kind(plain(name, 40), number, fixes.kind_of(name).meaning) for name, number in cut.relations[side])
    rows = () if cut.withheld else tuple(_member(cut, one) for one in kin[: recalling.ROWS])
    return Kinship(cut.totals[side], cut.inferred[side], cut.depths[side], kinds, rows)


def _member(cut: Cut, one: Kin) -> Member:
    named = one.ref in cut.may
    return Member(
        ref=plain(cut.tell(one.ref)), name=_safe(one.name) if named else None, generation=one.depth,
        relation=plain(one.relation, 40), via=plain(cut.tell(one.via)),
        how=one.how if one.known == "stated" else "inferred", status=one.status, kind=one.kind,
        author=_safe(one.author) if named else None, downloads=one.downloads if named else None,
        window=one.window, fix=one.fix,
    )  # fmt: skip


def _point(cut: Cut, one: Point) -> Single:
    author = _safe(one.author) if one.ref in cut.may else None
    return Single(plain(cut.tell(one.ref)), author, one.number, tuple(Counted(*group) for group in one.downloads))


def _examples(cut: Cut, what: str, examples: list[str]) -> tuple[str, ...]:
    if what.startswith("relations"):  # names of relations, no refs
        return tuple(plain(one, 60) for one in examples)
    told = []
    for one in examples:
        between = " <-> " if " <-> " in one else " of "
        told.append(between.join(plain(cut.tell(part)) for part in recalling.parts_of(one)))
    return tuple(told)
