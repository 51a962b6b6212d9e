"""What open checks found of one artifact, explained to a reader, and what the gate makes of it under the open rules."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from headgate import catalog, labels
from headgate.govern import release_gate
from headgate.label_text import shown
from headgate.plain import plain
from headgate.policy import Policy
from headgate.report.explain import Explanation, explain
from headgate.report.explain_gate import GateExplained, Troubled, explain_gate
from headgate.report.explain_words import Context, Found
from headgate.shapes import Db
from headgate.web import hidden, policy_file
from headgate.web.artifact_licence import Licence
from headgate.web.snapshot import Snapshot
from headgate.workspace import Workspace

ORDER = ("found", "untold", "clear", "figure")
LICENCE_FILES = r"(?i)(^|/)(licen[cs]e|copying)(\.[a-z]+)?$"
_FINDINGS = """
SELECT subject, "check", value, low, high, n, evidence, run,
       strftime(try_strptime(left(run, 8), '%Y%m%d'), '%Y-%m-%d') FROM shelf.findings WHERE id = $id ORDER BY "check"
"""


@dataclass(frozen=True, slots=True)
class Contest:
    """An open appeal; `check` is None where it is against a sensitive one."""

    check: str | None
    note: str
    made: datetime


@dataclass(frozen=True, slots=True)
class Finding:
    """A finding with its explanation; `looked` is the day of the run that made it."""

    check: str
    value: float | None
    low: float | None
    high: float | None
    n: int | None
    run: str
    looked: str | None
    evidence: str | None
    explained: Explanation


@dataclass(frozen=True, slots=True)
class Gate:
    """The gate under the open rules of the policy; `sensitive_rules` of this kind are not looked at here.

    `error` says why a policy could not be read; the default one stands in for it then.
    """

    policy: str
    default: bool
    sensitive_rules: int
    explained: GateExplained
    error: str


def sensitive_checks() -> int:
    """How many checks there are whose findings leave as aggregates only, whatever they found."""
    return sum(method.sensitive for stage in catalog.CHECKING for method in catalog.methods(stage))


def appeals(snapshot: Snapshot, ref: str) -> tuple[Contest, ...]:
    """Open appeals about the artifact `ref`, newest first."""
    made = snapshot.kept.once(("appeals", snapshot.signature), lambda: _appeals(snapshot))
    return made.get(ref, ())


def _appeals(snapshot: Snapshot) -> dict[str, tuple[Contest, ...]]:
    # a check of which no file knows is taken for sensitive without looking through all findings
    db, marked = snapshot.cursor(), _marked(snapshot)
    db.execute("CREATE TEMP TABLE findings AS FROM empty.findings")
    made: dict[str, tuple[Contest, ...]] = {}
    for one in labels.appeals(Workspace(snapshot.path, db, None)):
        found = Contest(None if one.check in marked else one.check, shown(one.note), one.made)
        made[one.ref] = (*made.get(one.ref, ()), found)
    return made


def _marked(snapshot: Snapshot) -> set[str]:
    """The checks of which a finding, or the file, says that they are sensitive."""
    return {one["check"] for one in snapshot.summary["checks"] if one["sensitive"]}


def labelled(snapshot: Snapshot, ref: str) -> frozenset[str]:
    """The checks that a person answered for the artifact `ref`."""

    def read() -> dict[str, frozenset[str]]:
        rows = snapshot.cursor().execute(
            "SELECT subject, list(DISTINCT question) FROM labels WHERE label IN ('yes', 'no') AND role <> 'appeal' "
            "AND NOT starts_with(labeller, 'rule:') GROUP BY subject"
        )
        return {subject: frozenset(questions) for subject, questions in rows.fetchall()}

    return snapshot.kept.once(("labelled", snapshot.signature), read).get(ref, frozenset())


def findings(
    snapshot: Snapshot, row: dict[str, Any], reader: str, stated: Licence, contests: tuple[Contest, ...], seen: int,
) -> tuple[tuple[Finding, ...], set[str]]:  # fmt: skip
    """What open checks found of the artifact in `row`, faults first, and the refs in it that may be named.

    `seen` is how often it was observed.
    """
    db = snapshot.cursor()
    rows = db.execute(_FINDINGS, {"id": row["id"]}).fetchall()
    named = {ref for one in rows for ref in hidden.refs_in(one[6] or "")} - {row["ref"]}
    may = hidden.nameable(db, named) | {row["ref"]}
    looked, people = _looked(snapshot, row, stated, seen), labelled(snapshot, row["ref"])
    made = []
    for *given, day in rows:
        found = Found(*given)
        evidence = shown(hidden.masked(found.evidence, may), 600) if found.evidence else None
        contested = sum(one.check == found.check for one in contests)
        context = Context(looked, contested, found.check in people)
        told = explain(replace(found, evidence=evidence), reader, context)
        made.append(Finding(found.check, found.value, found.low, found.high, found.n, found.run, day, evidence, told))
    order = sorted(made, key=lambda one: (ORDER.index(one.explained.verdict), not one.explained.fault, one.check))
    return tuple(order), may


def _looked(snapshot: Snapshot, row: dict[str, Any], stated: Licence, seen: int) -> dict[str, bool]:
    files = _files(snapshot, row["ref"]) if row["has_card"] and not row["licences"] else None
    return {
        "card_text": row["card"] is not None, "licence": bool(row["licences"]), "parents": stated.ancestors > 0,
        "several": seen > 1, "no_licence_file": files is False,
        "card_states_none": stated.detected == () and stated.where == "card" and bool(stated.whole_card),
    }  # fmt: skip


def _files(snapshot: Snapshot, ref: str) -> bool | None:
    # whether a licence file is listed; None where no files are
    rows = snapshot.cursor().execute(
        "SELECT bool_or(regexp_matches(path, $file)) FROM files WHERE artifact = $ref",
        {"ref": ref, "file": LICENCE_FILES},
    )
    found: bool | None = rows.fetchall()[0][0]
    return found


def gate(snapshot: Snapshot, db: Db, row: dict[str, Any], file: Path, reader: str, may: Collection[str]) -> Gate:
    """What the gate says of the artifact in `row` under the rules of the policy in `file` that rest on open checks.

    `may` are the refs that may be named. `db` is a connection of its own: what is asked for hides the views of all
    artifacts and findings there.
    """
    changed = file.stat().st_mtime_ns if file.exists() else None
    given = snapshot.kept.once(("policy", str(file), changed), lambda: policy_file.read(file))
    policy, hidden_rules = open_rules(snapshot, given.policy, row["kind"])
    db.execute(
        "CREATE OR REPLACE TEMP TABLE artifacts AS SELECT ref, kind, observed, run FROM shelf.artifacts WHERE id = ?",
        [row["id"]],
    )
    db.execute(
        "CREATE OR REPLACE TEMP TABLE findings AS SELECT * EXCLUDE (id) FROM shelf.findings WHERE id = ?", [row["id"]]
    )
    troubled = list[Troubled]()
    covered = any(row["kind"] in rule.kinds for rule in policy.rules)
    if covered:
        rows = release_gate.by_rule(db, policy, datetime.now(UTC).replace(tzinfo=None)).fetchall()
        troubled = [
            Troubled(name, state, alone, shown(hidden.masked(told, may), 700)) for _, name, state, alone, told in rows
        ]
    decision = release_gate.worst([one.decision for one in troubled], covered=covered)
    words = explain_gate(decision, troubled, policy, row["kind"], reader)
    return Gate(plain(policy.name, 80), given.default, hidden_rules, words, plain(given.error, 300))


def open_rules(snapshot: Snapshot, policy: Policy, kind: str) -> tuple[Policy, int]:
    """The part of `policy` that rests on open checks, and how many other rules there are for this `kind`.

    A check is taken as sensitive where its file or any finding of it says so, as everywhere.
    """
    marked = _marked(snapshot)
    closed = [r for r in policy.rules if r.sensitive or {r.check, r.check.partition(".")[0]} & marked]
    kept = tuple(rule for rule in policy.rules if rule not in closed)
    names = {rule.name for rule in kept}
    waivers = tuple(waiver for waiver in policy.waivers if waiver.rule in names)
    return replace(policy, rules=kept, waivers=waivers), sum(kind in rule.kinds for rule in closed)
