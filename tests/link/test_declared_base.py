from __future__ import annotations

import csv
import gzip
from pathlib import Path

import pytest

from tests.build import collect, edges, model


def test_tags_name_the_relation(tmp_path: Path) -> None:
    tags = ["base_model:org/base", "base_model:finetune:org/base", "base_model:quantized:org/other"]
    ws, _ = collect(tmp_path / "w", [model("me/child", tags=tags), model("org/base")])
    assert edges(ws, "declared_base") == {
        ("hf:model:me/child", "hf:model:org/base", "finetune", "declared"),
        ("hf:model:me/child", "hf:model:org/other", "quantized", "declared"),
    }


@pytest.mark.parametrize(
    ("fields", "relation"),
    [
        ({}, "finetune"),
        ({"library_name": "peft"}, "adapter"),
        ({"tags": ["lora"]}, "adapter"),
        ({"tags": ["gguf"]}, "quantized"),
        ({"library_name": "mlx"}, "quantized"),
        ({"tags": ["mergekit"]}, "merge"),
    ],
)
def test_a_card_without_a_relation_is_read_as_the_hub_reads_it(
    tmp_path: Path, fields: dict[str, object], relation: str
) -> None:
    record = model("me/child", **fields) | {"cardData": {"base_model": "org/base"}}
    ws, _ = collect(tmp_path / "w", [record])
    assert edges(ws, "declared_base") == {("hf:model:me/child", "hf:model:org/base", relation, "declared")}


def test_several_parents_of_a_card_are_a_merge_and_a_stated_relation_wins(tmp_path: Path) -> None:
    two = model("me/two") | {"cardData": {"base_model": ["a/x", "b/y"]}}
    said = model("me/said") | {"cardData": {"base_model": ["a/x", "b/y"], "base_model_relation": "Finetune"}}
    odd = model("me/odd") | {"cardData": {"base_model": "a/x", "base_model_relation": "cousin"}}
    ws, _ = collect(tmp_path / "w", [two, said, odd])
    found = {(child[9:], parent[9:], relation) for child, parent, relation, _ in edges(ws, "declared_base")}
    assert found == {
        ("me/two", "a/x", "merge"), ("me/two", "b/y", "merge"), ("me/said", "a/x", "finetune"),
        ("me/said", "b/y", "finetune"), ("me/odd", "a/x", "finetune"),
    }  # fmt: skip


def test_one_parent_spelled_twice_is_one_edge_to_the_artifact_that_exists(tmp_path: Path) -> None:
    child = model("me/child", tags=["base_model:finetune:ORG/base"]) | {"cardData": {"base_model": "org/BASE"}}
    ws, _ = collect(tmp_path / "w", [child, model("Org/Base")])
    assert edges(ws, "declared_base") == {("hf:model:me/child", "hf:model:Org/Base", "finetune", "declared")}


def test_an_address_and_an_id_are_one_parent(tmp_path: Path) -> None:
    record = model("me/child", tags=["base_model:a/whisper"]) | {
        "cardData": {"base_model": "https://huggingface.co/a/Whisper"}
    }
    ws, _ = collect(tmp_path / "w", [record])
    assert {(p.lower(), r) for _, p, r, _ in edges(ws, "declared_base")} == {("hf:model:a/whisper", "finetune")}


def test_odd_parents_are_kept_not_dropped(tmp_path: Path) -> None:
    record = model("me/self", tags=["base_model:finetune:me/self"]) | {
        "cardData": {"base_model": ["/data/llama", "https://huggingface.co/org/base", "me/self", "", None, "a b\n<c>"]}
    }
    ws, _ = collect(tmp_path / "w", [record])
    parents = {parent for _, parent, _, _ in edges(ws, "declared_base")}
    assert parents == {"hf:model:me/self", "name:/data/llama", "hf:model:org/base", "name:a b <c>"}


def test_agrees_with_the_public_dependency_network(tmp_path: Path, data: Path) -> None:
    from headgate import run
    from headgate.workspace import open_workspace

    ws = open_workspace(tmp_path / "w", create=True)
    made = run.collect(ws, "dump", path=data / "hub" / "hf_models.jsonl.gz")
    assert (made.counts["records"], made.counts["kept"], made.rows["artifacts"]) == (60_606, 60_606, 60_606)
    ours = {(c[9:].lower(), p[9:].lower(), r) for c, p, r, _ in edges(ws, "declared_base")}
    with gzip.open(data / "hub" / "hf_edges.csv.gz", "rt", encoding="utf-8") as file:
        rows = [(row["child"], row["parent"], row["relation"]) for row in csv.DictReader(file)]
    theirs = {(c.lower(), p.lower(), r) for c, p, r in rows}
    # 51 of the 39,203 rows repeat another row with the parent's id in different case
    assert (len(rows), len(theirs)) == (39_203, 39_152)
    assert theirs <= ours
    # four more come from cards whose parent no tag repeats
    assert len(ours - theirs) == 4
