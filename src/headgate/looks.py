"""The log of looks, `<workspace>/looks.jsonl`: one line for each use of the host key, refused ones too.

A line is on the disk before anything is shown. It holds no item and is not sensitive itself.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import pwd
from datetime import UTC, datetime
from pathlib import Path

from headgate.errors import WorkspaceError
from headgate.keys import installation_key
from headgate.whole import append_line

NAME = "looks.jsonl"
_LONGEST = 500  # characters of a reason


def log(path: Path, *, command: str, check: str, reason: str, items: int, outcome: str, who: str = "") -> None:
    """Append one line to the log of the workspace at `path`; it is synced to the disk when this returns.

    `outcome` is allowed, made, replaced, or refused and why; `who` a pseudonym where it is not the account of this
    machine, as for a browser. Raises `WorkspaceError` where it cannot be written.
    """
    line = {
        "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "who": who or user(),
        "command": command,
        "check": check,
        "reason": reason[:_LONGEST],
        "items": items,
        "outcome": outcome,
    }
    try:
        append_line(path / NAME, json.dumps(line).encode("ascii"))
    except OSError as error:
        msg = f"cannot write the log of looks {path / NAME} ({error.strerror}), so nothing is shown. Make it writable."
        raise WorkspaceError(msg) from error


def read(path: Path) -> list[dict[str, object]]:
    """Every line of the log of the workspace at `path`, oldest first; a torn one as outcome `unreadable`."""
    file = path / NAME
    return [_line(text) for text in file.read_bytes().splitlines() if text.strip()] if file.exists() else []


def _line(text: bytes) -> dict[str, object]:
    try:
        line = json.loads(text)
    except ValueError:
        line = None
    return line if isinstance(line, dict) else {"outcome": "unreadable"}


def user() -> str:
    """A keyed pseudonym of the user whose process this is."""
    # from the system, not from LOGNAME, which anybody may set
    try:
        name = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        name = str(os.getuid())
    return "user-" + hmac.new(installation_key(), f"user {name}".encode(), hashlib.sha256).hexdigest()[:16]
