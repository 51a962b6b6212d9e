from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from headgate import catalog
from headgate.errors import MissingExtra, UsageError

SOURCE = '''"""Find nothing, politely.

More words.
"""
NEEDS = ("no_such_package",)
SENSITIVE = True
HARM = "use"
RISKS = ("4.3", "1.3")


def detect(db, *, least: float = 0.5, name: str | None = None, wanted):
    """Say."""
'''


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(catalog.ROOT / "detect", tmp_path / "detect")
    (tmp_path / "detect" / "polite.py").write_text(SOURCE)
    (tmp_path / "detect" / "_private.py").write_text(SOURCE)
    (tmp_path / "detect" / "no_verb.py").write_text('"""No verb here."""')
    monkeypatch.setattr(catalog, "ROOT", tmp_path)
    return tmp_path


def test_a_file_is_a_method(folder: Path) -> None:
    names = [method.name for method in catalog.methods("detect")]
    assert "polite" in names
    assert "_private" not in names
    assert "no_verb" not in names


def test_words_and_flags_are_read_from_the_source(folder: Path) -> None:
    method = catalog.find("detect", "polite")
    assert method.risks == ("4.3", "1.3")
    assert (method.summary, method.sensitive, method.harm) == ("Find nothing, politely", True, "use")
    assert [(p.name, p.type, p.default, p.required) for p in method.params] == [
        ("least", "float", 0.5, False), ("name", "str | None", None, False), ("wanted", "str", None, True),
    ]  # fmt: skip


def test_a_missing_package_names_the_command_that_installs_it(folder: Path) -> None:
    with pytest.raises(MissingExtra, match=r"pip install 'headgate\[no_such_package\]'"):
        catalog.load(catalog.find("detect", "polite"))


def test_a_wrong_name_gets_the_nearest() -> None:
    with pytest.raises(UsageError, match="Did you mean licence_missing"):
        catalog.find("detect", "license_missing")
    with pytest.raises(UsageError, match="no method"):
        catalog.find("detect", "../../etc/passwd")
    with pytest.raises(UsageError, match="no stage"):
        catalog.find("destroy", "x")


def test_help_is_the_clause_that_names_the_argument() -> None:
    helps = {p.name: p.help for p in catalog.find("collect", "dump").params}
    assert helps["observed"] == "The date of the records, now if not given"
    assert helps["complete"] == "Says that what is absent is gone from the hub"
    every = [p for stage in catalog.STAGES for m in catalog.methods(stage) for p in m.params if not p.help]
    assert every == []
