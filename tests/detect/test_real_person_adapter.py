from __future__ import annotations

import csv
import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from headgate import adapters, run, zstd
from headgate.detect.real_person_adapter import _chance, _model
from headgate.synthetic import generate
from headgate.workspace import open_workspace
from tests.build import collect, findings, model

ROOT = Path(__file__).resolve().parents[2]
CHECK = "real_person_adapter"
IMAGE = {"pipeline_tag": "text-to-image"}


def value_of(tmp_path: Path, *records: dict[str, Any], shape: str = "model") -> list[tuple[Any, ...]]:
    ws, _ = collect(tmp_path / "w", records, shape)
    return list(findings(ws, CHECK).values())


def test_for_against_and_nothing_to_read(tmp_path: Path) -> None:
    records = [
        model("a/said", **IMAGE, tags=["lora", "celebrity"]),
        model("a/style-lora", **IMAGE, tags=["lora", "style"]),
        model("a/silent-lora", **IMAGE),
        model("a/plain-lora", **IMAGE, card="Load it with diffusers."),
        model("a/anime-singer-lora", **IMAGE, tags=["lora", "anime", "singer"]),
        model("a/checkpoint", **IMAGE),
    ]
    ws, _ = collect(tmp_path / "w", records)
    found = findings(ws, CHECK)
    by_evidence = {evidence: value for value, evidence in found.values()}
    assert len(found) == len(by_evidence) == 5
    assert by_evidence["for: platform or card flag, likeness tag; against: none"] > 0.9
    assert by_evidence["for: none; against: style, place or object"] < 0.05
    assert by_evidence["for: none; against: none"] < 0.1
    assert by_evidence["nothing to read: no telling tag, no card"] is None
    assert by_evidence["for: platform or card flag, likeness tag; against: fictional character"] is None
    rows = ws.db.execute("SELECT value, low, high, n FROM findings").fetchall()
    assert all((low, high) == (None, None) if value is None else low < value < high for value, low, high, _ in rows)
    assert sorted(n for *_, n in rows) == [0, 1, 1, 1, 1]


def test_the_flag_of_civitai_holds_for_model_and_version(tmp_path: Path) -> None:
    record = {"id": 1, "name": "Planted Person", "type": "LORA", "poi": True, "tags": ["style"],
              "modelVersions": [{"id": 2, "name": "v1", "baseModel": "SDXL 1.0"}]}  # fmt: skip
    told = value_of(tmp_path, record, shape="civitai")
    # a style tag beside the flag lowers the chance; it is no clash
    assert len(told) == 2
    assert {evidence for _, evidence in told} == {"for: platform or card flag; against: style, place or object"}
    assert all(0.1 < value < 0.9 for value, _ in told)


def test_own_likeness_with_consent_is_not_called_either_way(tmp_path: Path) -> None:
    (told,) = value_of(tmp_path, model("a/x", **IMAGE, tags=["lora"], card="instance_prompt: sks man\nMy own face."))
    assert told == (None, "for: prompt of a person; against: own likeness or consent")


def test_it_is_marked_as_sensitive_and_as_a_harm_of_use(tmp_path: Path) -> None:
    ws, _ = collect(tmp_path / "w", [model("a/x-lora", **IMAGE)])
    findings(ws, CHECK)
    assert ws.db.execute("SELECT sensitive, harm FROM findings").fetchall() == [(True, "use")]


def test_the_weights_belong_to_the_bits() -> None:
    weights, covariance = _model()
    assert list(weights) == [0, *adapters.FOR, *adapters.AGAINST]
    assert all(covariance[one, other] == covariance[other, one] for one in weights for other in weights)
    assert all(weights[bit] > 0 for bit in adapters.FOR)
    assert all(weights[bit] < 0 for bit in (0, *adapters.AGAINST))


def test_the_probability_is_the_logistic_of_the_weights() -> None:
    # by hand from adapter_weights.csv: 1 / (1 + exp(-(intercept + weight)))
    with (ROOT / "src/headgate/data/adapter_weights.csv").open() as file:
        rows = {int(row["bit"]): row for row in csv.DictReader(file)}
    centre = float(rows[0]["weight"]) + float(rows[8]["weight"])
    var = float(rows[0]["with_0"]) + 2 * float(rows[0]["with_8"]) + float(rows[8]["with_8"])
    low, value, high = (1 / (1 + 2.718281828459045 ** -(centre + z * var**0.5)) for z in (-1.959964, 0, 1.959964))
    assert _chance(8) == pytest.approx((value, low, high), rel=1e-6)


def test_no_planted_name_is_in_any_row(tmp_path: Path) -> None:
    truth = generate(tmp_path / "dumps", artifacts=600, seed=3)
    ws = open_workspace(tmp_path / "w", create=True)
    for name, shape in (("civitai_models", "civitai-models"), ("hf_models", "huggingface-models")):
        run.collect(ws, "dump", path=tmp_path / "dumps" / f"{name}.jsonl.zst", shape=shape)
    found = [*findings(ws, CHECK).values(), *findings(ws, "ncii_intent").values()]
    evidence = json.dumps([told for _, told in found]).lower()
    text = json.dumps(list(ws.db.execute("SELECT f.subject, f.evidence FROM findings AS f").fetchall())).lower()
    for person in truth.persons:
        assert person.given.lower() not in evidence
        assert person.family.lower() not in evidence
        # the few whose records say nowhere that they depict somebody keep their ids: see docs/people.md
        if person not in truth.unsaid:
            assert person.family.lower() not in text
    flagged = sum(told.startswith("for: platform or card flag") for _, told in found)
    assert flagged >= 8


def test_all_flagged_people_of_the_synthetic_hub_are_found_and_nobody_else(tmp_path: Path) -> None:
    truth = generate(tmp_path / "dumps", artifacts=1000, seed=11)
    names = [person.family.lower() for person in truth.persons]
    dump = zstd.decompress((tmp_path / "dumps" / "civitai_models.jsonl.zst").read_bytes()).decode().splitlines()
    planted = {
        f"civitai:model:{json.loads(line)['id']}" for line in dump if any(name in line.lower() for name in names)
    }
    ws = open_workspace(tmp_path / "w", create=True)
    run.collect(ws, "dump", path=tmp_path / "dumps" / "civitai_models.jsonl.zst", shape="civitai-models")
    found = {ref for ref, (value, _) in findings(ws, CHECK).items() if value is not None and value >= 0.5}
    assert {ref for ref in found if ref.startswith("civitai:model:")} == planted
    assert planted


def test_against_labels_made_before_it_was_run(tmp_path: Path, data: Path) -> None:
    lines = (ROOT / "docs/labels/real_person_adapter.csv").read_text().splitlines()
    assert lines[0].startswith("# labels by the authors, one pass, on pseudonymised records, before the detector")
    labels = {row["sha256"]: row["label"] for row in csv.DictReader(lines[1:])}
    assert len(labels) >= 300
    # who depicts a real person is listed nowhere: a hash of a public ref can be reversed
    assert set(labels.values()) == {"fictional", "style-or-object", "unclear"}
    ws = open_workspace(tmp_path / "w", create=True)
    run.collect(ws, "dump", path=data / "hub" / "hf_models.jsonl.gz")
    rows = {sha256(ref.encode()).hexdigest(): value for ref, (value, _) in findings(ws, CHECK).items()}
    judged = [(value, labels[key]) for key, value in rows.items() if key in labels]
    assert len(judged) == 261
    called = [label for value, label in judged if value is not None and value >= 0.5]
    # the negative control: of 246 adapters of styles, objects and characters none is called a person
    assert [label for label in called if label != "unclear"] == []
    assert sum(label != "unclear" for _, label in judged) == 246
    assert sum(value is None for value, _ in judged) < len(judged) / 3
