"""A dataset as Croissant 1.1 metadata with the fields of responsible AI (RAI) 1.0, from facts alone.

A field is filled from what the hub or the card says, in its words, and else is absent. A file is listed only with its
hash, which Croissant asks of each; files whose hash the hub does not give are not.
Reference: Croissant 1.1 and Croissant RAI 1.0, http://mlcommons.org/croissant/.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, TypeAlias
from urllib.parse import quote

from headgate.bom import places, sections, words
from headgate.bom.shapes import PRESENT, Artifact, Cohort, File
from headgate.errors import BadInput

Json: TypeAlias = dict[str, Any]

CONFORMS = ("http://mlcommons.org/croissant/1.1", "http://mlcommons.org/croissant/RAI/1.0")
CONTEXT: Mapping[str, Any] = {
    "@language": "en", "@vocab": "https://schema.org/", "arrayShape": "cr:arrayShape", "citeAs": "cr:citeAs",
    "column": "cr:column", "conformsTo": "dct:conformsTo", "containedIn": "cr:containedIn",
    "cr": "http://mlcommons.org/croissant/", "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"}, "dct": "http://purl.org/dc/terms/",
    "description": {"@container": "@language"}, "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"}, "extract": "cr:extract", "field": "cr:field",
    "fileObject": "cr:fileObject", "fileProperty": "cr:fileProperty", "fileSet": "cr:fileSet", "format": "cr:format",
    "includes": "cr:includes", "isArray": "cr:isArray", "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath", "key": "cr:key", "md5": "cr:md5", "name": {"@container": "@language"},
    "parentField": "cr:parentField", "path": "cr:path", "prov": "http://www.w3.org/ns/prov#",
    "rai": "http://mlcommons.org/croissant/RAI/", "recordSet": "cr:recordSet", "references": "cr:references",
    "regex": "cr:regex", "repeated": "cr:repeated", "replace": "cr:replace", "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/", "separator": "cr:separator", "source": "cr:source", "subField": "cr:subField",
    "transform": "cr:transform",
}  # fmt: skip
# field of a card, property of RAI, and whether it takes several values
_RAI = (
    ("collection", "dataCollection", False), ("preprocessing", "dataPreprocessingProtocol", True),
    ("annotation", "dataAnnotationProtocol", True), ("annotators", "annotatorDemographics", True),
    ("uses", "dataUseCases", True), ("limitations", "dataLimitations", True), ("biases", "dataBiases", True),
    ("social impact", "dataSocialImpact", False), ("personal", "personalSensitiveInformation", True),
    ("maintenance", "dataReleaseMaintenancePlan", False),
)  # fmt: skip
_FORMATS = {
    "csv": "text/csv", "tsv": "text/tab-separated-values", "json": "application/json", "txt": "text/plain",
    "jsonl": "application/jsonlines", "parquet": "application/x-parquet", "zip": "application/zip",
    "gz": "application/gzip", "tar": "application/x-tar", "md": "text/markdown", "png": "image/png",
    "jpg": "image/jpeg", "jpeg": "image/jpeg", "wav": "audio/x-wav", "mp3": "audio/mpeg", "mp4": "video/mp4",
    "xml": "application/xml", "pdf": "application/pdf", "arrow": "application/vnd.apache.arrow.file",
}  # fmt: skip
_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9_.-]+")


def document(cohort: Cohort, *, moment: datetime) -> Json:
    """The Croissant metadata of the one dataset that `cohort` was asked for, made at `moment` (UTC).

    Raises `BadInput` where it was asked for several, or for what is no dataset of Hugging Face.
    """
    one = _dataset(cohort)
    made: Json = {
        "@context": copy.deepcopy(dict(CONTEXT)),
        "@type": "sc:Dataset",
        "conformsTo": list(CONFORMS),
        "name": _name(one),
        "description": words.summary(one.card) or "No description of this dataset was collected.",
        "url": places.home(one),
        "sdDatePublished": places.stamp(moment),
    }
    told = {
        "alternateName": words.line(one.ref.split(":", 2)[2], 300),
        "version": words.line(one.sha, 64).lower() if one.sha else None,
        "dateCreated": places.stamp(one.created) if one.created else None,
        "datePublished": places.stamp(one.created) if one.created else None,
        "dateModified": places.stamp(one.modified) if one.modified else None,
        "creator": _account(one),
        "publisher": _account(one),
        "license": [_licence(one, number) for number in range(len(one.licences))],
        "inLanguage": _tagged(one, "language:"),
        "keywords": [*_tagged(one, "task_categories:"), *_tagged(one, "modality:")],
        "distribution": list(_distribution(one, cohort.files.get(one.ref, ()))),
        "prov:wasDerivedFrom": _origins(cohort, one.ref),
        **_responsible(one),
    }
    return made | {name: value for name, value in told.items() if value not in (None, [], "")}


def _dataset(cohort: Cohort) -> Artifact:
    asked = [cohort.artifacts[ref] for ref in cohort.asked]
    wrong = [one.ref for one in asked if one.kind != "dataset" or one.hub != "huggingface" or one.status != PRESENT]
    if wrong or len(asked) != 1:
        what = f"{words.line(wrong[0], 100)} is no dataset of Hugging Face" if wrong else f"{len(asked)} were asked for"
        msg = f"Croissant describes one dataset: {what}. Name one, such as hf:dataset:org/name."
        raise BadInput(msg)
    return asked[0]


def _name(one: Artifact) -> str:
    # Croissant allows letters, digits and - _ . in a name, 255 of them
    return _NOT_IN_A_NAME.sub("-", one.ref.split(":", 2)[2].rpartition("/")[2])[:255]


def _account(one: Artifact) -> Json | None:
    # a hub does not say whether an account is a person's; Croissant knows persons and organisations only
    if not one.author:
        return None
    url = f"https://huggingface.co/{quote(one.author, safe='')}"
    return {"@type": "sc:Organization", "name": words.line(one.author, 200), "url": url}


def _licence(one: Artifact, number: int) -> Json | str:
    licence = one.licences[number]
    if licence.spdx:
        return places.licence(licence.spdx)
    work: Json = {"@type": "sc:CreativeWork", "name": words.line(licence.declared, 200)}
    if len(one.licences) == 1:
        work["name"] = words.line(one.licence_name or licence.declared, 200)
        if url := words.address(one.licence_link):
            work["url"] = url
    return work


def _tagged(one: Artifact, start: str) -> list[str]:
    return sorted({words.line(tag.removeprefix(start), 100) for tag in one.tags if tag.startswith(start)})


def _distribution(one: Artifact, files: tuple[File, ...]) -> Iterator[Json]:
    for number, file in enumerate((file for file in files if file.sha256), 1):
        ending = file.path.rpartition(".")[2].lower()
        made: Json = {
            "@type": "cr:FileObject",
            "@id": f"file-{number}",
            "name": _NOT_IN_A_NAME.sub("-", file.path)[-255:],
            "contentUrl": places.file(one, file.path),
            "encodingFormat": _FORMATS.get(ending, "application/octet-stream"),
            "sha256": file.sha256,
        }
        yield made if file.size is None else {**made, "contentSize": f"{file.size} B"}


def _origins(cohort: Cohort, ref: str) -> list[Json]:
    """What the dataset comes from, by the page of each, or else by its ref."""
    parents = sorted({edge.parent for edge in cohort.parents.get(ref, ()) if edge.parent != ref})
    return [
        {"@id": places.home(cohort.artifacts[parent]) or f"urn:headgate:{quote(parent, safe=':/', errors='replace')}",
         "prov:label": words.line(parent, 300)}
        for parent in parents
    ]  # fmt: skip


def _responsible(one: Artifact) -> Json:
    said = sections.read(one.card)
    return {
        f"rai:{name}": said[field] if several else " ".join(said[field])
        for field, name, several in _RAI
        if field in said
    }
