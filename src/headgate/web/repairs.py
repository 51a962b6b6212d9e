"""Repairs as the workspace tells them: what was traced, which models were made by a removal, what the proofs found.

Of training items there are counts and how their scores lie; neither they nor the forget set are named anywhere.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from headgate import catalog, runs
from headgate.errors import BadInput
from headgate.repair import certificate, claims, tables
from headgate.repair.shapes import Certificate, Check
from headgate.shapes import Db, Run
from headgate.web.snapshot import Snapshot

BINS = 20  # of a histogram of influences
_LARGEST = 4_000_000  # bytes of a certificate
_MADE = """
SELECT l.child, l.parent, l.method, l.evidence, l.run, p.withheld OR starts_with(l.parent, 'name:'), a.name, a.observed,
       coalesce(c.withheld, false) OR coalesce(a.depicts_person, false)
FROM shelf.links AS l JOIN shelf.nodes AS p ON p.id = l.parent_node JOIN shelf.nodes AS c ON c.id = l.child_node
LEFT JOIN shelf.artifacts AS a ON a.id = c.artifact
WHERE l.relation = 'unlearned' AND list_contains($removers, l.method) ORDER BY l.run DESC, l.child
"""
_CHECKS = """
SELECT subject, "check", coalesce(n, 0), coalesce(evidence, '') FROM shelf.findings
WHERE list_contains($tests, split_part("check", '.', 1)) ORDER BY subject, run, "check"
"""
_TRACED = """
SELECT subject, method, any_value(run), count(*), count(*) FILTER (score > 0), count(*) FILTER (score IS NULL),
       min(score), median(score), max(score)
FROM (SELECT * REPLACE (if(isfinite(score), score, NULL) AS score) FROM influences)
GROUP BY subject, method ORDER BY subject, method
"""
_BINS = f"""
WITH told AS (
    SELECT score FROM influences WHERE subject = ? AND method = ? AND isfinite(score)
),
ends AS (SELECT min(score) AS low, max(score) AS high FROM told)
SELECT any_value(low), any_value(high),
       least({BINS - 1}, floor({BINS} * (score - low) / (high - low)))::INTEGER AS bin, count(*)
FROM told, ends WHERE low < high GROUP BY bin ORDER BY bin
"""


@dataclass(frozen=True, slots=True)
class Made:
    """A model that a removal made; `parent` is None where the source is withheld, `hidden` where the model is."""

    ref: str
    parent: str | None
    method: str
    reason: str
    run: str
    name: str | None
    made: datetime | None
    hidden: bool


@dataclass(frozen=True, slots=True)
class Traced:
    """A trace of one method: over how many items, how many of them have a score above 0, or none; how they lie."""

    subject: str
    method: str
    run: str
    items: int
    above: int
    untold: int
    least: float | None
    median: float | None
    most: float | None


@dataclass(frozen=True, slots=True)
class Known:
    """All repairs of a workspace: models made, checks by model, traces by subject, runs by id."""

    made: tuple[Made, ...]
    checks: dict[str, tuple[Check, ...]]
    unread: dict[str, int]
    traced: dict[str, tuple[Traced, ...]]
    runs: dict[str, Run]
    hidden: frozenset[str]


def known(snapshot: Snapshot) -> Known:
    """The repairs of the workspace; kept with the snapshot."""
    return snapshot.kept.once("repairs", lambda: _read(snapshot))


def _read(snapshot: Snapshot) -> Known:
    listed = {run.id: run for run in runs.read_all(snapshot.path) if run.stage in ("trace", "remove", "prove")}
    if not listed:  # as in most workspaces, where looking through millions of findings would be in vain
        return Known((), {}, {}, {}, {}, frozenset())
    db = snapshot.cursor()
    removers = [method.name for method in catalog.methods("remove")]
    tests = [method.name for method in catalog.methods("prove")]
    rows = db.execute(_MADE, {"removers": removers}).fetchall()
    made = tuple(
        Made(ref, None if withheld else parent, method, reason or "", run, name, when, bool(hidden))
        for ref, parent, method, reason, run, withheld, name, when, hidden in rows
    )
    checks: dict[str, list[Check]] = defaultdict(list)
    unread: dict[str, int] = defaultdict(int)
    for subject, check, n, evidence in db.execute(_CHECKS, {"tests": tests}).fetchall():
        if found := tables.check_of(check, n, evidence):
            checks[subject].append(found)
        else:
            unread[subject] += 1
    traced: dict[str, list[Traced]] = defaultdict(list)
    for row in db.execute(_TRACED).fetchall():
        traced[row[0]].append(Traced(*row))
    hidden = _hidden(db, [*traced, *checks])
    return Known(made, {ref: tuple(found) for ref, found in checks.items()}, dict(unread),
                 {ref: tuple(found) for ref, found in traced.items()}, listed, hidden)  # fmt: skip


def _hidden(db: Db, refs: list[str]) -> frozenset[str]:
    """Those of `refs` that depict a person or are withheld."""
    found = db.execute(
        "SELECT ref FROM shelf.artifacts WHERE depicts_person AND ref IN (SELECT unnest($refs)) "
        "UNION SELECT ref FROM shelf.nodes WHERE withheld AND ref IN (SELECT unnest($refs))", {"refs": refs},
    ).fetchall()  # fmt: skip
    return frozenset(row[0] for row in found)


def bins(snapshot: Snapshot, subject: str, method: str) -> tuple[tuple[float, int], ...]:
    """The histogram of the influences that `method` found of the items of `subject`; empty where all are the same."""
    rows = snapshot.kept.once(
        ("influences", subject, method), lambda: snapshot.cursor().execute(_BINS, [subject, method]).fetchall()
    )
    if not rows:
        return ()
    low, high = rows[0][0], rows[0][1]
    counts = {row[2]: row[3] for row in rows}
    return tuple((low + n * (high - low) / BINS, counts.get(n, 0)) for n in range(BINS))


def grade(checks: tuple[Check, ...]) -> str:
    """The strongest claim that `checks` allow."""
    return claims.strongest(claims.held(statuses(checks))).name


def statuses(checks: tuple[Check, ...]) -> dict[str, claims.Status]:
    """How each test ended."""
    return claims.statuses((one.test, one.axis, one.verdict) for one in checks)


def certified(snapshot: Snapshot, ref: str) -> tuple[Certificate, bytes] | None:
    """The certificate of the model `ref` that the workspace keeps, and its text; None where it keeps none.

    Raises `BadInput` where it cannot be read, or does not agree with itself or with the weights that `ref` names.
    """
    file = certificate.place(snapshot.path, ref)
    if file is None or not file.is_file():
        return None
    try:
        if file.stat().st_size > _LARGEST:
            msg = f"the certificate {file.name} is too large to be one. Make it anew: headgate repair."
            raise BadInput(msg)
        data = file.read_bytes()
        text = data.decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        msg = f"the certificate {file.name} cannot be read ({type(error).__name__}). Make it anew: headgate repair."
        raise BadInput(msg) from error
    return certificate.verify(text, after=ref.rpartition(":")[2]), data
