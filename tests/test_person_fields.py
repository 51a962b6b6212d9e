from __future__ import annotations

from typing import Any

import pytest

from headgate import person_fields
from headgate.person_fields import Person
from headgate.person_names import account, stored_id

PERSON = Person(b"key", "person-0123456789abcdef", frozenset({"zuvek"}), frozenset({"bo"}))


def stays(field: str, value: object) -> Any:
    return person_fields.kept({field: value}, PERSON).get(field, "gone")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("createdAt", "2024-03-01T10:20:30.123Z"), ("lastModified", "2024-03-01"), ("downloads", 5), ("rating", 4.5),
        ("private", False), ("gated", "manual"), ("sha", "0" * 40), ("_id", "a" * 24), ("baseModel", "Wan Video 2.2 T2V-A14B"),
        ("allowCommercialUse", "{Image,RentCivit}"), ("allowCommercialUse", ["Image", "Sell"]), ("type", "TextualInversion"),
        ("license", "creativeml-openrail-m"), ("license", ["mit"]), ("base_model", "black-forest-labs/FLUX.1-dev"),
        ("rfilename", "unet/diffusion_pytorch_model.fp16.safetensors"), ("mode", None),
        ("baseModels", {"relation": "adapter", "models": [{"_id": "a" * 24, "id": "stabilityai/sdxl-turbo"}]}),
        ("tags", ["lora", "license:mit", "base_model:adapter:runwayml/stable-diffusion-v1-5", "not-for-all-audiences", "region:us"]),
    ],
)  # fmt: skip
def test_what_stays(field: str, value: object) -> None:
    assert stays(field, value) == value


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("createdAt", "yesterday"), ("gated", "ask me"), ("sha", "0" * 39), ("unknown", 5), ("license", "my own"),
        ("base_model", "two words"), ("base_model", "/home/zuvek/model"), ("format", "a & b"),
        ("baseModel", "1 2 3 4 5"), ("title", "lora"), ("spaces", ["a/b"]),
    ],
)  # fmt: skip
def test_what_goes(field: str, value: object) -> None:
    assert stays(field, value) == "gone"


@pytest.mark.parametrize(
    "parent",
    ["stabilityai/stable-diffusion-xl-base-1.0", "black-forest-labs/FLUX.1-dev", "runwayml/stable-diffusion-v1-5",
     "CompVis/stable-diffusion-v1-4", "Black-Forest-Labs/flux.1-DEV", "sdxl", "stable-diffusion/flux-lora"],
)  # fmt: skip
def test_real_base_models_stay(parent: str) -> None:
    # Even where a piece of the name is one of the base's: the id is a constant.
    named = Person(b"key", "person-0123456789abcdef", frozenset({"forest", "runway"}), frozenset())
    for field, value in (("base_model", [parent]), ("tags", [f"base_model:adapter:{parent}"])):
        assert person_fields.kept({field: value}, named)[field] == value


def test_other_parents_take_the_form_in_which_they_are_stored() -> None:
    names = ["org/zuvek-old", "org/base", "org/Bo"]
    told = [stored_id(name, PERSON.key) for name in names]
    assert len(set(told)) == 3
    assert stays("base_model", names) == told
    assert stays("base_model", told) == told
    listed = {"relation": "merge", "models": [{"id": names[0]}]}
    assert stays("baseModels", listed) == {"relation": "merge", "models": [{"id": told[0]}]}
    assert stays("tags", ["base_model:org/zuvek-old", "license:zuvek", "Zuvek", "base_model:merge:org/base"]) == [
        f"base_model:{told[0]}",
        f"base_model:merge:{told[1]}",
    ]


def test_datasets_and_accounts_never_stay() -> None:
    assert stays("datasets", ["org/photos", 5, "two words"]) == [stored_id("org/photos", PERSON.key)]
    assert stays("tags", ["dataset:org/photos"]) == [f"dataset:{stored_id('org/photos', PERSON.key)}"]
    assert stays("author", "lora") == stays("author", "LoRA") == stays("creator", {"username": "lora"})["username"]
    assert stays("author", "lora") == account("lora", PERSON.key) != "lora"
    assert stays("id", "lora/zuvek").startswith(f"{account('lora', PERSON.key)}/person-")
