"""What the server remembers of a browser: who labels there, and until when the host key opens items. In memory only."""

from __future__ import annotations

import hmac
import secrets
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any

from fastapi import Request
from fastapi.responses import Response

from headgate.errors import UsageError

COOKIE = "headgate"
MOST = 10_000  # sessions kept; the one unused for longest goes first
FOR = 8 * 3600.0  # seconds that an unused session is kept
KEY_FOR = 1800.0  # seconds that a host key stays open in it


@dataclass(slots=True)
class Session:
    """One browser: `form` is the secret its forms carry; `opened` holds the moment up to which the key is open."""

    id: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    form: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    labeller: str = ""
    reason: str = ""
    opened: float = 0.0
    lock: bytes = b""  # what the workspace kept of the host key when it opened: review_access.py
    asked: dict[tuple[str, str], Any] = field(default_factory=dict)  # check and role -> its queue: review_queue.py
    used: float = field(default_factory=time.monotonic)
    new: bool = True

    @property
    def open(self) -> bool:
        """Whether the host key was given in it not too long ago."""
        return time.monotonic() < self.opened


class Sessions:
    """All sessions of a server, bounded."""

    def __init__(self) -> None:
        self._held: OrderedDict[str, Session] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, id_: str | None) -> Session:
        """The session `id_`, or a new one where there is none by that name any more."""
        now = time.monotonic()
        with self._lock:
            found = self._held.get(id_ or "")
            if found is None or now - found.used > FOR:
                return Session()
            found.used = now
            self._held.move_to_end(found.id)
            return found

    def hold(self, session: Session) -> None:
        """Keep `session` from now on."""
        with self._lock:
            session.new = False
            self._held[session.id] = session
            while len(self._held) > MOST:
                self._held.popitem(last=False)

    def rename(self, session: Session) -> None:
        """Give `session` a name and a secret that nobody knows yet."""
        fresh = Session()
        with self._lock:
            self._held.pop(session.id, None)
            session.id, session.form, session.new = fresh.id, fresh.form, True


def of(request: Request) -> Session:
    """The session of `request`."""
    if not hasattr(request.state, "session"):
        request.state.session = request.app.state.sessions.get(request.cookies.get(COOKIE))
    found: Session = request.state.session
    return found


def wanted(request: Request) -> Session:
    """The session of `request`, kept from now on: for pages with a form."""
    session = of(request)
    request.state.keep_session = True
    return session


def keep(request: Request, response: Response) -> None:
    """Give the browser the cookie of a session that a page asked to keep."""
    session = of(request)
    if getattr(request.state, "keep_session", False) and session.new:
        request.app.state.sessions.hold(session)
        response.set_cookie(COOKIE, session.id, httponly=True, samesite="strict", path="/")


def renew(request: Request, response: Response) -> None:
    """Give the session of `request` another cookie: the one it had may be one that somebody planted."""
    request.app.state.sessions.rename(wanted(request))
    keep(request, response)


def check_form(request: Request, given: str) -> Session:
    """The session of `request` if `given` is the secret of its forms; raises `UsageError` otherwise."""
    session = of(request)
    if session.new or not hmac.compare_digest(session.form.encode(), given.encode()):
        msg = "this form is not from this page, or too old. Open the page again and send it from there."
        raise UsageError(msg)
    return session
