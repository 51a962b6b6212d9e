"""The one network door: a polite GET of JSON or text that retries, waits when a hub asks, and keeps its token at home.

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
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, urljoin, urlsplit

from headgate import __version__
from headgate import hub_settings as settings
from headgate.errors import HubError, UsageError
from headgate.hub_waits import asked_wait, longest_wait
from headgate.plain import plain
from headgate.progress import Progress

if TYPE_CHECKING:
    import httpx2

LARGEST_BODY = 128 * 2**20  # bytes, after decompression
TRIES = 8  # with the waits between them about two minutes, beside what the hub asks for
_HOPS = 3
_SLOWEST = 600.0  # seconds for one answer, headers and redirects included, however steadily it drips


@dataclass(slots=True)
class Hub:
    """An open hub: `endpoint` without a slash at its end, and the moment before which it wants no request."""

    endpoint: str
    name: str
    client: httpx2.Client = field(repr=False)
    token: str | None = field(repr=False)
    not_before: float = 0.0  # on the clock of time.monotonic


@dataclass(frozen=True, slots=True)
class Answer:
    """What a hub said: parsed JSON or text (None where it has no such thing) and headers by lower-case name."""

    data: Any
    headers: Mapping[str, str]


class Unanswered(HubError):
    """The hub is there and does not answer this one request; it may answer others."""


class _Fault(HubError):
    """A fault that may pass: the request is tried again."""


class _Away(_Fault):
    """A fault of the hub as a whole, not of one request."""


@contextmanager
def connect(name: str, default: str) -> Iterator[Hub]:
    """Open the hub at the address <name>_ENDPOINT, or else `default`, with the token <name>_TOKEN if set.

    Raises `UsageError` where either cannot be used, or the proxy settings cannot.
    """
    hub = Hub(settings.endpoint(name, default), name, _client(), settings.token(name))
    try:
        yield hub
    finally:
        hub.client.close()


def _client() -> httpx2.Client:
    import httpx2

    headers = {"User-Agent": f"headgate/{__version__}", "Accept": "application/json"}
    try:
        return httpx2.Client(headers=headers, timeout=httpx2.Timeout(60.0, connect=15.0))
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
    import stamina

    longest = longest_wait()
    tries = stamina.retry_context(
        on=_Fault, attempts=TRIES, timeout=None,
        wait_initial=min(1.0, longest), wait_max=min(60.0, longest), wait_jitter=min(1.0, longest),
    )  # fmt: skip
    said = ""
    try:
        with _unlogged():
            for attempt in tries:
                with attempt:
                    if said:
                        with Progress(_shown(hub, "")) as progress:
                            progress.say(f"{said}; try {attempt.num} of {TRIES}", at_once=True)
                    _wait(hub, longest)
                    try:
                        return _ask(hub, path, named, absent, text)
                    except _Fault as fault:
                        said = str(fault)
                        raise
    except _Fault as fault:
        msg = f"{_shown(hub, named or path)} {fault}, {TRIES} times. Run the same command later: it goes on from here."
        raise (HubError if isinstance(fault, _Away) else Unanswered)(msg) from None
    raise AssertionError("stamina ends a retry by a return or an error")


@contextmanager
def _unlogged() -> Iterator[None]:
    # By default stamina reports each retry through structlog, where that is installed, and so on stdout.
    from stamina import instrumentation

    hooks = instrumentation.get_on_retry_hooks()
    instrumentation.set_on_retry_hooks([])
    try:
        yield
    finally:
        instrumentation.set_on_retry_hooks(hooks)


def _wait(hub: Hub, longest: float) -> None:
    seconds = min(hub.not_before - time.monotonic(), longest)
    if seconds > 0:
        with Progress(urlsplit(hub.endpoint).hostname or hub.name) as progress:
            if seconds >= 5:
                progress.say(f"waiting {seconds:.0f} s, as the hub asks", at_once=True)
            time.sleep(seconds)
    hub.not_before = 0.0


@contextmanager
def _in_time(hub: Hub) -> Iterator[None]:
    # The client bounds each read, but not all of them together. Closing it ends the next read, or the silence.
    client, late = hub.client, threading.Event()

    def end() -> None:
        late.set()
        client.close()

    timer = threading.Timer(_SLOWEST, end)
    timer.daemon = True
    timer.start()
    try:
        yield
    except Exception:
        if late.is_set():
            msg = f"took more than {_SLOWEST:.0f} s to answer"
            raise _Fault(msg) from None
        raise
    finally:
        timer.cancel()
        timer.join()
        if late.is_set():
            hub.client = _client()


def _ask(hub: Hub, path: str, named: str | None, absent: Collection[int], text: int) -> Answer:
    import httpx2

    assert path.startswith("/")
    url = hub.endpoint + path
    headers = {"Authorization": f"Bearer {hub.token}"} if hub.token else {}
    headers |= {"Accept": "text/plain, */*"} if text else {}
    try:
        with _in_time(hub):
            for _ in range(_HOPS + 1):
                with hub.client.stream("GET", url, headers=headers, follow_redirects=False) as response:
                    if seconds := asked_wait(response.status_code, response.headers):
                        hub.not_before = time.monotonic() + seconds
                    if response.status_code not in {301, 302, 303, 307, 308}:
                        return _read(hub, path, named, response, absent, text)
                    url = _redirected(hub, url, response.headers.get("location", ""))
    except (httpx2.InvalidURL, UnicodeError):
        if url != hub.endpoint + path:
            raise _Fault("redirects to an address that cannot be used") from None
        msg = f"{_shown(hub, named or path)} cannot be asked: its address is too long or damaged. "
        msg += f"Check {hub.name}_ENDPOINT, or collect with --fresh."
        raise Unanswered(msg) from None
    except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.ProxyError) as error:
        raise _Away(f"could not be reached ({type(error).__name__})") from None
    except httpx2.TimeoutException:
        raise _Fault("gave no answer in time") from None
    except httpx2.RequestError as error:
        raise _Fault(f"could not be read to its end ({type(error).__name__})") from None
    raise _Fault("redirects in a circle")


def _read(
    hub: Hub, path: str, named: str | None, response: httpx2.Response, absent: Collection[int], text: int
) -> Answer:  # fmt: skip
    status = response.status_code
    if status in absent:
        return Answer(None, {})
    if status in {408, 429} or status >= 500:
        raise (_Away if status == 429 else _Fault)(f"answered {status}")
    if status != 200:
        raise Unanswered(_refusal(hub, path, named, response))
    kind = response.headers.get("content-type", "")
    if "html" in kind.lower() if text else "json" not in kind.lower():
        raise _Fault(f"answered with {plain(kind, 60) or 'no content type'} instead of {'text' if text else 'JSON'}")
    body = bytearray()
    for chunk in response.iter_bytes():
        body += chunk
        if 0 < text <= len(body):
            break
        if len(body) > LARGEST_BODY:
            sent = f"{_shown(hub, named or path)} sends more than {LARGEST_BODY >> 20} MB"
            raise Unanswered(f"{sent}. Ask for less with --page-size 100.")
    if text:
        return Answer(_hushed(hub, bytes(body).decode("utf-8-sig", "replace"))[:text], _headers(hub, response))
    try:
        # A hub that echoes requests must not bring the token to the disk.
        return Answer(json.loads(_hushed(hub, bytes(body).decode("utf-8-sig"))), _headers(hub, response))
    except (ValueError, RecursionError):
        raise _Fault("sent JSON that cannot be read") from None


def _headers(hub: Hub, response: httpx2.Response) -> dict[str, str]:
    return {name.lower(): _hushed(hub, value) for name, value in response.headers.items()}


def _hushed(hub: Hub, text: str) -> str:
    return text.replace(hub.token, "***") if hub.token else text


def _refusal(hub: Hub, path: str, named: str | None, response: httpx2.Response) -> str:
    status = response.status_code
    said = "" if named else plain(_hushed(hub, response.headers.get("x-error-message", "")), 120)
    told = f" ({said})" if said else ""
    if status in {401, 403}:
        todo = f"Check {hub.name}_TOKEN and what it may read."
    elif status == 404:
        todo = f"Check {hub.name}_ENDPOINT."
    else:
        todo = "Check the filters of the command."
    return f"{_shown(hub, named or path)} answered {status}{told}. {todo}"


def _redirected(hub: Hub, url: str, location: str) -> str:
    try:
        here, there = urlsplit(hub.endpoint), urlsplit(urljoin(url, location))
        same = bool(location) and _origin(here) == _origin(there)
    except ValueError:
        same = False
    if not same:
        raise _Fault("redirects to another host, which is not followed")
    # Put together from our own origin, so that no trick of spelling in the rest can change the host.
    return f"{here.scheme}://{here.netloc}{there.path}" + (f"?{there.query}" if there.query else "")


def _origin(url: SplitResult) -> tuple[str, str | None, int | None]:
    return url.scheme, url.hostname, url.port or {"http": 80, "https": 443}.get(url.scheme)


def _shown(hub: Hub, path: str) -> str:
    return f"GET {hub.endpoint}{path.partition('?')[0]}"
