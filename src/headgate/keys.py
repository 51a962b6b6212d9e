"""Keys of this installation, kept outside every workspace."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from headgate.errors import UsageError


def installation_key() -> bytes:
    """The key of the pseudonyms: HEADGATE_KEY, or a file made once for this installation.

    The file lies in HEADGATE_HOME, or else the user's configuration folder, readable by its owner only.
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
        aside.touch(mode=0o600)
        aside.write_text(secrets.token_hex(32), encoding="ascii")
        try:
            os.link(aside, path)  # the first of two processes wins; both then read the same key
        except FileExistsError:
            pass
        finally:
            aside.unlink()
    return path.read_bytes()


def _home() -> Path:
    if home := os.environ.get("HEADGATE_HOME"):
        return Path(home)
    base = os.environ.get("XDG_CONFIG_HOME")
    return (Path(base) if base else Path.home() / ".config") / "headgate"
