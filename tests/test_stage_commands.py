from __future__ import annotations

import pytest
from click.testing import CliRunner

from headgate.errors import UsageError
from headgate.shapes import Method, Param
from headgate.stage_commands import StageGroup

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
