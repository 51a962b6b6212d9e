from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from headgate import policy
from headgate.errors import UsageError

RULE = '[[rule]]\nname = "r"\ncheck = "licence_missing"\nat_most = 0\n'


def read(tmp_path: Path, text: str) -> policy.Policy:
    (tmp_path / "p.toml").write_text(text, encoding="utf-8")
    return policy.read(tmp_path / "p.toml")


def test_the_default_policy_never_lets_a_missing_fact_pass() -> None:
    default = policy.read()
    assert [rule.check for rule in default.rules] == ["licence_missing", "uncensored_name"]
    assert {rule.missing for rule in default.rules} == {"unknown"}


def test_a_rule_has_its_defaults(tmp_path: Path) -> None:
    (rule,) = read(tmp_path, 'missing = "block"\n' + RULE).rules
    assert rule == policy.Rule(
        "r", "licence_missing", 0, None, "block", "block", ("model", "dataset", "version"), False
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("= nonsense", "is not TOML"),
        ("name = 'x'", "has no rules"),
        ("rule = 3", "has no rules"),
        ("rule = [1]", "has no rules"),
        ("[" * 100_000, "is not TOML"),
        (RULE.replace("at_most = 0", "at_most = nan"), "needs a finite number"),
        (RULE.replace("at_most = 0", "at_least = -inf"), "needs a finite number"),
        (RULE.replace("at_most = 0", "at_most = 1e400"), "needs a finite number"),
        (RULE.replace("at_most = 0", "at_most = 1" + "0" * 400), "needs a finite number"),
        (RULE + "kinds = [['model']]", "has kinds"),
        ("mising = 'block'\n" + RULE, "the policy does not know the field 'mising'"),
        (RULE + "extra = 1", "rule 1 \\(r\\) does not know the field 'extra'"),
        (RULE.replace("at_most = 0", ""), "needs at_most or at_least"),
        (RULE.replace("at_most = 0", "at_most = 'a'"), "needs a finite number for 'at_most', not 'a'"),
        (RULE.replace("at_most = 0", "at_most = true"), "needs a finite number"),
        (RULE.replace("licence_missing", "license_missing"), "did you mean licence_missing"),
        (RULE.replace('name = "r"', ""), "needs the text 'name'"),
        (RULE + "missing = 'allow'", "missing = 'allow'; choose block or unknown"),
        (RULE + "then = 'warn'", "then = 'warn'"),
        (RULE + "kinds = ['car']", "has kinds"),
        ("missing = 'pass'\n" + RULE, "the policy has missing = 'pass'"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        read(tmp_path, text)
    assert str(caught.value).count("\n") <= 1


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no policy at"):
        policy.read(tmp_path / "none.toml")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.text(max_size=80))
def test_any_text_is_a_policy_or_a_usage_error(tmp_path: Path, text: str) -> None:
    try:
        (tmp_path / "p.toml").write_bytes((RULE + text).encode("utf-8", "replace"))
        policy.read(tmp_path / "p.toml")
    except UsageError:
        pass
