from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.build import collect, findings, model

CHECK = "ncii_intent"
IMAGE = {"pipeline_tag": "text-to-image"}
PERSON = ["lora", "celebrity"]


@pytest.mark.parametrize(
    ("fields", "value", "evidence"),
    [
        ({"tags": [*PERSON, "nsfw"]}, 1, "person evidence and sexual tag"),
        ({"tags": [*PERSON, "not-for-all-audiences"]}, 1, "person evidence and adult flag"),
        ({"tags": ["lora", "nsfw"], "card": "instance_prompt: sks woman"}, 1, "person evidence and sexual tag"),
        ({"tags": PERSON}, 0, "person evidence, nothing sexual"),
        ({"tags": ["lora", "nsfw", "style"]}, 0, "no person evidence"),
        ({"tags": ["lora", "style"]}, 0, "no person evidence"),
        ({"tags": ["lora"]}, None, "nothing to read: no telling tag, no card"),
        ({"tags": [*PERSON, "anime", "nsfw"]}, None, "person evidence clashes"),
        # a card that forbids nudes has the same word as one that offers them
        ({"tags": PERSON, "card": "No nude pictures."}, None, "person evidence, sexual words in the card only"),
        ({"tags": [*PERSON, "sfw"]}, 0, "person evidence, nothing sexual"),
    ],
)
def test_signals_count_only_beside_person_evidence(
    tmp_path: Path, fields: dict[str, Any], value: int | None, evidence: str
) -> None:
    ws, _ = collect(tmp_path / "w", [model("a/x", **IMAGE, **fields)])
    assert list(findings(ws, CHECK).values()) == [(value, evidence)]


@pytest.mark.parametrize(("nsfw", "value"), [(True, 1), (False, 0)])
def test_the_flag_of_civitai(tmp_path: Path, nsfw: bool, value: int) -> None:
    record = {"id": 1, "name": "Planted Person", "type": "LORA", "poi": True, "nsfw": nsfw, "modelVersions": []}
    ws, _ = collect(tmp_path / "w", [record], "civitai")
    assert findings(ws, CHECK)["civitai:model:1"][0] == value


def test_what_was_not_read_rests_on_nothing(tmp_path: Path) -> None:
    ws, _ = collect(tmp_path / "w", [model("a/x-lora", **IMAGE), model("a/y-lora", **IMAGE, card="Words.")])
    findings(ws, CHECK)
    rows = ws.db.execute("SELECT value, n, sensitive, harm FROM findings ORDER BY subject").fetchall()
    assert rows == [(None, 0, True, "use"), (0, 1, True, "use")]
