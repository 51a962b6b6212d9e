"""Folders that would lead transformers to a pickle, to another place or to code are refused before it sees them."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import pytest

from headgate.errors import BadInput
from headgate.model_folders import checked


def made(folder: Path, config: object = None, index: object = None) -> Path:
    (folder / "config.json").write_text(json.dumps({"model_type": "bert"} if config is None else config))
    (folder / "model.safetensors").write_bytes(b"")
    if index is not None:
        (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    return folder


def test_a_plain_folder_passes_with_its_config(tmp_path: Path) -> None:
    index = {"metadata": {}, "weight_map": {"a": "model-1.safetensors", "b": "model-2.safetensors"}}
    assert checked(made(tmp_path, {"model_type": "bert", "attn_implementation": "sdpa"}, index))["model_type"] == "bert"


@pytest.mark.parametrize(
    "index",
    [{"weight_map": {"a": "evil.bin"}}, {"weight_map": {"a": "../other/model.safetensors"}}, {"weight_map": ["x"]},
     {"weight_map": {"a": 5}}, {}, [], {"weight_map": {"a": "..\\\\other.safetensors"}}],
)  # fmt: skip
def test_an_index_that_names_anything_else_is_refused(tmp_path: Path, index: object) -> None:
    with pytest.raises(BadInput, match=r"^[^\n]+(no safetensors of its folder|that can be read)[^\n]+$"):
        checked(made(tmp_path, index=index))


@pytest.mark.parametrize(
    "config",
    [{"attn_implementation": "someone/kernel"}, {"text_config": {"_attn_implementation": "someone/kernel@v1"}},
     {"experts_implementation": {"": "someone/kernel"}}, {"transformers_weights": "evil.bin"}],
)  # fmt: skip
def test_code_from_the_hub_and_weights_elsewhere_are_refused(tmp_path: Path, config: object) -> None:
    with pytest.raises(BadInput, match="Take that out"):
        checked(made(tmp_path, config))


def test_pickles_alone_and_adapters_are_refused(tmp_path: Path) -> None:
    folder = made(tmp_path)
    (folder / "adapter_config.json").write_text("{}")
    with pytest.raises(BadInput, match="adapter"):
        checked(folder)
    (folder / "model.safetensors").unlink()
    (folder / "pytorch_model.bin").write_bytes(pickle.dumps([1]))
    with pytest.raises(BadInput, match="no safetensors"):
        checked(folder)


@pytest.mark.parametrize("config", ["", "[1]", "[" * 100_000, "\ufeff{"])
def test_a_config_that_cannot_be_read_is_told(tmp_path: Path, config: str) -> None:
    (tmp_path / "config.json").write_text(config)
    with pytest.raises(BadInput, match=r"no config\.json that can be read"):
        checked(tmp_path)


def test_transformers_would_have_gone_there(tmp_path: Path) -> None:
    """What the check of the index is for: transformers itself opens the pickle, however carefully."""
    torch, transformers = pytest.importorskip("torch"), pytest.importorskip("transformers")
    small = transformers.BertConfig(
        vocab_size=4, hidden_size=4, num_hidden_layers=1, num_attention_heads=1, intermediate_size=4
    )
    model = transformers.BertForSequenceClassification(small)
    small.save_pretrained(tmp_path)
    torch.save(model.state_dict(), tmp_path / "weights.bin")
    index = {"metadata": {}, "weight_map": dict.fromkeys(model.state_dict(), "weights.bin")}
    (tmp_path / "model.safetensors.index.json").write_text(json.dumps(index))
    (tmp_path / "other.safetensors").write_bytes(b"")
    transformers.AutoModelForSequenceClassification.from_pretrained(
        tmp_path, local_files_only=True, use_safetensors=True
    )
    with pytest.raises(BadInput, match="no safetensors of its folder"):
        checked(tmp_path)
