"""A server on the loopback that keeps every request: what fake hubs and hosts that must stay silent are made of."""

from __future__ import annotations

import json
import socket
import struct
import sys
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self


class Seen:
    """One request as it came: path with query, headers by lower-case name, body."""

    def __init__(self, path: str, headers: Mapping[str, str], body: bytes = b"") -> None:
        self.path = path
        self.body = body
        self.headers = {name.lower(): value for name, value in headers.items()}


class Listener:
    """A server on a free port of the loopback that keeps every request."""

    def __init__(self) -> None:
        self.seen: list[Seen] = []
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True  # headers and body are two writes: 40 ms a request otherwise

            def do_GET(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                owner.seen.append(Seen(self.path, self.headers, body))
                try:
                    owner.answer(self)
                except (BrokenPipeError, ConnectionResetError):
                    self.close_connection = True

            do_POST = do_GET

            def log_message(self, *args: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request: Any, client_address: Any) -> None:
                # A client that was killed leaves its connection in pieces; anything else is our own mistake.
                if not isinstance(sys.exc_info()[1], OSError):
                    super().handle_error(request, client_address)

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        """Answer with an empty list."""
        send(request, 200, [])

    def __enter__(self) -> Self:
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.server.shutdown()
        self.server.server_close()


def send(
    request: BaseHTTPRequestHandler, status: int, data: object, headers: Mapping[str, str] | None = None,
    kind: str = "application/json; charset=utf-8", cut: bool = False,
) -> None:  # fmt: skip
    """Send `data` as JSON (bytes as they are); `cut` ends the connection in the middle of the body."""
    body = data if isinstance(data, bytes) else json.dumps(data).encode()
    request.send_response(status)
    for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **(headers or {})}.items():
        request.send_header(name, value)
    request.end_headers()
    if cut:
        request.wfile.write(body[: len(body) // 2])
        request.wfile.flush()
        request.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        request.close_connection = True
        request.connection.close()
        return
    request.wfile.write(body)
