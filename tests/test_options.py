from __future__ import annotations

from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from headgate.errors import UsageError
from headgate.options import workspace_either


@click.command()
@workspace_either
def show(workspace: Path) -> None:
    click.echo(workspace)


@pytest.mark.parametrize(("words", "env"), [(["w"], {}), (["-w", "w"], {}), ([], {"HEADGATE_WORKSPACE": "w"})])
def test_a_workspace_may_be_named_in_three_ways(words: list[str], env: dict[str, str]) -> None:
    assert CliRunner(env=env).invoke(show, words).output == "w\n"


def test_no_workspace_is_asked_for() -> None:
    with pytest.raises(UsageError, match="which workspace"):
        CliRunner().invoke(show, [], catch_exceptions=False)
