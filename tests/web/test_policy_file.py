from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from headgate import policy as policies
from headgate.errors import UsageError, WorkspaceError
from headgate.web import journal, policy_file
from headgate.web.sessions import Session

TEXT = 'name = "mine"\n[[rule]]\nname = "r"\ncheck = "licence_missing"\nat_most = 0\n'


def test_without_a_file_the_default_policy_is_in_force(tmp_path: Path) -> None:
    found = policy_file.read(tmp_path / "policy.toml")
    assert found.default
    assert found.text == policies.DEFAULT.read_text()
    assert found.sha == hashlib.sha256(policies.DEFAULT.read_bytes()).hexdigest()
    assert found.policy == policies.read()


def test_a_file_that_cannot_be_used_is_shown_and_said(tmp_path: Path) -> None:
    file = tmp_path / "policy.toml"
    file.write_text("nonsense")
    found = policy_file.read(file)
    assert found.text == "nonsense"
    assert not found.default
    assert "not TOML" in found.error
    assert found.policy == policies.read()
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(WorkspaceError, match="UTF-8"):
        policy_file.read(file)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (TEXT.replace("at_most", "at_mots"), "rule 1 .r. does not know the field 'at_mots'"),
        (TEXT.replace("licence_missing", "licence_mising"), "did you mean licence_missing"),
        (TEXT + "at_most = 1\n", "not TOML: .* line 6"),
        ("", "has no rules"),
        ("#" * 200_001, "up to 200,000 characters"),
    ],
)
def test_what_is_wrong_is_said_in_one_line_with_rule_and_field(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(UsageError, match=said) as told:
        policy_file.of_text(tmp_path / "policy.toml", text)
    assert "\n" not in str(told.value)
    assert str(tmp_path) not in str(told.value)


def test_saving_keeps_what_was_there_and_writes_a_line(tmp_path: Path) -> None:
    file, session = tmp_path / "policy.toml", Session()
    before = policy_file.read(file)
    policy_file.save(file, tmp_path, session, TEXT, before.sha)
    assert file.read_text() == TEXT
    policy_file.save(file, tmp_path, session, TEXT + "# two\n", policy_file.read(file).sha)
    (kept,) = tmp_path.glob("policy.toml.*.bak")
    assert kept.read_text() == TEXT
    second, first = journal.last(tmp_path, "policy", 9)
    assert (first["old"], first["new"], first["kept"]) == (None, hashlib.sha256(TEXT.encode()).hexdigest(), None)
    assert (second["old"], second["kept"]) == (first["new"], kept.name)


def test_what_somebody_else_changed_is_not_written_over(tmp_path: Path) -> None:
    file = tmp_path / "policy.toml"
    seen = policy_file.read(file)
    file.write_text(TEXT)
    with pytest.raises(UsageError, match="somebody changed"):
        policy_file.save(file, tmp_path, Session(), TEXT + "# mine\n", seen.sha)
    assert file.read_text() == TEXT
    assert journal.last(tmp_path, "policy", 9) == []
    assert not list(tmp_path.glob("*.bak"))


def test_without_a_line_in_the_log_nothing_is_saved(tmp_path: Path) -> None:
    (tmp_path / "changes.jsonl").mkdir()
    file = tmp_path / "policy.toml"
    with pytest.raises(WorkspaceError, match="nothing is changed"):
        policy_file.save(file, tmp_path, Session(), TEXT, policy_file.read(file).sha)
    assert not file.exists()
