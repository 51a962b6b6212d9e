from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from headgate.synthetic.civitai import model_record
from headgate.synthetic.shapes import EARLIER, Upload, Version, Weight
from tests.synthetic.dumps import STAMP, Dumps, edges

SHA = "ab" * 32


def version(id_: int, year: int, path: str = "x.safetensors", downloads: int = 100) -> Version:
    created = datetime(year, 2, 3, 23, 55, tzinfo=UTC)
    return Version(id_, f"v{id_}", "SDXL 1.0", created, ["ink style"], Weight(path, 2048, SHA), downloads)


def upload(*versions: Version, **fields: Any) -> Upload:
    return Upload(30, "Ink", "ann", "LORA", "<p>Ink.</p>", ["style"], ["Image"], list(versions), **fields)


def test_records_have_the_shape_of_the_api(dumps: Dumps) -> None:
    for record in [*dumps.civitai, *dumps.old_civitai]:
        assert {k: type(record[k]) for k in ("id", "name", "description", "type", "nsfw", "poi", "tags", "creator")} == {
            "id": int, "name": str, "description": str, "type": str, "nsfw": bool, "poi": bool, "tags": list, "creator": dict
        }  # fmt: skip
        assert record["modelVersions"]
        assert set(record["stats"]) >= {"downloadCount", "thumbsUpCount"}
        for v in record["modelVersions"]:
            assert re.fullmatch(STAMP, v["createdAt"])
            assert v["createdAt"] < v["publishedAt"] < "2026-11-01"
            assert all(isinstance(word, str) for word in v["trainedWords"])
            for file in v["files"]:
                assert (type(file["sizeKB"]), file["type"]) == (float, "Model")
                assert re.fullmatch(r"[0-9A-F]{64}", file["hashes"]["SHA256"])
    assert {type(record["allowCommercialUse"]) for record in dumps.civitai} == {list, str}


def test_a_version_s_record() -> None:
    record = model_record(upload(version(31, 2024)), 7)
    assert record is not None
    (made,) = record["modelVersions"]
    assert (made["id"], made["baseModel"], made["trainedWords"]) == (31, "SDXL 1.0", ["ink style"])
    assert (made["createdAt"], made["publishedAt"]) == ("2024-02-03T23:55:00.000Z", "2024-02-04T00:02:00.000Z")
    (file,) = made["files"]
    assert (file["name"], file["sizeKB"], file["metadata"]["format"]) == ("x.safetensors", 2.0, "SafeTensor")
    assert file["hashes"] == {"AutoV2": "ABABABABAB", "SHA256": SHA.upper()}


def test_an_old_embedding_is_a_pickle() -> None:
    record = model_record(upload(version(31, 2024, "x.pt")), 7)
    assert record is not None
    assert record["modelVersions"][0]["files"][0]["metadata"]["format"] == "PickleTensor"


def test_the_newest_version_comes_first_and_downloads_are_their_sum() -> None:
    record = model_record(upload(version(31, 2024), version(32, 2025, downloads=11)), 7)
    assert record is not None
    assert [(v["index"], v["id"]) for v in record["modelVersions"]] == [(0, 32), (1, 31)]
    assert record["stats"]["downloadCount"] == 111


def test_an_earlier_record_holds_what_was_there_by_then() -> None:
    both = upload(version(31, 2024), version(32, 2026), nsfw=True, poi=True)
    record = model_record(both, 7, EARLIER)
    assert record is not None
    assert [v["id"] for v in record["modelVersions"]] == [31]
    assert (record["stats"]["downloadCount"], record["nsfw"], record["poi"]) == (50, True, True)
    assert model_record(upload(version(32, 2026)), 7, EARLIER) is None


def test_versions_and_their_families_are_what_the_truth_says(dumps: Dumps) -> None:
    versions = {
        (f"civitai:version:{v['id']}", f"civitai:model:{r['id']}") for r in dumps.civitai for v in r["modelVersions"]
    }
    assert versions == edges(dumps.truth, {"version_of"}, "declared")
    families = edges(dumps.truth, {"base_family"}, "declared")
    assert {child for child, _ in versions} == {child for child, _ in families}
    there = {f"hf:model:{r['id']}" for r in dumps.models} | {f"civitai:model:{r['id']}" for r in dumps.civitai}
    assert {parent for _, parent in families} <= there
