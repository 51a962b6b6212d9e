"""A judge behind an endpoint that speaks the chat completions of OpenAI: any server that the user names by its address.

The item is sent there: name only a service that may have it. The key comes from the environment variable that the user
names, goes to that address and nowhere else, and never over plain HTTP unless that stays on this machine. Temperature
is 0 and a seed is sent, yet servers need not answer the same twice: the transcript is what can be replayed.
"""

from __future__ import annotations

import re
import weakref
from typing import Any

from headgate import http
from headgate.debating.debate import Speak
from headgate.debating.verdicts import Ask, Reply, prompt
from headgate.errors import UsageError
from headgate.hub_settings import loopback, secret

_SYSTEM = "You take part in a structured debate about one item. You answer with one JSON object and nothing else."
_LONGEST = 100_000  # characters of an answer that are kept


def chat(url: str, model: str, *, key: str | None = None, seconds: float = 300, tokens: int = 500) -> Speak:
    """A judge at `url` (the part before /chat/completions); `key` names the environment variable of the key.

    `seconds` is how long one read may take, `tokens` the longest answer. An answer that does not come, or not in the
    shape of a completion, is no verdict; raises `UsageError` where the address or the key cannot be used, and asking
    raises `HubError` where the endpoint cannot be reached, keeps saying 429, or refuses the key.
    """
    token = secret(key) if key else None
    if key and token is None:
        # not said where it may be the key itself, put there by mistake
        named = key if re.fullmatch("[A-Z_][A-Z0-9_]*", key) else "that `key` names"
        msg = f"the environment variable {named} is not set. Put the key of {url} there, or leave `key` out."
        raise UsageError(msg)
    names = ("the url of the judge", key or "the key of the judge")
    hub = http.at(url, token, names=names, patience=seconds)
    if token and not (hub.endpoint.lower().startswith("https:") or loopback(hub.endpoint)):
        msg = f"the key would go to {hub.endpoint} unencrypted. Use https."
        raise UsageError(msg)

    def close() -> None:
        hub.client.close()

    def speak(ask: Ask) -> Reply:
        asked = {
            "model": model, "temperature": 0, "seed": 0, "max_tokens": tokens, "stream": False,
            "messages": [{"role": "system", "content": _SYSTEM}, {"role": "user", "content": prompt(ask)}],
        }  # fmt: skip
        try:
            return _reply(http.post(hub, "/chat/completions", asked).data)
        except http.Forbidden:
            raise
        except http.Unanswered:
            return Reply(None)

    weakref.finalize(speak, close)  # a judge is a function and has nobody to close it
    return speak


def _reply(data: Any) -> Reply:
    """The reply in a completion; None for text where it is none."""
    try:
        choice = data["choices"][0]
        message = choice["message"]
        text, refused = message.get("content"), bool(message.get("refusal"))
        filtered = choice.get("finish_reason") == "content_filter"
    except (KeyError, IndexError, TypeError, AttributeError):
        return Reply(None)
    usage = data.get("usage")
    told = usage if isinstance(usage, dict) else {}
    into, out = (_count(told.get(name)) for name in ("prompt_tokens", "completion_tokens"))
    kept = text[:_LONGEST] if isinstance(text, str) else None
    return Reply(kept, refused or filtered, into, out)


def _count(value: object) -> int | None:
    return value if type(value) is int and 0 <= value < 2**40 else None
