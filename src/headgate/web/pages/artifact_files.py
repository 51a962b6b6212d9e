"""Files of one artifact, and its bill of materials to take away."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Literal, TypeAlias

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response

from headgate.errors import BadInput, HeadgateError
from headgate.plain import plain
from headgate.web import answers
from headgate.web.artifact_facts import row_of
from headgate.web.artifact_lineage import ancestors, narrow
from headgate.web.snapshot import Snapshot
from headgate.workspace import Workspace

router = APIRouter()

LONGEST = 300  # characters of a ref
FILES = 500
_TURN = threading.Lock()  # a bill of materials is gathered one at a time
_PATIENCE = 30.0
Ref: TypeAlias = Annotated[str, Path(max_length=LONGEST)]
Form: TypeAlias = Literal["cyclonedx", "spdx"]
# cards as they were collected, and every observation, of these few
_EXACT = """
CREATE TEMP TABLE around AS SELECT id, ref FROM shelf.artifacts WHERE id IN (SELECT artifact FROM near);
CREATE TEMP TABLE all_artifacts AS SELECT * FROM memory.main.all_artifacts WHERE ref IN (SELECT ref FROM around);
CREATE TEMP TABLE observations AS FROM temp.all_artifacts;
CREATE TEMP TABLE all_files AS SELECT * FROM memory.main.all_files WHERE artifact IN (SELECT ref FROM around);
CREATE TEMP TABLE findings AS SELECT * EXCLUDE (id) FROM shelf.findings WHERE id IN (SELECT id FROM around);
UPDATE temp.artifacts AS a SET card = o.card FROM temp.all_artifacts AS o WHERE o.ref = a.ref AND o.run = a.run;
"""
_MEDIA = {"cyclonedx": "application/vnd.cyclonedx+json", "spdx": "application/spdx+json"}


@dataclass(frozen=True, slots=True)
class File:
    """A file as it was last listed; size in bytes, sha256 None where the hub gives none."""

    path: str
    size: int | None
    format: str | None
    sha256: str | None


@dataclass(frozen=True, slots=True)
class Files:
    """The first 500 files of an artifact by path, of `count`; none where no list was collected."""

    ref: str
    count: int
    bytes: int | None
    observed: datetime | None
    files: tuple[File, ...]


class Busy(HeadgateError):
    """Others asked for bills of materials, and waiting took too long."""


@router.get(
    "/artifact-files/{ref:path}", responses=answers.twin(Files), response_model=None, summary="Files of an artifact"
)
def files(request: Request, ref: Ref) -> Response:
    """The files of the artifact `ref`."""
    return answers.answer(request, "artifact_files.html.j2", read(answers.snapshot(request), ref))


def read(snapshot: Snapshot, name: str) -> Files:
    """The files of the artifact `name`; raises as `Snapshot.find`, and `BadInput` where it depicts a person."""
    db = snapshot.cursor()
    ref = _open(snapshot, name)
    count, size, observed = db.execute(
        "SELECT count(*), sum(size)::BIGINT, max(observed) FROM files WHERE artifact = ?", [ref]
    ).fetchall()[0]
    rows = db.execute(
        f"SELECT path, size, format, sha256 FROM files WHERE artifact = ? ORDER BY path LIMIT {FILES}", [ref]
    ).fetchall()
    listed = tuple(File(plain(path, 200), size, form and plain(form, 20), sha) for path, size, form, sha in rows)
    return Files(plain(ref, LONGEST), count, size, observed, listed)


@router.get("/artifact-bom/{ref:path}", response_class=Response, summary="Bill of materials of an artifact")
def bom(request: Request, ref: Ref, format: Form = "cyclonedx") -> Response:
    """CycloneDX 1.7 or SPDX 3 of the artifact and of all that it comes from, to take away."""
    snapshot = answers.snapshot(request)
    found = _open(snapshot, ref)
    request.app.state.exports.take(request.client.host if request.client else "")
    if not _TURN.acquire(timeout=_PATIENCE):
        raise Busy("too many bills of materials are being made. Ask again in a minute.")
    try:
        text, name = document(snapshot, found, format)
    finally:
        _TURN.release()
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(text, media_type=_MEDIA[format], headers=headers)


def document(snapshot: Snapshot, ref: str, form: str) -> tuple[str, str]:
    """The bill of materials of `ref` as text and the name of its file; decisions of the gate are left out."""
    from headgate.bom import cyclonedx, facts, integrity, spdx, write

    ws = _around(snapshot, ref)
    cohort, moment = facts.gather(ws, [ref]), datetime.now(UTC)
    made = (
        spdx.document(cohort, moment=moment) if form == "spdx"
        else cyclonedx.document(cohort, moment=moment, spec="1.7")
    )  # fmt: skip
    if form == "cyclonedx" and (problems := integrity.check(made)):
        msg = f"the document does not hold together: {plain(problems[0])}. Nothing is written; report it."
        raise HeadgateError(msg)
    return write.text(made), write.name_of(ref, form)


def _around(snapshot: Snapshot, ref: str) -> Workspace:
    """The workspace of `ref` and what it comes from alone, as it is in Parquet; no finding of a sensitive check."""
    ws = snapshot.indexed()
    db = ws.db
    row = row_of(db, snapshot.find(db, ref)[0])
    near, complete = ancestors(snapshot.graph, row["node"])
    if not complete:  # of so large a lineage the index as a whole, where cards are cut
        return ws
    narrow(db, row, near)
    db.execute(_EXACT)
    return ws


def _open(snapshot: Snapshot, name: str) -> str:
    db = snapshot.cursor()
    id_, ref = snapshot.find(db, name)
    row = db.execute(
        "SELECT depicts_person, gone_since IS NOT NULL FROM shelf.artifacts WHERE id = ?", [id_]
    ).fetchall()
    if row[0][0]:
        msg = "what is marked as depicting a real person is shown to nobody here."
        raise BadInput(msg)
    return ref
