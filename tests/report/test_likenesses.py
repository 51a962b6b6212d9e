from __future__ import annotations

import itertools
import json as stdlib
from collections import Counter
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from headgate import run, workspace
from headgate.evidence.intervals import UNDER, WITHHELD, small, wilson
from headgate.report import html, json, text
from headgate.report.likenesses import withhold
from headgate.report.summary import summarise
from headgate.synthetic import generate
from headgate.workspace import Workspace
from tests.report_workspace import HOSTILE, artifact, edge, findings, put

CHECK = "real_person_adapter"
JUNE, JULY = datetime(2025, 6, 3), datetime(2025, 7, 4)


def hub(path: Path, chance: dict[str, float | None], **fields: dict[str, Any]) -> Workspace:
    """A workspace of Civitai models and Hugging Face models with a probability each."""
    ws = workspace.open_workspace(path, create=True)
    for name, prefix in (("huggingface", "hf:"), ("civitai", "civitai:")):
        rows = [artifact(ref, hub=name, kind=ref.split(":")[1], **fields.get(ref, {}))
                for ref in chance if ref.startswith(prefix)]  # fmt: skip
        put(ws, "collect", "dump", "artifacts", rows, hub=name, kind="model")
    told = [row | {"n": 0 if row["value"] is None else 1} for row in findings(CHECK, chance, sensitive=True)]
    put(ws, "detect", CHECK, "findings", told)
    return ws


def many(prefix: str, found: int, rest: int, unknown: int) -> dict[str, float | None]:
    values = [0.9] * found + [0.1] * rest + [None] * unknown
    return {f"{prefix}{n}": value for n, value in enumerate(values, 1000)}


def test_nothing_without_the_check(tmp_path: Path) -> None:
    ws = workspace.open_workspace(tmp_path / "w", create=True)
    assert summarise(ws).likenesses is None
    assert "likenesses" not in html.render(ws)
    assert "depict real" not in text.render(ws)


def test_counts_by_hand(tmp_path: Path) -> None:
    chance = many("hf:model:a/m", 12, 20, 11) | many("civitai:model:", 15, 30, 0)
    fields: dict[str, dict[str, Any]] = {
        ref: {
            "created": JUNE if n % 2 else JULY,
            "downloads": 10,
            "downloads_window": "30d" if ref[0] == "h" else "all",
        }
        for n, ref in enumerate(chance)
    }
    told = summarise(hub(tmp_path / "w", chance, **fields)).likenesses
    assert told
    hf, civitai = told.hubs
    assert (hf.hub, hf.found, hf.not_found, hf.unknown) == ("huggingface", 12, 20, 11)
    assert (civitai.hub, civitai.found, civitai.not_found, civitai.unknown) == ("civitai", 15, 30, 0)
    assert hf.share
    assert (hf.share.found, hf.share.of) == (12, 32)
    assert (hf.share.low, hf.share.high) == wilson(12, 32)
    # one hub's own window each; nothing is added over the two
    assert (hf.downloads, hf.window) == (120, "30d")
    assert (civitai.downloads, civitai.window) == (150, "all")
    # 12 are 6 and 6, both under ten; with a known total of 12 neither is told
    assert {row.found for row in told.months if row.hub == "huggingface"} == {UNDER}
    assert {(row.group, row.not_found) for row in told.months if row.hub == "huggingface"} == {
        ("2025-06", 10), ("2025-07", 10),
    }  # fmt: skip


def test_base_families(tmp_path: Path) -> None:
    chance = many("hf:model:a/m", 12, 0, 0) | many("civitai:model:", 11, 12, 0) | many("civitai:version:", 11, 12, 0)
    fields: dict[str, dict[str, Any]] = {
        ref: {"version_of": ref.replace("version", "model"), "base_family": "SDXL 1.0" if value == 0.9 else HOSTILE[0]}
        for ref, value in chance.items()
        if ref.startswith("civitai:version:")
    }
    ws = hub(tmp_path / "w", chance, **fields)
    base = "hf:model:Black-Forest-Labs/FLUX.1-dev"  # in another spelling than in data/base_families.csv
    put(ws, "link", "declared_base", "edges", [edge(ref, base, "adapter") for ref in chance if ref.startswith("hf:")])
    told = summarise(ws).likenesses
    assert told
    # a model of Civitai may serve several families, so only its versions are counted by family
    assert {(row.group, row.hub, row.kind, row.found, row.not_found) for row in told.bases} == {
        ("Flux.1 D", "huggingface", "model", 12, 0),
        ("SDXL 1.0", "civitai", "version", 11, 0),
        ("other or not stated", "civitai", "version", 0, 12),
    }


def test_versions_of_few_models_are_few(tmp_path: Path) -> None:
    chance = many("civitai:model:", 30, 30, 0) | many("civitai:version:", 40, 60, 0)
    versions = [ref for ref in chance if ref.startswith("civitai:version:")]
    # the forty found are versions of four models, the others of one each
    fields: dict[str, dict[str, Any]] = {
        ref: {"version_of": f"civitai:model:{n % 4 if chance[ref] == 0.9 else 5000 + n}"}
        for n, ref in enumerate(versions)
    }
    told = summarise(hub(tmp_path / "w", chance, **fields)).likenesses
    assert told
    (model, version) = told.hubs
    assert (model.kind, model.found) == ("model", 30)
    assert (version.kind, version.found, version.not_found) == ("version", WITHHELD, WITHHELD)
    assert not [row for row in told.bases if row.kind == "version"]


def test_a_hidden_total_hides_its_parts_and_downloads(tmp_path: Path) -> None:
    chance = many("hf:model:a/m", 4, 50, 0)
    fields = {ref: {"created": JUNE, "downloads": 7, "downloads_window": "30d"} for ref in chance}
    ws = hub(tmp_path / "w", chance, **fields)
    told = summarise(ws).likenesses
    assert told
    (row,) = told.hubs
    assert (row.found, row.not_found, row.share, row.downloads) == (UNDER, WITHHELD, None, None)
    assert told.months == told.bases == ()
    # nor does any other part of the report tell the four, or the 28 times they were downloaded
    assert 28 not in numbers(stdlib.loads(json.render(ws))["likenesses"])
    (check,) = summarise(ws).checks
    assert (check.found, check.share) == (UNDER, None)


def numbers(value: Any) -> list[Any]:
    if isinstance(value, dict | list):
        return [n for inner in (value.values() if isinstance(value, dict) else value) for n in numbers(inner)]
    return [value]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.integers(0, 25), min_size=1, max_size=4))
def test_no_small_cell_can_be_worked_out_from_the_total(cells: list[int]) -> None:
    assume(not small(sum(cells)))  # a small total is not told
    (shown,) = withhold([cells], [cells])
    open_ = sum(cell for cell in shown if isinstance(cell, int))
    hidden = [n for n, cell in enumerate(shown) if not isinstance(cell, int)]
    left = sum(cells) - open_
    # every way in which the hidden cells could make up what is left
    choices = [range(1, 10) if shown[n] == UNDER else range(left + 1) for n in hidden]
    ways = [way for way in itertools.product(*choices) if sum(way) == left] if len(hidden) < 4 else []
    assert all(cell == 0 or cell >= 10 for cell in shown if isinstance(cell, int))
    assert len(hidden) == 4 or all(len({way[n] for way in ways}) > 1 for n in range(len(hidden)))


@pytest.mark.parametrize(
    ("cells", "shown"),
    [([9, 9], [UNDER, WITHHELD]), ([1] * 12, [UNDER] * 11 + [WITHHELD]), ([0, 30, 12], [0, 30, 12]),
     ([4, 30, 12], [UNDER, WITHHELD, 12]), ([4, 7, 30], [UNDER, UNDER, 30])],
)  # fmt: skip
def test_what_is_withheld(cells: list[int], shown: list[object]) -> None:
    assert withhold([cells], [cells]) == [shown]


def test_a_row_and_a_column_of_few_lose_another_cell() -> None:
    shown = withhold([[3, 40, 20], [30, 50, 20]], [[3, 40, 20], [30, 50, 20]], columns=(0, 1, 2))
    assert shown == [[UNDER, WITHHELD, 20], [WITHHELD, 50, 20]]


def test_the_counts_are_those_of_a_plain_recount(tmp_path: Path) -> None:
    truth = generate(tmp_path / "dumps", artifacts=2500, seed=4)
    ws = workspace.open_workspace(tmp_path / "w", create=True)
    for name, shape in (("civitai_models", "civitai-models"), ("hf_models", "huggingface-models")):
        run.collect(ws, "dump", path=tmp_path / "dumps" / f"{name}.jsonl.zst", shape=shape)
    run.run_stage(ws, "link")
    for check in (CHECK, "ncii_intent"):
        run.run_method(ws, "detect", check)
    told = summarise(ws).likenesses
    assert told
    sql = """SELECT a.hub, a.kind, {group} AS label, count(*) FILTER (f.value >= 0.5), count(*) FILTER (f.value < 0.5),
        count(*) FILTER (f.value IS NULL) FROM findings f JOIN artifacts a ON a.ref = f.subject
        WHERE f."check" = '{check}' GROUP BY ALL"""
    for rows, group, check in (
        (told.hubs, "''", CHECK), (told.intent, "''", "ncii_intent"),
        (told.months, "strftime(a.created, '%Y-%m')", CHECK),
    ):  # fmt: skip
        plain = {tuple(row[:3]): row[3:] for row in ws.db.execute(sql.format(group=group, check=check)).fetchall()}
        for row in rows:
            for cell, count in zip((row.found, row.not_found, row.unknown),
                                   plain[row.hub, row.kind, row.group], strict=True):  # fmt: skip
                assert cell in (count, UNDER, WITHHELD, None)
                assert isinstance(cell, int) or cell != UNDER or count < 10
    assert any(isinstance(row.found, int) and row.found for row in told.hubs)
    said = "\n".join([html.render(ws), json.render(ws), text.render(ws, markdown=True)]).lower()
    assert "adapters made to depict real people" in said
    for person in truth.persons:
        assert person.given.lower() not in said
        assert person.family.lower() not in said
    refs = {row[0] for row in ws.db.execute("SELECT subject FROM findings WHERE value >= 0.5").fetchall()}
    section = stdlib.dumps(asdict(told))
    assert not [ref for ref in refs if ref.split(":", 2)[2] in section]
    assert "person-" not in section


@pytest.mark.parametrize(("found", "shown"), [(30, True), (0, True), (7, False)])
def test_decisions_are_withheld_only_where_a_measured_check_found_few(tmp_path: Path, found: int, shown: bool) -> None:
    ws = hub(tmp_path / "w", many("hf:model:a/m", found, 40, 0))
    decided = Counter(allow=found + 20, block=20)
    rows = [{"subject": f"hf:model:a/{n}", "control": "release_gate", "decision": d}
            for n, d in enumerate(decided.elements())]  # fmt: skip
    put(ws, "govern", "release_gate", "decisions", rows)
    (control,) = summarise(ws).controls
    assert (control.allow == found + 20) is shown
