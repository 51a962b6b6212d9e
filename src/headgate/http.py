"""The one network door: polite GET and POST that retry, wait when a hub asks, and keep its token at home.

The token goes to the endpoint's own origin and nowhere else: a redirect is followed by hand, and only
there. HEADGATE_MAX_WAIT (seconds, 600) caps every wait; 0 waits not at all.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from headgate import __version__
from headgate import hub_settings as settings
from headgate.errors import HubError, UsageError
from headgate.hub_waits import asked_wait, longest_wait, unlogged
from headgate.plain import plain
from headgate.progress import Progress
from headgate.redirects import followed

if TYPE_CHECKING:
    import httpx2

LARGEST_BODY = 128 * 2**20  # bytes, after decompression
TRIES = 8  # with the waits between them about two minutes, beside what the hub asks for
_HOPS = 3
_SLOWEST = 600.0  # seconds for one answer, headers and redirects included, however steadily it drips


@dataclass(slots=True)
class Hub:
    """An open hub: `endpoint` without a slash at its end, and the moment before which it wants no request.

    `names` are the settings of its address and its token, as messages call them; `patience` is seconds for one read.
    """

    endpoint: str
    names: tuple[str, str]
    client: httpx2.Client = field(repr=False)
    token: str | None = field(repr=False)
    not_before: float = 0.0  # on the clock of time.monotonic
    patience: float = 60.0
    direct: bool = False  # past any proxy
    longest: float = 0.0  # seconds for one answer, where more than `_SLOWEST`


@dataclass(frozen=True, slots=True)
class _Call:
    """One request: what `get` and `post` were asked for."""

    path: str
    absent: Collection[int] = ()
    named: str | None = None
    text: int = 0
    body: bytes | None = None

    @property
    def verb(self) -> str:
        return "GET" if self.body is None else "POST"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a hub said: parsed JSON or text (None where it has no such thing) and headers by lower-case name."""

    data: Any
    headers: Mapping[str, str]


class Unanswered(HubError):
    """The hub is there and does not answer this one request; it may answer others."""


class Forbidden(Unanswered):
    """The hub lets nobody in with this token, or has nothing at this address: other requests fare no better."""


class _Fault(HubError):
    """A fault that may pass: the request is tried again."""


class _Away(_Fault):
    """A fault of the hub as a whole, not of one request."""


@contextmanager
def connect(name: str, default: str) -> Iterator[Hub]:
    """Open the hub at the address <name>_ENDPOINT, or else `default`, with the token <name>_TOKEN if set.

    Raises `UsageError` where either cannot be used, or the proxy settings cannot.
    """
    names = f"{name}_ENDPOINT", f"{name}_TOKEN"
    hub = Hub(settings.endpoint(name, default), names, _client(60.0), settings.token(name))
    try:
        yield hub
    finally:
        hub.client.close()


def at(address: str, token: str | None, *, names: tuple[str, str], patience: float) -> Hub:
    """A service at the `address` that the user gave, open until the process ends; see `Hub`. Raises `UsageError`.

    One on this machine is asked past any proxy: what is sent there must not leave it.
    """
    endpoint = settings.checked(address, names[0])
    direct = settings.loopback(endpoint)
    return Hub(endpoint, names, _client(patience, direct), token, patience=patience, direct=direct, longest=patience)


def _client(patience: float, direct: bool = False) -> httpx2.Client:
    import httpx2

    headers = {"User-Agent": f"headgate/{__version__}", "Accept": "application/json"}
    try:
        timeout = httpx2.Timeout(patience, connect=15.0)
        return httpx2.Client(headers=headers, timeout=timeout, trust_env=not direct)
    except (ImportError, ValueError, OSError, httpx2.InvalidURL) as error:
        # What the settings hold is not said: there may be a password among it.
        msg = f"the proxy or certificate settings cannot be used ({type(error).__name__}). "
        msg += "Check HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, NO_PROXY and SSL_CERT_FILE."
        raise UsageError(msg) from None


def get(hub: Hub, path: str, *, absent: Collection[int] = (), named: str | None = None, text: int = 0) -> Answer:
    """GET `path` (with its query, from "/" on) and return the JSON there; with `text`, that many characters of a text.

    A status in `absent` means that there is no such thing: data is None. Messages say `named` instead of a
    `path` that names a single record. Tried `TRIES` times on 429, 5xx, a cut connection, silence, another
    content type, damaged JSON and a redirect to another host; raises `Unanswered` then, and at once on any
    other status or a body over `LARGEST_BODY`. Raises `HubError` where no request would fare better: no
    connection, or 429 to the end.
    """
    return _tried(hub, _Call(path, absent, named, text))


def post(hub: Hub, path: str, data: object) -> Answer:
    """POST `data` as JSON to `path` and return the JSON of the answer; tried, and raises, as `get` does.

    A redirect is not followed: that raises `Unanswered` at once.
    """
    return _tried(hub, _Call(path, body=json.dumps(data).encode()))


def _tried(hub: Hub, call: _Call) -> Answer:
    import stamina

    longest = longest_wait()
    tries = stamina.retry_context(
        on=_Fault, attempts=TRIES, timeout=None,
        wait_initial=min(1.0, longest), wait_max=min(60.0, longest), wait_jitter=min(1.0, longest),
    )  # fmt: skip
    said = ""
    try:
        with unlogged():
            for attempt in tries:
                with attempt:
                    if said:
                        with Progress(f"{call.verb} {hub.endpoint}") as progress:
                            progress.say(f"{said}; try {attempt.num} of {TRIES}", at_once=True)
                    _wait(hub, longest)
                    try:
                        return _ask(hub, call)
                    except _Fault as fault:
                        said = str(fault)
                        raise
    except _Fault as fault:
        msg = f"{_shown(hub, call)} {fault}, {TRIES} times. Run the same command later: it goes on from here."
        raise (HubError if isinstance(fault, _Away) else Unanswered)(msg) from None
    raise AssertionError("stamina ends a retry by a return or an error")


def _wait(hub: Hub, longest: float) -> None:
    seconds = min(hub.not_before - time.monotonic(), longest)
    if seconds > 0:
        with Progress(urlsplit(hub.endpoint).hostname or hub.endpoint) as progress:
            if seconds >= 5:
                progress.say(f"waiting {seconds:.0f} s, as the hub asks", at_once=True)
            time.sleep(seconds)
    hub.not_before = 0.0


@contextmanager
def _in_time(hub: Hub) -> Iterator[None]:
    # The client bounds each read, but not all of them together. Closing it ends the next read, or the silence.
    client, late, slowest = hub.client, threading.Event(), max(_SLOWEST, hub.longest)

    def end() -> None:
        late.set()
        client.close()

    timer = threading.Timer(slowest, end)
    timer.daemon = True
    timer.start()
    try:
        yield
    except Exception:
        if late.is_set():
            msg = f"took more than {slowest:.0f} s to answer"
            raise _Fault(msg) from None
        raise
    finally:
        timer.cancel()
        timer.join()
        if late.is_set():
            hub.client = _client(hub.patience, hub.direct)


def _ask(hub: Hub, call: _Call) -> Answer:
    import httpx2

    assert call.path.startswith("/")
    url = hub.endpoint + call.path
    headers = {"Authorization": f"Bearer {hub.token}"} if hub.token else {}
    headers |= {"Accept": "text/plain, */*"} if call.text else {}
    headers |= {"Content-Type": "application/json"} if call.body is not None else {}
    ask = partial(hub.client.stream, call.verb, headers=headers, content=call.body, follow_redirects=False)
    try:
        with _in_time(hub):
            for _ in range(_HOPS + 1):
                with ask(url) as response:
                    if seconds := asked_wait(response.status_code, response.headers):
                        hub.not_before = time.monotonic() + seconds
                    if response.status_code not in {301, 302, 303, 307, 308} or call.body is not None:
                        return _read(hub, call, response)
                    url = followed(hub.endpoint, url, response.headers.get("location", "")) or ""
                    if not url:
                        raise _Fault("redirects to another host, which is not followed")
    except (httpx2.InvalidURL, UnicodeError):
        if url != hub.endpoint + call.path:
            raise _Fault("redirects to an address that cannot be used") from None
        msg = f"{_shown(hub, call)} cannot be asked: its address is too long or damaged. "
        msg += f"Check {hub.names[0]}, or collect with --fresh."
        raise Unanswered(msg) from None
    except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.ProxyError) as error:
        raise _Away(f"could not be reached ({type(error).__name__})") from None
    except httpx2.TimeoutException:
        raise _Fault("gave no answer in time") from None
    except httpx2.RequestError as error:
        raise _Fault(f"could not be read to its end ({type(error).__name__})") from None
    raise _Fault("redirects in a circle")


def _read(hub: Hub, call: _Call, response: httpx2.Response) -> Answer:
    status, text = response.status_code, call.text
    if status in call.absent:
        return Answer(None, {})
    if status in {408, 429} or status >= 500:
        raise (_Away if status == 429 else _Fault)(f"answered {status}")
    if status != 200:
        raise (Forbidden if status in {401, 403, 404} else Unanswered)(_refusal(hub, call, response))
    kind = response.headers.get("content-type", "")
    if "html" in kind.lower() if text else "json" not in kind.lower():
        raise _Fault(f"answered with {plain(kind, 60) or 'no content type'} instead of {'text' if text else 'JSON'}")
    body = bytearray()
    for chunk in response.iter_bytes():
        body += chunk
        if 0 < text <= len(body):
            break
        if len(body) > LARGEST_BODY:
            sent = f"{_shown(hub, call)} sends more than {LARGEST_BODY >> 20} MB"
            raise Unanswered(f"{sent}. Ask for less with --page-size 100.")
    if text:
        return Answer(
            settings.hushed(hub.token, bytes(body).decode("utf-8-sig", "replace"))[:text], _headers(hub, response)
        )
    try:
        # A hub that echoes requests must not bring the token to the disk.
        return Answer(json.loads(settings.hushed(hub.token, bytes(body).decode("utf-8-sig"))), _headers(hub, response))
    except (ValueError, RecursionError):
        raise _Fault("sent JSON that cannot be read") from None


def _headers(hub: Hub, response: httpx2.Response) -> dict[str, str]:
    return {name.lower(): settings.hushed(hub.token, value) for name, value in response.headers.items()}


def _refusal(hub: Hub, call: _Call, response: httpx2.Response) -> str:
    status = response.status_code
    said = "" if call.named else plain(settings.hushed(hub.token, response.headers.get("x-error-message", "")), 120)
    told = f" ({said})" if said else ""
    if status in {401, 403}:
        todo = f"Check {hub.names[1]} and what it may read."
    elif status == 404 or 300 <= status < 400:
        todo = f"Check {hub.names[0]}."
    else:
        todo = "Check the filters of the command." if call.body is None else "It does not take what was asked."
    return f"{_shown(hub, call)} answered {status}{told}. {todo}"


def _shown(hub: Hub, call: _Call) -> str:
    return f"{call.verb} {hub.endpoint}{(call.named or call.path).partition('?')[0]}"
