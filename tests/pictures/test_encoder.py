from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from headgate.errors import BadInput, UsageError
from headgate.pictures import encoder
from tests.tiny_clip import SIDE, WIDTH, noise, save_clip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_clip(tmp_path_factory.mktemp("clip"))


def test_an_image_becomes_the_vector_that_the_model_gives_it(folder: Path) -> None:
    import torch
    from transformers import CLIPModel
    from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

    pixels = noise(1)
    ready = CLIPImageProcessorPil.from_pretrained(folder)(images=Image.fromarray(pixels), return_tensors="np")
    with torch.inference_mode():
        made = CLIPModel.from_pretrained(folder).eval().get_image_features(
            pixel_values=torch.from_numpy(ready["pixel_values"])
        )  # fmt: skip
    theirs = getattr(made, "pooler_output", made)[0].numpy()
    loaded = encoder.load(folder)
    assert loaded.image(pixels).shape == (WIDTH,)
    assert loaded.image(pixels) == pytest.approx(theirs, abs=1e-5)
    assert loaded.image(pixels).tobytes() == encoder.load(folder).image(pixels).tobytes()
    assert loaded.size == SIDE


@pytest.mark.parametrize(("high", "wide"), [(32, 32), (50, 70), (33, 200), (7, 5), (300, 31)])
def test_preparation_is_clip_s(folder: Path, high: int, wide: int) -> None:
    from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

    pixels = noise(2, high=high, wide=wide)
    theirs = CLIPImageProcessorPil.from_pretrained(folder)(images=Image.fromarray(pixels), return_tensors="np")
    off = np.abs(encoder.prepared(pixels, SIDE) - theirs["pixel_values"][0])
    assert off.mean() < 0.01
    assert off.max() < 0.2  # one level of 255 is 0.015


def test_a_thin_picture_needs_no_huge_one() -> None:
    assert encoder.prepared(np.zeros((1, 40_000, 3), np.uint8), SIDE).shape == (3, SIDE, SIDE)


def test_texts_where_the_folder_has_a_tokenizer(folder: Path, tmp_path: Path) -> None:
    loaded = encoder.load(folder)
    assert loaded.text is not None
    assert loaded.text("fine").shape == (WIDTH,)
    assert not np.allclose(loaded.text("fine"), loaded.text("bad"))
    for name in ("model.safetensors", "config.json"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    bare = encoder.load(tmp_path)
    assert bare.text is None
    assert bare.digest == loaded.digest  # of weights and configuration
    assert bare.image(noise(3)).tobytes() == loaded.image(noise(3)).tobytes()


def test_a_plain_vision_model_will_do(tmp_path: Path) -> None:
    from transformers import ViTConfig, ViTModel

    ViTModel(
        ViTConfig(hidden_size=24, intermediate_size=32, num_hidden_layers=1, num_attention_heads=2, image_size=16,
                  patch_size=8)
    ).save_pretrained(tmp_path)  # fmt: skip
    loaded = encoder.load(tmp_path)
    assert loaded.image(noise(1)).shape == (24,)
    assert loaded.text is None


def test_folders_that_are_no_model_are_one_error(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"holds no config\.json"):
        encoder.load(tmp_path)
    (tmp_path / "pytorch_model.bin").write_bytes(b"\x80")  # a pickle is never taken
    (tmp_path / "config.json").write_bytes((folder / "config.json").read_bytes())
    with pytest.raises(UsageError, match=r"holds no config\.json"):
        encoder.load(tmp_path)
    (tmp_path / "model.safetensors").write_bytes(b"not one")
    with pytest.raises(UsageError, match="cannot be loaded"):
        encoder.load(tmp_path)


def test_code_in_the_folder_is_not_run(folder: Path, tmp_path: Path) -> None:
    config = json.loads((folder / "config.json").read_text())
    config |= {"model_type": "own", "auto_map": {"AutoConfig": "own.Own", "AutoModel": "own.Own"}}
    (tmp_path / "config.json").write_text(json.dumps(config))
    (tmp_path / "own.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w').close()\n")
    (tmp_path / "model.safetensors").write_bytes((folder / "model.safetensors").read_bytes())
    with pytest.raises(UsageError, match="cannot be loaded"):
        encoder.load(tmp_path)
    assert not (tmp_path / "ran").exists()


def test_a_broken_preparation_file_is_one_error(folder: Path, tmp_path: Path) -> None:
    for name in ("model.safetensors", "config.json"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    (tmp_path / "preprocessor_config.json").write_text("{")
    with pytest.raises(BadInput, match="is no JSON"):
        encoder.load(tmp_path)
