"""What the environment says of a hub: its address and its token."""

from __future__ import annotations

import ipaddress
import os
import re
from urllib.parse import urlsplit

from headgate.errors import UsageError


def endpoint(name: str, default: str) -> str:
    """The address <name>_ENDPOINT, or else `default`, without a slash at its end; `UsageError` if it is none."""
    return checked(os.environ.get(f"{name}_ENDPOINT", "").strip() or default, f"{name}_ENDPOINT", default)


def checked(address: str, setting: str, such: str = "https://host/v1") -> str:
    """`address`, which `setting` gives, without a slash at its end; `UsageError` if it is none (`such` is one)."""
    try:
        url = urlsplit(address)
        usable = url.scheme in {"http", "https"} and bool(url.hostname) and (url.port or True)
    except ValueError:
        usable = False
    if not usable or "@" in address or "?" in address or "#" in address:
        msg = f"{setting} is no plain http(s) address. Write one such as {such}, without a password."
        raise UsageError(msg)
    return address.rstrip("/")


def loopback(endpoint: str) -> bool:
    """Whether what is sent to `endpoint` stays on this machine."""
    host = urlsplit(endpoint).hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def token(name: str) -> str | None:
    """The token <name>_TOKEN, None where it is not set; `UsageError` where it cannot be one."""
    return secret(f"{name}_TOKEN")


def hushed(token: str | None, text: str) -> str:
    """`text`, which may be JSON, with each `token` in it as three stars, however JSON has escaped it."""
    if not token or "\\" not in text:
        return text.replace(token, "***") if token else text
    spelled = "".join(
        rf"(?:\\?{re.escape(c)}|\\u00{''.join(f'[{d}{d.upper()}]' for d in f'{ord(c):02x}')})" for c in token
    )
    return re.sub(spelled, "***", text)


def secret(variable: str) -> str | None:
    """What the environment variable `variable` holds, None where it is not set; `UsageError` where it is no token."""
    text = os.environ.get(variable, "").strip()
    if text and not re.fullmatch(r"[!-~]{8,1000}", text):
        msg = f"{variable} is no token: it is too short or holds a space or a strange character. Set it again."
        raise UsageError(msg)
    return text or None
