"""Croissant metadata: what it says, and that the public reader accepts and keeps it."""

from __future__ import annotations

import json
import random
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headgate import run
from headgate.bom import croissant, facts
from headgate.bom.shapes import Artifact, Cohort, Edge, Licence, only
from headgate.errors import BadInput
from headgate.synthetic.generate import generate
from headgate.workspace import open_workspace
from tests.bom.spdx_cohort import CARD, DATA, MODEL, MOMENT, cohort

# the reader is of an older style; its warnings are not ours
pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
]


@pytest.fixture(scope="module")
def mlc() -> ModuleType:
    return pytest.importorskip("mlcroissant", reason="the public reader of Croissant is not installed")


def made(**changes: Any) -> dict[str, Any]:
    found = cohort(DATA)
    found.artifacts[DATA] = found.artifacts[DATA]._replace(**changes)
    return croissant.document(found, moment=MOMENT)


def test_a_dataset_says_what_is_known_of_it() -> None:
    document = made()
    account = {"@type": "sc:Organization", "name": "acme", "url": "https://huggingface.co/acme"}
    assert {name: value for name, value in document.items() if name != "@context"} == {
        "@type": "sc:Dataset",
        "conformsTo": ["http://mlcommons.org/croissant/1.1", "http://mlcommons.org/croissant/RAI/1.0"],
        "name": "tales",
        "description": "A corpus of invented tales that was written for the tests of this project.",
        "url": "https://huggingface.co/datasets/acme/tales",
        "sdDatePublished": "2026-11-21T09:30:15Z",
        "alternateName": "acme/tales",
        "version": "d" * 40,
        "dateCreated": "2025-01-02T03:04:05Z",
        "datePublished": "2025-01-02T03:04:05Z",
        "dateModified": "2025-06-07T08:09:10Z",
        "creator": account,
        "publisher": account,
        "license": [
            {"@type": "sc:CreativeWork", "name": "Tale licence", "url": "https://example.org/tale-licence"},
        ],
        "inLanguage": ["en"],
        "keywords": ["text-generation", "tabular", "text"],
        # readme.md has no hash, and Croissant asks for one
        "distribution": [
            {
                "@type": "cr:FileObject",
                "@id": "file-1",
                "name": "data-a-b.parquet",
                "contentUrl": f"https://huggingface.co/datasets/acme/tales/resolve/{'d' * 40}/data/a%20b.parquet",
                "encodingFormat": "application/x-parquet",
                "sha256": "e" * 64,
                "contentSize": "70 B",
            }
        ],
        "rai:dataCollection": "Written by hand. Then sorted. ``` # Personal and Sensitive Information not a heading ```",
        "rai:dataUseCases": ["For tests only."],
        "rai:dataLimitations": ["Every tale ends well."],
        "rai:personalSensitiveInformation": ["None: nobody in it is real."],
    }


def test_the_same_facts_give_the_same_bytes_whatever_a_reader_does_to_them(mlc: ModuleType) -> None:
    before = json.dumps(made())
    document = made()
    mlc.Dataset(jsonld=document)  # which writes into the context
    document["@context"]["data"].clear()
    document["conformsTo"].clear()
    assert json.dumps(made()) == before


def test_what_nobody_stated_is_absent() -> None:
    bare = Artifact(DATA, "present", "huggingface", "dataset", "acme/tales")
    document = croissant.document(Cohort((DATA,), {DATA: bare}, {}, {}, {}, {}, linked=True), moment=MOMENT)
    assert set(document) == {
        "@context", "@type", "conformsTo", "name", "description", "url", "sdDatePublished", "alternateName",
    }  # fmt: skip
    assert document["description"] == "No description of this dataset was collected."


def test_a_licence_of_spdx_is_its_page() -> None:
    document = made(
        licences=(Licence("mit", "MIT", "MIT"), Licence("strange", None, None)), licence_name="Tale licence"
    )
    assert document["license"] == ["https://spdx.org/licenses/MIT", {"@type": "sc:CreativeWork", "name": "strange"}]


def test_provenance_names_what_it_comes_from() -> None:
    found = cohort(DATA)
    found.parents[DATA] = tuple(
        Edge(DATA, parent, "copy", "read", 1.0, None, "same_files") for parent in (MODEL, DATA, "name:some tales <1>")
    )
    document = croissant.document(found, moment=MOMENT)
    assert document["prov:wasDerivedFrom"] == [
        {"@id": "https://huggingface.co/acme/writer", "prov:label": MODEL},
        {"@id": "urn:headgate:name:some%20tales%20%3C1%3E", "prov:label": "name:some tales <1>"},
    ]
    assert document["@context"]["prov"] == "http://www.w3.org/ns/prov#"


def test_only_one_dataset_of_hugging_face_can_be_described() -> None:
    with pytest.raises(BadInput, match=r"hf:model:acme/writer is no dataset of Hugging Face\. Name one"):
        croissant.document(cohort(MODEL), moment=MOMENT)
    two = cohort(DATA)._replace(asked=(DATA, DATA))
    with pytest.raises(BadInput, match="one dataset: 2 were asked for"):
        croissant.document(two, moment=MOMENT)
    gone = cohort(DATA)
    gone.artifacts[DATA] = gone.artifacts[DATA]._replace(status="gone")
    with pytest.raises(BadInput, match="is no dataset"):
        croissant.document(gone, moment=MOMENT)


def test_the_reader_keeps_every_field(mlc: ModuleType) -> None:
    card = CARD + "\n".join(
        f"\n## {heading}\n\n{heading} is told.\n"
        for heading in ("Annotation process", "Who are the annotators?", "Social Impact of Dataset",
                        "Discussion of Biases", "Data preprocessing", "Maintenance")
    )  # fmt: skip
    read = mlc.Dataset(jsonld=made(card=card)).metadata
    assert read.ctx.issues.errors == set()
    assert [
        str(one) for one in read.ctx.issues.warnings if "recommended" not in str(one)
    ] != []  # a commit is no SemVer
    assert read.name == "tales"
    assert read.ctx.conforms_to.value == "http://mlcommons.org/croissant/1.1"
    assert read.data_collection.startswith("Written by hand.")
    assert read.data_use_cases == ["For tests only."]
    assert read.data_limitations == ["Every tale ends well."]
    assert read.personal_sensitive_information == ["None: nobody in it is real."]
    assert read.data_annotation_protocol == ["Annotation process is told."]
    assert read.annotator_demographics == ["Who are the annotators? is told."]
    assert read.data_social_impact == "Social Impact of Dataset is told."
    assert read.data_biases == ["Discussion of Biases is told."]
    assert read.data_preprocessing_protocol == ["Data preprocessing is told."]
    assert read.data_release_maintenance_plan == "Maintenance is told."
    assert read.distribution[0].sha256 == "e" * 64
    assert read.license[0].url == "https://example.org/tale-licence"


def test_the_reader_rejects_a_file_without_a_hash(mlc: ModuleType) -> None:
    document = made()
    del document["distribution"][0]["sha256"]
    with pytest.raises(mlc.ValidationError, match="sha256"):
        mlc.Dataset(jsonld=document)


@settings(max_examples=25, deadline=None)
@given(st.text(min_size=1, max_size=30), st.text(min_size=1, max_size=30))
def test_no_text_of_a_hub_makes_it_invalid(mlc: ModuleType, one: str, two: str) -> None:
    document = made(author=one, licence_name=two, licences=(Licence(one, None, None),), tags=(f"language:{one}",),
                    card=f"## Uses\n{one}\n\n## Limitations\n{two}\n")  # fmt: skip
    assert mlc.Dataset(jsonld=document).metadata.ctx.issues.errors == set()


def gathered(folder: Path, records: Path) -> Cohort:
    ws = open_workspace(folder, create=True)
    run.collect(ws, "dump", path=records, shape="huggingface-datasets")
    return facts.gather(ws, None)


def test_every_dataset_of_the_synthetic_hub(mlc: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADGATE_KEY", "k" * 32)
    generate(tmp_path / "hub", artifacts=300)
    found = gathered(tmp_path / "ws", tmp_path / "hub" / "hf_datasets.jsonl.zst")
    assert len(found.asked) >= 20
    documents = [croissant.document(only(found, ref), moment=MOMENT) for ref in found.asked]
    assert any("distribution" in document for document in documents)
    for document in documents:
        assert mlc.Dataset(jsonld=document).metadata.ctx.issues.errors == set()


@pytest.fixture(scope="module")
def real(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Cohort:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HEADGATE_KEY", "k" * 32)
        return gathered(tmp_path_factory.mktemp("real") / "ws", data / "hub" / "hf_datasets.jsonl.gz")


def test_real_datasets(mlc: ModuleType, real: Cohort) -> None:
    assert len(real.asked) == 25_918
    documents = {ref: croissant.document(only(real, ref), moment=MOMENT) for ref in real.asked}
    for ref in random.Random(4).sample(real.asked, 200):
        assert mlc.Dataset(jsonld=documents[ref]).metadata.ctx.issues.errors == set()
