"""A server on the loopback that speaks /v1/chat/completions, and misbehaves as scripted."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.listener import Listener, send

Step = Callable[[BaseHTTPRequestHandler, dict[str, Any]], None]


class ChatServer(Listener):
    """Takes the steps one after the other, the last one for ever."""

    def __init__(self, *steps: Step) -> None:
        super().__init__()
        self.steps = list(steps)

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        step = self.steps.pop(0) if len(self.steps) > 1 else self.steps[0]
        step(request, json.loads(self.seen[-1].body))


def completion(text: object, **message: object) -> dict[str, Any]:
    return {
        "id": "c", "object": "chat.completion", "usage": {"prompt_tokens": 11, "completion_tokens": 5, "total_tokens": 16},
        "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text, **message}}],
    }  # fmt: skip


def judged(verdict: str) -> Step:
    """A model that does as it is told."""

    def step(request: BaseHTTPRequestHandler, asked: dict[str, Any]) -> None:
        mark = re.search(r'"nonce": "([0-9a-f]{24})"', asked["messages"][-1]["content"].rsplit("Answer with", 1)[1])
        assert mark
        send(
            request,
            200,
            completion(json.dumps({"nonce": mark[1], "verdict": verdict, "confidence": 0.9, "reasons": ["so"]})),
        )

    return step


def body(data: object, status: int = 200, **headers: str) -> Step:
    return lambda request, asked: send(request, status, data, headers)


def writes(text: object, **message: object) -> Step:
    return body(completion(text, **message))


def slow(seconds: float) -> Step:
    def step(request: BaseHTTPRequestHandler, asked: dict[str, Any]) -> None:
        time.sleep(seconds)
        send(request, 200, completion("late"))

    return step


def repeats() -> Step:
    """A model that was talked round: it repeats what it was asked, item and all."""
    return lambda request, asked: send(request, 200, completion(asked["messages"][-1]["content"]))
