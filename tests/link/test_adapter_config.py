from __future__ import annotations

from pathlib import Path

from tests.build import collect, edges, model


def test_the_configuration_names_the_base(tmp_path: Path) -> None:
    records = [
        model("me/lora", config={"peft": {"base_model_name_or_path": "org/base", "task_type": "CAUSAL_LM"}}),
        model("me/local", config={"peft": {"base_model_name_or_path": "/home/me/llama"}}),
        model("me/empty", config={"peft": {"base_model_name_or_path": " "}}),
        model("me/none", config={"model_type": "llama"}),
        model("me/odd", config="not an object"),
    ]
    ws, _ = collect(tmp_path / "w", records)
    assert edges(ws, "adapter_config") == {
        ("hf:model:me/lora", "hf:model:org/base", "adapter", "read"),
        ("hf:model:me/local", "name:/home/me/llama", "adapter", "read"),
    }
