"""One artifact: facts with their source, licence with its path, findings explained, the gate, history, lineage.

What depicts a real person is shown by kind, hub and dates alone. What is only known as a parent has a page that says
so.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path as File
from typing import Annotated, Any, Literal, TypeAlias

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response
from markupsafe import Markup

from headgate import refs
from headgate.errors import BadInput
from headgate.label_text import shown
from headgate.plain import plain
from headgate.report.charts import Part, columns
from headgate.report.explain import READERS
from headgate.shapes import Db
from headgate.web import answers, artifact_findings, artifact_lineage, hidden
from headgate.web.artifact_facts import Fact, Step, facts, history, row_of
from headgate.web.artifact_findings import Contest, Finding, Gate
from headgate.web.artifact_licence import Licence, licence
from headgate.web.artifact_lineage import Lineage
from headgate.web.snapshot import Snapshot
from headgate.web.words import called

router = APIRouter()

LONGEST = 300  # characters of a ref
POINTS = 40  # of the downloads over time
Ref: TypeAlias = Annotated[str, Path(max_length=LONGEST)]
Reader: TypeAlias = Literal["plain", "engineer", "regulator"]
_NODE = """
SELECT id, ref, withheld FROM shelf.nodes
SEMI JOIN (SELECT id FROM shelf.node_names WHERE hash = hash($folded)) AS m USING (id) WHERE folded = $folded
"""


@dataclass(frozen=True, slots=True)
class Decision:
    """What a control that reads no sensitive finding decided or graded, and on which day."""

    control: str
    decision: str
    because: str
    day: str | None


@dataclass(frozen=True, slots=True)
class Told:
    """All that is said of an artifact that depicts nobody."""

    facts: tuple[Fact, ...]
    licence: Licence
    findings: tuple[Finding, ...]
    appeals: tuple[Contest, ...]
    gate: Gate | None
    decisions: tuple[Decision, ...]
    history: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Artifact:
    """A page about one artifact. `state` is held, gone, withheld (it depicts a person) or named (only as a parent).

    `ref` is None where it is withheld, `told` where nothing more is said. `gate` is None of what is gone.
    """

    ref: str | None
    state: str
    kind: str
    hub: str
    observed: datetime | None
    gone: datetime | None
    reader: str
    readers: tuple[str, ...]
    sensitive_checks: int
    lineage: Lineage | None
    told: Told | None


@router.get("/artifact/{ref:path}", responses=answers.twin(Artifact), response_model=None, summary="One artifact")
def page(request: Request, ref: Ref, reader: Reader = "plain") -> Response:
    """What is known of the artifact `ref`, explained to a `reader`."""
    snapshot = answers.snapshot(request)
    found = read(snapshot, ref, reader, request.app.state.policy)
    chart = Markup(drawn(found)) if found.told else ""  # noqa: S704 - charts escapes every text
    return answers.answer(request, "artifact.html.j2", found, downloads_chart=chart)


def read(snapshot: Snapshot, name: str, reader: str, policy: File) -> Artifact:
    """The page of the artifact `name` under the policy in the file `policy`.

    Raises `UsageError` where `name` is no ref, `BadInput` where nothing is known by it.
    """
    db = snapshot.cursor()
    asked = refs.parse(name)
    if asked.hub == "name":  # a free text may be a person's name: nothing is told by it, not even whether it is there
        msg = "what is known by a text alone has no page. Search for an artifact in the catalogue."
        raise BadInput(msg)
    hidden_checks = snapshot.kept.once("sensitive checks", artifact_findings.sensitive_checks)
    try:
        id_, _ = snapshot.find(db, name)
    except BadInput:
        return _named(snapshot, db, asked, reader, hidden_checks)
    row = row_of(db, id_)
    state = "withheld" if row["depicts_person"] else "gone" if row["gone_since"] else "held"
    head = (state, row["kind"], row["hub"], row["observed"], row["gone_since"], reader, READERS, hidden_checks)
    if state == "withheld":
        return Artifact(None, *head, None, None)
    kin = snapshot.kept.once(("kin", id_), lambda: artifact_lineage.lineage(db, snapshot.graph, row["node"]))
    changed = policy.stat().st_mtime_ns if policy.exists() else None
    hour = f"{datetime.now(UTC):%Y-%m-%dT%H}"  # waivers end, observations grow old
    key = ("artifact", id_, reader, snapshot.signature, changed, hour)
    told = snapshot.kept.once(key, lambda: _told(snapshot, row, reader, policy))
    return Artifact(plain(row["ref"], LONGEST), *head, kin, told)


def drawn(page: Artifact) -> str:
    """Downloads at each observation as a chart; empty where they were counted once."""
    steps = [one for one in page.told.history if one.downloads is not None] if page.told else []
    counted = [one for one in reversed(steps) if one.window == steps[0].window]  # hubs count over different windows
    if len(counted) < 2:
        return ""
    stacks = [(f"{one.observed:%Y-%m-%d}", [Part("downloads", one.downloads or 0, "a")]) for one in counted[-POINTS:]]
    return columns(stacks, title="Downloads as counted at each observation")


def _named(snapshot: Snapshot, db: Db, asked: refs.Ref, reader: str, hidden_checks: int) -> Artifact:
    ref = str(asked)
    rows = db.execute(_NODE, {"folded": ref.lower() if asked.hub == "hf" else ref}).fetchall()
    if not rows:
        msg = f"{plain(ref)} is not in this workspace. Search for it in the catalogue, or collect it."
        raise BadInput(msg)
    node, spelled, withheld = rows[0]
    hub = {"hf": "huggingface"}.get(asked.hub, asked.hub)
    head = (asked.kind, hub, None, None, reader, READERS, hidden_checks)
    if withheld:
        return Artifact(None, "withheld", *head, None, None)
    return Artifact(plain(spelled, LONGEST), "named", *head, artifact_lineage.lineage(db, snapshot.graph, node), None)


def _told(snapshot: Snapshot, row: dict[str, Any], reader: str, policy: File) -> Told:
    db = snapshot.cursor()
    stated = snapshot.kept.once(("licence", row["id"], snapshot.signature), lambda: licence(snapshot, row))
    contests, steps = artifact_findings.appeals(snapshot, row["ref"]), history(db, row)
    found, may = artifact_findings.findings(snapshot, row, reader, stated, contests, len(steps))
    gate = None if row["gone_since"] else artifact_findings.gate(snapshot, snapshot.cursor(), row, policy, reader, may)
    return Told(facts(row), stated, found, contests, gate, _decisions(db, row["id"], row["ref"]), steps)


def _decisions(db: Db, id_: int, ref: str) -> tuple[Decision, ...]:
    rows = db.execute(
        "SELECT control, decision, coalesce(because, ''), strftime(try_strptime(left(run, 8), '%Y%m%d'), '%Y-%m-%d') "
        "FROM shelf.decisions WHERE id = ? ORDER BY control", [id_],
    ).fetchall()  # fmt: skip
    may = hidden.nameable(db, [one for row in rows for one in hidden.refs_in(row[2])]) | {ref}
    return tuple(
        Decision(called(c, 60), plain(d, 60), shown(hidden.masked(why, may), 400), day) for c, d, why, day in rows
    )
