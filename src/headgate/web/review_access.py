"""The host key in a browser: how it is given, how often one may try, and the log of every item that it opens."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from pathlib import Path

from headgate import host_key, label_text, looks
from headgate.errors import UsageError
from headgate.keys import installation_key
from headgate.web.guard import TooMany
from headgate.web.sessions import KEY_FOR, Session

COMMAND = "web review"
TRIES, WITHIN = 5, 60.0  # wrong keys of one client, in so many seconds
MOST = 10_000  # clients that are remembered


class TooManyKeys(TooMany):
    """More wrong host keys than one client may try in so short a time."""

    def __init__(self, after: float) -> None:
        super().__init__(after)
        self.args = (f"too many wrong keys in a short time. Try again in {after:.0f} s.",)


class Tries:
    """How many wrong keys each client gave of late. A try counts from its beginning, so that many at once count too."""

    def __init__(self) -> None:
        self._made: OrderedDict[str, list[float]] = OrderedDict()
        self._lock = threading.Lock()

    def begin(self, client: str) -> float:
        """Count one try of `client`; raises `TooManyKeys` where it has none left."""
        now = time.monotonic()
        with self._lock:
            made = [then for then in self._made.pop(client, []) if now - then < WITHIN]
            self._made[client] = made
            while len(self._made) > MOST:
                self._made.popitem(last=False)
            if len(made) >= TRIES:
                raise TooManyKeys(WITHIN - (now - made[0]))
            made.append(now)
        return now

    def right(self, client: str, begun: float) -> None:
        """Take the try of `client` that began at `begun` back: the key was right."""
        with self._lock:
            if begun in self._made.get(client, []):
                self._made[client].remove(begun)


TRIED = Tries()


def pseudonym(session: Session) -> str:
    """The keyed pseudonym of whoever labels in `session`; empty while nobody said who they are."""
    return label_text.labeller(session.labeller, installation_key()) if session.labeller else ""


def open_key(path: Path, session: Session, key: str, *, check: str, reason: str, client: str) -> None:
    """Open the sensitive checks of the workspace at `path` in `session` for a while, if `key` is its host key.

    Raises `UsageError` where it is not or there is no `reason`, `TooManyKeys` after too many such. The key is not kept.
    """
    begun, lock = TRIED.begin(client), _lock(path)
    host_key.open_with(path, key, command=COMMAND, check=check, reason=reason, who=pseudonym(session))
    TRIED.right(client, begun)
    session.reason, session.opened, session.lock = " ".join(reason.split()), time.monotonic() + KEY_FOR, lock


def close(session: Session) -> None:
    """Close the host key in `session`, and forget what was served under it."""
    session.opened = 0.0
    session.asked.clear()


def is_open(path: Path, session: Session) -> bool:
    """Whether the host key is open in `session`, and still the one of the workspace at `path`."""
    return session.open and session.lock == _lock(path)


def _lock(path: Path) -> bytes:
    try:
        return (path / host_key.NAME).read_bytes()
    except OSError:
        return b""


def why(error: UsageError) -> str:
    """What a refused key is told in a browser: the reason alone, without the advice for the command line."""
    said = str(error).partition(": ")[2].partition(". ")[0] or str(error)
    return f"{said[0].upper()}{said[1:]}. The try was logged."


def log_look(path: Path, session: Session, check: str) -> None:
    """Log that one item of the sensitive `check` is about to be shown; raises `WorkspaceError` where it cannot be."""
    _log(path, session, check, 1, "allowed")


def refuse(path: Path, session: Session, check: str) -> str:
    """Log that an item of the sensitive `check` was asked for without the key; what to tell whoever asked."""
    _log(path, session, check, 0, "refused: no key was given")
    return "the host key is not open in this browser, or not any more. Give it again on the page of the check."


def _log(path: Path, session: Session, check: str, items: int, outcome: str) -> None:
    who = pseudonym(session)
    looks.log(path, command=COMMAND, check=check, reason=session.reason, items=items, outcome=outcome, who=who)
