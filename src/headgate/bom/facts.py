"""What a bill of materials says of named artifacts: read once, set by set, from the workspace.

Everything that CycloneDX, SPDX and Croissant documents state comes from here, and nothing of a sensitive check
does. The cost is that of the artifacts asked for and of what they come from, not that of the hub.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from headgate import refs
from headgate.bom.shapes import (
    GONE,
    NAMED,
    PRESENT,
    Artifact,
    Cohort,
    Decision,
    Edge,
    File,
    Finding,
    Licence,
    part,
    unseen,
)  # fmt: skip
from headgate.errors import BadInput
from headgate.licences import knowledge, resolve
from headgate.workspace import Workspace

MOST_FILES = 1_000  # of one artifact; how many it has is said
_CARD = 20_000  # characters read of a card; a summary needs fewer, front matter may be long
_TAGS = 200
_SHOWN = 3  # unknown refs named in an error


def gather(ws: Workspace, names: Sequence[str] | None, *, with_ancestors: bool = True) -> Cohort:
    """The facts of `names` (refs in any form that people write; None: of every artifact), each once.

    `with_ancestors` follows edges to everything they come from, else only to direct parents. Raises `UsageError`
    where a name is no ref, `BadInput` where the workspace does not hold one, or not at the revision asked for.
    """
    asked = _all(ws) if names is None else _asked(ws, names)
    _walk(ws, asked, with_ancestors=with_ancestors)
    artifacts = _artifacts(ws)
    edges = _edges(ws)
    # hubs tell ids apart without regard to case
    spelled: dict[str, str] = {}
    for ref in [*sorted(artifacts), *sorted({edge.parent for edge in edges})]:
        spelled.setdefault(_folded(ref), ref)
    parents: dict[str, list[Edge]] = defaultdict(list)
    for edge in edges:
        parent = edge.parent if edge.parent in artifacts else spelled[_folded(edge.parent)]
        parents[edge.child].append(edge._replace(parent=parent))
    named = {edge.parent for group in parents.values() for edge in group} - artifacts.keys()
    artifacts |= _not_held(ws, sorted(named))
    withheld = _withheld(ws)
    made = Cohort(
        tuple(asked), dict(sorted(artifacts.items())), _files(ws),
        {ref: tuple(sorted(parents[ref], key=_order)) for ref in sorted(parents)},
        _findings(ws), _decisions(ws, withheld), _linked(ws), withheld,
    )  # fmt: skip
    return part(made, asked)  # of artifacts that differ in case alone one is a parent, and only one may be asked for


def of_author(ws: Workspace, author: str) -> list[str]:
    """Refs of what the account `author` published, whatever the case; raises `BadInput` where there is nothing."""
    sql = "SELECT ref FROM artifacts WHERE lower(author) = lower(?) AND kind <> 'version' ORDER BY ref"
    found = [row[0] for row in ws.db.execute(sql, [author]).fetchall()]
    if not found:
        msg = f"{ws.path} holds nothing by {author!r}. Write the account as its hub does."
        raise BadInput(msg)
    return found


def licence(text: str) -> Licence:
    """The licence that `text` declares: its id only where it states a single one that is known."""
    ids = resolve.resolve(text)
    known = knowledge.licence(ids[0]) if len(ids) == 1 else None
    return Licence(text, known.id, known.spdx or None) if known else Licence(text, None, None)


def _folded(ref: str) -> str:
    return ref.lower() if ref.startswith("hf:") else ref


def _all(ws: Workspace) -> list[str]:
    return [row[0] for row in ws.db.execute("SELECT ref FROM artifacts ORDER BY ref").fetchall()]


def _asked(ws: Workspace, names: Sequence[str]) -> list[str]:
    parsed = [refs.parse(name) for name in names]
    held: dict[str, dict[str, str | None]] = defaultdict(dict)
    rows = ws.db.execute(
        "SELECT ref, sha FROM artifacts WHERE folded(ref) IN (SELECT unnest($refs::VARCHAR[])) ORDER BY ref",
        {"refs": sorted({_folded(str(ref)) for ref in parsed})},
    ).fetchall()
    for ref, sha in rows:
        held[_folded(ref)][ref] = sha
    unknown = sorted({str(ref) for ref in parsed if _folded(str(ref)) not in held})
    if unknown:
        more = f" and {len(unknown) - _SHOWN} more" if len(unknown) > _SHOWN else ""
        msg = f"{ws.path} does not hold {', '.join(unknown[:_SHOWN])}{more}. Collect what is missing, or leave it out."
        raise BadInput(msg)
    return list(dict.fromkeys(_held(ref, held[_folded(str(ref))]) for ref in parsed))


def _held(ref: refs.Ref, spellings: dict[str, str | None]) -> str:
    own = str(ref) if str(ref) in spellings else next(iter(spellings))
    sha, revision = spellings[own], ref.revision
    # the facts are those of the commit that was observed
    if revision in (None, "main") or (sha and len(str(revision)) >= 7 and sha.startswith(str(revision))):
        return own
    msg = f"{own} was observed at {sha or 'no known commit'}, not at {revision}. Collect it at that revision."
    raise BadInput(msg)


def _walk(ws: Workspace, asked: list[str], *, with_ancestors: bool) -> None:
    """Make the tables `bom_children`, whose edges are wanted, `bom_refs`, all that these name, and `bom_here`.

    The last are the artifacts among them, whatever the case. UNION ends the walk round a cycle.
    """
    step = "SELECT ref FROM bom_start UNION SELECT e.parent FROM edges AS e JOIN {} AS u ON e.child = u.ref"
    walk = f"WITH RECURSIVE up(ref) AS ({step.format('up')}) FROM up" if with_ancestors else step.format("bom_start")
    start = asked
    while True:
        ws.db.execute(
            "CREATE OR REPLACE TEMP TABLE bom_start AS SELECT unnest($refs::VARCHAR[]) AS ref", {"refs": start}
        )
        ws.db.execute(f"CREATE OR REPLACE TEMP TABLE bom_refs AS {walk}")
        ws.db.execute(_HERE)
        # a parent spelled otherwise than its artifact: the walk goes on from the artifact
        more = [row[0] for row in ws.db.execute(_RESPELLED).fetchall()] if with_ancestors else []
        if not more:
            break
        start = [*start, *more]
    ws.db.execute(f"CREATE OR REPLACE TEMP TABLE bom_children AS FROM {'bom_refs' if with_ancestors else 'bom_start'}")


def _edges(ws: Workspace) -> list[Edge]:
    rows = ws.db.execute(
        "SELECT DISTINCT child, parent, relation, how, confidence, left(evidence, 1000), method FROM edges "
        "WHERE child IN (FROM bom_children)"
    ).fetchall()
    return [Edge(*row) for row in rows]


# narrow columns first: of what is wide, only what belongs to these is then read
_HERE = """
CREATE OR REPLACE TEMP TABLE bom_here AS
SELECT ref, folded(ref) AS folded, ref IN (FROM bom_refs) AS named FROM artifacts
WHERE folded(ref) IN (SELECT folded(ref) FROM bom_refs)
"""
_RESPELLED = "SELECT min(ref) FROM bom_here GROUP BY folded HAVING NOT bool_or(named)"
# What depicts a real person keeps its numbered ref only, also where that was said after the date asked for.
_ARTIFACTS = f"""
CREATE OR REPLACE TEMP TABLE bom_held AS
SELECT ref, '{PRESENT}', hub, kind, CASE WHEN hub IN ('civitai', 'file') AND p.ref IS NOT NULL THEN NULL ELSE name END,
       author, sha, created, modified, observed, coalesce(licences, []), licence_source, licence_name, licence_link,
       has_card,
       CASE WHEN p.ref IS NULL THEN coalesce(tags, [])[1:{_TAGS}] ELSE [] END,
       pipeline, library, architecture, parameters, gated, coalesce(datasets, [])[1:{_TAGS}],
       CASE WHEN p.ref IS NULL THEN left(card, {_CARD}) END, run
FROM artifacts AS a SEMI JOIN bom_here USING (ref)
LEFT JOIN (SELECT DISTINCT ref FROM all_artifacts SEMI JOIN bom_here USING (ref) WHERE person) AS p USING (ref)
"""
_FILES = """
CREATE OR REPLACE TEMP TABLE bom_files AS
SELECT DISTINCT artifact, path, size, sha256, format FROM all_files AS f
JOIN bom_held AS h ON f.artifact = h.ref AND f.run = h.run
"""


def _artifacts(ws: Workspace) -> dict[str, Artifact]:
    ws.db.execute(_ARTIFACTS)
    ws.db.execute(_FILES)
    files = dict(ws.db.execute("SELECT artifact, count(*) FROM bom_files GROUP BY artifact").fetchall())
    known_as: dict[str, Licence] = {}
    made = {}
    for row in ws.db.execute("SELECT * EXCLUDE (run) FROM bom_held").fetchall():
        one = Artifact._make([*(tuple(value) if isinstance(value, list) else value for value in row), 0])
        declared = [known_as.get(text) or known_as.setdefault(text, licence(text)) for text in map(str, one.licences)]
        made[one.ref] = one._replace(licences=tuple(declared), files=files.get(one.ref, 0))
    return made


def _not_held(ws: Workspace, named: list[str]) -> dict[str, Artifact]:
    gone: set[str] = set()
    if named:
        sql = "SELECT DISTINCT ref FROM observations WHERE ref IN (SELECT unnest($refs::VARCHAR[]))"
        gone = {row[0] for row in ws.db.execute(sql, {"refs": named}).fetchall()}
    return {ref: unseen(ref, GONE if ref in gone else NAMED) for ref in named}


def _files(ws: Workspace) -> dict[str, tuple[File, ...]]:
    rows = ws.db.execute(
        "SELECT artifact, path, size, sha256, format FROM bom_files QUALIFY row_number() OVER "
        f"(PARTITION BY artifact ORDER BY sha256 IS NULL, path, sha256, size) <= {MOST_FILES}"
    ).fetchall()
    return _grouped((row[0], File(*row[1:])) for row in rows)


def _findings(ws: Workspace) -> dict[str, tuple[Finding, ...]]:
    # a finding older than what was last seen of the artifact is no fact about it (ids of runs tell their order)
    rows = ws.db.execute(
        'SELECT f.subject, f."check", f.value, f.low, f.high, f.n, left(f.evidence, 1000) FROM findings AS f '
        "JOIN bom_held AS h ON h.ref = f.subject AND f.run >= h.run WHERE NOT f.sensitive"
    ).fetchall()
    return _grouped((ref, Finding(check, *_finite(three), n, told)) for ref, check, *three, n, told in rows)


def _finite(three: Sequence[float | None]) -> tuple[float | None, float | None, float | None]:
    value, low, high = (v if v is not None and math.isfinite(v) else None for v in three)
    return value, low, high


def _withheld(ws: Workspace) -> tuple[str, ...]:
    # where some are decided by a sensitive rule, a list of decisions would tell which
    rows = ws.db.execute(
        "SELECT DISTINCT control FROM decisions WHERE contains(because, 'a sensitive rule') ORDER BY control"
    ).fetchall()
    return tuple(row[0] for row in rows)


def _decisions(ws: Workspace, withheld: tuple[str, ...]) -> dict[str, tuple[Decision, ...]]:
    rows = ws.db.execute(
        "SELECT d.subject, d.control, d.decision, left(d.because, 1000) FROM decisions AS d "
        "JOIN bom_held AS h ON h.ref = d.subject AND d.run >= h.run "
        "WHERE d.control = 'release_gate' AND NOT list_contains($withheld, d.control)",
        {"withheld": list(withheld)},
    ).fetchall()
    return _grouped((row[0], Decision(*row[1:])) for row in rows)


def _linked(ws: Workspace) -> bool:
    # links that were worked out in memory are a table of the connection
    sql = (
        "SELECT (SELECT count(*) FROM runs WHERE stage = 'link' AND status = 'done') "
        "+ (SELECT count(*) FROM duckdb_tables() WHERE temporary AND table_name = 'edges')"
    )
    return bool(ws.db.execute(sql).fetchall()[0][0])


def _order(row: tuple[Any, ...]) -> tuple[str, ...]:
    return tuple(map(str, row))


def _grouped(rows: Iterable[tuple[str, Any]]) -> dict[str, tuple[Any, ...]]:
    groups: dict[str, list[Any]] = defaultdict(list)
    for ref, one in rows:
        groups[ref].append(one)
    return {ref: tuple(sorted(groups[ref], key=_order)) for ref in sorted(groups)}
