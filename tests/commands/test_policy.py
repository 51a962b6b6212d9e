from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner

from headgate import policy
from headgate.commands.policy import command


def test_what_it_prints_can_be_used_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(CliRunner().invoke(command, []).stdout)
    assert policy.read(path) == policy.read()
    assert CliRunner().invoke(command, [str(path)]).stdout == "policy default: 2 rules, can be used\n"
