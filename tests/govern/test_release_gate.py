from __future__ import annotations

import itertools
import random
from datetime import datetime
from pathlib import Path

import duckdb
import pytest

import headgate
from headgate import policy as policies
from headgate import run
from headgate.errors import UsageError
from headgate.govern import release_gate
from headgate.plain import plain
from headgate.shapes import Db
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
    findings(ws, "licence_conflict")
    assert decided(ws) == {
        "a/good": "allow", "a/unlicensed": "block", "a/x-uncensored": "block", "a/unseen": "unknown",
        "a/unseen-uncensored": "block",
    }  # fmt: skip
    because = dict(ws.db.execute("SELECT subject, because FROM decisions").fetchall())
    assert because["hf:model:a/good"] is None
    assert because["hf:model:a/unlicensed"] == (
        "broken: a licence is stated (licence_missing = 1.0, at most 0): card seen, no licence in card or tags; "
        "appeal: headgate appeal"
    )
    assert because["hf:model:a/unseen"] == "not known: a licence is stated (licence_missing): no card was seen"
    # which artifacts a sensitive check found is told in no words
    assert because["hf:model:a/unseen-uncensored"] == (
        "broken: a sensitive rule; not known: a licence is stated (licence_missing): no card was seen; "
        "appeal: headgate appeal"
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


NOW = "2026-11-21T12:00:00+00:00"
# name -> value of the finding, whether there is one, its run (the artifact's is r2), when the artifact was observed
FACTS = {
    "below": (0.0, True, "r3", "2026-11-20"),
    "inside": (0.5, True, "r3", "2026-11-20"),
    "above": (1.0, True, "r3", "2026-11-20"),
    "endless": (float("inf"), True, "r3", "2026-11-20"),
    "null": (None, True, "r3", "2026-11-20"),
    "nan": (float("nan"), True, "r3", "2026-11-20"),
    "none": (None, False, "r3", "2026-11-20"),
    "older": (0.5, True, "r1", "2026-11-20"),
    "stale-inside": (0.5, True, "r3", "2026-10-22"),  # 30.5 days before NOW
    "stale-above": (1.0, True, "r3", "2026-10-22"),
}
WAIVERS = {
    "none": "",
    "broken": "expires = 2026-11-21",
    "missing": 'expires = 2026-11-22\ncovers = "missing"',
    "both": 'expires = "2099-01-01"\ncovers = "both"\napproved = 2026-11-21',
    "expired": 'expires = 2026-11-20\ncovers = "both"',
    "early": 'expires = 2027-01-01\napproved = 2026-11-22\ncovers = "both"',
    "other": 'expires = 2027-01-01\ncovers = "both"',
}
LIMITS = {"most": "at_most = 0.7", "least": "at_least = 0.2", "between": "at_least = 0.2\nat_most = 0.7"}


def facts_of(rows: dict[str, tuple[float | None, bool, str, str]], words: str | None = "said so") -> Db:
    """A connection with one artifact and finding of `licence_missing` for each of `rows`."""
    db = duckdb.connect()
    db.execute((Path(headgate.__file__).parent / "schema.sql").read_text())
    for name, (value, there, made_by, observed) in rows.items():
        ref = name if ":" in name else f"hf:model:Org/{name}"
        db.execute("INSERT INTO artifacts BY NAME SELECT $r AS ref, 'huggingface' AS hub, 'model' AS kind, false AS gone, "
                   "$o::TIMESTAMP AS observed, 'r2' AS run", {"r": ref, "o": observed})  # fmt: skip
        if there:
            db.execute("INSERT INTO findings BY NAME SELECT $r AS subject, 'licence_missing' AS \"check\", $v AS value, "
                       "1 AS n, $w AS evidence, false AS sensitive, $m AS run",
                       {"r": ref, "v": value, "w": words, "m": made_by})  # fmt: skip
    return db


def decisions(db: Db, path: Path, now: str | None = NOW) -> dict[str, tuple[str, str | None]]:
    rows = release_gate.govern(db, policy=path, now=now).fetchall()
    assert len(rows) == len({row[0] for row in rows})
    return {ref.split("/")[-1]: (decision, because) for ref, decision, because in rows}


def expected(fact: str, limit: str, then: str, missing: str, waiver: str, stale: bool) -> str:
    """The decision as a person reads it off the words of the policy, without the code."""
    unknown = fact in {"null", "nan", "none", "older"} or (stale and fact.startswith("stale"))
    if unknown:
        return "allow" if waiver in {"missing", "both"} else missing
    low, high = fact == "below", fact in {"above", "stale-above", "endless"}
    broken = {"most": high, "least": low, "between": low or high}[limit]
    if not broken:
        return "allow"
    return "allow" if waiver in {"broken", "both"} else then


def test_every_row_of_the_decision_table(tmp_path: Path) -> None:
    db, path = facts_of(FACTS), tmp_path / "p.toml"
    seen = set()
    for limit, then, missing, waiver, stale in itertools.product(
        LIMITS, ("block", "unknown"), ("block", "unknown"), WAIVERS, (False, True)
    ):
        text = f'[[rule]]\nname = "r"\ncheck = "licence_missing"\n{LIMITS[limit]}\nthen = "{then}"\nmissing = "{missing}"\n'
        text += "stale_after_days = 30\n" * stale
        if waiver != "none":
            ref = "hf:model:org-other/*" if waiver == "other" else "hf:model:org/*"
            text += f'[[waiver]]\nref = "{ref}"\nrule = "r"\nreason = "why"\nowner = "legal@"\n{WAIVERS[waiver]}\n'
        path.write_text(text)
        found = decisions(db, path)
        for fact in FACTS:
            decision, because = found[fact]
            assert decision == expected(fact, limit, then, missing, waiver, stale), (fact, text)
            seen.add(decision)
            if decision == "block":  # never without evidence and a way to appeal
                assert because is not None
                assert "; appeal: headgate appeal" in because
                assert "not known: r (licence_missing)" in because or "broken: r (licence_missing = " in because
                assert "not known" in because or "said so" in because
            if decision != "allow":
                assert because
                assert ("[a waiver expired on 2026-11-20]" in because) == (waiver == "expired")
            if because is None:
                assert decision == "allow"
    assert seen == {"allow", "block", "unknown"}


RULE = '[[rule]]\nname = "r"\ncheck = "licence_missing"\nat_most = 0\n'


def waiver(**changed: str) -> str:
    fields = {
        "ref": '"hf:model:org/above"',
        "rule": '"r"',
        "reason": '"by letter"',
        "owner": '"legal@"',
        "expires": "2027-01-31",
    }
    return "[[waiver]]\n" + "".join(f"{k} = {v}\n" for k, v in (fields | changed).items())


def test_a_waiver_is_told_with_its_reason_and_its_end(tmp_path: Path) -> None:
    path = tmp_path / "p.toml"
    path.write_text(RULE + waiver() + waiver(expires="2026-12-01", owner='"other@"'))
    found = decisions(facts_of(FACTS), path)
    assert found["above"] == ("allow", "waived: rule r until 2027-01-31 by legal@: by letter")
    assert found["endless"][0] == "block"  # the ref of a waiver is exact without a *


def test_a_waiver_lifts_its_rule_alone(tmp_path: Path) -> None:
    path = tmp_path / "p.toml"
    path.write_text(RULE + RULE.replace('"r"', '"s"').replace("= 0", "= 0.9") + waiver(expires="2026-11-20"))
    blocked = decisions(facts_of(FACTS), path)["above"]
    assert blocked == (
        "block",
        "broken: r (licence_missing = 1.0, at most 0): said so [a waiver expired on 2026-11-20]; "
        "broken: s (licence_missing = 1.0, at most 0.9): said so; appeal: headgate appeal",
    )
    path.write_text(RULE + RULE.replace('"r"', '"s"').replace("= 0", "= 0.9") + waiver())
    decision, because = decisions(facts_of(FACTS), path)["above"]
    assert decision == "block"
    assert because == (
        "broken: s (licence_missing = 1.0, at most 0.9): said so; "
        "waived: rule r until 2027-01-31 by legal@: by letter; appeal: headgate appeal"
    )


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("hf:model:*", {"hf:model:a/b", "hf:model:A/b-c", "hf:model:gpt2"}),
        ("hf:model:a/*", {"hf:model:a/b", "hf:model:A/b-c"}),
        ("hf:model:A/B", {"hf:model:a/b"}),
        ("hf:model:*b", {"hf:model:a/b"}),
        ("hf:model:a", set()),
        ("hf:dataset:a/*", {"hf:dataset:a/b"}),
    ],
)
def test_what_the_ref_of_a_waiver_stands_for(tmp_path: Path, pattern: str, found: set[str]) -> None:
    refs = ["hf:model:a/b", "hf:model:A/b-c", "hf:model:gpt2", "hf:dataset:a/b", "civitai:model:1"]
    db = facts_of(dict.fromkeys(refs, FACTS["above"]))
    path = tmp_path / "p.toml"
    path.write_text(RULE + waiver(ref=f'"{pattern}"'))
    rows = release_gate.govern(db, policy=path, now=NOW).fetchall()
    assert {ref for ref, decision, _ in rows if decision == "allow"} == found


def test_a_sensitive_rule_is_waived_without_its_reason(tmp_path: Path) -> None:
    ws = workspace_of(tmp_path)
    findings(ws, "uncensored_name")
    path = tmp_path / "p.toml"
    path.write_text(
        '[[rule]]\nname = "r"\ncheck = "uncensored_name"\nat_most = 0\n' + waiver(ref='"hf:model:a/x-uncensored"')
    )
    found = {ref: tuple(rest) for ref, *rest in release_gate.govern(ws.db, policy=path, now=NOW).fetchall()}
    assert found["hf:model:a/x-uncensored"] == ("allow", "waived: a sensitive rule until 2027-01-31 by legal@")
    assert found["hf:model:a/unseen-uncensored"] == ("block", "broken: a sensitive rule; appeal: headgate appeal")


def test_one_row_marked_sensitive_hides_its_words(tmp_path: Path) -> None:
    db = facts_of(FACTS)
    db.execute("UPDATE findings SET sensitive = true")
    path = tmp_path / "p.toml"
    path.write_text(RULE)
    assert decisions(db, path)["above"] == ("block", "broken: a sensitive rule; appeal: headgate appeal")


def test_evidence_is_made_plain_and_cut(tmp_path: Path) -> None:
    path = tmp_path / "p.toml"
    path.write_text(RULE + "")
    path.write_text('appeal = "write to us"\n' + RULE)
    every = "".join(
        chr(c) for c in (*range(1, 0x100), 0x61C, *range(0x200A, 0x2070), 0xFEFF, 0xE0001, 0x1F600, 0xE0080)
    )
    for words in [every[n : n + 150] for n in range(0, len(every), 150)]:
        told = decisions(facts_of({"above": FACTS["above"]}, words), path)["above"][1]
        assert told == f"broken: r (licence_missing = 1.0, at most 0): {plain(words)}; appeal: write to us"
    told = decisions(facts_of({"above": FACTS["above"]}, "x" * 1000), path)["above"][1]
    assert told == f"broken: r (licence_missing = 1.0, at most 0): {'x' * 600}…; appeal: write to us"
    told = decisions(facts_of({"above": FACTS["above"]}, None), path)["above"][1]
    assert told is not None
    assert "): the check gave no words; appeal" in told


def test_stale_is_told_and_now_is_read(tmp_path: Path) -> None:
    path = tmp_path / "p.toml"
    path.write_text("stale_after_days = 30\n" + RULE + RULE.replace('"r"', '"s"') + "stale_after_days = 31\n")
    db = facts_of({"stale-above": FACTS["stale-above"]})
    assert decisions(db, path)["stale-above"] == (
        "block",
        "broken: s (licence_missing = 1.0, at most 0): said so; "
        "not known: r (licence_missing): last observed 2026-10-22, too long ago; appeal: headgate appeal",
    )
    assert "too long ago" not in str(decisions(db, path, now="2026-11-21T01:00:00+02:00"))  # 20 November, 23:00 UTC
    assert "too long ago" in str(decisions(db, path, now=None))  # as of today
    with pytest.raises(UsageError, match="--now is not a date: 'soon'"):
        decisions(db, path, now="soon")


def test_every_block_of_any_policy_says_why_and_where_to_appeal(tmp_path: Path) -> None:
    db, path, rng, blocks = facts_of(FACTS), tmp_path / "p.toml", random.Random(4), 0
    for _ in range(200):
        text = f'missing = "{rng.choice(["block", "unknown"])}"\n' + rng.choice(["", 'appeal = "legal@example.org"\n'])
        names = [f"rule {n}" for n in range(rng.randint(1, 4))]
        for name in names:
            limit = rng.choice([f"at_most = {rng.uniform(-1, 1)}", f"at_least = {rng.uniform(0, 2)}"])
            text += f'[[rule]]\nname = "{name}"\ncheck = "licence_missing"\n{limit}\n'
            text += rng.choice(["", "stale_after_days = 20\n", 'then = "unknown"\n', 'kinds = ["dataset"]\n'])
        for _ in range(rng.randint(0, 2)):
            covers = rng.choice(["broken", "missing", "both"])
            text += waiver(ref='"hf:model:org/*e*"', rule=f'"{rng.choice(names)}"', covers=f'"{covers}"',
                           expires=rng.choice(["2026-11-20", "2026-11-21"]))  # fmt: skip
        path.write_text(text)
        for decision, because in decisions(db, path).values():
            assert decision in {"allow", "block", "unknown"}
            if decision == "block":
                blocks += 1
                assert because
                *why, appeal = because.split("; ")
                assert appeal == ("appeal: legal@example.org" if "appeal" in text else "appeal: headgate appeal")
                assert any(one.startswith(("broken: rule ", "not known: rule ")) for one in why)
                assert all(one.endswith("said so") or "expired" in one for one in why if one.startswith("broken"))
    assert blocks > 300


def test_the_worst_of_single_rules_is_the_decision(tmp_path: Path) -> None:
    """What a page works out from rule by rule is what the gate decides, for every combination of facts."""
    db, path = facts_of(FACTS), tmp_path / "p.toml"
    outcomes = ("block", "unknown")
    for then, missing, waiver, kind in [
        *itertools.product(outcomes, outcomes, ("none", "both"), ("model",)), ("block", "block", "none", "dataset"),
    ]:  # fmt: skip
        text = "".join(
            f'[[rule]]\nname = "{name}"\ncheck = "licence_missing"\n{limit}\nthen = "{then}"\nmissing = "{missing}"\n'
            f'stale_after_days = 30\nkinds = ["{kind}"]\n'
            for name, limit in LIMITS.items()
        )
        if waiver != "none":
            text += f'[[waiver]]\nref = "hf:model:Org/*"\nrule = "most"\nreason = "r"\nowner = "o"\n{WAIVERS[waiver]}\n'
        path.write_text(text)
        policy, moment = policies.read(path), datetime(2026, 11, 21, 12)
        alone: dict[str, list[str]] = {}
        for ref, _, state, decision, told in release_gate.by_rule(db, policy, moment).fetchall():
            assert state in ("broken", "missing", "stale", "waived")
            assert told
            alone.setdefault(ref, []).append(decision)
        covered = kind == "model"
        whole = {ref: decision for ref, decision, _ in release_gate.judge(db, policy, moment).fetchall()}
        assert {ref: release_gate.worst(alone.get(ref, []), covered=covered) for ref in whole} == whole
