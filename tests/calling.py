"""The command line called in this process, as a shell would see it end."""

from __future__ import annotations

import io
from contextlib import redirect_stderr, redirect_stdout
from typing import NamedTuple

from headgate.cli import main


class Ended(NamedTuple):
    """Exit code and what was printed."""

    code: int
    out: str
    err: str


def call(*words: object) -> Ended:
    """`headgate` with `words`."""
    out, err, code = io.StringIO(), io.StringIO(), 0
    with redirect_stdout(out), redirect_stderr(err):
        try:
            main([str(word) for word in words])
        except SystemExit as ended:
            code = int(ended.code or 0)
    return Ended(code, out.getvalue(), err.getvalue())
