from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from headgate.cli import main
from headgate.commands.typology import command

LINES = [
    {
        "@type": "ClaimReview",
        "claimReviewed": "zqclaim photo is miscaptioned",
        "datePublished": "2022-05-01",
        "author": "zqauthor",
    },
    {"@type": "ClaimReview", "claimReviewed": "zqclaim video is a deepfake", "datePublished": "2023-05-01"},
    {"@type": "Person", "name": "zqperson"},
]


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "claims.jsonl"
    path.write_text("\n".join([*map(json.dumps, LINES), "{broken"]))
    return str(path)


def test_the_table_tells_shares_and_what_was_left_out(file: str) -> None:
    done = CliRunner().invoke(command, [file], catch_exceptions=False)
    assert done.exit_code == 0
    lines = done.stdout.splitlines()
    assert lines[0].split() == ["Period", "Type", "Found", "Of", "Share", "95", "%", "interval", "Newest"]
    assert next(line for line in lines if line.startswith("2022") and "context" in line).split()[3:7] == [
        "1",
        "1",
        "100.0",
        "%",
    ]
    assert len([line for line in lines if line.startswith(("all", "2022", "2023"))]) == 24
    assert "4 records read, 2 typed, 2 left out." in done.stdout
    assert "Simple means dominate" in done.stdout
    assert "left out: 1 not a ClaimReview, first at line 3" in done.stderr
    assert "left out: 1 not JSON, first at line 4" in done.stderr
    assert "zq" not in done.output


@pytest.mark.parametrize("format_", ["json", "md"])
def test_other_formats_name_no_record(file: str, format_: str) -> None:
    done = CliRunner().invoke(command, [file, "--by", "month", "--format", format_], catch_exceptions=False)
    assert "zq" not in done.output
    assert "2023-05" in done.stdout
    if format_ == "json":
        said = json.loads(done.stdout)
        assert (said["read"], said["kept"], len(said["periods"])) == (4, 2, 3)
        assert said["caveat"].startswith("Simple means dominate")


def test_wrong_usage_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for words in ([str(tmp_path / "none")], [str(tmp_path)]):
        with pytest.raises(SystemExit) as ended:
            main(["typology", *words])
        assert ended.value.code == 3
        assert capsys.readouterr().err.count("\n") == 1
