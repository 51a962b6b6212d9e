from __future__ import annotations

import json
from pathlib import Path

from headgate import recall_text
from headgate.recall import recall
from headgate.recall_facts import Downloads
from tests.lineages import lineage


def model(name: str) -> str:
    return f"hf:model:{name}"


def test_counts_of_hubs_kinds_and_windows_are_never_added(tmp_path: Path) -> None:
    base, one, other = model("org/base"), "civitai:version:1", "civitai:model:9"
    hf = {"downloads": 10, "downloads_window": "30d"}
    ws = lineage(
        tmp_path / "w",
        {base: hf, model("a/x"): hf, model("a/y"): {},
         one: {"hub": "civitai", "kind": "version", "downloads": 500, "downloads_window": "all"},
         other: {"hub": "civitai", "kind": "model", "downloads": 700, "downloads_window": "all"}},
        [{"child": child, "parent": base} for child in (model("a/x"), model("a/y"), one, other)],
    )  # fmt: skip
    assert recall(ws, base).downloads == [
        Downloads("civitai", "model", "all", 700, 1, 0),
        Downloads("civitai", "version", "all", 500, 1, 0),
        Downloads("huggingface", "model", "30d", 20, 2, 1),
    ]


def test_figures_of_a_measurement_found_no_harm_and_its_answer_may(tmp_path: Path) -> None:
    checks = ("safety_drift", "safety_drift.base_rate", "cuda.psnr", "toxicity.insult")
    found = [{"subject": model("a/m"), "check": check, "value": 1.0} for check in checks]
    ws = lineage(tmp_path / "w", {model("a/m"): {}}, [], found)
    assert recall(ws, model("a/m")).checks == ["safety_drift", "toxicity.insult"]


def test_harm_comes_from_findings_that_are_not_sensitive(tmp_path: Path) -> None:
    refs = [model(f"a/m{n}") for n in range(4)]
    ws = lineage(
        tmp_path / "w", {ref: {} for ref in refs}, [],
        [
            {"subject": refs[0], "check": "uncensored_name", "harm": "use"},
            {"subject": refs[1], "check": "uncensored_name", "harm": "use", "value": 0.0},
            {"subject": refs[2], "check": "real_person", "harm": "use", "sensitive": True, "evidence": "secret words"},
        ],
    )  # fmt: skip
    told = [recall(ws, ref) for ref in refs]
    assert [(t.harm, t.checks) for t in told] == [("use", ["uncensored_name"]), *[("not stated", [])] * 3]
    # a check that wrote of nothing but what it found is left out: that it wrote would tell
    assert {t.sensitive_checks for t in told} == {0}
    assert "secret" not in json.dumps([recall_text.record(t) for t in told])
    assert recall(ws, refs[3], harm="implementation").harm == "implementation"


def test_only_sensitive_checks_that_looked_are_counted_and_what_they_found_is_not_told(tmp_path: Path) -> None:
    found, clear, unseen = (model(f"a/m{n}") for n in range(3))
    sensitive = {"harm": "use", "sensitive": True}
    ws = lineage(
        tmp_path / "w", {ref: {} for ref in (found, clear, unseen)}, [],
        [sensitive | {"subject": ref, "check": check, "value": value} for ref, check, value in
         ((found, "one", 1.0), (clear, "one", 0.0), (found, "two", None))],
    )  # fmt: skip
    told = {ref: recall(ws, ref) for ref in (found, clear, unseen)}
    assert [t.sensitive_checks for t in told.values()] == [2, 1, 0]
    assert {(t.harm, *t.checks) for t in told.values()} == {("not stated",)}
    assert "none looked at it" in recall_text.text(told[unseen], limit=1)
    assert "Sensitive checks: 1 looked at it" in recall_text.text(told[clear], limit=1)


def test_downloads_that_nobody_counted_are_not_zero(tmp_path: Path) -> None:
    base, child = model("org/base"), "hf:dataset:a/x"
    ws = lineage(
        tmp_path / "w", {base: {"downloads": 0, "downloads_window": "30d"}, child: {"kind": "dataset"}},
        [{"child": child, "parent": base}],
    )  # fmt: skip
    made = recall(ws, base)
    assert made.downloads == [
        Downloads("huggingface", "dataset", "30d", None, 0, 1), Downloads("huggingface", "model", "30d", 0, 1, 0),
    ]  # fmt: skip
    assert recall_text.record(made)["downloads"][0]["downloads"] is None
    rows = [line.split() for line in recall_text.text(made, limit=1).splitlines() if line.startswith("  huggingface")]
    assert rows[:2] == [
        ["huggingface", "dataset", "30d", "\N{EN DASH}", "0", "1"], ["huggingface", "model", "30d", "0", "1", "0"],
    ]  # fmt: skip
