"""What a record names as its parents: from every field that says so, and nothing that is no id."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from headgate.upstream import upstream
from tests.build import collect, edges, model

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
RECORDS: list[tuple[dict[str, Any], list[str]]] = [
    ({}, []),
    ({"tags": ["base_model:a/b", "base_model:quantized:a/b", "base_model:merge:c/d"]}, ["model:a/b", "model:c/d"]),
    ({"cardData": {"base_model": "a/b"}}, ["model:a/b"]),
    ({"cardData": {"base_model": ["A/B", "a/b", None]}}, ["model:a/b"]),
    ({"cardData": json.dumps({"base_model": "gpt2", "datasets": "squad"})}, ["model:gpt2", "dataset:squad"]),
    ({"cardData": {"base_model": "https://huggingface.co/a/b/tree/main"}}, ["model:a/b"]),
    ({"cardData": {"base_model": ["huggingface.co/a/b/", " a/c "]}}, ["model:a/c", "model:a/b"]),
    ({"cardData": {"base_model": "a/b/"}}, ["model:a/b"]),
    ({"config": {"peft": {"base_model_name_or_path": "a/b"}}}, ["model:a/b"]),
    ({"config": {"adapter_config": {"base_model_name_or_path": "a/b"}}}, ["model:a/b"]),
    ({"config": {"base_model_name_or_path": "a/b"}}, ["model:a/b"]),
    ({"tags": ["dataset:d/e", "license:mit"], "cardData": {"datasets": ["d/e", "d/f"]}}, ["dataset:d/e", "dataset:d/f"]),
    ({"cardData": {"base_model": ["./local/path", "a b", "a/b/c", "a/..", "name:x", "civitai:model:1", "x" * 400]}}, []),
    ({"tags": "base_model:a/b", "cardData": "{", "config": []}, []),
    ({"tags": [7, None, {"name": "base_model:a/b"}], "cardData": {"base_model": [7, {}]}, "config": {"peft": 3}}, []),
]  # fmt: skip


@pytest.mark.parametrize(("record", "wanted"), RECORDS)
def test_what_a_record_names(record: dict[str, Any], wanted: list[str]) -> None:
    assert [f"{ref.kind}:{ref.id}" for ref in upstream(record)] == wanted


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # a busy machine
@given(st.dictionaries(st.sampled_from(["tags", "cardData", "config", "id"]), JSON))
def test_no_record_is_too_odd(record: dict[str, Any]) -> None:
    assert all(ref.hub == "hf" for ref in upstream(record))


def test_it_names_what_the_edges_of_the_declaring_links_point_at(tmp_path: Path) -> None:
    for number, (record, _) in enumerate(RECORDS[:11]):
        ws, _ = collect(tmp_path / str(number), [model("x/y") | {"config": None} | record])
        parents = {p.lower() for m in ("declared_base", "adapter_config") for _, p, *_ in edges(ws, m)}
        assert parents == {f"hf:model:{ref.id.lower()}" for ref in upstream(record) if ref.kind == "model"}
