from __future__ import annotations

from pathlib import Path

import pytest

from headgate import run
from headgate.workspace import Workspace
from tests.build import collect, findings, model

STATED = {"cardData": {"license": "mit"}}


def workspace_of(tmp_path: Path) -> Workspace:
    records = [
        model("a/good") | STATED,
        model("a/unlicensed"),
        model("a/x-uncensored") | STATED,
        {"id": "a/unseen", "modelId": "a/unseen"},
        {"id": "a/unseen-uncensored", "modelId": "a/unseen-uncensored"},
    ]
    ws, _ = collect(tmp_path / "w", records)
    findings(ws, "licence_missing")
    return ws


def decided(ws: Workspace, policy: Path | None = None) -> dict[str, str]:
    run.run_method(ws, "govern", "release_gate", policy=policy)
    return {ref.split(":", 2)[2]: d for ref, d in ws.db.execute("SELECT subject, decision FROM decisions").fetchall()}


def test_three_values(tmp_path: Path) -> None:
    ws = workspace_of(tmp_path)
    findings(ws, "uncensored_name")
    assert decided(ws) == {
        "a/good": "allow", "a/unlicensed": "block", "a/x-uncensored": "block", "a/unseen": "unknown",
        "a/unseen-uncensored": "block",
    }  # fmt: skip
    because = dict(ws.db.execute("SELECT subject, because FROM decisions").fetchall())
    assert because["hf:model:a/good"] is None
    assert because["hf:model:a/unlicensed"] == "broken: a licence is stated (licence_missing = 1.0, at most 0)"
    assert because["hf:model:a/unseen"] == "not known: a licence is stated (licence_missing)"
    # which artifacts a sensitive check found is told in no words
    assert because["hf:model:a/unseen-uncensored"] == (
        "broken: a sensitive rule; not known: a licence is stated (licence_missing)"
    )


def test_a_check_that_never_ran_passes_nobody(tmp_path: Path) -> None:
    assert set(decided(workspace_of(tmp_path)).values()) == {"block", "unknown"}


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("at_least = 0.5", {"a/good": "block", "a/unlicensed": "allow", "a/unseen": "unknown"}),
        ('at_most = 0\nmissing = "block"', {"a/good": "allow", "a/unlicensed": "block", "a/unseen": "block"}),
        ('at_most = 0\nthen = "unknown"', {"a/good": "allow", "a/unlicensed": "unknown", "a/unseen": "unknown"}),
        ('at_most = 0\nkinds = ["dataset"]', {"a/good": "unknown", "a/unlicensed": "unknown", "a/unseen": "unknown"}),
        ("at_least = 0\nat_most = 1", {"a/good": "allow", "a/unlicensed": "allow", "a/unseen": "unknown"}),
    ],
)
def test_what_a_policy_may_say(tmp_path: Path, rule: str, expected: dict[str, str]) -> None:
    path = tmp_path / "p.toml"
    path.write_text(f'[[rule]]\nname = "r"\ncheck = "licence_missing"\n{rule}\n')
    found = decided(workspace_of(tmp_path), path)
    assert {name: found[name] for name in expected} == expected
