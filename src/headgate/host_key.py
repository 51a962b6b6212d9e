"""The host key: how a hub's own trust-and-safety team shows who it is before items of a sensitive check are listed.

The key is 256 random bits in a file of the team's; the workspace keeps a salted HMAC-SHA256 of it in `host-key.json`.
A slow hash is for passwords, which people choose and others guess; nobody guesses 256 random bits, so a fast one is
as safe. The key guards what commands show. It is no encryption: whoever may read the workspace's files may read the
findings in them, so the folder's permissions stay the outer door.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from headgate import looks
from headgate.errors import UsageError, WorkspaceError
from headgate.whole import write_private, write_whole

NAME = "host-key.json"
_MARK = "headgate-host-"  # so that scanners of leaked secrets can tell it
_LONGEST = 4096  # bytes of a key file
T = TypeVar("T")


class _Refused(Exception):
    """Why a key does not open anything, and what to do."""


def make(path: Path, out: Path, *, replace: bool = False) -> None:
    """Make a new key for the workspace at `path` and write it to `out`, which only its owner may read.

    Raises `UsageError` where there is a key and not `replace`, or where `out` exists or lies in the workspace.
    """
    had = (path / NAME).exists()
    if had and not replace:
        msg = f"{path} has a host key already. Use it, or make another with --replace: the old one opens nothing then."
        raise UsageError(msg)
    if out.resolve().is_relative_to(path.resolve()):
        msg = f"{out} lies in the workspace, beside what the key opens. Write it elsewhere."
        raise UsageError(msg)
    key, salt = _MARK + secrets.token_hex(32), secrets.token_bytes(32)
    try:
        write_private(out, f"{key}\n".encode("ascii"))
    except OSError as error:
        msg = f"cannot write the key to {out} ({error.strerror}). Name a new file in a folder that can be written."
        raise UsageError(msg) from error
    try:
        record = {"made": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}", "method": "hmac-sha256", "salt": salt.hex(),
                  "hash": _hash(salt, key).hex()}  # fmt: skip
        looks.log(path, command="host-key make", check="", reason="", items=0, outcome="replaced" if had else "made")
        write_whole(path / NAME, json.dumps(record, indent=1).encode())
    except BaseException:
        out.unlink()
        raise


def open_items(
    path: Path, key_file: Path | None, fetch: Callable[[], list[T]], *, command: str, check: str, reason: str
) -> list[T]:
    """What `fetch` gives, once the key in `key_file` is the one of the workspace at `path` and the look is logged.

    Raises `UsageError` where there is no `reason`, no key or a wrong one: that is logged too. Raises
    `WorkspaceError` where the log cannot be written: nothing is given then.
    """
    said = {"command": command, "check": check, "reason": " ".join(reason.split())}
    _check(path, lambda: _read(key_file), said)
    given = fetch()
    looks.log(path, **said, items=len(given), outcome="allowed")
    return given


def open_with(path: Path, key: str, *, command: str, check: str, reason: str, who: str) -> None:
    """Log that `key`, as somebody typed it, opens the workspace at `path`, with `who` the pseudonym of whoever did.

    Nothing is given: whoever calls logs each look by itself. Raises as `open_items` does.
    """
    said = {"command": command, "check": check, "reason": " ".join(reason.split()), "who": who}
    _check(path, lambda: key[:_LONGEST].strip(), said)
    looks.log(path, **said, items=0, outcome="allowed")


def _check(path: Path, key: Callable[[], str], said: dict[str, str]) -> None:
    try:
        given = key()
        salt, expected = _stored(path)
        if not hmac.compare_digest(_hash(salt, given), expected):
            raise _Refused("this is not the workspace's key. Name the file that was made for it")
        if not said["reason"]:
            raise _Refused("no reason was given. Say with --reason what the look is for")
    except _Refused as why:
        looks.log(path, **said, items=0, outcome=f"refused: {str(why).partition('.')[0]}")
        shown = f"items of {said['check']} are shown to the host's own team only"
        msg = f"{shown}: {why}. `headgate report` has the aggregate."
        raise UsageError(msg) from None


def _read(key_file: Path | None) -> str:
    if key_file is None:
        raise _Refused("no key was given. Name its file with --host-key or in HEADGATE_HOST_KEY")
    try:
        if key_file.stat().st_mode & 0o077:
            raise _Refused("others may read the key file. Take that from them with chmod 600")
        with key_file.open("rb") as file:
            return file.read(_LONGEST).decode("ascii", "replace").strip()
    except OSError as error:
        raise _Refused(f"the key file cannot be read ({error.strerror}). Name the file that was made") from None


def _stored(path: Path) -> tuple[bytes, bytes]:
    try:
        record = json.loads((path / NAME).read_text(encoding="ascii"))
        salt, expected = bytes.fromhex(record["salt"]), bytes.fromhex(record["hash"])
    except FileNotFoundError:
        raise _Refused("the workspace has no host key. Make one with headgate host-key make") from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        msg = f"{path / NAME} cannot be read ({type(error).__name__}). Make a new key with --replace."
        raise WorkspaceError(msg) from error
    return salt, expected


def _hash(salt: bytes, key: str) -> bytes:
    return hmac.new(salt, key.encode("utf-8"), hashlib.sha256).digest()
