from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from headgate import policy as policies
from headgate.errors import UsageError
from headgate.policy import Policy
from headgate.report.explain import READERS
from headgate.report.explain_gate import FORMAL, SAYS, Troubled, explain_gate

TEXT = """
appeal = "desk@example.org"
[[rule]]
name = "a licence is stated"
check = "licence_missing"
at_most = 0
owner = "legal@example.org"
[[rule]]
name = "cards answer"
check = "disclosure_gaps"
at_least = 2
kinds = ["dataset"]
"""


def policy(tmp_path: Path) -> Policy:
    path = tmp_path / "p.toml"
    path.write_text(TEXT)
    return policies.read(path)


def test_a_broken_rule_names_what_would_lift_it_and_whom_to_ask(tmp_path: Path) -> None:
    told = "broken: a licence is stated (licence_missing = 1.0, at most 0): card seen; x"
    made = explain_gate(
        "block", [Troubled("a licence is stated", "broken", "block", told)], policy(tmp_path), "model", "plain"
    )
    assert [one.rule for one in made.rules] == ["a licence is stated"]  # the other is for datasets
    rule = made.rules[0]
    assert (rule.state, rule.asks) == ("broken", "licence_missing is at most 0")
    assert rule.because == "(licence_missing = 1.0, at most 0): card seen; x"
    assert rule.ask == "legal@example.org"
    assert any("waiver" in way for way in rule.lift)
    assert made.says == SAYS["block"]
    assert made.appeal == "desk@example.org"
    assert made.against[0].status == "open"
    assert "desk@example.org" in made.against[0].reason


def test_kept_missing_stale_and_waived(tmp_path: Path) -> None:
    given = policy(tmp_path)
    made = explain_gate("allow", [], given, "dataset", "engineer")
    assert [(one.state, one.decision, one.lift) for one in made.rules] == [("kept", "allow", ())] * 2
    assert made.rules[1].ask.startswith("nobody is named")
    for state, way in (("missing", 'covers = "missing"'), ("stale", "Collect the artifact again"), ("waived", "until")):
        told = f"not known: cards answer (disclosure_gaps): words of {state}"
        row = Troubled("cards answer", state, "unknown", told)
        rule = explain_gate("unknown", [row], given, "dataset", "plain").rules[1]
        assert rule.state == state
        assert way in " ".join(rule.lift)
        assert rule.because == f"words of {state}"


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("decision", ["allow", "block", "unknown"])
def test_every_decision_names_a_rival_with_its_reason(tmp_path: Path, reader: str, decision: str) -> None:
    made = explain_gate(decision, [], policy(tmp_path), "model", reader)
    assert made.says == (FORMAL if reader == "regulator" else SAYS)[decision]
    assert {one.status for one in made.against} >= {"rejected"}
    assert all(one.reason for one in made.against)
    assert made.unknown


def test_a_sensitive_rule_is_explained_to_nobody(tmp_path: Path) -> None:
    given = policy(tmp_path)
    closed = replace(given, rules=(*given.rules, replace(given.rules[0], name="s", sensitive=True)))
    with pytest.raises(UsageError, match="sensitive"):
        explain_gate("allow", [], closed, "model", "plain")
    with pytest.raises(UsageError, match="no reader"):
        explain_gate("allow", [], given, "model", "child")
