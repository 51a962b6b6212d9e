from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from headgate.synthetic.huggingface import dataset_record, hub_id, model_record
from headgate.synthetic.shapes import EARLIER, Corpus, Family, Repo, Weight
from tests.synthetic.dumps import LINEAGE, STAMP, Dumps, Record, edges

FAMILY = Family("Fen", "maker", "llama", "mit")
CREATED = datetime(2024, 3, 4, 5, 6, 7, tzinfo=UTC)
SHA = "ab" * 32
# What /api/models gives with `expand`, and of what kind.
COMMON = {
    "_id": r"[0-9a-f]{24}", "id": r"[A-Za-z0-9][\w.\-]{0,95}/[\w.\-]{1,96}", "author": r"[A-Za-z0-9][\w.\-]{0,95}",
    "sha": r"[0-9a-f]{40}", "createdAt": STAMP, "lastModified": STAMP, "private": bool, "gated": (bool, str),
    "downloads": int, "likes": int, "tags": list, "siblings": list,
}  # fmt: skip


def repo(relation: str = "finetune", form: str = "transformers", **fields: Any) -> Repo:
    made = Repo("ann/Fen-7B-Chat", FAMILY, 7, relation, CREATED, form, **fields)
    made.declared, made.weights = ["maker/Fen-7B"], (Weight("m.safetensors", 10**9, SHA),)
    return made


def check(record: Record, always: dict[str, Any], sometimes: dict[str, Any]) -> None:
    assert always.keys() <= record.keys() <= always.keys() | sometimes.keys(), record.keys()
    for field, value in record.items():
        kind = {**always, **sometimes}[field]
        assert re.fullmatch(kind, value) if isinstance(kind, str) else isinstance(value, kind), (field, value)


def test_records_have_the_shape_of_the_api(dumps: Dumps) -> None:
    for record in [*dumps.models, *dumps.old_models]:
        check(record, COMMON | {"modelId": COMMON["id"], "pipeline_tag": str},
              {"library_name": str, "cardData": dict, "config": dict, "safetensors": dict, "gguf": dict, "card": str})  # fmt: skip
        assert record["id"] == record["modelId"]
        assert record["id"].split("/")[0] == record["author"]
        assert record["gated"] in (False, "auto", "manual")
        assert record["createdAt"] <= record["lastModified"] < "2026-11-02"
        for file in record["siblings"]:
            check(file, {"rfilename": str, "size": int}, {"lfs": dict})
            if "lfs" in file:
                check(file["lfs"], {"sha256": r"[0-9a-f]{64}", "size": int, "pointerSize": int}, {})
                assert file["size"] == file["lfs"]["size"] > 65_536
    for record in dumps.datasets:
        check(record, COMMON | {"disabled": bool}, {"cardData": dict, "description": str})
    for field in ("safetensors", "gguf"):
        assert all(record[field]["total"] > 10**8 for record in dumps.models if field in record)


def test_a_fine_tune_s_record() -> None:
    record = model_record(repo(licence="mit", datasets=["bob/pairs"], has_text=False, downloads=900), 7)
    assert record["tags"] == ["transformers", "safetensors", "llama", "text-generation", "base_model:maker/Fen-7B",
                              "base_model:finetune:maker/Fen-7B", "dataset:bob/pairs", "license:mit", "region:us"]  # fmt: skip
    assert (record["createdAt"], record["downloads"]) == ("2024-03-04T05:06:07.000Z", 900)
    assert record["safetensors"] == {"parameters": {"BF16": 7 * 10**9}, "total": 7 * 10**9}
    assert record["config"] == {"architectures": ["LlamaForCausalLM"], "model_type": "llama"}
    paths = [f["rfilename"] for f in record["siblings"]]
    assert paths == [".gitattributes", "README.md", "config.json", "m.safetensors"]
    assert record["siblings"][-1]["lfs"] == {"sha256": SHA, "size": 10**9, "pointerSize": 135}
    assert record["cardData"]["base_model"] in ("maker/Fen-7B", ["maker/Fen-7B"])
    assert "card" not in record


def test_the_hub_makes_no_tag_of_a_parent_that_it_cannot_read() -> None:
    for spelling, written in (("url", "https://huggingface.co/maker/Fen-7B"), ("lower", "maker/fen-7b")):
        record = model_record(repo(spelling=spelling), 7)
        assert record["cardData"]["base_model"] in (written, [written])
        assert not [t for t in record["tags"] if t.startswith("base_model")]


def test_without_a_card_only_what_the_hub_reads_from_files_is_left() -> None:
    record = model_record(repo("quantized", "gguf", has_card=False, told="name"), 7)
    assert not {"cardData", "card", "library_name"} & record.keys()
    assert record["tags"] == ["text-generation", "gguf", "region:us"]
    assert record["gguf"] == {"total": 7 * 10**9, "architecture": "llama", "context_length": 8192}
    adapter = model_record(repo("adapter", "peft", has_card=False, told="config"), 7)
    assert adapter["config"]["peft"]["base_model_name_or_path"] == "maker/Fen-7B"


def test_the_hub_s_own_id_survives_a_rename() -> None:
    renamed = repo(old_id="ann/Before")
    now, before = model_record(renamed, 7), model_record(renamed, 7, EARLIER)
    assert (now["id"], before["id"]) == ("ann/Fen-7B-Chat", "ann/Before")
    assert now["_id"] == before["_id"] == hub_id(7, "hf:model:ann/Before") != hub_id(8, "hf:model:ann/Before")
    assert before["lastModified"] < "2025-05-01"


def test_a_dataset_s_record() -> None:
    record = dataset_record(Corpus("bob/law", "law", CREATED, "cc0-1.0", True, 5, 9_999), 7)
    assert (record["cardData"]["license"], record["cardData"]["size_categories"]) == ("cc0-1.0", ["1K<n<10K"])
    assert {"license:cc0-1.0", "size_categories:1K<n<10K"} <= set(record["tags"])
    bare = dataset_record(Corpus("bob/law", "law", CREATED, None, False, 5, 10**7), 7)
    assert bare["tags"] == ["format:parquet", "region:us"]
    assert "cardData" not in bare


def test_declared_parents_are_what_cards_and_tags_say(dumps: Dumps) -> None:
    said = set()
    for record in dumps.models:
        card = record.get("cardData", {}).get("base_model", [])
        tags = [t.split(":")[-1] for t in record["tags"] if t.startswith("base_model:")]
        bare = [
            p.removeprefix("https://huggingface.co/") for p in [*([card] if isinstance(card, str) else card), *tags]
        ]
        said |= {(f"hf:model:{record['id']}".lower(), f"hf:model:{p}".lower()) for p in bare}
    assert said == {(c.lower(), p.lower()) for c, p in edges(dumps.truth, LINEAGE, "declared")}
    assert len(said) > 600


def test_relations_are_those_of_the_tags(dumps: Dumps) -> None:
    tags = [(r["id"], t.split(":")) for r in dumps.models for t in r["tags"] if t.startswith("base_model:")]
    said = {(f"hf:model:{id_}", f"hf:model:{t[2]}", t[1]) for id_, t in tags if len(t) == 3}
    assert said <= {(e.child, e.parent, e.relation) for e in dumps.truth.edges if e.told == "declared"}
    assert {relation for _, _, relation in said} == LINEAGE
