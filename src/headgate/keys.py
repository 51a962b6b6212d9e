"""Keys of this installation, kept outside every workspace."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from headgate.errors import UsageError
from headgate.whole import sync_folder

_LEAST = 32  # bytes


def installation_key() -> bytes:
    """The key of the pseudonyms: HEADGATE_KEY, or a file made once for this installation.

    The file lies in HEADGATE_HOME, or else the user's configuration folder, readable by its owner only. Raises
    `UsageError` where the key is too short.
    """
    given = os.environ.get("HEADGATE_KEY")
    if given:
        if len(given) < 16:
            msg = f"HEADGATE_KEY has {len(given)} characters. Give at least 16 random ones, or leave it out."
            raise UsageError(msg)
        return given.encode()
    path = _home() / "pseudonym.key"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        aside = path.with_name(f".{path.name}.{os.getpid()}")
        _write(aside, secrets.token_hex(32).encode())
        try:
            os.link(aside, path)  # the first of two processes wins; both then read the same key
        except FileExistsError:
            pass
        finally:
            aside.unlink()
            sync_folder(path.parent)
    key = path.read_bytes()
    if len(key.strip()) < _LEAST:
        msg = (
            f"the key file {path} has {len(key)} bytes, fewer than {_LEAST}. Restore it from a backup, "
            "or delete it to have a new one made: pseudonyms then change."
        )
        raise UsageError(msg)
    return key


def _write(path: Path, key: bytes) -> None:
    # On the disk before it has its name: an empty key file after a crash would be used for ever.
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(key)
        file.flush()
        os.fsync(file.fileno())
    sync_folder(path.parent)


def _home() -> Path:
    if home := os.environ.get("HEADGATE_HOME"):
        return Path(home)
    base = os.environ.get("XDG_CONFIG_HOME")
    return (Path(base) if base else Path.home() / ".config") / "headgate"
