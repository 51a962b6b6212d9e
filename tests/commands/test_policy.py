from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from headgate import policy
from headgate.commands.policy import command


def test_what_it_prints_can_be_used_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(CliRunner().invoke(command, []).stdout)
    assert policy.read(path) == policy.read()
    assert CliRunner().invoke(command, [str(path)]).stdout == "policy default: 3 rules, can be used\n"


def test_it_counts_waivers_and_those_that_expired(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    waiver = '[[waiver]]\nref = "hf:model:a/b"\nrule = "r"\nreason = "x"\nowner = "y"\nexpires = {}\n'
    path.write_text('[[rule]]\nname = "r"\ncheck = "licence_missing"\nat_most = 0\n' + waiver.format("2999-01-01"))
    assert CliRunner().invoke(command, [str(path)]).stdout == "policy mine: 1 rule, 1 waiver, can be used\n"
    path.write_text(path.read_text() + waiver.format("2020-01-01"))
    assert (
        CliRunner().invoke(command, [str(path)]).stdout == "policy mine: 1 rule, 2 waivers (1 expired), can be used\n"
    )


def test_the_schema_is_printed() -> None:
    assert json.loads(CliRunner().invoke(command, ["--schema"]).stdout)["title"] == "Headgate policy"
