from __future__ import annotations

from pathlib import Path

from tests.build import collect, edges


def test_versions_join_their_model_and_their_family(tmp_path: Path) -> None:
    versions = [
        {"id": 10, "name": "v1", "baseModel": "SDXL 1.0"},
        {"id": 11, "name": "v2", "baseModel": "Family Nobody Knows"},
        {"id": 12, "name": "v3", "baseModel": "Other"},
    ]
    ws, _ = collect(tmp_path / "w", [{"id": 1, "name": "m", "type": "LORA", "modelVersions": versions}], "civitai")
    assert edges(ws, "version_of") == {
        *((f"civitai:version:{n}", "civitai:model:1", "version_of", "declared") for n in (10, 11, 12)),
        ("civitai:version:10", "hf:model:stabilityai/stable-diffusion-xl-base-1.0", "base_family", "declared"),
        ("civitai:version:11", "name:Family Nobody Knows", "base_family", "declared"),
    }
