from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner

from headgate.cli import headgate
from tests.build import collect, model


def test_says_what_became_of_the_parts(tmp_path: Path) -> None:
    collect(tmp_path / "w", [model("a/x")], observed="2025-01-01")
    collect(tmp_path / "w", [model("a/x")], observed="2025-02-01")
    done = CliRunner().invoke(headgate, ["compact", str(tmp_path / "w")])
    assert done.stdout == "4 parts became 2; 0 replaced files were removed\n"
