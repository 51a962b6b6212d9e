from __future__ import annotations

import json

from click.testing import CliRunner

from headgate.commands.methods import command


def test_lists_all_or_one_stage() -> None:
    everything = CliRunner().invoke(command, []).output
    assert "collect  dump " in everything
    assert "detect   uncensored_name" in everything
    only = CliRunner().invoke(command, ["govern"]).output
    assert {line.split()[0] for line in only.splitlines()} == {"govern"}


def test_json_says_what_is_sensitive() -> None:
    rows = json.loads(CliRunner().invoke(command, ["detect", "--format", "json"]).output)
    told = {row["method"]: row["sensitive"] for row in rows}
    assert told | {"licence_missing": False, "uncensored_name": True, "real_person_adapter": True} == told
