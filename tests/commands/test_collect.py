from __future__ import annotations

import json
import re
from pathlib import Path

from click.testing import CliRunner

from headgate.cli import headgate
from tests.build import model


def test_says_how_many_went_in_and_came_out(tmp_path: Path) -> None:
    dump = tmp_path / "d.jsonl"
    records = [json.dumps(model("a/x")), json.dumps(model("a/x")), json.dumps(model("no good id")), "not json"]
    dump.write_text("\n".join(records))
    done = CliRunner().invoke(headgate, ["collect", "dump", str(dump), "--into", str(tmp_path / "w")])
    assert done.exit_code == 0, done.output
    assert done.stdout == (
        "collected 1 artifacts and 0 files from 3 records in 1 pages; duplicates 1; pseudonymised 0; gone 0; "
        "rejected 2 (not json 1, no usable id 1)\n"
    )


def test_the_workspace_may_come_from_the_environment(tmp_path: Path) -> None:
    dump = tmp_path / "d.jsonl"
    dump.write_text(json.dumps(model("a/x")))
    env = {"HEADGATE_WORKSPACE": str(tmp_path / "w")}
    assert CliRunner(env=env).invoke(headgate, ["collect", "dump", str(dump)]).exit_code == 0
    assert (tmp_path / "w" / "runs").is_dir()


def test_a_call_that_could_not_begin_leaves_nothing_behind(tmp_path: Path) -> None:
    done = CliRunner().invoke(
        headgate, ["collect", "dump", str(tmp_path / "none.jsonl"), "--into", str(tmp_path / "w")]
    )
    assert done.exception is not None
    assert not (tmp_path / "w").exists()


def test_a_folder_is_told_by_what_name_it_is_known(tmp_path: Path) -> None:
    folder = tmp_path / "my-model"
    folder.mkdir()
    (folder / "config.json").write_text('{"model_type": "llama"}')
    done = CliRunner().invoke(headgate, ["collect", "folder", str(folder), "--into", str(tmp_path / "w")])
    assert done.exit_code == 0, done.output
    assert re.search(r"^my-model  file:sha256:[0-9a-f]{64}$", done.stdout, re.MULTILINE)
