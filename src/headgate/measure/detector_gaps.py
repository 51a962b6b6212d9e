"""How Headgate's own detectors treat hubs and languages: what they find, cannot tell and get wrong, by group.

Reads: `findings` of the detect methods; `artifacts` (hub, and the languages that tags name); `labels` of people.
Finds: for each check and group the share found (of those it could judge) and the share it could not tell; where people
have labelled artifacts for the check, recall, false positive rate and precision too, with what it could not tell taken
as not found. For each of these also the gap between groups. The subject is no artifact: `check:<name> <figure>
model language:<code>` (or `dataset`, `hub:<name>`), and that with `by:language` for the gap. A language counts where
it is the only one that is named; `several` and `not_stated` are groups of their own (the latter stands in no gap, as it
mostly says that no card was seen), and those under 30 artifacts are put together as `other`. Of a sensitive check
groups are put together until no cell under 10 is told or can be worked out.
Cannot see: whether a gap in what is found is an error: groups differ in what there is to find, so only recall, false
positive rate and precision tell, and only of artifacts that somebody labelled, who were not drawn by chance. A language
that no tag names; the language of the people. Checks that count things are left out.
Reference: the measures are those of docs/fairness.md; languages are the two-letter codes of ISO 639-1.
Checked against: counts by hand, and attempts to work out each cell; see docs/methods/detector_gaps.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import numpy as np

from headgate import catalog, labels
from headgate.evidence.intervals import wilson
from headgate.fairness import bootstrap, definitions
from headgate.fairness.counts import Counts
from headgate.fairness.pooling import FEWEST, Group, Place, Whole, cells_told
from headgate.shapes import Db, Relation

RISKS = ("1.4",)
LABELLED = 10  # labelled ones of a group that it takes to stand in a gap
Row = tuple[str, float | None, float | None, float | None, int, str]

# of ISO 639-1: first letter, and the second ones that follow it
_CODES = {
    "a": "abefkmnrsvyz", "b": "aeghimnors", "c": "aehorsuvy", "d": "aevz", "e": "elnostu", "f": "afijory",
    "g": "adlnuv", "h": "aeiortuyz", "i": "adegikostu", "j": "av", "k": "agijklmnorsuvwy", "l": "abginotuv",
    "m": "ghiklnrsty", "n": "abdeglnorvy", "o": "cjmrs", "p": "ailst", "q": "u", "r": "mnouw",
    "s": "acdegiklmnoqrstuvw", "t": "aeghiklnorstwy", "u": "gkrz", "v": "eio", "w": "ao", "x": "h", "y": "io",
    "z": "ahu",
}  # fmt: skip
# A version of Civitai is what holds weights there, as a model does elsewhere.
_GROUPED = """
CREATE OR REPLACE TEMP TABLE grouped AS
WITH told AS (
    SELECT ref, hub, CASE kind WHEN 'version' THEN 'model' ELSE kind END AS kind,
        list_distinct(list_filter(list_transform(coalesce(tags, []),
        lambda t: regexp_replace(lower(t), '^language:', '')), lambda t: list_contains($codes::VARCHAR[], t))) AS said
    FROM artifacts
)
SELECT ref, kind, hub, CASE len(said) WHEN 0 THEN 'not_stated' WHEN 1 THEN said[1] ELSE 'several' END AS language
FROM told
"""
_CHECKS = """
SELECT "check", bool_or(sensitive) FROM findings WHERE list_contains($names::VARCHAR[], "check")
GROUP BY "check" HAVING count(*) FILTER (value NOT BETWEEN 0 AND 1) = 0 ORDER BY "check"
"""
# found 0, not found 1, could not tell 2; labelled yes 0, no 1, by nobody 2
_CELLS = """
SELECT coalesce(g.kind, 'other'), coalesce(g.hub, 'other'), coalesce(g.language, 'not_stated'),
       CASE WHEN f.value IS NULL OR coalesce(f.n, 1) <= 0 THEN 2 WHEN f.value >= 0.5 THEN 0 ELSE 1 END,
       CASE l.verdict WHEN 'yes' THEN 0 WHEN 'no' THEN 1 ELSE 2 END, count(*)
FROM findings AS f LEFT JOIN grouped AS g ON g.ref = f.subject
LEFT JOIN (SELECT subject, verdict FROM people WHERE basis <> 'rule') AS l ON l.subject = f.subject
WHERE f."check" = $name GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3
"""


def measure(db: Db, *, by: Literal["language", "hub"] = "language") -> Relation:
    """Findings subject (`check:<name> <figure> <kind> <group>`), value, low, high, n, evidence.

    `by` says which groups: the language that tags name, or the hub.
    """
    db.execute(_GROUPED, {"codes": [one + two for one, rest in _CODES.items() for two in rest]})
    names = [method.name for method in catalog.methods("detect")]
    rows: list[Row] = []
    for name, seen in db.execute(_CHECKS, {"names": names}).fetchall():
        sensitive = seen or catalog.find("detect", name).sensitive
        places, cells = _cells(db, name)
        groups, told = cells_told(places, cells, by, sensitive=sensitive)
        rows += _rows(name, by, groups, told)
    db.execute(
        "CREATE OR REPLACE TEMP TABLE gaps "
        "(subject VARCHAR, value DOUBLE, low DOUBLE, high DOUBLE, n BIGINT, evidence VARCHAR)"
    )
    if rows:
        db.executemany("INSERT INTO gaps VALUES (?, ?, ?, ?, ?, ?)", rows)
    return db.sql("FROM gaps")


def _cells(db: Db, name: str) -> tuple[list[Place], Whole]:
    """Each kind, hub and language, and how many artifacts it has by verdict and label, shape (places, 3, 3)."""
    labels.current(db, name).create_view("people", replace=True)
    counted = db.execute(_CELLS, {"name": name}).fetchall()
    places = sorted({Place(*row[:3]) for row in counted})
    cells = np.zeros((len(places), 3, 3), dtype=np.int64)
    for *place, verdict, label, many in counted:
        cells[places.index(Place(*place)), verdict, label] += many
    return places, cells


def _rows(name: str, by: str, groups: list[Group], cells: Whole) -> Iterator[Row]:
    if not groups:
        yield f"check:{name} found by:{by}", None, None, None, 0, "withheld: a cell under 10 could be worked out"
    for kind in dict.fromkeys(one.kind for one in groups):
        mine = [place for place, one in enumerate(groups) if one.kind == kind]
        told = [groups[place].name for place in mine]
        found, not_found, untold = cells[mine].sum(2).T
        yes, no = cells[mine, :, 0].sum(1), cells[mine, :, 1].sum(1)
        hits, alarms = cells[mine, 0, 0], cells[mine, 0, 1]
        for figure, k, of, fewest in (
            ("found", found, found + not_found, FEWEST),
            ("untold", untold, found + not_found + untold, FEWEST),
            ("recall", hits, yes, LABELLED),
            ("false_positive_rate", alarms, no, LABELLED),
            ("precision", hits, hits + alarms, LABELLED),
        ):
            yield from _shares(f"check:{name} {figure} {kind}", told, k, of)
            yield from _gap(f"check:{name} {figure} {kind} by:{by}", told, k, of, fewest)


def _shares(subject: str, groups: list[str], k: Whole, of: Whole) -> Iterator[Row]:
    for group, mine, all_ in zip(groups, k.tolist(), of.tolist(), strict=True):
        ends = wilson(mine, all_)
        if ends:
            yield f"{subject} {group}", mine / all_, *ends, all_, f"{mine:,} of {all_:,}"


def _gap(subject: str, groups: list[str], k: Whole, of: Whole, fewest: int) -> Iterator[Row]:
    stated = [not group.startswith("language:not_stated") for group in groups]  # it mostly says that no card was seen
    large = (of >= fewest) & np.array(stated)
    if large.sum() < 2:
        return
    nobody = np.zeros(int(large.sum()))
    told = tuple(group for group, one in zip(groups, large.tolist(), strict=True) if one)
    counts = Counts(k[large].astype(np.float64), nobody, (of - k)[large].astype(np.float64), nobody, told)
    share = definitions.Definition(("recall",))  # k of all
    ends = definitions.interval(share, counts, bootstrap.posterior(counts))
    if ends is None:
        return
    shares, gap = (k[large] / of[large]), float(definitions.measured(share, counts))
    said = ", ".join(f"{told[place]} {shares[place]:.3f}" for place in (int(shares.argmax()), int(shares.argmin())))
    yield subject, gap, *ends, int(of[large].sum()), f"{said if gap else 'no difference'} ({len(told)} groups)"
