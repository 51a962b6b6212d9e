"""What govern methods decided, and what they graded: counts, small cells hidden where they could tell of findings."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from math import inf, nextafter
from pathlib import Path
from typing import Any

from headgate import policy as policies
from headgate import runs as records
from headgate.errors import HeadgateError
from headgate.evidence.intervals import WITHHELD, hide_small, small
from headgate.report.shapes import Cell, Control, Opened, Share
from headgate.report.shares import share_of
from headgate.report.words import HUBS, shown
from headgate.shapes import Db, Run

VERDICTS = ("allow", "block", "unknown")
MOST_GRADES = 12  # of one control and kind; more are added up
OTHERS = "other grades"

# These read no finding of a sensitive check, so that their counts tell of none. Of any other method nobody knows.
OPEN = frozenset(
    ("attribute_access", "claim_limits", "control_plan", "declared_use", "intake_threats", "oversight_level",
     "ownership", "release_level", "risk_coverage")
)  # fmt: skip
_DECIDED = (
    "SELECT control, decision, {what}, count(*) FROM decisions GROUP BY ALL ORDER BY control, count(*) DESC, decision"
)
_WHAT = "regexp_extract(subject, '^(?:hf|civitai|file):[a-z0-9]{1,16}|^[a-z]{1,12}:')"
_BROKEN = 'SELECT count(*) FROM findings WHERE "check" = ? AND (value < ? OR value > ?)'


@dataclass(frozen=True, slots=True)
class Grade:
    """How many subjects have a grade, and their share of all graded; None where it is not shown or no sample."""

    grade: str
    count: Cell
    share: Share | None


@dataclass(frozen=True, slots=True)
class Grades:
    """What a control graded of one kind of artifact of one hub; `hub` is 'other' for what is no artifact.

    `kind` names then what was graded, such as control or use.
    """

    control: str
    sensitive: bool
    hub: str
    kind: str
    grades: tuple[Grade, ...]


def read(ws: Opened, sensitive: set[str], date: str) -> tuple[tuple[Control, ...], tuple[Grades, ...]]:
    """Controls that decide, the release gate first, and those that grade; `sensitive` names such checks.

    A control decides if it says allow or block, or nothing but unknown; what it says beside these counts as unknown.
    """
    listed = records.read_all(ws.path)
    latest = records.latest(listed, ws.as_of)
    made = {run.method: run for run in listed if run.stage == "govern" and run.id in latest}
    said: dict[str, list[tuple[str, str, int]]] = defaultdict(list)
    for name, *row in ws.db.execute(_DECIDED.format(what=_WHAT)).fetchall():
        said[name].append((row[0], row[1], row[2]))
    controls: list[Control] = []
    grades: list[Grades] = []
    for name, rows in said.items():
        touches, few = (False, False) if name in OPEN else _rests_on_few(ws.db, made.get(name), sensitive)
        words = {decision for decision, _, _ in rows}
        if words & {"allow", "block"} or words == {"unknown"}:
            counts = _counts(rows)
            cells = [WITHHELD] * len(counts) if few else hide_small(counts) if touches else counts
            controls.append(Control(shown(name, 48), touches, *_policy(made.get(name)), *cells))
        elif name != "risk_coverage":  # has a section of its own
            grades += _graded(name, rows, touches, few, date)
    return tuple(sorted(controls, key=lambda c: (c.control != "release_gate", c.control))), tuple(grades)


def _counts(rows: Iterable[tuple[str, str, int]]) -> list[int]:
    found = dict.fromkeys(VERDICTS, 0)
    for decision, _, count in rows:
        found[decision if decision in found else "unknown"] += count
    return list(found.values())


def _graded(name: str, rows: Sequence[tuple[str, str, int]], touches: bool, few: bool, date: str) -> list[Grades]:
    by_kind: dict[tuple[str, str], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for grade, what, count in rows:
        hub, _, kind = what.partition(":")
        by_kind[(HUBS[hub], shown(kind)) if kind and hub in HUBS else ("other", shown(hub) or "other")][grade] += count
    artifacts = {group for group in by_kind if group[0] != "other"}
    listed = []
    for (hub, kind), counts in sorted(by_kind.items(), key=lambda pair: (-sum(pair[1].values()), pair[0])):
        if artifacts and hub == "other":
            continue  # remarks of a control on what is no artifact
        first = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
        if len(first) > MOST_GRADES:
            first = [*first[: MOST_GRADES - 1], (OTHERS, sum(count for _, count in first[MOST_GRADES - 1 :]))]
        whole = sum(count for _, count in first)
        hidden = few or (touches and small(whole))
        numbers = [count for _, count in first]
        cells: Sequence[Cell] = [WITHHELD] * len(first) if hidden else hide_small(numbers) if touches else numbers
        source = f"grades of {shown(name, 48)}"
        listed.append(Grades(shown(name, 48), touches, hub, kind, tuple(
            Grade(shown(grade, 48), cell, share_of(cell, whole, date, source)
                  if isinstance(cell, int) and hub != "other" else None)
            for (grade, _), cell in zip(first, cells, strict=True)
        )))  # fmt: skip
    return listed


def _rests_on_few(db: Db, run: Run | None, sensitive: set[str]) -> tuple[bool, bool]:
    """Whether decisions rest on a `sensitive` check, and whether on so few of its findings that they would tell of it:
    the decisions less the other checks' findings would. A policy that cannot be read any more may read any check.
    """
    rules = _rules(run)
    if rules is None:
        ends = [(check, -inf, nextafter(0.5, 0)) for check in sorted(sensitive)]
    else:
        ends = [(r.check, -inf if r.at_least is None else r.at_least, inf if r.at_most is None else r.at_most)
                for r in rules if r.check in sensitive]  # fmt: skip
    return bool(ends), any(small(db.execute(_BROKEN, list(end)).fetchall()[0][0]) for end in ends)


def _rules(run: Run | None) -> tuple[policies.Rule, ...] | None:
    """What the policy of `run` asked; None where that was not recorded or its file has changed."""
    if run is None or "policy" not in run.params:
        return None
    path: Any = run.params["policy"]
    try:
        if path and sha256(Path(path).read_bytes()).hexdigest() != run.inputs.get(str(path)):
            return None
        return policies.read(Path(path) if path else None).rules
    except (HeadgateError, OSError):
        return None


def _policy(run: Run | None) -> tuple[str, str | None]:
    if run is None or "policy" not in run.params:
        return "not recorded", None
    path = run.params["policy"]
    if path is None:
        return "default policy", None
    digest = run.inputs.get(str(path))
    return shown(path, 120), digest and shown(digest, 64)
