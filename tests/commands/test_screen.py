from __future__ import annotations

import json
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from headgate import catalog
from headgate.cli import headgate
from headgate.commands import screen
from tests.build import collect


def call(*words: object) -> tuple[int, str, str]:
    done = CliRunner().invoke(headgate, ["screen", *map(str, words)])
    return done.exit_code, done.stdout, done.stderr


def data(path: Path) -> Path:
    path.write_text('{"text": "a plain one"}\n{"text": \n{"text": "\\u0430 ple\\u0430se"}\n')
    return path


def test_it_screens_and_says_what_it_left_out(tmp_path: Path) -> None:
    code, out, err = call("deobfuscate", data(tmp_path / "d.jsonl"), "--into", tmp_path / "w", "--workers", 1)
    assert code == 0
    assert out.startswith("screen deobfuscate: 2 items scored for file:sha256:")
    assert "1 place unreadable" in out.splitlines()[0]
    assert err.startswith("left out: d.jsonl, ")
    code, out, _ = call(
        "deobfuscate", tmp_path / "d.jsonl", "--into", tmp_path / "w", "--workers", 1, "--format", "json"
    )
    assert json.loads(out)["items"] == 2


def test_the_data_sheet_in_every_form(tmp_path: Path) -> None:
    words = ["--into", tmp_path / "w", "--workers", 1, "--ref", "someone/texts"]
    assert call("deobfuscate", data(tmp_path / "d.jsonl"), *words)[0] == 0
    for form, start in (("html", "<!doctype html>"), ("json", "{"), ("croissant", "{")):
        code, out, _ = call("report", "someone/texts", "-w", tmp_path / "w", "--format", form)
        assert (code, out[: len(start)]) == (0, start)
    assert call("report", "someone/texts", "-w", tmp_path / "w", "--out", tmp_path / "s.html")[0] == 0
    assert (tmp_path / "s.html").read_text().rstrip().endswith("</html>")


def test_help_lists_the_methods_and_the_report() -> None:
    code, out, _ = call("--help")
    assert code == 0
    for name in ("toxicity", "contamination", "report"):
        assert f"\n  {name} " in out


@pytest.mark.parametrize("name", [method.name for method in catalog.methods("screen")])
def test_no_flag_of_a_method_has_the_name_of_a_flag_of_all(name: str) -> None:
    made = screen.command.get_command(click.Context(screen.command), name)
    flags = [flag for param in made.params for flag in (*param.opts, *param.secondary_opts)]
    assert sorted(flags) == sorted(set(flags))


def test_wrong_usage(tmp_path: Path) -> None:
    code, _, _ = call("deobfuscate", tmp_path / "absent", "--into", tmp_path / "w")
    assert code != 0


def test_the_fields_are_added_to_what_the_hub_says_of_the_dataset(tmp_path: Path) -> None:
    record = {"id": "someone/texts", "author": "someone", "tags": ["license:mit"], "cardData": {"license": "mit"}}
    collect(tmp_path / "w", [record], "dataset")
    words = ["--into", tmp_path / "w", "--workers", 1, "--ref", "someone/texts"]
    assert call("deobfuscate", data(tmp_path / "d.jsonl"), *words)[0] == 0
    _, out, _ = call("report", "someone/texts", "-w", tmp_path / "w", "--format", "croissant")
    made = json.loads(out)
    assert made["url"].endswith("/datasets/someone/texts")
    assert any("MIT" in str(one) for one in made["license"])
    assert any("deobfuscate" in one for one in made["rai:machineAnnotationTools"])


def test_a_method_of_the_whole_has_no_flags_for_pieces(tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_text("a,b\n1,2\n1,2\n")
    assert call("dependencies", tmp_path / "d.csv", "--into", tmp_path / "w")[0] == 0
    for words in (["--on", "ray"], ["--workers", "2"], ["--labels", tmp_path / "l.csv"]):
        code, _, err = call("dependencies", tmp_path / "d.csv", "--into", tmp_path / "w", *words)
        assert code != 0
        assert f"No such option '{words[0]}'" in err
