"""How long to wait: what a hub asks for in its headers, and the most that HEADGATE_MAX_WAIT allows."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from headgate.errors import UsageError
from headgate.plain import plain

_RATE = re.compile(r"r\s*=\s*(\d{1,9})\s*;\s*t\s*=\s*(\d{1,9})")
_WINDOW = re.compile(r"\bw\s*=\s*(\d{1,9})")
_LONGEST_DATE = 100  # characters of a Retry-After


def asked_wait(status: int, headers: Mapping[str, str]) -> float:
    """Seconds that a hub asks to wait before the next request; 0 where it asks for none.

    Reads `RateLimit: "api";r=0;t=55`, where r requests are left and t seconds remain, `Retry-After` in
    seconds or as a date, and as a last resort the window of `RateLimit-Policy: ...;q=500;w=300`.
    """
    rates = [(int(left), float(seconds)) for left, seconds in _RATE.findall(headers.get("ratelimit", ""))]
    waits = [seconds for left, seconds in rates if left == 0 or status == 429]
    if status == 429 or status >= 500:
        waits.append(_retry_after(headers.get("retry-after", "").strip()))
    if status == 429 and not any(waits) and (window := _WINDOW.search(headers.get("ratelimit-policy", ""))):
        waits.append(float(window[1]))
    return max(waits, default=0.0)


def _retry_after(text: str) -> float:
    if re.fullmatch(r"[0-9]{1,9}", text):
        return float(text)
    if len(text) > _LONGEST_DATE:
        return 0.0
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return 0.0
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())


def longest_wait() -> float:
    """HEADGATE_MAX_WAIT in seconds, 600 where it is not set; `UsageError` where it is no such number."""
    text = os.environ.get("HEADGATE_MAX_WAIT", "600")
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= 86_400:
        msg = f"HEADGATE_MAX_WAIT is not a number of seconds: {plain(text, 40)!r}. Write 600, or 0 to wait not at all."
        raise UsageError(msg)
    return seconds


@contextmanager
def unlogged() -> Iterator[None]:
    """Keep stamina from reporting its retries."""
    # By default stamina reports each retry through structlog, where that is installed, and so on stdout.
    from stamina import instrumentation

    hooks = instrumentation.get_on_retry_hooks()
    instrumentation.set_on_retry_hooks([])
    try:
        yield
    finally:
        instrumentation.set_on_retry_hooks(hooks)
