from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from headgate.cli import headgate, main
from headgate.errors import UsageError
from headgate.shapes import Method, Param
from headgate.stage_commands import StageGroup
from tests.build import collect, findings, model

METHOD_PARAMS = [
    Param("least", "float", 0.5, False), Param("deep", "bool", False, False), Param("name", "str | None", None, False),
    Param("count", "int", None, True),
]  # fmt: skip


def group(monkeypatch: pytest.MonkeyPatch, params: list[Param], seen: list[object]) -> StageGroup:
    method = Method("detect", "odd", "A summary", "A summary.\n\nReads: things.", params=tuple(params))
    monkeypatch.setattr("headgate.catalog.find", lambda stage, name: method)
    monkeypatch.setattr("headgate.catalog.methods", lambda stage: [method])
    return StageGroup("detect", lambda m, **given: seen.append((m.name, given)), [])


def test_keywords_become_flags_with_their_types(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[object] = []
    done = CliRunner().invoke(group(monkeypatch, METHOD_PARAMS, seen), ["odd", "3", "--least", "0.7", "--deep"])
    assert done.exit_code == 0, done.output
    assert seen == [("odd", {"least": 0.7, "deep": True, "name": None, "count": 3})]


def test_a_seed_below_0_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    params = [Param("seed", "int", 0, False)]
    done = CliRunner().invoke(group(monkeypatch, params, []), ["odd", "--seed", "-1"])
    assert done.exit_code == 2  # of click; the command line makes it 3
    assert "-1 is not in the range x>=0" in done.output
    seen: list[object] = []
    assert CliRunner().invoke(group(monkeypatch, params, seen), ["odd"]).exit_code == 0
    assert seen == [("odd", {"seed": 0})]


def test_help_shows_the_docstring_and_the_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    done = CliRunner().invoke(group(monkeypatch, METHOD_PARAMS, []), ["odd", "--help"])
    assert "Reads: things." in done.output
    assert "[default: 0.5]" in done.output
    assert "--deep / --no-deep" in done.output


def test_a_type_that_is_no_flag_is_the_author_s_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match="'bag' has the type dict"):
        group(monkeypatch, [Param("bag", "dict", None, True)], []).get_command(None, "odd")  # type: ignore[arg-type]


def test_a_literal_is_a_choice_and_the_docstring_is_its_help(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[object] = []
    odd = group(monkeypatch, [Param("size", "Literal['big', 'small']", "big", False, "How large")], seen)
    assert CliRunner().invoke(odd, ["odd", "--size", "small"]).exit_code == 0
    assert seen == [("odd", {"size": "small"})]
    shown = CliRunner().invoke(odd, ["odd", "--help"]).output
    assert "[big|small]" in shown
    assert "How large" in shown


def governed(path: Path, method: str, *flags: str) -> list[str]:
    done = CliRunner().invoke(headgate, ["govern", method, "-w", str(path), *flags])
    assert done.exit_code == 0, done.output
    return done.stdout.splitlines()


def test_a_few_decisions_are_printed_as_they_were_written(tmp_path: Path) -> None:
    collect(tmp_path / "w", [model(f"a/m{n}", gated="manual", safetensors={"total": 1}) for n in range(25)])
    lines = governed(tmp_path / "w", "release_level")
    assert lines[0].startswith("govern release_level: 25 rows of decisions in ")
    assert len(lines) == 26
    assert lines[1].startswith("hf:model:a/m0: downloadable, gated: weights: counted from their header; code: not seen")


def test_many_decisions_are_counted(tmp_path: Path) -> None:
    listed = [model(f"a/m{n}", safetensors={"total": 1}) for n in range(24)]
    collect(tmp_path / "w", [*listed, model("a/y"), model("a/z")])
    assert governed(tmp_path / "w", "release_level")[1:] == ["downloadable: 24", "unknown: 2"]


def test_hub_text_in_a_decision_is_made_safe(tmp_path: Path) -> None:
    collect(tmp_path / "w", [model("a/x", card="It must not be used for \x1b[2Jscreens\u202e of this kind")])
    shown = "\n".join(governed(tmp_path / "w", "control_plan"))
    assert "claimed only (card: must not be used for \ufffd[2jscreens\ufffd of this kind)" in shown
    assert "\x1b" not in shown


def test_small_numbers_that_rest_on_a_sensitive_rule_are_hidden(tmp_path: Path) -> None:
    named = [model(f"a/m{n}-uncensored", cardData={"license": "mit"}) for n in range(3)]
    others = [model(f"a/m{n}", cardData={"license": "mit"}) for n in range(40)]
    ws, _ = collect(tmp_path / "w", [*named, *others])
    findings(ws, "licence_missing")
    findings(ws, "uncensored_name")
    findings(ws, "licence_conflict")
    assert governed(tmp_path / "w", "release_gate")[1:] == ["allow: withheld", "block: <10"]


def ended(*words: object) -> int | str | None:
    with pytest.raises(SystemExit) as stopped:
        main([str(word) for word in words])
    return stopped.value.code


def test_show_prints_what_a_method_says_of_one_artifact(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    listed = [model(f"a/m{n}", cardData={"license": "mit"}) for n in range(40)]
    collect(tmp_path / "w", [*listed, model("a/Bare", tags=["base_model:finetune:a/m1"])])
    at = ["-w", tmp_path / "w", "--show"]
    assert ended("link", "declared_base", *at, "a/bare") == 0
    assert capsys.readouterr().out.splitlines()[1:] == [
        "hf:model:a/Bare: finetune of hf:model:a/m1: declared, 0.95: base_model:finetune:a/m1"
    ]
    assert ended("detect", "licence_missing", *at, "A/bare", "--show", "a/m3") == 0
    assert capsys.readouterr().out.splitlines()[1:] == [
        "hf:model:a/Bare: 1.0 (n = 1): card seen, no licence in card or tags",
        "hf:model:a/m3: 0.0 (n = 1): card: mit",
    ]
    assert ended("govern", "release_level", *at, "b/none") == 0
    assert capsys.readouterr().out.splitlines()[1:] == ["hf:model:b/none: nothing is said"]


def test_show_is_not_for_sensitive_methods_nor_for_what_is_no_ref(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    collect(tmp_path / "w", [model("a/x-uncensored")])
    assert ended("detect", "uncensored_name", "-w", tmp_path / "w", "--show", "a/x-uncensored") == 3
    assert "headgate items uncensored_name" in capsys.readouterr().err
    assert ended("detect", "licence_missing", "-w", tmp_path / "w", "--show", "no ref") == 3
