"""What packages say is shown in test_spdx.py; here are the corners."""

from __future__ import annotations

import pytest

from headgate.bom import spdx_packages
from headgate.bom.shapes import Artifact, File, unseen
from tests.bom.spdx_cohort import DATA, MODEL, cohort

ONE = cohort().artifacts[MODEL]


@pytest.mark.parametrize(
    ("tags", "types"),
    [
        (("modality:Text",), ["text"]),
        (("modality:image", "modality:audio", "modality:image"), ["audio", "image"]),
        (("modality:3d",), ["noAssertion"]),
        (("text", "image"), ["noAssertion"]),  # anybody may write such a tag; the hub writes modality: itself
        ((), ["noAssertion"]),
    ],
)
def test_the_type_of_data_is_what_the_hub_tags(tags: tuple[str, ...], types: list[str]) -> None:
    one = cohort().artifacts[DATA]._replace(tags=tags)
    assert spdx_packages.dataset(one, ())["dataset_datasetType"] == types


def test_a_size_is_said_only_where_every_file_is_known() -> None:
    one = cohort().artifacts[DATA]
    both = (File("a", 1, None, None), File("b", 2, None, None))
    assert spdx_packages.dataset(one, both)["dataset_datasetSize"] == 3
    assert spdx_packages.dataset(one, both[:1])["dataset_datasetSize"] is None
    assert spdx_packages.dataset(one, (both[0], both[1]._replace(size=None)))["dataset_datasetSize"] is None
    assert spdx_packages.dataset(one._replace(files=0), ())["dataset_datasetSize"] is None


@pytest.mark.parametrize(
    ("gated", "said"), [("no", "directDownload"), ("auto", "clickthrough"), ("manual", "registration"), (None, None)]
)
def test_how_data_can_be_had(gated: str | None, said: str | None) -> None:
    assert spdx_packages.dataset(ONE._replace(gated=gated), ())["dataset_datasetAvailability"] == said
    assert spdx_packages.dataset(ONE._replace(gated=gated, status="gone"), ())["dataset_datasetAvailability"] is None


def test_a_file_is_verified_by_the_hash_that_names_it() -> None:
    one = Artifact("file:sha256:" + "a" * 64, "present", "file", "model", "weights.gguf")
    fields = spdx_packages.common(one, None)
    assert fields["verifiedUsing"] == [{"type": "Hash", "algorithm": "sha256", "hashValue": "a" * 64}]
    assert fields["software_packageUrl"] == f"pkg:generic/{'a' * 64}?checksum=sha256:{'a' * 64}"
    assert fields["software_downloadLocation"] is None


def test_a_numbered_artifact_without_a_name_is_called_by_its_number() -> None:
    assert spdx_packages.common(Artifact("civitai:model:12", "present", "civitai", "model"), None)["name"] == "model:12"
    assert spdx_packages.common(unseen("name:Some tales"), None)["name"] == "Some tales"


def test_what_the_card_of_a_model_says() -> None:
    card = "## Uses\n\nTo write.\n\n## Limitations\n\nIt cannot read.\n\n## Training data\n\nTales.\n\n## Training procedure\n\nTwice.\n"
    fields = spdx_packages.model(ONE._replace(card=card))
    assert fields["ai_informationAboutApplication"] == "Made for the library transformers. To write."
    assert fields["ai_limitation"] == "It cannot read."
    assert fields["ai_informationAboutTraining"] == "Tales. Twice."


def test_profiles_are_claimed_where_nothing_lacks() -> None:
    whole = dict.fromkeys(spdx_packages.REQUIRED["ai_AIPackage"][1], "x") | {"type": "ai_AIPackage"}
    data = dict.fromkeys(spdx_packages.REQUIRED["dataset_DatasetPackage"][1], "x") | {"type": "dataset_DatasetPackage"}
    always = ["core", "software", "simpleLicensing"]
    assert spdx_packages.profiles([]) == (always, [])
    assert spdx_packages.profiles([whole, data]) == ([*always, "ai", "dataset"], [])
    poor = {name: value for name, value in whole.items() if name != "suppliedBy"}
    claimed, notes = spdx_packages.profiles([whole, poor, data])
    assert claimed == [*always, "dataset"]
    assert notes == ["The ai profile is used but not claimed: of 2 packages it lacks suppliedBy of 1."]
