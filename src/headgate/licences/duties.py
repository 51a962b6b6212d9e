"""What a licence asks of works derived from what it covers, and whether another licence keeps it.

Pure functions over the tables of `knowledge`; who inherits what over the lineage graph is `inherit`'s. Several
licences stated together are taken to hold together, so that the most restrictive wins. Not legal advice.

Reference: Longpre et al., "The Data Provenance Initiative" (2023), most restrictive of several licences;
Contractor et al., "Behavioral Use Licensing for Responsible AI" (FAccT 2022), use restrictions that are passed on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from typing import Literal, NamedTuple, TypeAlias

from headgate.licences import knowledge

Outcome: TypeAlias = Literal["kept", "open", "broken"]


class Duty(NamedTuple):
    """What `licence` asks of derivatives; `asks` is a key of `ASKS`. A licence nobody knows may ask anything."""

    licence: str
    asks: str


class Combination(NamedTuple):
    """Whether one work may rest on several licences, and the duties at odds where it may not or is not clear."""

    verdict: Literal["compatible", "conflict", "unclear"]
    at_odds: tuple[Duty, ...]


UNKNOWN = Duty("", "unknown")
NEVER = ("no_redistribution", "no_derivatives")  # broken whatever the derivative states

# Gravest first: of several broken duties the first is the one reported.
ASKS = {
    "no_redistribution": "it may not be passed on",
    "no_derivatives": "no derivatives may be passed on",
    "research_only": "research use only",
    "non_commercial": "no commercial use",
    "same_agreement": "derivatives come with the same agreement",
    "use_restrictions": "its use restrictions are passed on",
    "share_alike": "derivatives under the same licence",
    "threshold": "commercial use up to a limit only",
    "weak_share_alike": "changed files under the same licence",
    "unknown": "its licence is not known",
}


@cache
def duties(licence: str) -> tuple[Duty, ...]:
    """The duties that works derived from one under `licence` inherit, gravest first; (UNKNOWN,) if unknown."""
    known = knowledge.licence(licence)
    if known is None or not knowledge.terms_of(licence):  # of a name without terms nothing is known either
        return (UNKNOWN,)
    given = {(term.term, term.value) for term in knowledge.terms_of(licence)}
    named = {term for term, _ in given}
    found = {
        "no_redistribution": ("redistribute", "no") in given,
        "no_derivatives": ("derivatives", "no") in given,
        "research_only": "research_only" in named,
        "non_commercial": ("commercial", "no") in given,
        "threshold": bool(named & {"threshold_users", "threshold_revenue"}) and ("commercial", "no") not in given,
    }
    found |= {asks: asks in named for asks in ("same_agreement", "use_restrictions", "share_alike", "weak_share_alike")}
    asked = tuple(Duty(licence, asks) for asks in ASKS if found.get(asks))
    return asked or ((UNKNOWN,) if known.use == knowledge.UNSPECIFIED else ())


@cache
def kept(duty: Duty, stated: tuple[str, ...]) -> Outcome:
    """Whether a derivative under the licences `stated` (known ids, at least one) keeps `duty`.

    `open` where that depends on what no table holds: clauses to compare, or a version that was not stated.
    """
    if duty == UNKNOWN:
        return "open"
    outcomes = [_ONE[duty.asks](duty.licence, licence) for licence in stated]
    return next((best for best in ("kept", "open") if best in outcomes), "broken")


def combine(licences: Iterable[str]) -> Combination:
    """Whether one work may be made of works under `licences`, by what they ask of each other.

    Where one of them wants its like, some licence it accepts must keep what all others ask. Without one, terms of
    one's own can keep everything but two agreements at once, which is for a lawyer to say. Order does not matter,
    and one more licence never makes the verdict better.
    """
    return _combined(frozenset(licences))


@cache
def _combined(licences: frozenset[str]) -> Combination:
    if len(licences) < 2:
        return Combination("compatible", ())
    asked = [duty for licence in sorted(licences) for duty in duties(licence)]
    barred = tuple(duty for duty in asked if duty.asks in NEVER)
    alike = [duty for duty in asked if duty.asks == "share_alike"]
    refused = tuple(duty for duty in alike if any(duty.licence in _refused(other) for other in licences))
    if barred or refused:
        return Combination("conflict", barred or refused)
    if alike:
        return _under_one_of(frozenset.intersection(*(_accepted(duty.licence) for duty in alike)), alike, asked)
    agreements = tuple(duty for duty in asked if duty.asks == "same_agreement")
    weak = tuple(duty for duty in asked if duty.asks == "weak_share_alike")
    undecided = (
        *(duty for duty in asked if duty == UNKNOWN),
        *(agreements if any(b.licence not in _accepted(a.licence) for a in agreements for b in agreements) else ()),
        *(weak if len(weak) < len(asked) else ()),
    )
    return Combination("unclear" if undecided else "compatible", undecided)


def _under_one_of(accepted: frozenset[str], alike: list[Duty], asked: list[Duty]) -> Combination:
    # The best of the licences that all share-alike licences accept.
    best = Combination("conflict", tuple(alike))
    for licence in sorted(accepted):
        outcomes = {duty: kept(duty, (licence,)) for duty in asked}
        broken, undecided = (tuple(d for d in asked if outcomes[d] == worse) for worse in ("broken", "open"))
        if broken and best.verdict == "conflict":
            best = Combination("conflict", (*alike, *(duty for duty in broken if duty not in alike)))
        elif not broken and undecided:
            best = Combination("unclear", undecided)
        elif not broken:
            return Combination("compatible", ())
    return best


def restricted(licence: str) -> frozenset[str]:
    """The uses that `licence` forbids, as slugs of `restricted_use`."""
    return frozenset(term.value for term in knowledge.terms_of(licence) if term.term == "restricted_use")


def dropped(parent: str, child: str) -> tuple[str, ...]:
    """Uses that `parent` forbids and `child` does not name."""
    return tuple(sorted(restricted(parent) - restricted(child)))


def clause(duty: Duty) -> str:
    """The words and place of the term behind `duty`, for people; the words of `ASKS` where no term has any."""
    wanted = {
        "no_redistribution": ("redistribute",), "no_derivatives": ("derivatives",), "non_commercial": ("commercial",),
        "threshold": ("threshold_users", "threshold_revenue"),
    }.get(duty.asks, (duty.asks,))  # fmt: skip
    term = next((t for t in knowledge.terms_of(duty.licence) if t.term in wanted and t.words), None)
    return f"{term.words} ({term.source})" if term and term.source else term.words if term else ASKS[duty.asks]


def _has(licence: str, term: str, value: str | None = None) -> bool:
    return any(t.term == term and value in (None, t.value) for t in knowledge.terms_of(licence))


def _accepted(licence: str) -> frozenset[str]:
    return _named(licence) | {licence}


@cache
def _named(licence: str) -> frozenset[str]:
    # The licences that a share-alike licence or an agreement accepts in its place.
    terms = [t for t in knowledge.terms_of(licence) if t.term in {"share_alike", "same_agreement", "weak_share_alike"}]
    return frozenset(word for term in terms for word in term.value.split() if word != "yes")


@cache
def _refused(licence: str) -> frozenset[str]:
    # What its makers say it cannot be combined with, for clauses that no duty here stands for.
    words = [t.value.split() for t in knowledge.terms_of(licence) if t.term == "incompatible"]
    return frozenset(word for listed in words for word in listed)


def _vague(licence: str) -> bool:
    # A family without a version (`cc`, `gpl`) may or may not be the one that keeps a duty.
    found = knowledge.licence(licence)
    return found is None or found.use == "unspecified"


def _of_one_family(one: str, other: str) -> bool:
    # `gpl` may be the version that was asked for
    return one.lower().startswith(f"{other.lower()}-") or other.lower().startswith(f"{one.lower()}-")


def _bars_commerce(_: str, stated: str) -> Outcome:
    if _has(stated, "commercial", "no") or _has(stated, "research_only"):
        return "kept"
    return "open" if _vague(stated) else "broken"


def _bars_all_but_research(_: str, stated: str) -> Outcome:
    if _has(stated, "research_only"):
        return "kept"
    # non-commercial is wider than research, by how much no text says
    return "open" if _vague(stated) or _has(stated, "commercial", "no") else "broken"


def _is_the_same(licence: str, stated: str) -> Outcome:
    if stated in _accepted(licence):
        return "kept"
    return "open" if _vague(stated) or _of_one_family(licence, stated) else "broken"


def _is_the_same_at_best(licence: str, stated: str) -> Outcome:
    # whether weights are files in this sense is not settled
    return "kept" if _is_the_same(licence, stated) == "kept" else "open"


def _restricts_as_much(licence: str, stated: str) -> Outcome:
    if stated == licence:
        return "kept"
    if not _has(stated, "use_restrictions"):
        return "open" if _vague(stated) else "broken"
    return "open" if not restricted(licence) or dropped(licence, stated) else "kept"


def _has_a_limit(_: str, stated: str) -> Outcome:
    if any(_has(stated, term) for term in ("threshold_users", "threshold_revenue")):
        return "kept"
    return _bars_commerce(_, stated)


_ONE: dict[str, Callable[[str, str], Outcome]] = {
    "no_redistribution": lambda _, stated: "broken",
    "no_derivatives": lambda _, stated: "broken",
    "research_only": _bars_all_but_research,
    "non_commercial": _bars_commerce,
    "same_agreement": _is_the_same,
    "use_restrictions": _restricts_as_much,
    "share_alike": _is_the_same,
    "threshold": _has_a_limit,
    "weak_share_alike": _is_the_same_at_best,
}
