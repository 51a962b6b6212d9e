from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from headgate.errors import UsageError
from headgate.gate import decide
from headgate.workspace import open_workspace
from tests.build import collect, findings, model


def test_each_name_gets_its_verdict_in_order_and_nothing_is_written(tmp_path: Path) -> None:
    ws, _ = collect(
        tmp_path / "w", [model("a/good") | {"cardData": {"license": "mit"}}, model("a/bad")], observed="2025-01-01"
    )
    findings(ws, "licence_missing")
    findings(ws, "uncensored_name")
    findings(ws, "licence_conflict")
    before = sorted((tmp_path / "w").rglob("*"))
    verdicts = decide(ws, ["a/bad", "https://huggingface.co/A/Good", "b/unknown", "a/bad"])
    assert [(v.ref, v.decision) for v in verdicts] == [
        ("hf:model:a/bad", "block"), ("hf:model:a/good", "allow"), ("hf:model:b/unknown", "unknown"), ("hf:model:a/bad", "block"),
    ]  # fmt: skip
    assert verdicts[2].because == "not in the workspace"
    assert verdicts[1].observed is not None
    assert sorted((tmp_path / "w").rglob("*")) == before


def test_what_is_no_ref_is_said_so(tmp_path: Path) -> None:
    ws, _ = collect(tmp_path / "w", [model("a/good")])
    with pytest.raises(UsageError, match="not a ref"):
        decide(ws, ["not a ref"])


def test_spellings_of_one_id_get_one_verdict_the_worst(tmp_path: Path) -> None:
    ws, _ = collect(tmp_path / "w", [model("Org/Name") | {"cardData": {"license": "mit"}}, model("org/name")])
    findings(ws, "licence_missing")
    findings(ws, "uncensored_name")
    findings(ws, "licence_conflict")
    (verdict,) = decide(ws, ["ORG/name"])
    assert (verdict.ref, verdict.decision) == ("hf:model:org/name", "block")
    assert verdict.because == (
        "broken: a licence is stated (licence_missing = 1.0, at most 0): card seen, no licence in card or tags; "
        "appeal: headgate appeal; also listed as hf:model:Org/Name"
    )


def test_what_is_gone_was_seen(tmp_path: Path) -> None:
    path = tmp_path / "w"
    collect(path, [model("a/x"), model("a/y")], observed="2025-01-01", complete=True)
    ws, _ = collect(path, [model("a/x")], observed="2025-02-01", complete=True)
    (verdict,) = decide(ws, ["a/y"])
    assert (verdict.decision, verdict.because) == ("unknown", "gone from its hub")
    assert str(verdict.observed) == "2025-01-01 00:00:00"


def test_a_sensitive_rule_is_not_named(tmp_path: Path) -> None:
    ws, _ = collect(tmp_path / "w", [model("a/x-uncensored") | {"cardData": {"license": "mit"}}])
    findings(ws, "licence_missing")
    findings(ws, "uncensored_name")
    findings(ws, "licence_conflict")
    (verdict,) = decide(ws, ["a/x-uncensored"])
    assert (verdict.decision, verdict.because) == ("block", "broken: a sensitive rule; appeal: headgate appeal")


@pytest.mark.parametrize(("revision", "decision"), [("", "allow"), ("@main", "allow"), ("@" + "c" * 40, "allow"), ("@ccccccc", "allow"),
                                                    ("@deadbeef", "unknown"), ("@c", "unknown"), ("@v1.0", "unknown")])  # fmt: skip
def test_a_revision_that_was_not_observed_is_unknown(tmp_path: Path, revision: str, decision: str) -> None:
    ws, _ = collect(tmp_path / "w", [model("a/x", sha="c" * 40) | {"cardData": {"license": "mit"}}])
    findings(ws, "licence_missing")
    findings(ws, "uncensored_name")
    findings(ws, "licence_conflict")
    assert [v.decision for v in decide(ws, ["a/x" + revision])] == [decision]


def test_a_finding_older_than_the_artifact_s_last_state_is_no_fact(tmp_path: Path) -> None:
    path = tmp_path / "w"
    ws, _ = collect(path, [model("a/x") | {"cardData": {"license": "mit"}}], observed="2025-01-01")
    findings(ws, "licence_missing")
    findings(ws, "uncensored_name")
    findings(ws, "licence_conflict")
    assert [v.decision for v in decide(ws, ["a/x"])] == ["allow"]
    ws, _ = collect(path, [model("a/x")], observed="2025-02-01")
    assert [v.decision for v in decide(ws, ["a/x"])] == ["unknown"]
    findings(ws, "licence_missing")
    assert [v.decision for v in decide(ws, ["a/x"])] == ["block"]


def test_a_waiver_counts_as_of_the_date_of_the_workspace(tmp_path: Path) -> None:
    ws, _ = collect(tmp_path / "w", [model("a/x")], observed="2025-01-01")
    findings(ws, "licence_missing")
    policy = tmp_path / "p.toml"
    policy.write_text(
        '[[rule]]\nname = "r"\ncheck = "licence_missing"\nat_most = 0\n[[waiver]]\nref = "hf:model:a/x"\n'
        'rule = "r"\nreason = "x"\nowner = "y"\nexpires = 2998-12-31\n'
    )
    assert [v.decision for v in decide(ws, ["a/x"], policy=policy)] == ["allow"]
    later = open_workspace(tmp_path / "w", as_of=datetime(2999, 1, 1, tzinfo=UTC))
    assert [v.decision for v in decide(later, ["a/x"], policy=policy)] == ["block"]
