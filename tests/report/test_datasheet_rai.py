from __future__ import annotations

import json
from pathlib import Path

import pytest

from headgate.report import datasheet, datasheet_rai
from headgate.shapes import Finding
from tests.screened import REF, screened


def sheet(path: Path) -> datasheet.Sheet:
    screened(path, "toxicity", ["a", "b"], [0.0, 1.0], findings=[Finding("", 0.5, 0.2, 0.8, 2, "1 of 2 items flagged")],
             counts={"pieces": 1, "places unreadable": 3})  # fmt: skip
    ws = screened(path, "dependencies", ["a"], [0.0], findings=[Finding("duplicates", None, None, None, 0, "one row")])
    return datasheet.gather(ws, REF)


def test_each_finding_is_a_sentence_with_its_interval(tmp_path: Path) -> None:
    made = datasheet_rai.fields(sheet(tmp_path / "w"))
    (bias,) = made["rai:dataBiases"]
    assert bias.startswith("toxicity: 0.5 (95 % interval 0.2 to 0.8) over 2 items on 2")
    assert bias.endswith("1 of 2 items flagged")
    assert "dependencies, duplicates: could not be told. one row" in made["rai:dataLimitations"]
    assert any(one.startswith("Not screened by: ") and "contamination" in one for one in made["rai:dataLimitations"])
    assert made["rai:dataCollectionMissingData"] == ["toxicity: 3 places unreadable"]
    assert len(made["rai:machineAnnotationTools"]) == 2


def test_it_is_added_to_a_description_that_is_there(tmp_path: Path) -> None:
    made = datasheet_rai.document(sheet(tmp_path / "w"), {"name": "x", "rai:dataBiases": "said before"})
    assert made["name"] == "x"
    assert made["rai:dataBiases"][0] == "said before"
    assert len(made["rai:dataBiases"]) == 2


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_the_public_validator_takes_it(tmp_path: Path) -> None:
    mlcroissant = pytest.importorskip("mlcroissant")
    file = tmp_path / "croissant.json"
    file.write_text(json.dumps(datasheet_rai.document(sheet(tmp_path / "w"))))
    read = mlcroissant.Dataset(file)
    assert not read.metadata.ctx.issues.errors
