"""Contest what a check or a label says of an artifact, from the command line or a page."""

from __future__ import annotations

from headgate import checks, label_text, labels, refs
from headgate.errors import BadInput, UsageError
from headgate.labels import Label
from headgate.plain import plain
from headgate.workspace import Workspace


def appeal(ws: Workspace, name: str, *, question: str, note: str, labeller: str) -> str:
    """Add an appeal by `labeller` against what the check `question` says of `name`; the ref that was contested.

    It says nothing of what the check found. Raises `UsageError` where there is no such check, no note or no person,
    `BadInput` where the workspace never held the ref.
    """
    asked = str(refs.parse(name))
    label_text.person(labeller)
    checks.sensitive(ws.db, question)  # whether there is such a check
    if not note.strip():
        msg = "the note is empty. Say with --note what is wrong."
        raise UsageError(msg)
    sql = "SELECT 1 FROM observations WHERE folded(ref) = folded($ref) LIMIT 1"
    if not ws.db.execute(sql, {"ref": asked}).fetchall():
        msg = f"{plain(asked)} is not in {ws.path}. Only what was collected can be contested."
        raise BadInput(msg)
    labels.add(ws, [Label(asked, question, "contested", labeller, "appeal", note)])
    return asked
