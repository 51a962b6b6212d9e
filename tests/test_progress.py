from __future__ import annotations

import io
import sys

import pytest

from headgate.progress import Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_log_is_not_flooded(capsys: pytest.CaptureFixture[str]) -> None:
    with Progress("work") as progress:
        for number in range(100):
            progress.say(str(number))
    assert capsys.readouterr().err == ""


def test_a_terminal_shows_one_line_that_is_cleared(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    with Progress("work") as progress:
        progress.say("half\x1b[2J done")
    assert screen.getvalue() == "\r\x1b[Kwork: half\ufffd[2J done (0 s)\r\x1b[K"


def test_it_can_be_silenced(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setenv("HEADGATE_QUIET", "1")
    with Progress("work") as progress:
        progress.say("half done")
    assert screen.getvalue() == ""
