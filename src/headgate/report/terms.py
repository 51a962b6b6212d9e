"""What stated licences allow and ask: uses and families, faults, duties broken at direct links, and a table of links.

Licences are those that artifacts declare, as `headgate.licences` knows them; of several the strictest use counts, as
all hold together. No artifact is named.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass

from headgate.licences import knowledge, stated
from headgate.licences.duties import ASKS, duties, kept
from headgate.licences.inherit import YES, passes
from headgate.licences.knowledge import UNSPECIFIED, USES
from headgate.report.shapes import Check, Licences, Share
from headgate.report.shares import share_of
from headgate.report.words import of_kind, shown
from headgate.shapes import Db

MOST_DUTIES = 10
FLAGS, UNKNOWN, NONE = "permission flags of the hub", "not known", "none stated"
CLASSES = (*USES, UNSPECIFIED, FLAGS, UNKNOWN, NONE)
FAULTS = {
    "licence_missing": ("no licence stated", "the card was seen and states none"),
    "licence_mislabelled": ("mislabelled", "a person, the text, the card or the same weights elsewhere say otherwise"),
    "licence_conflict": ("in conflict", "what is stated breaks what a licence upstream asks, over any number of steps"),
    "rail_inheritance": ("restrictions lost", "of those that inherit use restrictions, the licence here has none"),
}

_SETS = """
SELECT DISTINCT licences, if(vague, licence_name, NULL), if(vague, licence_link, NULL)
FROM (SELECT *, list_has_any(licences, ['other', 'unknown']) AS vague FROM report_artifacts WHERE len(licences) > 0)
"""
_MAKE_SETS = """
CREATE OR REPLACE TEMP TABLE report_sets AS
SELECT unnest($licences::VARCHAR[][]) AS licences, unnest($name::VARCHAR[]) AS name, unnest($link::VARCHAR[]) AS link,
       unnest($ids::VARCHAR[]) AS ids, unnest($use::VARCHAR[]) AS use, unnest($families::VARCHAR[][]) AS families
"""
_MAKE = f"""
CREATE OR REPLACE TEMP TABLE report_stated AS
SELECT a.hub, a.kind, folded(a.ref) AS folded, coalesce(lower(a.author), hub_account(folded(a.ref))) AS account, s.ids,
       CASE WHEN len(a.licences) > 0 THEN s.use WHEN a.licence_source = 'terms' THEN '{FLAGS}' ELSE '{NONE}' END AS use,
       CASE WHEN len(a.licences) > 0 THEN s.families WHEN a.licence_source = 'terms' THEN ['{FLAGS}'] END AS families
FROM report_artifacts AS a LEFT JOIN report_sets AS s ON s.licences = a.licences
    AND s.name IS NOT DISTINCT FROM if(list_has_any(a.licences, ['other', 'unknown']), a.licence_name, NULL)
    AND s.link IS NOT DISTINCT FROM if(list_has_any(a.licences, ['other', 'unknown']), a.licence_link, NULL)
WHERE a.kind <> 'version'
"""
_BY_USE = f"SELECT hub, kind, use, count(*) FROM report_stated WHERE use <> '{NONE}' GROUP BY ALL"
_BY_FAMILY = """
SELECT hub, kind, family, count(*) FROM (SELECT hub, kind, unnest(families) AS family FROM report_stated) GROUP BY ALL
"""
# A renamed artifact is one with itself.
_CROSSED = """
SELECT l.relation, p.use AS parent_use, c.use AS child_use,
       if(p.account <> c.account, p.ids, NULL) AS asks, if(p.account <> c.account, c.ids, NULL) AS states, count(*)
FROM report_links AS l
JOIN (SELECT folded, any_value(use) AS use, any_value(ids) AS ids, any_value(account) AS account
      FROM report_stated GROUP BY folded) AS p ON p.folded = l.parent
JOIN (SELECT folded, any_value(use) AS use, any_value(ids) AS ids, any_value(account) AS account
      FROM report_stated GROUP BY folded) AS c ON c.folded = l.child
WHERE l.child <> l.parent AND l.relation NOT IN ('trained_on', 'version_of', 'renamed') GROUP BY ALL
"""


@dataclass(frozen=True, slots=True)
class Said:
    """Licences of one kind of artifact of one hub, by the use that the strictest allows and by family.

    Shares are of the artifacts that declare a licence; one that states several has a use, and may have families.
    """

    hub: str
    kind: str
    uses: tuple[tuple[str, Share], ...]
    families: tuple[tuple[str, Share], ...]


@dataclass(frozen=True, slots=True)
class Fault:
    """What a check of licences found among the artifacts of one hub and kind; `means` says what a `fault` is."""

    fault: str
    means: str
    check: str
    hub: str
    kind: str
    unknown: int
    share: Share


@dataclass(frozen=True, slots=True)
class DutyLine:
    """How often the child at a direct link keeps not what the parent's licence asks; `open` could not be told."""

    licence: str
    asks: str
    broken: Share
    open: int


@dataclass(frozen=True, slots=True)
class Crossing:
    """How many links lead from a parent of one class of use to a child of another."""

    parent: str
    child: str
    links: int


@dataclass(frozen=True, slots=True)
class Terms:
    """All of it; `more_duties` counts the broken duties that are not listed."""

    said: tuple[Said, ...]
    faults: tuple[Fault, ...]
    duties: tuple[DutyLine, ...]
    more_duties: int
    crossings: tuple[Crossing, ...]


def read(db: Db, checks: tuple[Check, ...], declared: tuple[Licences, ...], date: str) -> Terms:
    """The figures, given the `checks` and what is `declared`; needs `report_artifacts` and `report_links`.

    Drops the tables that it makes.
    """
    try:
        _prepare(db)
        crossed = db.execute(_CROSSED).fetchall()
        broken, crossings = _duties(crossed, date), _crossings(crossed)
        return Terms(
            _said(db, declared, date), _faults(checks), broken[:MOST_DUTIES], len(broken[MOST_DUTIES:]), crossings
        )
    finally:
        db.execute("DROP TABLE IF EXISTS temp.report_sets; DROP TABLE IF EXISTS temp.report_stated")


def use_of(ids: list[str] | None) -> str:
    """The class of use that all the licences `ids` together allow; not known where one of them is unknown."""
    if not ids:
        return UNKNOWN
    known = [knowledge.licence(id_) for id_ in ids]
    uses = [one.use if one else UNSPECIFIED for one in known]
    if USES[-1] in uses:  # nothing is stricter
        return USES[-1]
    return UNSPECIFIED if UNSPECIFIED in uses else max(uses, key=USES.index)


def _prepare(db: Db) -> None:
    rows = db.execute(_SETS).fetchall()
    ids = [stated.declared(*row) for row in rows]
    families = [sorted({known.family if (known := knowledge.licence(id_)) else UNKNOWN for id_ in one or [""]})
                for one in ids]  # fmt: skip
    db.execute(_MAKE_SETS, {
        "licences": [row[0] for row in rows], "name": [row[1] for row in rows], "link": [row[2] for row in rows],
        "ids": [" ".join(one) if one else None for one in ids], "use": [use_of(one) for one in ids],
        "families": families,
    })  # fmt: skip
    db.execute(_MAKE)


def _said(db: Db, declared: tuple[Licences, ...], date: str) -> tuple[Said, ...]:
    found: dict[tuple[str, str], tuple[Counter[str], Counter[str]]] = defaultdict(lambda: (Counter(), Counter()))
    for place, sql in enumerate((_BY_USE, _BY_FAMILY)):
        for hub, kind, name, count in db.execute(sql).fetchall():
            found[shown(hub), shown(kind)][place][name] += count
    listed = []
    for row in declared:
        source = f"licences declared by {of_kind(row.hub, row.kind)} in card, tags or terms"
        seen = row.top[0].share.date if row.top else date
        uses, families = ([(name, share_of(count, row.declared, seen, source)) for name, count in counts.most_common()]
                          for counts in found[row.hub, row.kind])  # fmt: skip
        if uses:
            uses.sort(key=lambda pair: CLASSES.index(pair[0]))
            listed.append(Said(row.hub, row.kind, tuple(uses), tuple(families)))
    return tuple(listed)


def _faults(checks: tuple[Check, ...]) -> tuple[Fault, ...]:
    by_name = {check.check: check for check in checks}
    return tuple(
        Fault(*FAULTS[name], name, group.hub, group.kind, group.unknown, group.share)
        for name in FAULTS if name in by_name
        for group in by_name[name].groups if group.share.of and group.kind != "version"
    )  # fmt: skip


def _duties(crossed: list[tuple[str, str, str, str | None, str | None, int]], date: str) -> tuple[DutyLine, ...]:
    counts: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for relation, _, _, asks, states, links in crossed:
        for licence in asks.split() if asks and states else ():
            for duty in duties(licence):
                if passes(relation, duty.asks) == YES:
                    counts[duty.licence, duty.asks][kept(duty, tuple((states or "").split()))] += links
    source = "direct links between artifacts of two accounts that both declare known licences"
    lines = [
        DutyLine(
            shown(licence, 48), ASKS[asks], share_of(n["broken"], n["broken"] + n["kept"], date, source), n["open"]
        )
        for (licence, asks), n in counts.items()
        if n["broken"]
    ]
    return tuple(sorted(lines, key=lambda line: (-line.broken.found, line.licence, line.asks)))


def _crossings(crossed: list[tuple[str, str, str, str | None, str | None, int]]) -> tuple[Crossing, ...]:
    counts: Counter[tuple[str, str]] = Counter()
    for _, parent, child, _, _, links in crossed:
        counts[parent, child] += links
    ordered = sorted(counts.items(), key=lambda pair: tuple(CLASSES.index(name) for name in pair[0]))
    return tuple(Crossing(parent, child, links) for (parent, child), links in ordered)
