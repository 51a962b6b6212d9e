"""Who may ask, and what a browser may do with the answer: hosts, token, same origin, headers, limits of exports."""

from __future__ import annotations

import hmac
import threading
import time
from collections import OrderedDict
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, parse_qsl, quote, urlencode, urlsplit

from headgate.errors import HeadgateError

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

TOKEN_COOKIE = "headgate-token"  # noqa: S105 - the name of a cookie
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = tuple(
    (name.encode(), value.encode())
    for name, value in {
        "content-security-policy": POLICY,
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        "referrer-policy": "same-origin",  # with none at all browsers send their forms as from nowhere
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "permissions-policy": "camera=(), geolocation=(), microphone=()",
    }.items()
)
LONGEST = 1_000_000  # bytes of a request's body


class TooMany(HeadgateError):
    """More exports than one reader may have in so short a time; `after` is when to ask again, in seconds."""

    def __init__(self, after: float) -> None:
        super().__init__(f"too many exports in a short time. Ask again in {after:.0f} s.")
        self.after = after


class Guard:
    """Lets through what comes from this page's own origin, to a host it is known by, with the token where one is set.

    A request by another name than `hosts` is a page of somebody else that made its name point here. With a token, it
    comes as `Authorization: Bearer`, as a cookie, or once as ?token=, which sets the cookie.
    """

    def __init__(self, app: ASGIApp, *, hosts: frozenset[str], token: str | None) -> None:
        self.app, self.hosts, self.token = app, hosts, token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer or pass on one request."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self.app(scope, receive, send)
            return
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *HEADERS]
            await send(message)

        if why := self._refused(scope, headers):
            await _say(with_headers, *why)
        elif self.token and (given := _token_in_query(scope)) and self._right(given):
            await _let_in(with_headers, _without_token(scope), given)
        else:
            await self.app(scope, receive, with_headers)

    def _refused(self, scope: Scope, headers: dict[str, str]) -> tuple[int, str] | None:
        host = headers.get("host", "")
        if _name(host) not in self.hosts:
            return 421, "this server is not known by that name. Open the address that headgate serve printed."
        if scope["method"] not in SAFE:
            origin, site = headers.get("origin"), headers.get("sec-fetch-site")
            if (origin is not None and origin.partition("://")[2] != host) or site not in (None, "same-origin"):
                return 403, "forms are taken from this page's own address only."
        # in pieces it could grow without end, whatever length is said beside that
        size = "" if "transfer-encoding" in headers else headers.get("content-length", "0")
        if not size.isdecimal():
            return 411, "say in Content-Length how long the request is."
        if int(size) > LONGEST:
            return 413, f"a request may hold {LONGEST:,} bytes."
        if self.token and not any(map(self._right, _tokens(scope, headers))):
            return 401, "a token is needed. Open the address with ?token= that headgate serve printed."
        return None

    def _right(self, given: str) -> bool:
        return self.token is not None and hmac.compare_digest(given.encode(), self.token.encode())


def _name(host: str) -> str:
    try:
        return (urlsplit(f"//{host}").hostname or "") if host.isprintable() and " " not in host else ""
    except ValueError:  # brackets of no address
        return ""


def _token_in_query(scope: Scope) -> str:
    given: list[str] = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])
    return given[0]


def _tokens(scope: Scope, headers: dict[str, str]) -> list[str]:
    given = [_token_in_query(scope)]
    kind, _, value = headers.get("authorization", "").partition(" ")
    if kind.lower() == "bearer":
        given.append(value.strip())
    try:
        cookie = SimpleCookie(headers.get("cookie", "")).get(TOKEN_COOKIE)
    except CookieError:
        cookie = None
    return [*given, cookie.value] if cookie else given


async def _say(send: Send, status: int, text: str) -> None:
    body = f"{text}\n".encode()
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _without_token(scope: Scope) -> str:
    rest = [(name, value) for name, value in parse_qsl(scope["query_string"].decode("latin-1")) if name != "token"]
    # one slash only: two would name another host
    return "/" + quote(scope["path"].lstrip("/")) + (f"?{urlencode(rest)}" if rest else "")


async def _let_in(send: Send, where: str, token: str) -> None:
    # the token leaves the address bar, where it would be seen and kept
    cookie = f"{TOKEN_COOKIE}={token}; HttpOnly; SameSite=Strict; Path=/"
    headers = [(b"location", where.encode()), (b"set-cookie", cookie.encode()), (b"content-length", b"0")]
    await send({"type": "http.response.start", "status": 303, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


class Limit:
    """So many exports of one reader at once, and so many a minute after that."""

    def __init__(self, burst: int = 20, a_minute: float = 20.0) -> None:
        self.burst, self.rate = burst, a_minute / 60
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, reader: str) -> None:
        """Count one export of `reader`; raises `TooMany` where there were too many."""
        now = time.monotonic()
        with self._lock:
            left, then = self._left.pop(reader, (float(self.burst), now))
            left = min(self.burst, left + (now - then) * self.rate)
            self._left[reader] = (max(left - 1, 0.0) if left >= 1 else left, now)
            while len(self._left) > 10_000:
                self._left.popitem(last=False)
        if left < 1:
            raise TooMany((1 - left) / self.rate)
