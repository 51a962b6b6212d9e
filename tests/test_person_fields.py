from __future__ import annotations

from typing import Any

import pytest

from headgate import person_fields
from headgate.person_fields import Person

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
        ("baseModels", {"relation": "adapter", "models": [{"_id": "a" * 24, "id": "org/base"}]}),
        ("tags", ["lora", "license:mit", "base_model:adapter:org/base", "not-for-all-audiences", "region:us"]),
    ],
)  # fmt: skip
def test_what_stays(field: str, value: object) -> None:
    assert stays(field, value) == value


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("createdAt", "yesterday"), ("gated", "ask me"), ("sha", "0" * 39), ("unknown", 5), ("license", "my own"),
        ("base_model", "org/zuvek-old"), ("base_model", "org/bo-old"), ("base_model", "two words"), ("format", "a & b"),
        ("baseModel", "1 2 3 4 5"), ("title", "lora"), ("spaces", ["a/b"]),
    ],
)  # fmt: skip
def test_what_goes(field: str, value: object) -> None:
    assert stays(field, value) == "gone"


def test_parents_that_name_the_person_leave_the_list() -> None:
    models = [{"id": "org/zuvek"}, {"id": "org/base"}]
    assert stays("baseModels", {"relation": "merge", "models": models}) == {
        "relation": "merge",
        "models": [{}, {"id": "org/base"}],
    }
    assert stays("tags", ["base_model:org/Zu-Vek", "license:zuvek", "Zuvek", "base_model:merge:org/base"]) == [
        "base_model:merge:org/base"
    ]


def test_ids_are_told_apart_without_regard_to_case() -> None:
    one, same, other = (person_fields.hub_id(i, PERSON) for i in ("a/Zuvek-x", "A/zuvek-X", "a/zuvek-y"))
    assert one.rpartition("-")[2] == same.rpartition("-")[2] != other.rpartition("-")[2]
    assert one.startswith("a/person-0123456789abcdef-")
    assert person_fields.hub_id(one, PERSON) == one
