"""Progress on stderr: one line that moves on a terminal, silence elsewhere unless asked."""

from __future__ import annotations

import os
import sys
import time
from typing import Self

from headgate.plain import plain


class Progress:
    """A line on stderr that says what is being done and for how long."""

    def __init__(self, title: str) -> None:
        self.title = title
        self.started = time.monotonic()
        self.quiet = bool(os.environ.get("HEADGATE_QUIET"))
        self.moving = sys.stderr.isatty()
        self.last = 0.0 if self.moving else self.started

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def say(self, text: str, *, at_once: bool = False) -> None:
        """Show `text`: at most ten times a second on a terminal, every ten seconds in a log, unless `at_once`."""
        now = time.monotonic()
        if self.quiet or (not at_once and now - self.last < (0.1 if self.moving else 10.0)):
            return
        self.last = now
        line = f"{self.title}: {plain(text)} ({now - self.started:.0f} s)"
        sys.stderr.write(f"\r\x1b[K{line}" if self.moving else f"{line}\n")
        sys.stderr.flush()

    def __exit__(self, *error: object) -> None:
        """Clear the line."""
        if self.moving and not self.quiet:
            sys.stderr.write("\r\x1b[K")
