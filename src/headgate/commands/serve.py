"""Serve the dashboard: pages over a workspace for a browser, each with a JSON twin.

It listens on this machine only. For another address it asks every reader for a token, which it makes and prints
unless HEADGATE_TOKEN holds one, and knows itself by no other names than --name.
"""

from __future__ import annotations

import importlib.util
import logging
import os
import re
import secrets
import socket
from pathlib import Path

import click

from headgate.errors import MissingExtra, UsageError
from headgate.options import workspace_either

_LEAST = 16  # characters of a token
_TOKEN = re.compile(rf"[A-Za-z0-9_-]{{{_LEAST},200}}")  # as they are in an address and in a cookie


@click.command("serve", help=__doc__)
@workspace_either
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=8642, show_default=True, help="0 takes a free one.")
@click.option("--name", "names", multiple=True, help="Another name by which readers reach it; may be repeated.")
@click.option("--policy", type=click.Path(path_type=Path, dir_okay=False),
              help="The policy that the policy page edits [default: policy.toml of the workspace].")  # fmt: skip
@click.pass_context
def command(
    ctx: click.Context, workspace: Path, host: str, port: int, names: tuple[str, ...], policy: Path | None
) -> None:
    """Serve until interrupted."""
    if missing := [name for name in ("fastapi", "uvicorn", "python_multipart") if not importlib.util.find_spec(name)]:
        msg = f"serve needs {', '.join(missing)}. Install it with: pip install 'headgate[web]'"
        raise MissingExtra(msg)
    import uvicorn

    from headgate.web import app, guard

    token = _token(host in guard.LOOPBACK)
    with _listen(host, port) as listener:
        click.echo(f"reading {workspace} ...", err=True)
        debug = bool(ctx.parent and ctx.parent.params.get("debug"))
        known = guard.LOOPBACK | {host.lower(), *(name.lower() for name in names)}
        served = app.make(workspace, hosts=frozenset(known), token=token, policy=policy, debug=debug)
        address = f"http://{f'[{host}]' if ':' in host else host}:{listener.getsockname()[1]}/"
        listener.listen()  # whoever asks as soon as the address is printed waits instead of being refused
        click.echo(f"{address}?token={token}" if token else address)
        if not debug:  # an error is told in one line by the application itself
            logging.getLogger("uvicorn.error").addFilter(lambda record: not record.exc_info)
        config = uvicorn.Config(
            served,
            log_level="warning",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=3,
            timeout_keep_alive=75,  # a busy server is not to hang up on those who read a page
            proxy_headers=False,  # a reader could say to be another one, and be limited as that one
        )
        uvicorn.Server(config).run(sockets=[listener])


def _token(loopback: bool) -> str | None:
    given = os.environ.get("HEADGATE_TOKEN", "")
    if given and not _TOKEN.fullmatch(given):
        msg = f"HEADGATE_TOKEN has {len(given)} characters. Use {_LEAST} or more, letters, digits, - and _, or none."
        raise UsageError(msg)
    return given or (None if loopback else secrets.token_urlsafe(24))


def _listen(host: str, port: int) -> socket.socket:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        # said to be TCP, so that asyncio sends an answer at once; else each waits 40 ms to be acknowledged
        made = socket.socket(found[0], socket.SOCK_STREAM, socket.IPPROTO_TCP)
    except OSError as error:
        raise _unusable(host, port, error) from error
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(found[4])
    except OSError as error:
        made.close()
        raise _unusable(host, port, error) from error
    return made


def _unusable(host: str, port: int, error: OSError) -> UsageError:
    return UsageError(f"cannot listen on {host} port {port} ({error.strerror}). Choose another --host or --port.")
