"""The file that the policy page edits: read as text, checked as a policy, and replaced whole with the old one kept."""

from __future__ import annotations

import threading
import tomllib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from headgate import policy as policies
from headgate.errors import HeadgateError, UsageError, WorkspaceError
from headgate.policy import Policy
from headgate.web import journal
from headgate.web.dry_runs import digest
from headgate.web.sessions import Session
from headgate.whole import write_whole

LONGEST = 200_000  # characters of a policy that a page edits
_SAVING = threading.Lock()


@dataclass(frozen=True, slots=True)
class InForce:
    """The policy in force: its text and the sum of it, whether it is the default one, and why it cannot be read.

    `policy` is what it is compared with: itself, or the default one where it cannot be read.
    """

    text: str
    sha: str
    default: bool
    policy: Policy
    error: str = ""


def read(file: Path) -> InForce:
    """The policy in `file`, the default one where there is none; raises `WorkspaceError` where it is no text."""
    default = not file.exists()
    try:
        text = (policies.DEFAULT if default else file).read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        msg = f"cannot read the policy {file.name} ({type(error).__name__}). Make it a readable text in UTF-8."
        raise WorkspaceError(msg) from error
    try:
        return InForce(text, digest(text), default, of_text(file, text))
    except HeadgateError as error:
        return InForce(text, digest(text), default, policies.read(), str(error))


def of_text(file: Path, text: str) -> Policy:
    """The policy that `text` says, named after `file`; raises `UsageError` that names the rule and the field."""
    if len(text) > LONGEST:
        msg = f"a policy that is edited here has up to {LONGEST:,} characters; this one has {len(text):,}."
        raise UsageError(msg)
    named = Path(file.name)
    try:
        tables = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        msg = f"the policy is not TOML: {' '.join(str(error).split())[:200]}."
        raise UsageError(msg) from error
    return policies.of_tables(named, tables)


def save(file: Path, workspace: Path, session: Session, text: str, was: str) -> None:
    """Put `text` in the place of the policy `was` (its sum), with the old one beside it and a line in the log.

    Raises `UsageError` where the file is another one by now, `WorkspaceError` where it cannot be written.
    """
    with _SAVING:
        now = read(file)
        if now.sha != was:
            msg = "somebody changed the policy since this page was opened, so nothing was saved. Dry-run once more."
            raise UsageError(msg)
        moment = datetime.now(UTC)
        aside = file.with_name(f"{file.name}.{moment:%Y%m%dT%H%M%S.%fZ}.bak")
        kept = None if now.default else aside.name
        try:
            if not now.default:
                write_whole(aside, file.read_bytes())
            facts = {"file": file.name, "old": None if now.default else was, "new": digest(text), "kept": kept}
            journal.log(workspace, session, "policy", **facts)
            write_whole(file, text.encode())
        except OSError as error:
            msg = f"cannot write the policy {file.name} ({error.strerror}), so nothing was saved. Make it writable."
            raise WorkspaceError(msg) from error
