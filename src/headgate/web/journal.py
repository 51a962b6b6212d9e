"""The log of what was changed through the pages, `<workspace>/changes.jsonl`: one line for each change.

A line is on the disk before the change is made, so that none is made unseen; the sums in it tell whether it was.
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path

from headgate import looks
from headgate.errors import WorkspaceError
from headgate.web.sessions import Session
from headgate.whole import append_line

NAME = "changes.jsonl"
_READ = 200_000  # bytes from its end that a page looks at


def log(path: Path, session: Session, what: str, **facts: str | int | None) -> None:
    """Append to the log of the workspace at `path` that the browser of `session` changes `what`, with the `facts`.

    Raises `WorkspaceError` where it cannot be written.
    """
    line = {
        "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "who": looks.user(),  # whose process the server is; which browser asked says the next
        "browser": hashlib.sha256(session.id.encode()).hexdigest()[:12],
        "labeller": session.labeller or None,
        "what": what,
        **facts,
    }
    try:
        append_line(path / NAME, json.dumps(line).encode("ascii"))
    except OSError as error:
        msg = f"cannot write the log of changes {NAME} ({error.strerror}), so nothing is changed. Make it writable."
        raise WorkspaceError(msg) from error


def last(path: Path, what: str, most: int) -> list[dict[str, object]]:
    """The newest `most` lines about `what` in the log of the workspace at `path`, newest first; torn ones left out."""
    try:
        with (path / NAME).open("rb") as file:
            file.seek(max(0, file.seek(0, 2) - _READ))
            texts = file.read().splitlines()
    except OSError:
        return []
    found = [line for text in reversed(texts) if isinstance(line := _line(text), dict) and line.get("what") == what]
    return found[:most]


def _line(text: bytes) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return None
