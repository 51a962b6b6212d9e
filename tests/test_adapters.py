from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headgate import adapters
from headgate.shapes import Db
from tests.build import collect, model

IMAGE = {"pipeline_tag": "text-to-image", "tags": ["lora"]}


def looked(db: Db) -> dict[str, tuple[Any, ...]]:
    db.execute(adapters.prepare())
    rows = db.sql(
        f"{adapters.SQL} SELECT ref, said, read, sexual_tag, sexual_card FROM looked", params=adapters.parameters()
    ).fetchall()
    return {row[0]: row[1:] for row in rows}


def said(tmp_path: Path, name: str = "a/x", **fields: Any) -> tuple[int, bool]:
    ws, _ = collect(tmp_path / "w", [model(name, **(IMAGE | fields))])
    (told,) = looked(ws.db).values()
    return told[0], told[1]


def civitai(id_: int, type_: str, **fields: Any) -> dict[str, Any]:
    return {"id": id_, "name": "thing", "type": type_, "modelVersions": [{"id": id_ + 1, "name": "v1"}], **fields}


@pytest.mark.parametrize(
    ("fields", "is_one"),
    [
        ({"pipeline_tag": "text-to-image", "tags": ["lora"]}, True),
        ({"pipeline_tag": "text-to-image", "tags": ["base_model:adapter:a/b"]}, True),
        ({"pipeline_tag": "text-to-image", "cardData": {"base_model_relation": "adapter"}}, True),
        ({"pipeline_tag": "image-to-video", "tags": ["template:sd-lora"]}, True),
        ({"library_name": "diffusers", "tags": ["dreambooth"]}, True),
        ({"tags": ["stable-diffusion", "textual_inversion"]}, True),
        ({"pipeline_tag": "text-to-image", "tags": ["checkpoint"]}, False),
        ({"pipeline_tag": "text-generation", "tags": ["lora"]}, False),
        ({"pipeline_tag": "text-generation", "library_name": "diffusers", "tags": ["lora"]}, False),
        ({"pipeline_tag": "text-to-speech", "tags": ["lora", "celebrity"]}, False),  # a voice
        ({"tags": ["lora"]}, False),  # of nobody knows what
    ],
)
def test_which_repositories_are_image_adapters(tmp_path: Path, fields: dict[str, Any], is_one: bool) -> None:
    ws, _ = collect(tmp_path / "w", [model("a/x", **fields)])
    assert bool(looked(ws.db)) is is_one


@pytest.mark.parametrize(
    ("name", "is_one"),
    [("a/FLUX-LoRA-Logo", True), ("a/LogoLoraForSDXL", True), ("a/my-lora", True), ("lora/x", False),
     ("a/Floral", False), ("a/explorations", False)],
)  # fmt: skip
def test_the_name_may_tell_an_adapter(tmp_path: Path, name: str, is_one: bool) -> None:
    ws, _ = collect(tmp_path / "w", [model(name, pipeline_tag="text-to-image")])
    assert bool(looked(ws.db)) is is_one


def test_which_models_of_civitai_are_adapters(tmp_path: Path) -> None:
    kinds = ["LORA", "LoCon", "DoRA", "TextualInversion", "Hypernetwork", "Checkpoint", "Controlnet"]
    ws, _ = collect(tmp_path / "w", [civitai(10 * n, kind) for n, kind in enumerate(kinds, 1)], "civitai")
    # a model and its version each
    assert set(looked(ws.db)) == {f"civitai:{kind}" for n in range(1, 6) for kind in (f"model:{n}0", f"version:{n}1")}


@pytest.mark.parametrize(
    ("fields", "bits"),
    [
        ({}, 0),
        ({"tags": ["lora", "celebrity"]}, 1 + 2),  # collected with such a tag, it is flagged as well
        ({"card": "A likeness of somebody."}, 4),
        ({"card": "---\ninstance_prompt: a photo of sks woman\n---"}, 8),
        ({"card": "The weights were trained on a photo of <s0> man using [DreamBooth](x)."}, 8),
        ({"card": "instance_prompt: a photo of a woman"}, 0),  # no identifier: nobody in particular
        ({"card": "instance_prompt: a photo of sks dog"}, 64),
        ({"card": "instance_prompt: a photo of [v]dog"}, 64),
        ({"card": "instance_prompt: a cartoon of sks"}, 16),
        ({"card": "We walked with a dog in the style of spring."}, 0),  # prose is no subject
        ({"card": "This is a fictional character."}, 16),
        ({"tags": ["lora", "anime"]}, 16),
        ({"tags": ["lora", "character"]}, 16),
        ({"tags": ["lora", "Art Style"]}, 64),
        ({"tags": ["lora", "clothing"]}, 64),
        ({"tags": ["lora", "self portrait"]}, 32),
        ({"card": "Trained on my own face."}, 32),
        ({"card": "Shared with the person's approval, consent given."}, 32),
        ({"card": "Without consent"}, 0),
        ({"tags": ["lora", "animefest"]}, 0),
    ],
)
def test_what_is_said(tmp_path: Path, fields: dict[str, Any], bits: int) -> None:
    assert said(tmp_path, **fields)[0] == bits


@pytest.mark.parametrize(
    ("name", "bits"), [("a/Logo-Design-LoRA", 64), ("a/AnimeLora", 16), ("anime/lora", 0), ("a/catalogue-lora", 0)]
)
def test_words_of_the_name(tmp_path: Path, name: str, bits: int) -> None:
    assert said(tmp_path, name)[0] == bits


@pytest.mark.parametrize(
    ("fields", "read"),
    [
        ({}, False),
        ({"tags": ["lora", "diffusers", "license:mit", "base_model:a/b", "safetensors"]}, False),
        ({"tags": ["lora", "sunset"]}, True),
        ({"card": "  \n"}, False),
        ({"card": "Some words."}, True),
    ],
)
def test_technical_tags_say_nothing(tmp_path: Path, fields: dict[str, Any], read: bool) -> None:
    assert said(tmp_path, **fields)[1] is read


def test_evidence_names_kinds_only() -> None:
    assert adapters.evidence(0) == "for: none; against: none"
    assert adapters.evidence(3) == "for: platform or card flag, likeness tag; against: none"
    assert adapters.evidence(16 + 64) == "for: none; against: fictional character, style, place or object"


@pytest.mark.parametrize(
    ("bits", "clash"),
    [(0, False), (1, False), (16, False), (1 + 16, True), (8 + 32, True), (1 + 64, False), (2 + 64, False),
     (4 + 64, True), (8 + 64, True), (1 + 8 + 64, False)],
)  # fmt: skip
def test_what_clashes(bits: int, clash: bool) -> None:
    assert adapters.clash(bits) is clash


@given(st.text(max_size=200))
def test_the_expressions_stand_any_text(text: str) -> None:
    for expression in adapters.parameters().values():
        if isinstance(expression, str):
            re.search(expression, text)


def test_no_expression_is_empty() -> None:
    for name, words in adapters.parameters().items():
        assert words, name
        assert not isinstance(words, str) or not re.search(words, ""), name


def test_hostile_records(tmp_path: Path) -> None:
    records = [
        model("a/deep", **(IMAGE | {"card": "instance_prompt: " + "sks " * 200_000})),
        model("a/quote", **(IMAGE | {"card": "'; DROP TABLE artifacts; --", "tags": ["lora", "');--", "\x00"]})),
        model("a/none", pipeline_tag="text-to-image", tags=["lora"], card=None),
    ]
    ws, _ = collect(tmp_path / "w", records)
    assert len(looked(ws.db)) == 3
