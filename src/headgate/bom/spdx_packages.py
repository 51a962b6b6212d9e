"""Models and datasets as packages of the AI and Dataset profiles of SPDX 3.0.1, from facts alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from headgate.bom import cyclonedx, places, sections, words
from headgate.bom.shapes import PRESENT, Artifact, File

Json: TypeAlias = dict[str, Any]

# what a profile asks of its packages beyond what the shapes check ("External properties restrictions")
REQUIRED: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "ai_AIPackage": ("ai", ("suppliedBy", "releaseTime", "software_packageVersion", "software_downloadLocation",
                            "software_primaryPurpose")),
    "dataset_DatasetPackage": ("dataset", ("originatedBy", "builtTime", "releaseTime", "software_downloadLocation",
                                           "software_primaryPurpose")),
}  # fmt: skip
_TYPES = {
    "text": "text", "image": "image", "audio": "audio", "video": "video", "tabular": "structured",
    "timeseries": "timeseries", "time-series": "timeseries",
}  # fmt: skip
_AVAILABLE = {"no": "directDownload", "auto": "clickthrough", "manual": "registration"}


def common(one: Artifact, supplier: str | None) -> Json:
    """Fields of any package; `supplier` is the id of the account that published it."""
    version = words.line(one.sha, 64).lower() if one.sha else None
    fields: Json = {
        "name": words.line(one.name or one.ref.partition(":")[2], 300),
        "summary": words.summary(one.card),
        "comment": None if one.status == PRESENT else f"Not held here: {one.status}.",
        "externalIdentifier": [_identifier(one.ref)],
        "externalRef": [
            {"type": "ExternalRef", "externalRefType": "documentation", "locator": [url]}
            for url in words.papers(one.tags)
        ],
        "suppliedBy": supplier,
        "software_packageVersion": version,
        "software_packageUrl": cyclonedx.purl(one),
        "software_homePage": places.home(one),
        "software_downloadLocation": places.download(one),
    }
    if released := one.modified or one.created:
        fields["releaseTime"] = places.stamp(released)
    if one.ref.startswith("file:sha256:"):
        digest = one.ref.rpartition(":")[2]
        fields["verifiedUsing"] = [{"type": "Hash", "algorithm": "sha256", "hashValue": digest}]
    return fields


def model(one: Artifact) -> Json:
    """Fields of an AI package: what the hub and the card say of the model."""
    said = sections.read(one.card)
    weights = [{"type": "DictionaryEntry", "key": "number of weights", "value": str(one.parameters)}]
    return {
        "software_primaryPurpose": "model",
        "ai_typeOfModel": [words.line(one.architecture, 100)] if one.architecture else None,
        "ai_domain": [words.line(one.pipeline, 100)] if one.pipeline else None,
        "ai_hyperparameter": weights if one.parameters is not None else None,
        "ai_informationAboutApplication": _application(one, said),
        "ai_informationAboutTraining": _joined(said, "training data", "training"),
        "ai_limitation": _joined(said, "limitations", "biases"),
        "ai_modelDataPreprocessing": said.get("preprocessing"),
    }


def dataset(one: Artifact, files: Sequence[File]) -> Json:
    """Fields of a dataset package, `files` being those listed of it; its type is what tags declare, or not asserted."""
    said = sections.read(one.card)
    types = {_TYPES.get(tag.lower().removeprefix("modality:")) for tag in one.tags if tag.startswith("modality:")}
    sizes = [file.size for file in files if file.size is not None]
    whole = bool(files) and len(sizes) == len(files) == one.files
    fields: Json = {
        "software_primaryPurpose": "data",
        "dataset_datasetType": sorted(found for found in types if found) or ["noAssertion"],
        "dataset_datasetSize": sum(sizes) if whole else None,
        "dataset_datasetAvailability": _AVAILABLE.get(one.gated or "") if one.status == PRESENT else None,
        "dataset_dataCollectionProcess": _joined(said, "collection"),
        "dataset_dataPreprocessing": said.get("preprocessing"),
        "dataset_datasetUpdateMechanism": _joined(said, "maintenance"),
        "dataset_intendedUse": _joined(said, "uses"),
        "dataset_knownBias": [*said.get("biases", ()), *said.get("limitations", ())],
    }
    if one.modified:
        fields["builtTime"] = places.stamp(one.modified)
    return fields


def profiles(packages: Sequence[Json]) -> tuple[list[str], list[str]]:
    """The profiles that `packages` conform to, and a sentence on each of the two that is not claimed."""
    claimed, notes = ["core", "software", "simpleLicensing"], []
    for kind, (profile, fields) in REQUIRED.items():
        of_kind = [one for one in packages if one["type"] == kind]
        lacking = {field: number for field in fields if (number := sum(field not in one for one in of_kind))}
        if of_kind and not lacking:
            claimed.append(profile)
        elif lacking:
            told = ", ".join(f"{field} of {number}" for field, number in lacking.items())
            notes.append(f"The {profile} profile is used but not claimed: of {len(of_kind)} packages it lacks {told}.")
    return claimed, notes


def _identifier(ref: str) -> Json:
    return {"type": "ExternalIdentifier", "externalIdentifierType": "other", "identifier": words.line(ref, 400),
            "issuingAuthority": "headgate"}  # fmt: skip


def _application(one: Artifact, said: Mapping[str, list[str]]) -> str | None:
    made_for = [f"Made for the library {words.line(one.library, 100)}."] if one.library else []
    return " ".join([*made_for, *said.get("uses", ())]) or None


def _joined(said: Mapping[str, list[str]], *fields: str) -> str | None:
    return " ".join(text for field in fields for text in said.get(field, ())) or None
