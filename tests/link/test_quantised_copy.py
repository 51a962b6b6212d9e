from __future__ import annotations

from pathlib import Path

import pytest

from tests.build import collect, edges, model


def parent_of(tmp_path: Path, *records: dict[str, object]) -> set[tuple[str, str]]:
    ws, _ = collect(tmp_path / "w", records)
    return {
        (c[9:], p[9:])
        for c, p, relation, how in edges(ws, "quantised_copy")
        if (relation, how) == ("quantized", "inferred")
    }


@pytest.mark.parametrize(
    "name",
    ["Big-7B-GGUF", "big-7b-gguf", "Big-7B-i1-GGUF", "Big-7B-AWQ", "Big-7B-GPTQ-Int4", "Big-7B-4bit", "Big-7B-bnb-4bit",
     "Big-7B-4.65bpw-exl2", "Big-7B-FP8-Dynamic", "Big-7B-MLX-8bit", "Big-7B-Q4_K_M-GGUF", "org_Big-7B-GGUF", "Big-7B-w4a16"],
)  # fmt: skip
def test_names_without_their_suffix(tmp_path: Path, name: str) -> None:
    assert parent_of(tmp_path, model(f"quant/{name}"), model("org/Big-7B")) == {(f"quant/{name}", "org/Big-7B")}


@pytest.mark.parametrize("name", ["Big-7B-Instruct", "Big-7B-v2", "Big-7B", "Big-7B-awqward", "Bigger-7B-GGUF"])
def test_other_names_say_nothing(tmp_path: Path, name: str) -> None:
    assert parent_of(tmp_path, model(f"quant/{name}"), model("org/Big-7B")) == set()


def test_whose_model_is_meant(tmp_path: Path) -> None:
    rivals = [
        model("a/Big-7B", downloads=10),
        model("b/Big-7B", downloads=900),
        model("me/Other-7B"),
        model("b/Other-7B", downloads=5),
    ]
    copies = [model("q/Big-7B-GGUF"), model("q/a_Big-7B-GGUF"), model("me/Other-7B-GGUF")]
    assert parent_of(tmp_path, *rivals, *copies) == {
        ("q/Big-7B-GGUF", "b/Big-7B"), ("q/a_Big-7B-GGUF", "a/Big-7B"), ("me/Other-7B-GGUF", "me/Other-7B"),
    }  # fmt: skip


def test_a_name_that_six_models_bear_names_none(tmp_path: Path) -> None:
    rivals = [model(f"m{n}/Big-7B") for n in range(6)]
    assert parent_of(tmp_path, *rivals, model("q/Big-7B-GGUF")) == set()


def test_declared_parents_leave_the_name_unread(tmp_path: Path) -> None:
    copy = model("q/Big-7B-GGUF", tags=["gguf", "base_model:quantized:else/where"])
    ws, _ = collect(tmp_path / "w", [copy, model("org/Big-7B")])
    assert edges(ws, "quantised_copy") == set()
    assert {p for _, p, _, _ in edges(ws, "quantised_copy", also_declared=True)} == {"hf:model:org/Big-7B"}


def test_a_gguf_header_names_the_parent(tmp_path: Path) -> None:
    record = model("q/x", file_bases=["https://huggingface.co/org/Big-7B"])
    ws, _ = collect(tmp_path / "w", [record])
    assert edges(ws, "quantised_copy") == {("hf:model:q/x", "hf:model:org/Big-7B", "quantized", "read")}
