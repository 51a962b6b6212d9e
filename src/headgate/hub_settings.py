"""What the environment says of a hub: its address and its token."""

from __future__ import annotations

import os
import re
from urllib.parse import urlsplit

from headgate.errors import UsageError


def endpoint(name: str, default: str) -> str:
    """The address <name>_ENDPOINT, or else `default`, without a slash at its end; `UsageError` if it is none."""
    text = os.environ.get(f"{name}_ENDPOINT", "").strip() or default
    try:
        url = urlsplit(text)
        usable = url.scheme in {"http", "https"} and bool(url.hostname) and (url.port or True)
    except ValueError:
        usable = False
    if not usable or "@" in text or "?" in text or "#" in text:
        msg = f"{name}_ENDPOINT is no plain http(s) address. Write one such as {default}, without a password."
        raise UsageError(msg)
    return text.rstrip("/")


def token(name: str) -> str | None:
    """The token <name>_TOKEN, None where it is not set; `UsageError` where it cannot be one."""
    text = os.environ.get(f"{name}_TOKEN", "").strip()
    if text and not re.fullmatch(r"[!-~]{8,1000}", text):
        msg = f"{name}_TOKEN is no token: it is too short or holds a space or a strange character. Set it again."
        raise UsageError(msg)
    return text or None
