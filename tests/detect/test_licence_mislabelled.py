from __future__ import annotations

from pathlib import Path

from headgate import labels, run
from headgate.labels import Label
from headgate.workspace import open_workspace
from tests.build import collect, findings, model

GEMMA = "Gemma is provided under and subject to the Gemma Terms of Use"


def carded(id_: str, licence: str | None, **more: object) -> dict[str, object]:
    return model(id_, **more) | {"cardData": {"license": licence} if licence else {}}


def test_the_label_against_file_card_and_person(tmp_path: Path) -> None:
    records = [
        carded("a/file", "mit", licenseText=GEMMA, card="License: MIT"),
        carded("a/fits", "gemma", licenseText=GEMMA),
        carded("a/card", "apache-2.0", card="- **License:** CC BY-NC 4.0"),
        carded("a/agrees", "cc-by-nc-4.0", card="- **License:** CC BY-NC 4.0"),
        carded("a/person", "mit", card="License: MIT"),
        carded("a/undeclared", None, card="License: MIT"),
        carded("a/odd", "zq", card="License: MIT"),
        carded("a/alone", "mit"),
    ]
    ws, _ = collect(tmp_path / "w", records)
    labels.add(ws, [Label("hf:model:a/person", "licence", "yes", "ann", "review", "AGPL-3.0-only")])
    found = {ref[9:]: value for ref, value in findings(ws, "licence_mislabelled").items()}
    assert {name: value for name, (value, _) in found.items()} == {
        "a/file": 1, "a/fits": 0, "a/card": 1, "a/agrees": 0, "a/person": 1, "a/undeclared": None, "a/odd": None,
        "a/alone": None,
    }  # fmt: skip
    assert found["a/file"][1] == 'label: MIT; LICENSE text: gemma, "Gemma is provided under and subject to"'
    assert found["a/card"][1] == 'label: Apache-2.0; card: CC-BY-NC-4.0, "- **License:** CC BY-NC 4.0"'
    assert found["a/person"][1] == "label: MIT; verified by a person: AGPL-3.0-only"
    # what was not compared is left out of shares
    rows = ws.db.execute("SELECT n, value IS NULL FROM findings").fetchall()
    assert set(rows) == {(1, False), (0, True)}


def test_the_same_weights_elsewhere(tmp_path: Path) -> None:
    def copy(id_: str, licence: str | None, relation: str = "quantized") -> dict[str, object]:
        return carded(id_, licence, tags=[f"base_model:{relation}:a/base", "base_model:a/base"])

    records = [
        carded("a/base", "llama3.1"),
        copy("b/freed", "mit"),
        copy("b/kept", "llama3.1"),
        copy("b/strict", "cc-by-nc-4.0"),
        copy("a/own", "mit"),
        copy("b/silent", None),
        copy("b/vague", "cc"),
        copy("b/tuned", "mit", "finetune"),
    ]
    ws, _ = collect(tmp_path / "w", records)
    run.run_method(ws, "link", "declared_base")
    found = {ref[9:]: value for ref, value in findings(ws, "licence_mislabelled").items()}
    assert {name: value for name, (value, _) in found.items()} == {
        "a/base": None, "b/freed": 1, "b/kept": 0, "b/strict": 0, "a/own": None, "b/silent": None, "b/vague": None,
        "b/tuned": None,
    }  # fmt: skip
    assert found["b/freed"][1] == "label: MIT allows more than llama3.1 of the same weights: hf:model:a/base"


def test_one_witness_against_the_label_is_enough(tmp_path: Path) -> None:
    records = [
        carded("a/base", "gemma"),
        carded("b/x", "mit", tags=["base_model:quantized:a/base"], card="License: MIT"),
    ]
    ws, _ = collect(tmp_path / "w", records)
    run.run_method(ws, "link", "declared_base")
    value, evidence = findings(ws, "licence_mislabelled")["hf:model:b/x"]
    assert (value, evidence) == (1, "label: MIT allows more than gemma of the same weights: hf:model:a/base")


def test_a_hostile_text_stays_a_quote(tmp_path: Path) -> None:
    text = "License: MIT '; DROP TABLE artifacts; -- <script>\x1b[31m"
    ws, _ = collect(tmp_path / "w", [carded("a/x", "gemma", card=text)])
    value, evidence = findings(ws, "licence_mislabelled")["hf:model:a/x"]
    assert value == 1
    assert text in evidence


def test_real_cards(tmp_path: Path, data: Path) -> None:
    ws = open_workspace(tmp_path / "w", create=True)
    run.collect(ws, "dump", path=data / "hub" / "hf_models_sample2k.jsonl.gz")
    values = [value for value, _ in findings(ws, "licence_mislabelled").values()]
    assert len(values) == 1_895
    assert (values.count(1.0), values.count(None)) == (1, 1_839)
